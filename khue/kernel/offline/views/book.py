"""The book a teacher carries along: an empty page for everybody, which the device fills from its own box."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render

from khue.kernel.access.pages import ANYBODY, SIGNED_IN, ActorRequest, page
from khue.kernel.offline import contact


@page(ANYBODY)
def book(request: HttpRequest) -> HttpResponse:
    """The page; it says nothing of anybody, so a device may keep it and open it without a line."""
    return render(request, "offline/book.html", {"days": contact.DAYS})


@page(SIGNED_IN)
def who(request: ActorRequest) -> HttpResponse:
    """Who is signed in here, and the forgery token for what the device sends."""
    said = {"person": [request.actor.person_id, request.actor.name], "token": get_token(request)}
    response = HttpResponse(orjson.dumps(said), content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
