"""Lays down the rules over roll call where the others stand already; what the department has is left as it is."""

from django.db import migrations

from khue.command.alerts import shipped


def forward(apps, schema_editor):
    model = apps.get_model("alerts", "Rule")
    known = {field.attname for field in model._meta.concrete_fields}
    there = set(model.objects.values_list("code", flat=True))
    model.objects.bulk_create(
        model(order=10 * number, **{name: value for name, value in rule.items() if name in known})
        for number, rule in enumerate(shipped.RULES, start=1)
        if rule["code"] not in there
    )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_shipped_rules")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
