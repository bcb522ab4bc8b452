"""The book of a school life: every year's card as it was issued, with the years brought from elsewhere, as one paper.

The book itself is put together for whoever reads it and is not signed; each year in it shows the signatures it was
issued with and its own code, under which anybody verifies it.
"""

from __future__ import annotations

from collections.abc import Sequence

from khue.kernel import papers
from khue.school.report_cards import addresses, datafile, keeping, register, signed
from khue.school.report_cards.models import Card
from khue.school.report_cards.printing.papers import BOOK
from khue.school.report_cards.printing.shape import BookData, CardData, Proof, SchoolYearLine
from khue.school.report_cards.queries import custody
from khue.school.report_cards.queries.books import BookFacts, all_book_facts, all_foreign_cards


def as_issued(card: Card, site: str) -> CardData | None:
    """A card with the signatures and the proof that it was issued with; None when its file is lost or changed."""
    files = register.files_of(card.pk)
    data = keeping.content(files.data_sha256) if files else None
    if files is None or data is None or keeping.state_of(files.data_sha256) != keeping.SOUND:
        return None
    proof = Proof(
        url=addresses.of(site, card.reference), code=card.code, site=addresses.bare(site),
        fingerprint=files.data_sha256, is_test=card.is_test,
    )  # fmt: skip
    return signed.with_signatures(datafile.card_of(card.content), signed.signatures_in(data), proof)


def all_cards(person_id: int) -> tuple[list[CardData], list[int]]:
    """The cards of a pupil by year, own and foreign, and the years whose files are lost or changed."""
    site = addresses.site()
    found: dict[tuple[int, int], CardData] = {}
    lost = []
    for card in custody.all_latest(person_id):
        issued = as_issued(card, site)
        if issued is None:
            lost.append(card.year_id)
        else:
            found[card.year_id, card.pk] = issued
    own_years = {year for year, _pk in found} | set(lost)
    for place, foreign in enumerate(all_foreign_cards(person_id)):
        if foreign.year not in own_years:
            found[foreign.year, -1 - place] = foreign
    return [found[key] for key in sorted(found)], lost


def book_of(facts: BookFacts, cards: Sequence[CardData]) -> BookData:
    """The book from what the records say and the cards; `cards` in order of the years, at least one."""
    last = cards[-1]
    return BookData(
        form=last.form,
        pupil=last.pupil,
        school=facts.school or last.school,
        number=facts.number,
        history=tuple(
            SchoolYearLine(line.year, line.classroom, line.school, line.joined_on, note=line.note)
            for line in facts.history
        ),
        cards=tuple(cards),
        principal=facts.principal or last.principal,
        place=last.place,
        opened_on=facts.opened_on,
        proof=last.proof,
    )


def all_book(person_id: int) -> bytes | None:
    """The book of a pupil as PDF; None when no card was issued and none brought. The caller has the pupil by right."""
    cards, _lost = all_cards(person_id)
    if not cards:
        return None
    return papers.render(BOOK, book_of(all_book_facts(person_id), cards))
