"""B2, B3: no page shows a count of a unit that is not one's own, nor one from which it follows by subtraction."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from khue.kernel.indicators import catalogue
from tests.access.browser import Browser, body_of
from tests.access.test_canaries import crawl
from tests.access.world import OWN_FIGURES, World

# Whose figures each may see: their own unit and what lies below it.
OWN = {
    "principal": ("TRUONG-A",),
    "office_officer": ("X-A", "TRUONG-A", "TRUONG-B"),
    "clerk": (),
    "homeroom_teacher": (),
    "guardian": (),
}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def forms_of(number: int) -> tuple[bytes, bytes, bytes]:
    """A number as pages, files and scripts may write it."""
    whole = f"{number:,}"
    return whole.replace(",", ".").encode(), str(number).encode(), whole.encode()


def addresses() -> list[str]:
    """Every page of figures at every unit, whether one's own or not, with all it can be asked for."""
    found = ["/dieu-hanh/chi-tieu/", "/dieu-hanh/dat-canh-nhau/", "/dieu-hanh/man-hinh/"]
    for code in OWN_FIGURES:
        found += [f"/dieu-hanh/chi-tieu/?don-vi={code}", f"/dieu-hanh/chi-tieu/?don-vi={code}&tep=csv"]
        found += [f"/dieu-hanh/khoa-hoc/?don-vi={code}{more}" for more in ("", "&tep=csv")]
        found += [
            f"/dieu-hanh/dat-canh-nhau/?{side}={code}{more}" for side in "ab" for more in ("", "&tep=csv")
        ]
        for name in ("roster.pupils", "gradebook.done"):
            assert name in catalogue.indicators()
            found += [f"/dieu-hanh/chi-tieu/{name}/{code}/{more}" for more in ("", "?tep=csv", "?het=1")]
            found += [f"/dieu-hanh/thu-tu/{name}/{code}/", f"/dieu-hanh/con-thieu/{name}/{code}/"]
    return found


@pytest.mark.parametrize("role", sorted(OWN))
def test_nobody_reads_or_works_out_a_count_of_somebody_elses(
    world: World, browser: Browser, role: str
) -> None:
    foreign = {
        (code, form)
        for code, numbers in OWN_FIGURES.items()
        if code not in OWN[role]
        for number in numbers
        for form in forms_of(number)
    }
    # What is left of a whole when one's own is taken away: with it the others' sum would be known.
    mine = [OWN_FIGURES[code] for code in OWN[role][:1]]
    for code, numbers in OWN_FIGURES.items():
        for own in mine if code not in OWN[role] else ():
            foreign |= {(f"{code} less one's own", form) for a, b in zip(numbers, own, strict=True)
                        for form in forms_of(a - b) if a - b > 9_999}  # fmt: skip
    session = world.cookies[role, "now"]
    faults, met = [], False
    for path in addresses():
        body = body_of(browser.try_out("GET", path, session=session))
        met |= any(form in body for code in OWN[role] for form in forms_of(OWN_FIGURES[code][0]))
        faults += [f"{role} {path}: {code}" for code, form in foreign if form in body]
    assert not faults, "\n".join(sorted(set(faults)))
    assert met or not OWN[role], "no figure was met at all"


def test_a_head_follows_every_link_and_finds_no_figure_of_another_school(
    world: World, browser: Browser
) -> None:
    foreign = [form for code in ("TRUONG-B", "TRUONG-C", "TRUONG-D") for number in OWN_FIGURES[code]
               for form in forms_of(number)[:1]]  # fmt: skip
    faults = [
        path
        for path, response in crawl(world, browser, "principal")
        if any(form in body_of(response) for form in foreign)
    ]
    assert not faults, "\n".join(faults)
