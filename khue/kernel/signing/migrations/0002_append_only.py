"""The second wall: the database itself refuses to change or remove a signature of the register."""

from django.db import migrations

FORWARD = """
create function signing_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'signatures are append-only (%)', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger signing_signature_append_only before update or delete on signing_signature
    for each row execute function signing_refuse();
create trigger signing_signature_no_truncate before truncate on signing_signature execute function signing_refuse();
"""
BACKWARD = """
drop trigger signing_signature_append_only on signing_signature;
drop trigger signing_signature_no_truncate on signing_signature;
drop function signing_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("signing", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
