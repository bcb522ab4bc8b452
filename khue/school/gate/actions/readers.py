"""Readers are set up, get a new key, are cut off."""

from __future__ import annotations

import hashlib
import secrets

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit
from khue.school.gate.models import Direction, Reader, ReaderKind

KEY = "khue_reader_"


def hash_of(key: str) -> str:
    """How a reader's key is kept: a plain SHA-256, for 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


@action("gate.add_reader", permission="gate.manage")
def add_reader(work: Work, school: Unit, *, name: str, kind: str, direction: str) -> tuple[Reader, str]:
    """Set up a reader; its key is shown once and kept as a hash."""
    if not school.is_school:
        raise DomainError(_("Đầu đọc thẻ thuộc một trường."))
    if not name.strip():
        raise DomainError(_("Đặt tên cho đầu đọc."), fields={"name": _("Chưa có tên.")})
    if kind not in ReaderKind.values or direction not in Direction.values:
        raise DomainError(_("Chọn loại đầu đọc và chiều đi."))
    key = KEY + secrets.token_urlsafe(32)
    reader = work.create(
        Reader(school=school, name=name.strip()[:80], kind=kind, direction=direction, key_hash=hash_of(key))
    )
    return reader, key


@action("gate.renew_key", permission="gate.manage")
def renew_key(work: Work, reader: Reader) -> str:
    """Give a reader a new key; the old one opens nothing from now on."""
    key = KEY + secrets.token_urlsafe(32)
    work.change(reader, key_hash=hash_of(key), cut_off_at=None)
    return key


@action("gate.cut_off_reader", permission="gate.manage")
def cut_off_reader(work: Work, reader: Reader) -> Reader:
    """A reader is gone or stolen: nothing it sends is taken any more."""
    if reader.cut_off_at is not None:
        raise DomainError(_("Đầu đọc này đã bị ngắt."))
    return work.change(reader, cut_off_at=timezone.now())
