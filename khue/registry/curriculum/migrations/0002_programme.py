"""Puts the 2018 programme into the tables; later circulars come as rows with their own valid_from."""

from django.db import migrations

from khue.registry.curriculum import programme


def forward(apps, schema_editor):
    subject_model = apps.get_model("curriculum", "Subject")
    plan_model = apps.get_model("curriculum", "SubjectPlan")
    subject_model.objects.bulk_create(
        subject_model(
            code=line.code, name=line.name, name_en=line.name_en, short_name=line.short_name, order=order, words=line.words
        )
        for order, line in enumerate(programme.SUBJECTS, start=1)
    )
    plan_model.objects.bulk_create(
        plan_model(
            subject_id=line.subject, level=line.level, grade=line.grade, kind=line.kind,
            periods_a_year=line.periods_a_year, assessed_by=line.assessed_by, valid_from=line.valid_from,
            source=programme.SOURCE,
        )
        for line in programme.plan_lines()
    )


class Migration(migrations.Migration):
    dependencies = [("curriculum", "0001_initial")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
