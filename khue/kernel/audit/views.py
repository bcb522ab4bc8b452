"""Pages of the record: the list of entries and one entry."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel import registry
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.audit import labels, queries
from khue.kernel.audit.reading import ROWS_SHOWN, details_of, raw_changes, readable
from khue.ui.lists import Column, Empty, Filter, Listing
from khue.ui.words import datetime_vi

ENTRIES = Listing(
    key="audit.entries",
    noun=gettext_lazy("mục"),
    columns=(
        Column("what", gettext_lazy("Việc"), link="url", phone="title", is_fixed=True),
        Column("at", gettext_lazy("Lúc"), cell=lambda row: datetime_vi(row["at"]), phone="line"),
        Column("who", gettext_lazy("Người làm"), phone="line"),
        Column("about", gettext_lazy("Về"), width="x-m"),
        Column("unit", gettext_lazy("Đơn vị"), phone="line"),
        Column("reason", gettext_lazy("Lý do"), width="x-m"),
        Column("seq", gettext_lazy("Số"), kind="number", is_shown=False),
    ),
    filters=(
        Filter("unit", gettext_lazy("Đơn vị")),
        Filter("part", gettext_lazy("Phần")),
        Filter(
            "days", gettext_lazy("Ngày"),
            (("1", gettext_lazy("hôm nay")), ("7", gettext_lazy("7 ngày qua")), ("30", gettext_lazy("30 ngày qua")),
             ("365", gettext_lazy("một năm qua"))),
        ),
    ),
    search=gettext_lazy("Tên người làm"),
    empty=Empty(gettext_lazy("Chưa có mục nào"), gettext_lazy("Mọi thay đổi sẽ được ghi ở đây."), icon="history"),
)  # fmt: skip


@page("audit.view")
def entries(request: ActorRequest) -> HttpResponse:
    """The record of one's units, newest first."""
    parts = [(m.name, _(m.label)) for m in registry.modules()]
    options = {"unit": queries.unit_choices(request.actor, request.GET.get("unit", "")), "part": parts}
    state = ENTRIES.read(request, options=options)
    found = queries.entry_rows(
        request.actor, search=state.search, filters=state.filters, offset=state.offset, limit=state.limit
    )
    return ENTRIES.respond(
        request, state, found.rows, total=None, has_more=found.has_more, template="audit/entries.html",
        heading=_("Nhật ký"), checkpoint=queries.last_checkpoint(request.actor),
    )  # fmt: skip


@page("audit.view")
def entry(request: ActorRequest, pk: int) -> HttpResponse:
    """One entry: who, when, why, and each changed field from what to what."""
    found = queries.entry(request.actor, pk)
    if found is None:
        raise Http404
    raw = list(raw_changes(found.payload.body))
    return render(
        request,
        "audit/entry.html",
        {
            "entry": found,
            "what": labels.action_label(found.action),
            "about": labels.row_label(found.target),
            "changes": readable(raw[:ROWS_SHOWN]),
            "row_count": len(raw),
            "details": details_of(found.payload.body),
            "hash": bytes(found.hash).hex(),
            "previous": bytes(found.previous).hex(),
            "crumbs": [(_("Nhật ký"), reverse("audit:entries")), (f"{found.chain}/{found.seq}", "")],
        },
    )
