"""What a carried device asks and sends (README, PROTOCOL): JSON in, JSON out, a code for every refusal."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from khue.kernel.access.pages import ANYBODY, SIGNED_IN, ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.offline import actions, contact, joining, queries
from khue.kernel.people.devices import name_of

if TYPE_CHECKING:
    from khue.kernel.offline.models import Device, Replica

HEADER = "X-Khue-Device"
ROUNDS = 600_000  # of PBKDF2-SHA256 over the PIN
WRONG_PINS = 10


def _json(data: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(data), status=status, content_type="application/json")


def _error(status: int, code: str, message: str, **more: Any) -> HttpResponse:
    return _json({"error": code, "message": message, **more}, status)


def _words(code: str) -> str:
    return {
        "malformed": _("Máy gửi thiếu phần. Tải lại trang rồi gửi lại."),
        "too_large": _("Phần gửi lớn quá. Tải lại trang rồi gửi lại."),
        "unsupported": _("Máy gửi sai dạng. Tải lại trang rồi gửi lại."),
        "other_person": _("Máy này mang dữ liệu của người khác. Đăng nhập bằng tài khoản của chủ máy."),
        "wipe": _("Máy này đã bị cắt. Dữ liệu mang theo sẽ được xóa khỏi máy."),
        "expired": _("Máy chưa nối quá 14 ngày. Mang dữ liệu theo lại rồi gửi."),
        "unknown": _("Khuê không biết máy này. Thêm máy lại; phần chờ gửi vẫn còn."),
        "unknown_replica": _("Bản dữ liệu trên máy là bản mới. Đánh số lại rồi gửi."),
        "gap": _("Thiếu phần gửi trước. Gửi tiếp từ chỗ Khuê đang đợi."),
        "forked": _("Bản dữ liệu trên máy là bản chép lại. Đánh số lại rồi gửi."),
        "slow": _("Máy gửi dồn quá nhiều lần. Chờ một phút rồi gửi tiếp."),
    }[code]


class Refused(Exception):
    """Why a request is not heard, as the device reads it."""

    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.more = status, code, more

    def response(self) -> HttpResponse:
        """The answer."""
        response = _error(self.status, self.code, _words(self.code), **self.more)
        if "seconds" in self.more:
            response["Retry-After"] = str(self.more["seconds"])
        return response


def _read(request: HttpRequest) -> Any:
    """The body; raises Malformed or TooLarge."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > joining.MOST_SENT:
        raise joining.TooLarge
    return joining.unpack(request.body, request.headers.get("Content-Encoding", ""))


def _refusing(
    view: Callable[[ActorRequest, Any], HttpResponse],
) -> Callable[[ActorRequest], HttpResponse]:
    """Read the body, and say in JSON why not."""

    @functools.wraps(view)
    def run(request: ActorRequest) -> HttpResponse:
        if request.content_type != "application/json":
            return _error(415, "unsupported", _words("unsupported"))
        try:
            data = _read(request)
            if not isinstance(data, dict):
                raise joining.Malformed
            return view(request, data)
        except joining.TooLarge:
            return _error(413, "too_large", _words("too_large"))
        except joining.Malformed:
            return _error(400, "malformed", _words("malformed"))
        except Refused as refused:
            return refused.response()
        except DomainError as problem:
            return _error(problem.status, problem.code, problem.message)

    return run


def _device(request: ActorRequest, *, may_be_expired: bool = False) -> Device:
    """The device that speaks; raises Refused for strangers', those that were cut off, and those that ask too often."""
    device = queries.all_device_of(request.headers.get(HEADER, ""))
    state = contact.state_of(device)
    if device is None:
        raise Refused(404, "unknown")
    if state == "wipe":
        raise Refused(410, "wipe")
    if device.person_id != request.actor.person_id:
        raise Refused(403, "other_person")
    seconds = contact.wait_of(device)
    if seconds:
        raise Refused(429, "slow", seconds=seconds)
    if state == "expired" and not may_be_expired:
        raise Refused(410, "expired")
    return device


