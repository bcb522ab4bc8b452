"""What was signed stays: its cells, its explanations, what it says of itself; steps are only added."""

from django.db import migrations

SQL = """
create function reports_signed_is_kept() returns trigger language plpgsql as $$
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
create trigger reports_report_is_kept
  before update or delete on reports_report
  for each row when (old.signed_at is not null) execute function reports_signed_is_kept();

create function reports_part_is_kept() returns trigger language plpgsql as $$
declare
  of bigint;
begin
  if tg_op = 'INSERT' then of := new.report_id; else of := old.report_id; end if;
  if exists (select from reports_report where id = of and signed_at is not null)
     or (tg_op = 'UPDATE' and new.report_id <> old.report_id) then
    raise exception 'cells and explanations of a signed report do not change';
  end if;
  if tg_op = 'DELETE' then return old; end if;
  return new;
end $$;
create trigger reports_sheet_is_kept
  before insert or update or delete on reports_sheet
  for each row execute function reports_part_is_kept();
create trigger reports_remark_is_kept
  before insert or update or delete on reports_remark
  for each row execute function reports_part_is_kept();

create function reports_step_is_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (new.report_id, new.verb, new.name, new.capacity, new.at, new.digest, new.reason)
     is distinct from (old.report_id, old.verb, old.name, old.capacity, old.at, old.digest, old.reason) then
    raise exception 'the steps of a report are only added';
  end if;
  return new;
end $$;
create trigger reports_step_is_kept
  before update or delete on reports_step
  for each row execute function reports_step_is_kept();
"""
BACK = """
drop trigger reports_step_is_kept on reports_step; drop function reports_step_is_kept();
drop trigger reports_remark_is_kept on reports_remark; drop trigger reports_sheet_is_kept on reports_sheet;
drop function reports_part_is_kept(); drop trigger reports_report_is_kept on reports_report;
drop function reports_signed_is_kept();
"""


class Migration(migrations.Migration):
    """The wall."""

    dependencies = [("reports", "0001_initial")]
    operations = [migrations.RunSQL(SQL, BACK)]
