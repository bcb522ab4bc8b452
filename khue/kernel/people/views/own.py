"""One's own account: password, second factor, where one is signed in."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.doing import require_proof
from khue.kernel.notify.queries import browsers
from khue.kernel.people import actions, factors, queries, second_factor, signing_in
from khue.kernel.people.hashers import Crowded
from khue.kernel.people.views.activation import choosing
from khue.ui.messages import done, warn


class EmailForm(forms.Form):
    """The address for forgotten passwords."""

    email = forms.EmailField(label=gettext_lazy("Thư điện tử"), required=False, max_length=254)


@page(SIGNED_IN)
def me(request: ActorRequest) -> HttpResponse:
    """One's own account."""
    account = signing_in.own_account(request)
    return render(
        request,
        "people/me.html",
        {
            "account": account,
            "factors": factors.of(account),
            "sign_ins": queries.own_sign_ins(request.actor),
            "here": request.session.get(signing_in.SIGN_IN),
            "email_form": EmailForm(initial={"email": account.email}),
        },
    )


@sensitive_post_parameters("password")
@never_cache
@page(SIGNED_IN, methods=("GET", "POST"))
def change_password(request: ActorRequest) -> HttpResponse:
    """Choose another password, after a step-up."""
    require_proof(request.actor)
    account = signing_in.own_account(request)
    problem = ""
    if request.method == "POST":
        kept = {key: request.session.get(key) for key in (second_factor.KEY,)}
        had = browsers(request.actor).exists()
        try:
            actions.change_password(
                request.actor,
                account,
                password=request.POST.get("password", "")[:1000],
                more=queries.words_of(account),
            )
        except DomainError as refusal:
            problem = refusal.message
        except Crowded:
            problem = _("Đang có rất nhiều người đăng nhập. Chờ 15 giây rồi bấm lại.")
        else:
            account.refresh_from_db()
            signing_in.open_session(request, account, method="password", factor=kept[second_factor.KEY] or "")
            done(request, _("Đã đổi mật khẩu. Các máy khác đã thoát"))
            _silenced(request, had)
            return HttpResponseRedirect(reverse("people:me"))
    return render(
        request, "people/change_password.html", choosing(account, problem), status=422 if problem else 200
    )


@page(SIGNED_IN, methods=("POST",))
def change_email(request: ActorRequest) -> HttpResponse:
    """Set the address for forgotten passwords, after a step-up."""
    require_proof(request.actor)
    form = EmailForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Địa chỉ thư này chưa đúng: cần có dạng ten@noi.vn."))
    actions.change_email(request.actor, signing_in.own_account(request), email=form.cleaned_data["email"])
    done(request, _("Đã ghi thư điện tử"))
    return HttpResponseRedirect(reverse("people:me"))


@page(SIGNED_IN, methods=("POST",))
def end_sign_in(request: ActorRequest, pk: int) -> HttpResponse:
    """End one of one's sign-ins."""
    row = queries.own_sign_ins(request.actor).filter(pk=pk).first()
    if row is None:
        raise Http404
    had = browsers(request.actor).exists()
    actions.end_sign_in(request.actor, row)
    done(request, _("Đã thoát máy đó"))
    _silenced(request, had)
    return HttpResponseRedirect(reverse("people:me"))


@page(SIGNED_IN, methods=("POST",))
def end_others(request: ActorRequest) -> HttpResponse:
    """End all sign-ins but this one."""
    had = browsers(request.actor).exists()
    count = actions.end_other_sign_ins(
        request.actor, signing_in.own_account(request), but=request.session.get(signing_in.SIGN_IN)
    )
    done(request, ngettext("Đã thoát %(n)s máy khác", "Đã thoát %(n)s máy khác", count) % {"n": count})
    _silenced(request, had)
    return HttpResponseRedirect(reverse("people:me"))


def _silenced(request: ActorRequest, had: bool) -> None:
    if had:
        warn(request, _("Báo tin đã tắt trên mọi máy. Bật lại ở máy đang dùng: Thông báo, Cách nhận tin."))
