"""The register of report cards is append-only, and what was issued keeps what it says (reliability.md K1, K2, L)."""

from django.db import migrations

SQL = """
create function report_cards_register_is_kept() returns trigger language plpgsql as $$
begin
  raise exception 'the register of report cards is append-only';
end $$;
create trigger report_cards_entry_is_kept
  before update or delete on report_cards_entry
  for each row execute function report_cards_register_is_kept();
create trigger report_cards_entry_is_not_emptied
  before truncate on report_cards_entry
  for each statement execute function report_cards_register_is_kept();

create function report_cards_issued_is_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'an issued report card is kept for ever';
  end if;
  if (new.content, new.fingerprint, new.edition, new.reference, new.code, new.steps, new.issued_at, new.enrolment_id,
      new.year_id, new.school_id)
     is distinct from
     (old.content, old.fingerprint, old.edition, old.reference, old.code, old.steps, old.issued_at, old.enrolment_id,
      old.year_id, old.school_id) then
    raise exception 'what an issued report card says does not change';
  end if;
  return new;
end $$;
create trigger report_cards_card_is_kept
  before update on report_cards_card
  for each row when (old.issued_at is not null) execute function report_cards_issued_is_kept();
create trigger report_cards_card_is_not_deleted
  before delete on report_cards_card
  for each row when (old.issued_at is not null) execute function report_cards_issued_is_kept();
"""


class Migration(migrations.Migration):
    """The wall."""

    dependencies = [("report_cards", "0001_initial")]
    operations = [
        migrations.RunSQL(
            SQL,
            "drop trigger report_cards_card_is_not_deleted on report_cards_card; "
            "drop trigger report_cards_card_is_kept on report_cards_card; "
            "drop function report_cards_issued_is_kept(); "
            "drop trigger report_cards_entry_is_not_emptied on report_cards_entry; "
            "drop trigger report_cards_entry_is_kept on report_cards_entry; "
            "drop function report_cards_register_is_kept();",
        )
    ]
