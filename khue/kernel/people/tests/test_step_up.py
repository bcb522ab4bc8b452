"""What was begun survives the step-up, and is sent only by its sender's own click (reliability F2)."""

from __future__ import annotations

import html
import re
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import path

from khue.config.urls import urlpatterns as house
from khue.kernel.access.pages import SIGNED_IN, page
from khue.kernel.actions import step_up
from khue.kernel.actions.doing import require_proof
from khue.kernel.home.models import PostedOnce
from khue.kernel.people.models import Account, OneTimeCode
from khue.kernel.people.tests.test_second_factor import code_now, pair
from tests.cast import Cast

CODES, PROVE, GO_ON = "/tai-khoan/ma/", "/tai-khoan/xac-nhan/", "/tai-khoan/lam-tiep/"


@page(SIGNED_IN, methods=("POST",))
def dangerous(request):
    """Takes anything after a proof."""
    from django.http import HttpResponse

    require_proof(request.actor)
    return HttpResponse(f"{request.POST.getlist('row')} {request.POST.get('note')}")


urlpatterns = [*house, path("thu/nguy-hiem/", dangerous)]


@pytest.fixture
def tam(cast: Cast) -> Client:
    """Tâm with an authenticator app, her last proof long ago."""
    pair(Account.objects.get(login_name="tam"))
    return cast.client("tam", proved=False)


def fields_of(page_text: str) -> list[tuple[str, str]]:
    form = page_text[page_text.index('action="/', page_text.index("narrow-box")) :]
    form = form[: form.index("</form>")]
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return [
        (html.unescape(name), html.unescape(value)) for name, value in pairs if name != "csrfmiddlewaretoken"
    ]


