"""How far schools' cards have come, and what the nightly verifications saw."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two tables."""

    dependencies = [
        ("calendar", "0001_initial"),
        ("org", "0001_initial"),
        ("report_cards", "0005_pupils"),
    ]
    operations = [
        migrations.CreateModel(
            name="Verification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("entries", models.BigIntegerField()),
                ("schools", models.IntegerField()),
                ("files", models.BigIntegerField()),
                ("checkpoints", models.IntegerField()),
                ("seconds", models.FloatField()),
                ("faults", models.JSONField(default=list)),
                ("count", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "report_cards_verification",
                "indexes": [models.Index(fields=["at"], name="report_cards_verification_at")],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pupils", models.IntegerField()),
                ("counts", models.JSONField(default=dict)),
                ("counted_at", models.DateTimeField()),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="calendar.schoolyear",
                    ),
                ),
            ],
            options={
                "db_table": "report_cards_tally",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("year", "school"), name="report_cards_one_tally_a_school_and_year"
                    )
                ],
            },
        ),
    ]
