"""What can go wrong in words: page, API, import and job show a DomainError alike."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from khue.ui.words import translated


class DomainError(Exception):
    """A rule says no. `message` is plain Vietnamese; `fields` puts messages beside form fields."""

    status = 422

    def __init__(
        self, message: str, *, fields: Mapping[str, str] | None = None, code: str = "refused"
    ) -> None:
        super().__init__(message)
        self.message = translated(message)
        self.fields = {name: translated(text) for name, text in (fields or {}).items()}
        self.code = code

    @property
    def is_for_middleware(self) -> bool:
        """Whether a page shows nothing of it itself: not visible, not allowed, or a proof of identity is wanted."""
        return self.status in (401, 403, 404)


class NotVisible(DomainError):
    """The row does not exist for this actor: 404, the same as what does not exist at all."""

    status = 404

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("Không có dữ liệu này, hoặc thầy cô chưa được xem."), code="not_found")


class NotAllowed(DomainError):
    """The row is visible, but this may not be done to it by this actor."""

    status = 403

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("Thầy cô chưa được giao quyền làm việc này."), code="not_allowed")


class Conflict(DomainError):
    """Somebody changed the row in the meantime; nothing was written."""

    status = 409

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message, fields=fields, code="conflict")


class ProofNeeded(DomainError):
    """A dangerous action wants a fresh proof of identity (step-up) first."""

    status = 401

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("Việc này cần xác nhận lại danh tính."), code="proof_needed")
