"""The second wall round checkpoints too: TRUNCATE asks no row trigger."""

from django.db import migrations

FORWARD = """
create trigger audit_checkpoint_no_truncate before truncate on audit_checkpoint execute function audit_refuse();
"""
BACKWARD = "drop trigger audit_checkpoint_no_truncate on audit_checkpoint;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_entry_indexes")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
