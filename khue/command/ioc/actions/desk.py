"""Writes of the wall and of desks: choose, put together, share, send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.command.ioc.desks import FORMS, HOURS, MOST_SHARES, MOST_TILES, Tile
from khue.command.ioc.models import Desk, DeskShare, Every, Posting, Schedule, Wall
from khue.command.ioc.queries import desk as queries
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, Work, action
from khue.kernel.actions.written import written
from khue.kernel.files.storing import store
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person

MOST_FIGURES = 6
MOST_DESKS = 30
PURPOSE = "ioc.posting"


@action("ioc.choose_wall")
def choose_wall(work: Work, unit: Unit, *, figures: Sequence[str], map_by: str) -> Wall:
    """Say which figures stand on the screen of a unit, and by which its tiles are coloured."""
    known = queries.choosable(work.actor)
    chosen = list(dict.fromkeys(name for name in figures if name))
    if not chosen:
        text = _("Chọn ít nhất một chỉ tiêu.")
        raise DomainError(text, fields={"figures": text})
    if len(chosen) > MOST_FIGURES:
        text = _("Màn hình lớn chỉ đủ chỗ cho %(n)s chỉ tiêu.") % {"n": MOST_FIGURES}
        raise DomainError(text, fields={"figures": text})
    if any(name not in known for name in [*chosen, map_by]):
        raise DomainError(_("Có chỉ tiêu không còn trong danh mục. Tải lại trang rồi chọn lại."))
    held = Wall.objects.filter(unit=unit).first()
    if held is None:
        return work.create(Wall(unit=unit, figures=chosen, map=map_by))
    return work.change(held, figures=chosen, map=map_by)


def _checked(work: Work, title: str, tiles: Sequence[Tile]) -> str:
    """The title as it is kept; refuses what a desk cannot hold."""
    words = " ".join(title.split())
    if not words or len(words) > 80:
        text = _("Đặt tên cho bàn theo dõi, nhiều nhất 80 chữ.")
        raise DomainError(text, fields={"title": text})
    if not tiles:
        text = _("Thêm ít nhất một chỉ tiêu vào bàn.")
        raise DomainError(text, fields={"tiles": text})
    if len(tiles) > MOST_TILES:
        text = _("Một bàn giữ nhiều nhất %(n)s ô. Bỏ bớt, hoặc lập thêm một bàn.") % {"n": MOST_TILES}
        raise DomainError(text, fields={"tiles": text})
    known = queries.choosable(work.actor)
    if any(tile.indicator not in known or tile.form not in FORMS for tile in tiles):
        raise DomainError(_("Có chỉ tiêu không còn trong danh mục. Bỏ ô đó rồi ghi lại."))
    wanted = sorted({tile.unit_id for tile in tiles if tile.unit_id is not None})
    if len(queries.units_at(work.actor, wanted)) != len(wanted):
        raise DomainError(_("Có đơn vị ngoài phần được xem. Chọn lại đơn vị cho ô đó."))
    return words


@action("ioc.create_desk", own=True)
def create_desk(work: Work, owner: Person, *, title: str, tiles: Sequence[Tile]) -> Desk:
    """Put a desk together."""
    unit = queries.unit_of(work.actor)
    if unit is None or not work.actor.holds(queries.USE):
        raise NotAllowed
    words = _checked(work, title, tiles)
    if queries.own_desks(work.actor).filter(is_closed=False).count() >= MOST_DESKS:
        raise DomainError(_("Đã có %(n)s bàn. Bỏ bớt bàn không dùng nữa.") % {"n": MOST_DESKS})
    work.chain = unit.pk
    return work.create(
        Desk(owner_id=owner.pk, unit=unit, title=words, tiles=[tile.as_kept for tile in tiles])
    )


@action("ioc.save_desk", own=True)
def save_desk(work: Work, desk: Desk, *, title: str, tiles: Sequence[Tile], version: int) -> Desk:
    """Write a desk as it has been put together now."""
    if desk.version != version:
        raise Conflict(_("Bàn này vừa được ghi ở cửa sổ khác. Tải lại trang để xem bản đó."))
    return work.change(desk, title=_checked(work, title, tiles), tiles=[tile.as_kept for tile in tiles])


@action("ioc.close_desk", own=True)
def close_desk(work: Work, desk: Desk) -> Desk:
    """Take a desk away, for its readers too; it can be brought back."""
    if desk.is_closed:
        raise DomainError(_("Bàn này đã bỏ rồi."))
    return work.change(desk, is_closed=True)


@action("ioc.reopen_desk", own=True)
def reopen_desk(work: Work, desk: Desk) -> Desk:
    """Bring a desk back."""
    if not desk.is_closed:
        raise DomainError(_("Bàn này đang mở."))
    return work.change(desk, is_closed=False)


@action("ioc.share_desk", own=True)
def share_desk(work: Work, desk: Desk, *, role: str, unit: Unit) -> DeskShare:
    """Let a role (or everybody with desks: '') at a unit and below read a desk, each with their own figures.

    They are told, each once for a desk, however many shares reach them and however often it is shared anew.
    """
    if role and role not in queries.SHAREABLE:
        text = _("Chọn vai được đọc bàn theo dõi.")
        raise DomainError(text, fields={"role": text})
    if not work.actor.can(queries.VIEW, unit):
        raise NotVisible
    held = DeskShare.objects.filter(desk=desk)
    if held.filter(role=role, unit=unit).exists():
        raise DomainError(_("Đã chia sẻ như vậy rồi."))
    if held.count() >= MOST_SHARES:
        raise DomainError(_("Một bàn chia sẻ nhiều nhất %(n)s nơi.") % {"n": MOST_SHARES})
    share = work.create(DeskShare(desk=desk, role=role, unit=unit))
    tell(
        work,
        people=queries.all_readers_of(share) - {desk.owner_id},
        kind="ioc.share",
        title=written(
            gettext_noop("%(name)s chia sẻ bàn theo dõi %(title)s"), name=work.actor.name, title=desk.title
        ),
        body=written(gettext_noop("Mở ra thì thấy số liệu trong phần thầy cô được xem.")),
        url=reverse("ioc:desk", args=[desk.pk]),
        dedupe_key=f"ioc.share:{desk.pk}",
    )
    return share


@action("ioc.unshare_desk", own=True)
def unshare_desk(work: Work, desk: Desk, *, share: DeskShare) -> None:
    """Take a share back; letters to those who no longer read along stop by themselves."""
    if share.desk_id != desk.pk:
        raise NotVisible
    work.remove(share)


@action("ioc.schedule_desk", own=True)
def schedule_desk(work: Work, person: Person, *, desk: Desk, every: str, weekday: int, hour: int) -> Schedule:
    """Have a desk that one may read sent to oneself, by day or by week at an hour; changes what was set before."""
    if not queries.readable_desks(work.actor).filter(pk=desk.pk).exists():
        raise NotVisible
    if every not in Every.values or hour not in HOURS or weekday not in range(7):
        text = _("Chọn ngày và giờ gửi, từ %(first)s đến %(last)s giờ.") % {
            "first": HOURS[0],
            "last": HOURS[-1],
        }
        raise DomainError(text, fields={"hour": text})
    now = timezone.localtime()
    since = now.date() if now.hour < hour else now.date() + timedelta(days=1)
    values = {"capacity": work.actor.capacity, "every": every, "weekday": weekday, "hour": hour}
    held = Schedule.objects.filter(desk=desk, person=person).first()
    if held is not None:
        return work.change(held, **values)
    return work.create(Schedule(desk=desk, person=person, since=since, **values))


@action("ioc.unschedule_desk", own=True)
def unschedule_desk(work: Work, schedule: Schedule) -> None:
    """Stop sending a desk to oneself."""
    work.remove(schedule)


@action("ioc.post_desk", own=True)
def post_desk(work: Work, schedule: Schedule, *, day: date) -> Posting | None:
    """Send a desk to its addressee for a day, with what they may see at this moment; None when nothing is to go out.

    The schedule is locked, so of two who try only one sends; paper, notice and the day commit together, so whoever is
    killed has sent nothing and the next try sends it once.
    """
    from khue.command.ioc.paper import drawn

    if schedule.posted_on is not None and schedule.posted_on >= day:
        return None
    work.change(schedule, posted_on=day)
    reader = queries.all_reader(schedule)
    desk = None if reader is None else queries.readable_desks(reader).filter(pk=schedule.desk_id).first()
    if (
        reader is None
        or desk is None
        or Posting.objects.filter(desk=desk, person=schedule.person, day=day).exists()
    ):
        work.note(skipped="không còn được xem" if desk is None else "đã gửi")
        return None
    paper = drawn(reader, desk, day)
    if paper is None:
        work.note(skipped="không có số liệu nào trong phần được xem")
        return None
    kept = store(work, (f"ban-theo-doi-{day:%Y-%m-%d}.pdf", paper), purpose=PURPOSE, kinds={"pdf"})
    posting = work.create(
        Posting(
            desk=desk, person=schedule.person, capacity=reader.capacity, title=desk.title, day=day, file=kept
        )
    )
    tell(
        work,
        people=[schedule.person_id],
        kind="ioc.posting",
        title=written(
            gettext_noop("Bàn theo dõi %(title)s, ngày %(day)s"), title=desk.title, day=f"{day:%d/%m/%Y}"
        ),
        body=written(gettext_noop("Bản PDF đã có trong Khuê, gồm số liệu thầy cô được xem hôm nay.")),
        url=reverse("ioc:posting", args=[posting.pk]),
        dedupe_key=f"ioc.posting:{desk.pk}:{day:%Y%m%d}",
    )
    return posting
