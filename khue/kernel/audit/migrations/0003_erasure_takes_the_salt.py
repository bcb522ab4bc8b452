"""Lawful erasure takes the salt along: a short payload cannot be guessed back from its hash without it."""

from django.db import migrations

FORWARD = """
create or replace function audit_payload_guard() returns trigger language plpgsql as $$
begin
    if new.entry_id = old.entry_id and old.erased_at is null and new.erased_at is not null
       and new.body = '' and new.salt = '' then
        return new;  -- lawful erasure: body and salt go, the hash in the chain stays
    end if;
    raise exception 'audit payloads are append-only' using errcode = 'insufficient_privilege';
end $$;
"""
BACKWARD = """
create or replace function audit_payload_guard() returns trigger language plpgsql as $$
begin
    if new.entry_id = old.entry_id and new.salt = old.salt and old.erased_at is null
       and new.erased_at is not null and new.body = '' then
        return new;
    end if;
    raise exception 'audit payloads are append-only' using errcode = 'insufficient_privilege';
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