def _replica(device: Device, data: Any) -> Replica:
    """The copy on it that speaks."""
    found = queries.all_replica(device, _text(data, "replica"))
    if found is None:
        raise Refused(409, "unknown_replica")
    return found


def _last_day(device: Device) -> str:
    """The day on which it stops to open."""
    return f"{timezone.localdate(device.expires_at):%Y-%m-%d}"


def _half(device: Device) -> str:
    return base64.b64encode(bytes(device.half)).decode()


def _text(data: Any, name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or "\x00" in value:
        raise joining.Malformed
    return value


@page(SIGNED_IN, methods=("POST",))
@_refusing
def register(request: ActorRequest, data: Any) -> HttpResponse:
    """Let this browser carry one's own classes; answers the token, once."""
    device, token = actions.register(
        request.actor, queries.own_person(request.actor), name=_text(data, "name"), replica=_text(data, "replica"),
        agent=name_of(request.META.get("HTTP_USER_AGENT", "")),
    )  # fmt: skip
    return _json(
        {
            "device": device.pk, "token": token, "half": _half(device),
            "person": [request.actor.person_id, request.actor.name], "expires": _last_day(device),
            "next": 1, "rounds": ROUNDS, "wrong_pins": WRONG_PINS, "days": contact.DAYS,
        },
        201,
    )  # fmt: skip


@page(SIGNED_IN, methods=("POST",))
@_refusing
def carry(request: ActorRequest, data: Any) -> HttpResponse:
    """What this device takes along: everything anew."""
    device = _device(request, may_be_expired=True)
    replica = _replica(device, data)
    package, collections = actions.carry(request.actor, device, waiting=joining.read_left(data))
    device.joined_at = package.made_at
    return _json(
        {
            "carry": package.number, "day": f"{timezone.localdate(package.made_at):%Y-%m-%d}",
            "expires": _last_day(device), "half": _half(device), "next": replica.next,
            "person": [request.actor.person_id, request.actor.name], "capacity": request.actor.capacity_label,
            "collections": collections, "open": queries.open_counts(request.actor),
        }
    )  # fmt: skip


@page(SIGNED_IN, methods=("POST",))
@_refusing
def join(request: ActorRequest, data: Any) -> HttpResponse:
    """Take a batch of entries in; answers entry by entry."""
    device = _device(request)
    batch = joining.read_batch(data)
    replica = _replica(device, data)
    joined = joining.join(request.actor, request.capacities, device, replica, batch)
    if joined.trouble:
        raise Refused(409, joined.trouble, next=joined.next)
    return _json({"next": joined.next, "answers": joining.answers_as_json(joined.answers)})


@page(SIGNED_IN, methods=("POST",))
@_refusing
def resume(request: ActorRequest, data: Any) -> HttpResponse:
    """The number the server waits for."""
    device = _device(request)
    replica = _replica(device, data)
    return _json({"next": replica.next, "expires": _last_day(device)})


@page(SIGNED_IN, methods=("POST",))
@_refusing
def replica(request: ActorRequest, data: Any) -> HttpResponse:
    """Count anew: a copy that was lost, broken or put back."""
    made = actions.add_replica(request.actor, _device(request), replica=_text(data, "replica"))
    return _json({"next": made.next}, 201)


@page(SIGNED_IN, methods=("POST",))
@_refusing
def leave(request: ActorRequest, data: Any) -> HttpResponse:
    """Give the device up: it may erase itself."""
    actions.leave(request.actor, _device(request, may_be_expired=True))
    return _json({"state": "wipe"})


@csrf_exempt
@page(ANYBODY, methods=("POST",))
def ask(request: HttpRequest) -> HttpResponse:
    """What the device should do about itself; whoever knows its token may ask, and learns nothing else."""
    return _json({"state": contact.state_of(queries.all_device_of(request.headers.get(HEADER, "")))})
