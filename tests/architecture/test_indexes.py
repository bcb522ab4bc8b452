"""No table pays for the same order twice: an index whose columns begin another index is written for nothing."""

from __future__ import annotations

import pytest
from django.db import connection

LARGE = ("roster_", "staff_", "curriculum_", "people_")

REPEATED = r"""
with known as (
  select i.indrelid::regclass::text as on_table, i.indexrelid::regclass::text as name, i.indkey::text as columns,
         i.indisunique as is_unique, i.indpred is not null as is_partial
  from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and i.indexprs is null
)
select a.name, b.name from known a join known b on a.on_table = b.on_table and a.name <> b.name
where a.name not like '%\_like' and not a.is_unique and not a.is_partial and not b.is_partial
  and (b.columns = a.columns and (b.is_unique or a.name > b.name) or b.columns like a.columns || ' %')
order by 1
"""


@pytest.mark.django_db
def test_no_index_of_the_large_tables_repeats_another() -> None:
    with connection.cursor() as cursor:
        cursor.execute(REPEATED)
        found = [(name, other) for name, other in cursor.fetchall() if name.startswith(LARGE)]
    assert found == []
    with connection.cursor() as cursor:
        cursor.execute(
            "select indexname from pg_indexes where tablename in ('people_person', 'people_account')"
        )
        assert [name for (name,) in cursor.fetchall() if name.endswith("_like")] == []
