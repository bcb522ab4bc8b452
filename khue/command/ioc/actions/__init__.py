"""Every write of the operations centre."""

from khue.command.ioc.actions.desk import (
    choose_wall,
    close_desk,
    create_desk,
    post_desk,
    reopen_desk,
    save_desk,
    schedule_desk,
    share_desk,
    unschedule_desk,
    unshare_desk,
)

__all__ = [
    "choose_wall", "close_desk", "create_desk", "post_desk", "reopen_desk", "save_desk", "schedule_desk", "share_desk",
    "unschedule_desk", "unshare_desk",
]  # fmt: skip
