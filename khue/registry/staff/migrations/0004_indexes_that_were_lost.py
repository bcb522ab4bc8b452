"""The partial unique indexes that went with a foreign key's own index come back (Django takes both for one)."""

from typing import Any

from django.db import migrations

LOST = {"Position": ("staff_one_main_position_a_person", "staff_one_principal_a_school")}


def bring_back(apps: Any, schema_editor: Any) -> None:
    """Make each of them where it is missing."""
    connection = schema_editor.connection
    for name, wanted in LOST.items():
        model = apps.get_model("staff", name)
        with connection.cursor() as cursor:
            there = connection.introspection.get_constraints(cursor, model._meta.db_table)
        for constraint in model._meta.constraints:
            if constraint.name in wanted and constraint.name not in there:
                schema_editor.add_constraint(model, constraint)


class Migration(migrations.Migration):
    dependencies = [("staff", "0003_lists_of_a_province")]
    operations = [migrations.RunPython(bring_back, migrations.RunPython.noop)]
