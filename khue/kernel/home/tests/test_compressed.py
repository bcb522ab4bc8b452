"""Pages go small over the line to whoever takes them so; files that are small already go as they are."""

from __future__ import annotations

import gzip

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import Client, RequestFactory

from khue.kernel.home.middleware import Compressed

TEXT = "<p>Sổ điểm của lớp 8A3, học kì I</p>" * 100
WISH = {"HTTP_ACCEPT_ENCODING": "gzip, br"}


def sent(response: HttpResponseBase, **wish: str) -> HttpResponseBase:
    """An answer after it went through."""
    return Compressed(lambda _request: response)(RequestFactory().get("/", **wish))  # type: ignore[return-value]


def test_a_page_goes_gzipped_to_a_browser_that_takes_it() -> None:
    answer = sent(HttpResponse(TEXT), **WISH)
    assert isinstance(answer, HttpResponse)
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content).decode() == TEXT
    assert len(answer.content) < 400
    assert "Accept-Encoding" in answer["Vary"]


def test_it_goes_plain_to_who_does_not_ask() -> None:
    answer = sent(HttpResponse(TEXT))
    assert isinstance(answer, HttpResponse)
    assert "Content-Encoding" not in answer
    assert answer.content.decode() == TEXT


def test_sheets_and_streams_are_left_alone() -> None:
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    for response in (
        HttpResponse(b"PK" * 2000, content_type=sheet),
        StreamingHttpResponse(iter([b"a" * 2000])),
    ):
        assert "Content-Encoding" not in sent(response, **WISH)


def test_the_pages_of_the_house_go_through_it(client: Client) -> None:
    answer = client.get("/ui/ngoai-mang/", headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert "<h1>" in gzip.decompress(answer.content).decode()
