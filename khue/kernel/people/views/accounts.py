"""The list of accounts, handing out codes on paper slips, locks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse, reverse_lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.doing import require_proof
from khue.kernel.people import actions, codes, factors, queries
from khue.kernel.people.account_states import STATES, state_of
from khue.kernel.people.views.factors import qr_svg, shown_once
from khue.ui.lists import BulkAction, Column, Empty, Filter, Listing, State
from khue.ui.messages import done, refuse
from khue.ui.templatetags.ui import badge, quiet

if TYPE_CHECKING:
    from khue.kernel.people.models import Person

MOST_AT_ONCE = 2000


def _state(row: Any) -> SafeString:
    match row["state"]:
        case "none":
            return quiet("", _("Chưa có tài khoản"))
        case "waiting":
            return quiet("wait", _("Chưa kích hoạt"), "clock")
        case "disabled":
            return badge("bad", _("Đang khóa"), "lock")
    return quiet("ok", _("Đang dùng"))


ACCOUNTS = Listing(
    key="people.accounts",
    noun=gettext_lazy("người"),
    columns=(
        Column(
            "full_name",
            gettext_lazy("Họ và tên"),
            sort=("sort_key",),
            link="url",
            phone="title",
            is_fixed=True,
        ),
        Column("account__login_name", gettext_lazy("Tên đăng nhập"), kind="code", phone="line"),
        Column("kind_label", gettext_lazy("Là"), phone="line"),
        Column("where", gettext_lazy("Nơi"), phone="line"),
        Column("state", gettext_lazy("Tình trạng"), cell=_state, phone="end"),
        Column("account__last_login", gettext_lazy("Đăng nhập lần cuối"), kind="date", width="x-m"),
    ),
    filters=(
        Filter("kind", gettext_lazy("Là")),
        Filter("group", gettext_lazy("Lớp, đơn vị")),
        Filter("state", gettext_lazy("Tình trạng"), STATES),
    ),
    search=gettext_lazy("Tên, mã định danh, tên đăng nhập hoặc điện thoại"),
    default_sort="full_name",
    empty=Empty(
        gettext_lazy("Chưa có ai ở đây"),
        gettext_lazy("Nhập học sinh, cán bộ trước; rồi mở tài khoản cho họ."),
        icon="id",
    ),
)


BULK = (
    (
        "people.open_accounts",
        BulkAction(
            gettext_lazy("Mở tài khoản"), cast(str, reverse_lazy("people:open_accounts")), "user-plus"
        ),
    ),
    (
        queries.CODES,
        BulkAction(
            gettext_lazy("Cấp mã, in phiếu"), cast(str, reverse_lazy("people:issue_codes")), "printer"
        ),
    ),
    (
        "people.disable_accounts",
        BulkAction(gettext_lazy("Khóa"), cast(str, reverse_lazy("people:disable")), "lock", is_final=True),
    ),
    (
        "people.disable_accounts",
        BulkAction(gettext_lazy("Mở khóa"), cast(str, reverse_lazy("people:enable")), "lock-open"),
    ),
)


@cache
def _listing(held: frozenset[str], *, is_ordered: bool) -> Listing:
    """The list for those who hold some of the permissions of `BULK`; unordered where ordering would read everybody."""
    listing = replace(ACCOUNTS, bulk=tuple(one for permission, one in BULK if permission in held))
    if is_ordered:
        return listing
    columns = tuple(replace(column, sort=False) for column in listing.columns)
    return replace(listing, columns=columns, default_sort="")


def _options(request: ActorRequest) -> dict[str, Sequence[tuple[str, Any]]]:
    return {"kind": queries.all_kinds(), "group": queries.groups(request.actor)}


@page(queries.VIEW)
def accounts(request: ActorRequest) -> HttpResponse:
    """Whose accounts there are, and in what state."""
    options = _options(request)
    held = frozenset(permission for permission, _one in BULK if request.actor.holds(permission))
    listing = _listing(held, is_ordered=True)
    state = listing.read(request, options=options)
    if not queries.is_ordered(request.actor, search=state.search, filters=state.filters):
        listing = _listing(held, is_ordered=False)
        state = listing.read(request, options=options)
    found = queries.account_rows(
        request.actor,
        search=state.search,
        filters=state.filters,
        order_by=state.order_by,
        offset=state.offset,
        limit=state.limit,
    )
    base = reverse("people:account", args=[0]).removesuffix("0/")
    for row in found.rows:
        row["url"] = f"{base}{row['account__id']}/" if row["account__id"] else ""
    return listing.respond(
        request, state, found.rows, total=found.total, has_more=found.has_more,
        heading=_("Tài khoản"),
        lead=_("Chọn người, rồi mở tài khoản hoặc cấp mã dùng một lần. Không ai biết mật khẩu của ai."),
        template="people/accounts.html",
    )  # fmt: skip


def _chosen(request: ActorRequest, may: str) -> list[Person]:
    """The chosen people within reach of a permission; refuses more than 2,000 at once."""
    chosen = ACCOUNTS.selection(request, options=_options(request))
    state: State = chosen.state
    found = queries.people(
        request.actor, search=state.search, kind=state.filters.get("kind", ""), group=state.filters.get("group", ""),
        state=state.filters.get("state", ""), may=may,
    ) if chosen.is_everything else queries.people(request.actor, may=may).filter(
        pk__in=[int(one) for one in chosen.ids if one.isdecimal() and len(one) < 19]
    )  # fmt: skip
    people = list(found.order_by("sort_key", "pk")[: MOST_AT_ONCE + 1])
    if len(people) > MOST_AT_ONCE:
        raise DomainError(_("Mỗi lần nhiều nhất 2.000 người. Lọc theo lớp rồi làm từng phần."))
    if not people:
        raise DomainError(_("Chưa chọn ai, hoặc những người đã chọn không trong phạm vi của thầy cô."))
    return people


@page("people.open_accounts", methods=("POST",))
def open_accounts(request: ActorRequest) -> HttpResponse:
    """Open accounts for those chosen who have none."""
    people = _chosen(request, "people.open_accounts")
    count = actions.open_accounts(
        request.actor, people, kinds=queries.all_kinds_of([person.pk for person in people])
    )
    done(request, ngettext("Đã mở %(n)s tài khoản", "Đã mở %(n)s tài khoản", count) % {"n": count})
    return HttpResponseRedirect(_back(request))


def _back(request: ActorRequest) -> str:
    from khue.kernel.people.way_back import safe_path

    return safe_path(request.POST.get("state", ""), reverse("people:accounts"))


@never_cache
@page(queries.CODES, methods=("POST",))
def issue_codes(request: ActorRequest) -> HttpResponse:
    """Make codes for those chosen and show the slips, this once."""
    require_proof(request.actor)
    people = _chosen(request, queries.CODES)
    found = queries.all_accounts_of(people)
    if not found:
        raise DomainError(_("Những người đã chọn chưa có tài khoản: bấm “Mở tài khoản” trước."))
    return _slips(request, actions.issue_codes(request.actor, found), _back(request))


def _slips(request: ActorRequest, issued: actions.Issued, back: str) -> HttpResponse:
    described = queries.all_descriptions([slip.account.person_id for slip in issued.slips])
    address = request.build_absolute_uri(reverse("people:activate"))
    slips = [
        {
            "slip": slip,
            "person": slip.account.person,
            "where": described.get(slip.account.person_id, ("", ""))[1],
            "qr": qr_svg(f"{address}#{slip.code}", scale=3),
        }
        for slip in issued.slips
    ]
    return shown_once(
        request,
        "people/slips.html",
        {
            "slips": slips,
            "left_out": issued.left_out,
            "expires_at": issued.expires_at,
            "address": address.partition("://")[2],
            "back_url": back,
            "province": settings.PROVINCE_NAME,
        },
    )


@page("people.disable_accounts", methods=("POST",))
def disable(request: ActorRequest) -> HttpResponse:
    """Lock the accounts of those chosen; asks for the reason first."""
    return _lock(request, is_active=False)


@page("people.disable_accounts", methods=("POST",))
def enable(request: ActorRequest) -> HttpResponse:
    """Open the locked accounts of those chosen."""
    return _lock(request, is_active=True)


def _lock(request: ActorRequest, *, is_active: bool) -> HttpResponse:
    require_proof(request.actor)
    found = [
        one
        for one in queries.all_accounts_of(_chosen(request, "people.disable_accounts"))
        if one.is_active != is_active
    ]
    if not found:
        raise DomainError(_("Không tài khoản nào trong số đã chọn cần làm việc này."))
    reason = request.POST.get("reason")
    if reason is None:
        return render(
            request, "people/lock.html",
            {"accounts": found, "is_active": is_active, "state": request.POST.get("state", ""), "back": _back(request)},
        )  # fmt: skip
    change = actions.enable_accounts if is_active else actions.disable_accounts
    left_out = change(request.actor, found, reason=reason)
    count = len(found) - len(left_out)
    if count:
        text = (
            ngettext("Đã mở %(n)s tài khoản", "Đã mở %(n)s tài khoản", count)
            if is_active
            else ngettext("Đã khóa %(n)s tài khoản", "Đã khóa %(n)s tài khoản", count)
        )
        done(request, text % {"n": count})
    for account, why in left_out:
        refuse(request, f"{account.person.full_name}: {why}")
    return HttpResponseRedirect(_back(request))


@page(queries.VIEW)
def account(request: ActorRequest, pk: int) -> HttpResponse:
    """One account: its state, sign-ins, browsers; never its password."""
    found = get_object_or_404(queries.accounts_with_code(request.actor), pk=pk)
    what, where = queries.all_descriptions([found.person_id]).get(found.person_id, ("", ""))
    return render(
        request,
        "people/account.html",
        {
            "account": found,
            "what": what,
            "where": where,
            "state": state_of(found.pk, found.is_active, found.activated_at),
            "factors": factors.of(found),
            "sign_ins": queries.past_sign_ins(found)[:20],
            "may_code": request.actor.holds(queries.CODES),
            "may_lock": request.actor.holds("people.disable_accounts"),
            "has_datum": bool(codes.datum_kind(found.person)),
        },
    )


@page(queries.CODES, methods=("POST",))
def take_factors(request: ActorRequest, pk: int) -> HttpResponse:
    """Help somebody who lost their second factor."""
    require_proof(request.actor)
    found = queries.accounts(request.actor, queries.CODES).filter(pk=pk).first()
    if found is None:
        raise Http404
    factors.take_factors(request.actor, found)
    done(request, _("Đã gỡ lớp xác thực của %(name)s") % {"name": found.person.full_name})
    return HttpResponseRedirect(reverse("people:account", args=[pk]))
