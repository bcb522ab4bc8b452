"""Signed checkpoints of the registers, which nobody changes; and how often the public page was asked."""

from django.db import migrations, models

WALL = """
create trigger report_cards_checkpoint_is_kept
  before update or delete on report_cards_checkpoint
  for each row execute function report_cards_register_is_kept();
create trigger report_cards_checkpoint_is_not_emptied
  before truncate on report_cards_checkpoint
  for each statement execute function report_cards_register_is_kept();
"""
DOWN = """
drop trigger report_cards_checkpoint_is_not_emptied on report_cards_checkpoint;
drop trigger report_cards_checkpoint_is_kept on report_cards_checkpoint;
"""


class Migration(migrations.Migration):
    """Two tables and a wall."""

    dependencies = [("report_cards", "0003_held")]
    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("entries", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("heads", models.TextField()),
                ("key_id", models.CharField(max_length=16)),
                ("signature", models.BinaryField(max_length=64)),
            ],
            options={"db_table": "report_cards_checkpoint"},
        ),
        migrations.CreateModel(
            name="Asking",
            fields=[
                ("key", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
                ("count", models.IntegerField()),
            ],
            options={
                "db_table": "report_cards_asking",
                "indexes": [models.Index(fields=["since"], name="report_cards_asking_since")],
            },
        ),
        migrations.RunSQL(WALL, DOWN),
    ]
