"""Where in the trace something happens."""

from __future__ import annotations

import os
from typing import NamedTuple

from ._clock import Clock
from ._safely import described
from ._sending.outbox import Outbox
from ._settings import Settings


def new_id() -> str:
    return os.urandom(16).hex()


class RunFrame:
    """What all steps and calls of a run share: its id, its time axis, and where it is sent to."""

    __slots__ = ("_noted", "clock", "has_ended", "id", "outbox", "settings")

    def __init__(self, outbox: Outbox, settings: Settings) -> None:
        self.id = new_id()
        self.clock = Clock()
        self.outbox = outbox
        self.settings = settings
        self.has_ended = False
        self._noted: tuple[int, str] | None = None

    def note_error(self, error: object) -> None:
        """It is in the trace. Not kept itself: it would keep all variables of the functions that it came through."""
        if isinstance(error, BaseException):
            self._noted = (id(error), described(error))

    def has_noted(self, error: object) -> bool:
        return isinstance(error, BaseException) and self._noted == (id(error), described(error))


class Place(NamedTuple):
    """A run, or a step or call of it, that others happen within."""

    run: RunFrame
    parent_id: str | None
    """None: directly in the run."""


class Parent:
    """A run, step or stream: others can happen within it."""

    __slots__ = ("_place",)

    _place: Place | None
    """None: it is not recorded."""

    def __init__(self, place: Place | None = None) -> None:
        self._place = place
