"""Tables of the operations centre."""

from khue.command.ioc.models_desk import Desk, DeskShare, Every, Posting, Schedule, Wall

__all__ = ["Desk", "DeskShare", "Every", "Posting", "Schedule", "Wall"]
