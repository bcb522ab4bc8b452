"""Closed days never change: the database itself refuses it; figures of a day are read from the index alone.

Closing a day closes all before it: a row put before the last closed day would change what that day says.
"""

from django.db import migrations, models

FORWARD = """
create function indicators_day_is_closed() returns trigger language plpgsql as $$
declare
    closed date := (select max(day) from indicators_snapshot where is_closed);
    touched date;
begin
    if closed is null then
        return null;
    end if;
    if tg_op = 'INSERT' then
        select min(day) into touched from fresh;
    elsif tg_op = 'DELETE' then
        select min(day) into touched from gone;
    else
        select least((select min(day) from fresh), (select min(day) from gone)) into touched;
    end if;
    if touched <= closed then
        raise exception 'figures of closed days are append-only (% is closed)', closed
            using errcode = 'insufficient_privilege';
    end if;
    return null;
end $$;
create trigger indicators_figure_closed_insert after insert on indicators_figure
    referencing new table as fresh for each statement execute function indicators_day_is_closed();
create trigger indicators_figure_closed_update after update on indicators_figure
    referencing old table as gone new table as fresh for each statement execute function indicators_day_is_closed();
create trigger indicators_figure_closed_delete after delete on indicators_figure
    referencing old table as gone for each statement execute function indicators_day_is_closed();

create function indicators_snapshot_is_kept() returns trigger language plpgsql as $$
begin
    if tg_op = 'TRUNCATE' then
        raise exception 'figures of closed days are append-only (%)', tg_table_name
            using errcode = 'insufficient_privilege';
    end if;
    if tg_op in ('UPDATE', 'DELETE') and old.is_closed then
        raise exception 'figures of closed days are append-only (% is closed)', old.day
            using errcode = 'insufficient_privilege';
    end if;
    if tg_op in ('INSERT', 'UPDATE') and exists (
        select from indicators_snapshot where is_closed and day >= new.day and day <> case when tg_op = 'UPDATE'
            then old.day else new.day end) then
        raise exception 'figures of closed days are append-only (a later day than % is closed)', new.day
            using errcode = 'insufficient_privilege';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger indicators_snapshot_is_kept before insert or update or delete on indicators_snapshot
    for each row execute function indicators_snapshot_is_kept();
create trigger indicators_snapshot_no_truncate before truncate on indicators_snapshot
    for each statement execute function indicators_snapshot_is_kept();
create trigger indicators_figure_no_truncate before truncate on indicators_figure
    for each statement execute function indicators_snapshot_is_kept();
"""
BACKWARD = """
drop trigger indicators_figure_no_truncate on indicators_figure;
drop trigger indicators_snapshot_no_truncate on indicators_snapshot;
drop trigger indicators_snapshot_is_kept on indicators_snapshot;
drop function indicators_snapshot_is_kept();
drop trigger indicators_figure_closed_delete on indicators_figure;
drop trigger indicators_figure_closed_update on indicators_figure;
drop trigger indicators_figure_closed_insert on indicators_figure;
drop function indicators_day_is_closed();
"""


class Migration(migrations.Migration):
    """The wall."""

    dependencies = [("indicators", "0001_initial")]
    operations = [
        migrations.AddField("snapshot", "parts", models.JSONField(default=dict)),
        migrations.RemoveIndex("figure", "indicators_figure_of_unit"),
        migrations.AddIndex(
            "figure",
            models.Index(
                fields=["unit", "indicator", "day"],
                include=("year", "top", "bottom"),
                name="indicators_figure_as_of",
            ),
        ),
        migrations.AddIndex("figure", models.Index(fields=["day"], name="indicators_figure_by_day")),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