def as_data(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return found


def prove(client: Client, target: str = GO_ON) -> None:
    assert client.post(PROVE, {"code": code_now(), "next": target}).status_code == 302


def test_the_ticked_rows_are_still_there_after_the_proof_and_go_by_one_click(tam: Client, cast: Cast):
    rows = [str(cast.people["an"].pk), str(cast.people["binh"].pk)]
    sent = {"row": rows, "state": "/tai-khoan/?q=le", "_key": "k1"}
    away = tam.post(CODES, sent, headers={"referer": "http://testserver/tai-khoan/?q=le"})
    assert away["Location"] == f"{PROVE}?next={GO_ON}"
    asked = tam.get(away["Location"]).content.decode()
    assert "vẫn còn" in asked
    assert 'href="/tai-khoan/?q=le"' in asked
    prove(tam)
    assert not OneTimeCode.objects.exists()
    shown = tam.get(GO_ON).content.decode()
    assert f'action="{CODES}"' in shown
    assert as_data(fields_of(shown)) == {"row": rows, "state": ["/tai-khoan/?q=le"], "_key": ["k1"]}
    assert not OneTimeCode.objects.exists()
    assert tam.post(CODES, as_data(fields_of(shown))).status_code == 200
    assert OneTimeCode.objects.count() == 2
    assert step_up.HELD not in tam.session


def test_a_key_used_before_the_proof_acts_once_after_it(tam: Client, cast: Cast):
    one = Account.objects.get(login_name="an")
    sent = {"row": cast.people["an"].pk, "reason": "Chuyển trường", "_key": "once"}
    assert tam.post("/tai-khoan/khoa/", sent).status_code == 302
    assert not PostedOnce.objects.exists()
    prove(tam)
    assert tam.post("/tai-khoan/khoa/", sent).status_code == 302
    assert tam.post("/tai-khoan/khoa/", sent).status_code == 302
    one.refresh_from_db()
    assert (one.is_active, one.session_epoch) == (False, 1)


@pytest.mark.urls("khue.kernel.people.tests.test_step_up")
@pytest.mark.parametrize(
    "name", ["secret", "dau-secret", "pin", "mat-khau", "mat-khau-dau", "new_password", "passphrase"]
)
def test_a_form_with_a_field_named_as_a_secret_is_not_held_whatever_its_page_forgot(tam: Client, name: str):
    away = tam.post("/thu/nguy-hiem/", {"note": "x", name: "mở khóa"})
    assert away["Location"] == f"{PROVE}?next=/"
    assert step_up.HELD not in tam.session
    tam.post("/thu/nguy-hiem/", {"note": "x", "pinned": "1", "secretary": "Tâm"})
    assert step_up.HELD in tam.session


def test_without_a_proof_the_held_form_is_not_shown(tam: Client, cast: Cast):
    tam.post(CODES, {"row": cast.people["an"].pk})
    assert tam.get(GO_ON)["Location"] == f"{PROVE}?next={GO_ON}"


def test_after_five_minutes_it_is_gone(tam: Client, cast: Cast):
    tam.post(CODES, {"row": cast.people["an"].pk})
    prove(tam)
    session = tam.session
    session[step_up.HELD] = {**session[step_up.HELD], "at": time.time() - 301}
    session.save()
    assert tam.get(GO_ON)["Location"] == "/"
    assert step_up.HELD not in tam.session


def test_the_session_holds_it_sealed_and_bound_to_its_sender_and_capacity(tam: Client, cast: Cast):
    tam.post(CODES, {"row": cast.people["an"].pk, "note": "bí mật của Tâm"})
    kept = tam.session[step_up.HELD]
    assert "bí mật" not in str(kept)
    for other in (cast.client("hung"), cast.client("lan")):
        session = other.session
        session[step_up.HELD] = kept
        session.save()
        assert other.get(GO_ON)["Location"] == "/"
    session = tam.session
    session[step_up.HELD] = {**kept, "sealed": kept["sealed"][:-3] + "AAA"}
    session.save()
    prove(tam)
    assert tam.get(GO_ON)["Location"] == "/"


@pytest.mark.urls("khue.kernel.people.tests.test_step_up")
def test_every_dangerous_form_survives_whatever_module_it_belongs_to(tam: Client):
    rows = [str(n) for n in range(2000)]
    note = 'dòng một\r\n<b>"hai"</b> & ba'
    assert tam.post("/thu/nguy-hiem/?nam=2026", {"row": rows, "note": note}).status_code == 302
    prove(tam)
    shown = tam.get(GO_ON).content.decode()
    assert 'action="/thu/nguy-hiem/?nam=2026"' in shown
    assert as_data(fields_of(shown)) == {"row": rows, "note": [note]}


@pytest.mark.urls("khue.kernel.people.tests.test_step_up")
def test_files_secrets_and_too_much_are_not_kept(tam: Client):
    file = SimpleUploadedFile("a.txt", b"abc")
    for sent in ({"f": file}, {"password": "x"}, {"note": "x" * step_up.LARGEST}):
        answer = tam.post("/thu/nguy-hiem/", sent, headers={"referer": "http://testserver/thu/"})
        assert answer["Location"] == f"{PROVE}?next=/thu/"
        assert step_up.HELD not in tam.session


@pytest.mark.urls("khue.kernel.people.tests.test_step_up")
def test_a_forged_form_is_refused_before_anything_is_kept(cast: Cast):
    tam = cast.client("tam", proved=False)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = tam.cookies
    assert strict.post("/thu/nguy-hiem/", {"note": "x"}).status_code == 403
    assert step_up.HELD not in tam.session


def test_a_new_password_is_never_held(cast: Cast):
    client = cast.client("lan", proved=False)
    answer = client.post("/tai-khoan/cua-toi/mat-khau/", {"password": "mưa rơi trên mái tôn cũ"})
    assert answer["Location"].startswith(PROVE)
    assert step_up.HELD not in client.session


def test_a_page_that_asks_for_a_proof_is_where_the_proof_leads(cast: Cast):
    client = cast.client("lan", proved=False)
    wanted = "/tai-khoan/cua-toi/mat-khau/"
    answer = client.get(wanted, headers={"referer": "http://testserver/tai-khoan/cua-toi/"})
    assert answer["Location"] == f"{PROVE}?next={wanted}"


def test_where_somebody_came_from_never_names_another_host(tam: Client, cast: Cast):
    for address in ("https://xau.example//xau.example/", "https://xau.example/a", "javascript:alert(1)"):
        answer = tam.post(CODES, {"row": cast.people["an"].pk}, headers={"referer": address})
        assert "xau" not in tam.get(answer["Location"]).content.decode()


def test_a_remembered_parent_does_not_lose_what_they_filled_in(cast: Cast):
    client = cast.client("binh", proved=False)
    session = client.session
    session["remembered"] = True
    session["seen_at"] = session["signed_in_at"] = time.time()
    session.save()
    answer = client.post("/tai-khoan/cua-toi/may/thoat-het/", {"_key": "a"})
    assert answer["Location"] == f"{PROVE}?next={GO_ON}"
    assert client.session[step_up.HELD]["path"] == "/tai-khoan/cua-toi/may/thoat-het/"


def test_a_fragment_asked_for_by_script_leads_back_to_its_page(tam: Client, cast: Cast):
    answer = tam.post(
        CODES,
        {"row": cast.people["an"].pk},
        headers={"HX-Request": "true", "referer": "http://testserver/x/?a=1"},
    )
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"{PROVE}?next=/x/%3Fa%3D1"
    assert step_up.HELD not in tam.session
