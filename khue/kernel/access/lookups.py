"""`column__any_of=[...]`: the same as `__in`, sent as one array, so a thousand values cost what one does."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Field, ForeignObject, Lookup, TextField
from django.db.models.fields.related_lookups import get_normalized_value


class AnyOf(Lookup):
    """column = any(array)."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The condition and its one parameter."""
        column, parameters = self.process_lhs(compiler, connection)
        values = [
            value.pk if hasattr(value, "pk") else get_normalized_value(value, self.lhs)[0]
            for value in self.rhs
        ]
        cast = "::text[]" if isinstance(self.lhs.output_field, CharField | TextField) else "::bigint[]"
        return f"{column} = any(%s{cast})", [*parameters, values]


def register() -> None:
    """Make the lookup known to every column."""
    Field.register_lookup(AnyOf)
    ForeignObject.register_lookup(AnyOf)
