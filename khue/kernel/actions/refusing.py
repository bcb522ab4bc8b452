"""How a page tells what a rule has refused: beside the fields of its form, or in a note above the page."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.http import HttpRequest

from khue.kernel.actions.errors import DomainError, NotVisible, ProofNeeded
from khue.ui import messages


def put_errors(form: forms.Form, problem: DomainError) -> None:
    """Show what an action refused beside its fields, else above the form; what was typed stays."""
    placed = {name: text for name, text in problem.fields.items() if name in form.fields}
    for name, text in placed.items():
        form.add_error(name, text)
    if not placed or problem.message not in placed.values():
        form.add_error(None, problem.message)


def tried(request: HttpRequest, do: Callable[[], object], *, nothing: str) -> bool:
    """Do something to the rows a list's reader has ticked; gives whether it was done, and says why it was not.

    `nothing` is said when none of them may be touched. A proof of identity that is asked for is left to the middleware.
    """
    try:
        do()
    except ProofNeeded:
        raise
    except NotVisible:
        messages.refuse(request, nothing)
        return False
    except DomainError as problem:
        messages.refuse(request, problem.message)
        return False
    return True
