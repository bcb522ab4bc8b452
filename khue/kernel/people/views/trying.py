"""`POST /demo/login`: sign in as one of the cast, in the demonstration only."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt

from khue.kernel.access.pages import ANYBODY, page
from khue.kernel.people import showing, signing_in
from khue.kernel.people.way_back import next_path


@csrf_exempt
@page(ANYBODY, methods=("GET", "POST"))
def demo_login(request: HttpRequest) -> HttpResponse:
    """Sign in with one click as `as`; the page does not exist outside the demonstration.

    Without a CSRF token, so that the demonstration can be tried from a command line: anybody may be anybody here.
    """
    if not settings.DEMO:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(("POST",))
    account = showing.account_of(request.POST.get("as", ""))
    if account is None:
        raise Http404
    if request.user.is_authenticated:
        signing_in.sign_out(request)
    signing_in.open_session(request, account, method="demo", factor="demo")
    return HttpResponseRedirect(next_path(request))
