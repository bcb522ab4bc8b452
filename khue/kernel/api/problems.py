"""Refusals of the API: problem JSON (RFC 9457) with the same Vietnamese words a page would show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Schema

TYPE = "application/problem+json"

CODES = {
    400: "malformed", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 415: "unsupported_media_type", 422: "refused", 429: "too_many", 500: "broken",
    503: "unavailable",
}  # fmt: skip


class Problem(Schema):
    """Why a request was refused."""

    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, str] = {}


def words(status: int) -> str:
    """What a status means when nothing more is known."""
    return {
        400: _("Yêu cầu không đọc được."),
        401: _("Cần đăng nhập hoặc khóa API còn hiệu lực."),
        403: _("Chưa được làm việc này."),
        404: _("Không có dữ liệu này, hoặc thầy cô chưa được xem."),
        405: _("Địa chỉ này không nhận cách gọi đó."),
        409: _("Dữ liệu vừa được người khác sửa."),
        422: _("Chưa ghi được."),
        429: _("Gọi quá nhiều lần. Chờ một phút rồi gọi tiếp."),
        500: _("Khuê gặp lỗi và đã ghi lại để sửa."),
        503: _("Khuê đang bận. Gọi lại sau ít phút."),
    }.get(status, _("Yêu cầu bị từ chối."))


def problem(
    status: int,
    detail: str = "",
    *,
    code: str = "",
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """An answer that says why not."""
    title = words(status)
    body: dict[str, Any] = {
        "title": title,
        "status": status,
        "code": code or CODES.get(status, "refused"),
        "detail": detail or title,
        "fields": dict(fields or {}),
    }
    response = HttpResponse(orjson.dumps(body), status=status, content_type=TYPE)
    for name, value in (headers or {}).items():
        response[name] = value
    return response
