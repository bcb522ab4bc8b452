"""Marks change only inside an action of the gradebook, which says so in the transaction (K4, reliability.md).

Whose record a row belongs to may change otherwise: two records that were merged are one human being.
"""

from django.db import migrations

SQL = """
create function gradebook_only_by_an_action() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('khue.writes_marks', true), '') <> 'yes' then
    raise exception 'marks change only by an action of the gradebook';
  end if;
  return null;
end $$;
create trigger gradebook_marks_by_actions
  before update of marks, sources, comment, average, sheet_id, enrolment_id or delete on gradebook_mark_row
  for each statement execute function gradebook_only_by_an_action();
"""


class Migration(migrations.Migration):
    """The wall."""

    dependencies = [("gradebook", "0001_initial")]
    operations = [
        migrations.RunSQL(
            SQL,
            "drop trigger gradebook_marks_by_actions on gradebook_mark_row; "
            "drop function gradebook_only_by_an_action();",
        )
    ]
