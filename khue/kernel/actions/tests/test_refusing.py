"""What a rule refuses is told beside its field, or in a note; what must go on to the middleware goes on."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.test import RequestFactory

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors, tried


class DayForm(forms.Form):
    day = forms.CharField(required=False)


def asked() -> HttpRequest:
    request = RequestFactory().post("/")
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    return request


def said(request: HttpRequest) -> list[str]:
    return [str(one) for one in get_messages(request)]


@pytest.mark.parametrize(
    ("problem", "beside", "above"),
    [
        (DomainError("Chưa ghi được."), [], ["Chưa ghi được."]),
        (DomainError("Sai ngày.", fields={"day": "Sai ngày."}), ["Sai ngày."], []),
        (DomainError("Xem chỗ đánh dấu.", fields={"day": "Sai ngày."}), ["Sai ngày."], ["Xem chỗ đánh dấu."]),
        (DomainError("Thiếu lớp.", fields={"classroom": "Thiếu lớp."}), [], ["Thiếu lớp."]),
    ],
)
def test_what_is_refused_stands_beside_its_field_else_above(
    problem: DomainError, beside: list[str], above: list[str]
) -> None:
    form = DayForm({"day": "32/1"})
    assert form.is_valid()
    put_errors(form, problem)
    assert (form.errors.get("day", []), form.non_field_errors()) == (beside, above)
    assert form["day"].value() == "32/1"


def test_rows_that_may_not_be_touched_and_rules_are_told_in_a_note() -> None:
    def refuse(problem: DomainError) -> None:
        raise problem

    for problem, told in (
        (NotVisible("không có"), ["Chưa chọn dòng nào."]), (DomainError("Đã khóa."), ["Đã khóa."]),
    ):  # fmt: skip
        request = asked()
        assert not tried(request, lambda problem=problem: refuse(problem), nothing="Chưa chọn dòng nào.")
        assert said(request) == told
    request = asked()
    assert tried(request, lambda: None, nothing="")
    assert said(request) == []
    with pytest.raises(ProofNeeded):
        tried(asked(), lambda: refuse(ProofNeeded("")), nothing="")


@pytest.mark.parametrize(
    ("problem", "is_for_it"),
    [(NotVisible(), True), (NotAllowed(), True), (ProofNeeded(), True), (DomainError("Sai."), False),
     (Conflict("Vừa đổi."), False)],
)  # fmt: skip
def test_what_a_page_cannot_mend_is_left_to_the_middleware(problem: DomainError, is_for_it: bool) -> None:
    assert problem.is_for_middleware is is_for_it
