"""The paper that was signed by a key is kept with its report, and stays."""

import django.db.models.deletion
from django.db import migrations, models

SQL = """
create or replace function reports_signed_is_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a signed report is kept for ever';
  end if;
  if old.paper_id is not null and new.paper_id is distinct from old.paper_id then
    raise exception 'the signed paper of a report is kept for ever';
  end if;
  if (new.period_id, new.unit_id, new.is_school, new.edition, new.levels, new.reason, new.filled_at, new.signed_at,
      new.digest, new.findings)
     is distinct from
     (old.period_id, old.unit_id, old.is_school, old.edition, old.levels, old.reason, old.filled_at, old.signed_at,
      old.digest, old.findings) or new.state = 'draft' then
    raise exception 'what a signed report says does not change';
  end if;
  return new;
end $$;
"""
BACK = """
create or replace function reports_signed_is_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'a signed report is kept for ever';
  end if;
  if (new.period_id, new.unit_id, new.is_school, new.edition, new.levels, new.reason, new.filled_at, new.signed_at,
      new.digest, new.findings)
     is distinct from
     (old.period_id, old.unit_id, old.is_school, old.edition, old.levels, old.reason, old.filled_at, old.signed_at,
      old.digest, old.findings) or new.state = 'draft' then
    raise exception 'what a signed report says does not change';
  end if;
  return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial"), ("reports", "0002_signed_is_kept")]

    operations = [
        migrations.AddField(
            "report",
            "paper",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="files.storedfile",
            ),
        ),
        migrations.RunSQL(SQL, BACK),
    ]
