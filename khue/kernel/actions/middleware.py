"""What a rule's "no" looks like on a page, and the promise that a form posted twice acts once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions.errors import DomainError, NotVisible, ProofNeeded
from khue.kernel.home.models import PostedOnce

KEPT = timedelta(hours=24)
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


class DomainErrors:
    """Shows a DomainError a view let through: 404 when not visible, step-up when proof is wanted, else its words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, NotVisible):
            raise Http404 from problem
        if isinstance(problem, ProofNeeded):
            back = request.META.get("HTTP_REFERER") or "/"
            target = f"{reverse('people:prove')}?next={_path_only(back)}"
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": target})
            messages.info(request, _("Việc này cần xác nhận lại danh tính, rồi bấm lại nút vừa rồi."))
            return HttpResponseRedirect(target)
        if isinstance(problem, DomainError):
            return render(request, "ui/refused.html", {"problem": problem}, status=problem.status)
        return None


def _path_only(address: str) -> str:
    from urllib.parse import quote, urlsplit

    parts = urlsplit(address)
    return quote(parts.path + (f"?{parts.query}" if parts.query else ""), safe="/")


class PostOnce:
    """A form carries a key (`_key`, or the header Idempotency-Key): the same key acts once and answers the same.

    The same key with another body is 422; a key whose first request is still at work is 409.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in UNSAFE:
            return self.get_response(request)
        key = request.headers.get("Idempotency-Key") or request.POST.get("_key", "")
        if not key or not request.user.is_authenticated:
            return self.get_response(request)
        body_hash = self._hash(request)
        account_id = request.user.pk
        try:
            with transaction.atomic():
                kept = PostedOnce.objects.create(account_id=account_id, key=key[:80], body_hash=body_hash)
        except IntegrityError:
            return self._again(request, account_id, key[:80], body_hash)
        try:
            response = self.get_response(request)
        except BaseException:
            PostedOnce.objects.filter(pk=kept.pk).delete()
            raise
        if response.status_code >= 400 or response.streaming:
            PostedOnce.objects.filter(pk=kept.pk).delete()
        else:
            PostedOnce.objects.filter(pk=kept.pk).update(
                status=response.status_code,
                location=response.headers.get("Location", ""),
                body=response.content if len(response.content) < 65536 else None,
                content_type=response.headers.get("Content-Type", ""),
            )
        return response

    def _hash(self, request: HttpRequest) -> str:
        digest = hashlib.sha256(f"{request.method} {request.path}".encode())
        if request.content_type == "multipart/form-data":
            for name in sorted(request.POST):
                if name != "csrfmiddlewaretoken":
                    digest.update(repr((name, request.POST.getlist(name))).encode())
            for name in sorted(request.FILES):
                for upload in request.FILES.getlist(name):
                    digest.update(hashlib.sha256(upload.read()).digest())
                    upload.seek(0)
        else:
            digest.update(request.body)
        return digest.hexdigest()

    def _again(self, request: HttpRequest, account_id: int, key: str, body_hash: str) -> HttpResponse:
        kept = PostedOnce.objects.filter(account_id=account_id, key=key).first()
        if kept is None or timezone.now() - kept.at > KEPT:
            PostedOnce.objects.filter(account_id=account_id, key=key).delete()
            return self(request)
        if kept.body_hash != body_hash:
            problem = DomainError(_("Biểu mẫu này đã gửi với nội dung khác. Mở lại trang rồi gửi lại."))
            return render(request, "ui/refused.html", {"problem": problem}, status=422)
        if kept.status is None:
            problem = DomainError(_("Lần bấm trước còn đang ghi. Chờ vài giây rồi xem lại danh sách."))
            return render(request, "ui/refused.html", {"problem": problem}, status=409)
        response = HttpResponse(
            bytes(kept.body) if kept.body else b"", status=kept.status, content_type=kept.content_type or None
        )
        if kept.location:
            response["Location"] = kept.location
        return response
