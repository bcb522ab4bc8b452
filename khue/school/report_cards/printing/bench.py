"""What one printed card costs: the PDF alone, before anybody signs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result
from khue.kernel.papers import draw
from khue.school.report_cards.printing import papers, samples
from khue.school.report_cards.printing.shape import CardData


def another_card(card: CardData, number: int) -> CardData:
    """A card nobody has printed yet: another pupil, other marks and comments, another code."""
    assert card.proof is not None
    return replace(
        card,
        pupil=replace(card.pupil, full_name=f"{card.pupil.full_name} {number}"),
        homeroom_comment=f"{card.homeroom_comment} {number}",
        proof=replace(card.proof, url=f"{card.proof.url}{number:05}"),
        subjects=tuple(
            replace(s, first=f"{5 + (number * 7 + i) % 50 / 10:.1f}", comment=f"{s.comment} {number}")
            for i, s in enumerate(card.subjects)
        ),
        primary_subjects=tuple(replace(s, comment=f"{s.comment} {number}") for s in card.primary_subjects),
    )


@bench("paper_card", group="report_cards")
def paper_card(run: Run) -> Iterator[Result]:
    """The PDF/A-2b of a card of one year, secondary and primary; `n` is how many pages it has."""
    for name, card in (("paper_card", samples.SECONDARY), ("paper_card_primary", samples.PRIMARY)):
        many = iter([another_card(card, number) for number in range(400 if run.full else 60)])
        pages = draw(papers.CARD, card).pages
        if pages != 2:
            raise CannotMeasureError(f"học bạ mẫu dài {pages} trang, không phải 2.")
        cost = run.meter.typical(
            lambda many=many: draw(papers.CARD, next(many)),  # type: ignore[misc]
            rounds=390 if run.full else 50,
            warm=8,
        )
        again = run.meter.typical(lambda card=card: draw(papers.CARD, card), rounds=15, warm=2)  # type: ignore[misc]
        yield Result(
            name,
            cost.cpu_ms,
            cost.wall_ms,
            pages,
            again.cpu_ms,
            cost.cpu_ms / again.cpu_ms,
            "in lại bản đã dàn trang, chỉ ghi tệp",
        )
