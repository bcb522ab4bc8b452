"""A file that is being signed comes packed: the database keeps it as it comes."""

from django.db import migrations

UP = "alter table report_cards_draft alter column data set storage external"
DOWN = "alter table report_cards_draft alter column data set storage extended"


class Migration(migrations.Migration):
    """How one column is kept; files kept before are read as they are."""

    dependencies = [("report_cards", "0006_store")]
    operations = [migrations.RunSQL(UP, DOWN)]
