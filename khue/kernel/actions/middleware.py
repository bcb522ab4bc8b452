"""What a rule's "no" looks like on a page, and the promise that a form posted twice acts once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from time import monotonic, sleep

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import step_up
from khue.kernel.actions.errors import DomainError, NotVisible, ProofNeeded
from khue.kernel.home.models import PostedOnce
from khue.kernel.statements import fetch, run

MOST_KEPT = 512 * 1024  # bytes of an answer: a page with every indicator in its list has 100 KB
KEPT = timedelta(hours=24)
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
_TAKE = """
insert into home_posted_once (account_id, key, body_hash, location, content_type, at)
values (%s, %s, %s, '', '', now()) on conflict (account_id, key) do nothing returning id
"""
_KEEP = "update home_posted_once set status = %s, location = %s, body = %s, content_type = %s where id = %s"


class DomainErrors:
    """Shows a DomainError a view let through: 404 when not visible, step-up when proof is wanted, else its words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        step_up.tidy(request, response)
        return response

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, NotVisible):
            raise Http404 from problem
        if isinstance(problem, ProofNeeded):
            return step_up.ask_for_proof(request)
        if isinstance(problem, DomainError):
            return render(request, "ui/refused.html", {"problem": problem}, status=problem.status)
        return None


class PostOnce:
    """A form carries a key (`_key`, or the header Idempotency-Key): the same key acts once and answers the same.

    The same key with another body is 422. While the first is at work a second is 409; a form's waits for the first
    one's answer before that, up to `wait` seconds, for the browser shows only the answer to the last press. A request
    that was sent away to prove its sender's identity has not acted: its key is free again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse], *, wait: float = 10.0) -> None:
        self.get_response = get_response
        self.wait = wait

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in UNSAFE:
            return self.get_response(request)
        key = request.headers.get("Idempotency-Key") or request.POST.get("_key", "")
        if not key or not request.user.is_authenticated:
            return self.get_response(request)
        body_hash = self._hash(request)
        account_id = request.user.pk
        taken = fetch(_TAKE, [account_id, key[:80], body_hash])  # kept at once, before anything is done
        if not taken:
            return self._again(request, account_id, key[:80], body_hash)
        pk: int = taken[0][0]
        try:
            response = self.get_response(request)
        except BaseException:
            PostedOnce.objects.filter(pk=pk).delete()
            raise
        is_undone = getattr(response, "khue_is_undone", False)
        if response.status_code >= 400 or response.streaming or is_undone:
            PostedOnce.objects.filter(pk=pk).delete()
        else:
            body = response.content if len(response.content) < MOST_KEPT else None
            head = response.headers
            about = [response.status_code, head.get("Location", ""), body, head.get("Content-Type", ""), pk]
            run(_KEEP, about)
        return response

    def _hash(self, request: HttpRequest) -> str:
        digest = hashlib.sha256(f"{request.method} {request.path}".encode())
        if request.content_type in step_up.FORMS:
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
        kept = self._awaited(account_id, key, 0 if "Idempotency-Key" in request.headers else self.wait)
        if kept is not None and timezone.now() - kept.at > KEPT:
            PostedOnce.objects.filter(pk=kept.pk).delete()  # this row: the key may be another press's by now
            kept = None
        if kept is None:
            return self(request)
        if kept.body_hash != body_hash:
            problem = DomainError(_("Biểu mẫu này đã gửi với nội dung khác. Mở lại trang rồi gửi lại."))
            return render(request, "ui/refused.html", {"problem": problem}, status=422)
        if kept.status is None:
            problem = DomainError(_("Lần bấm trước còn đang ghi. Chờ vài giây rồi xem lại danh sách."))
            return render(request, "ui/refused.html", {"problem": problem, "is_at_work": True}, status=409)
        response = HttpResponse(
            bytes(kept.body) if kept.body else b"", status=kept.status, content_type=kept.content_type or None
        )
        if kept.location:
            response["Location"] = kept.location
        return response

    def _awaited(self, account_id: int, key: str, wait: float) -> PostedOnce | None:
        """The first request's row: once it has its answer, or as it is when the wait is over; None when it failed."""
        until = monotonic() + wait
        pause = 0.02
        while True:
            kept = PostedOnce.objects.filter(account_id=account_id, key=key).first()
            if kept is None or kept.status is not None or monotonic() + pause > until:
                return kept
            sleep(pause)
            pause = min(pause * 1.5, 0.5)
