"""The second wall: the database itself refuses to change or remove an audit entry."""

from django.db import migrations

FORWARD = """
create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'audit records are append-only (%)', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create function audit_payload_guard() returns trigger language plpgsql as $$
begin
    if new.entry_id = old.entry_id and new.salt = old.salt and old.erased_at is null
       and new.erased_at is not null and new.body = '' then
        return new;  -- lawful erasure: the body goes, the salted hash in the chain stays
    end if;
    raise exception 'audit payloads are append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_append_only before update or delete on audit_entry
    for each row execute function audit_refuse();
create trigger audit_entry_no_truncate before truncate on audit_entry execute function audit_refuse();
create trigger audit_payload_guard before update on audit_payload
    for each row execute function audit_payload_guard();
create trigger audit_payload_no_delete before delete on audit_payload
    for each row execute function audit_refuse();
create trigger audit_payload_no_truncate before truncate on audit_payload execute function audit_refuse();
create trigger audit_checkpoint_append_only before update or delete on audit_checkpoint
    for each row execute function audit_refuse();
"""

BACKWARD = """
drop trigger audit_entry_append_only on audit_entry;
drop trigger audit_entry_no_truncate on audit_entry;
drop trigger audit_payload_guard on audit_payload;
drop trigger audit_payload_no_delete on audit_payload;
drop trigger audit_payload_no_truncate on audit_payload;
drop trigger audit_checkpoint_append_only on audit_checkpoint;
drop function audit_refuse();
drop function audit_payload_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
