"""What a step says of how far it is. It may say it in every turn of a loop: of that, what is newest is sent."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from ._clock import now_ns
from ._place import RunFrame
from ._safely import say_once, short
from ._wire import LONGEST_NAME, LONGEST_WORD

_TOLERANCE = 1e-6
"""Sums of fractions are not exact: so much beyond is no mistake."""


class Progress:
    """Said by any thread, sealed by the one that sends: a deque needs no lock for that."""

    __slots__ = ("_is_open", "_known", "_phase", "_run", "_step_id", "_waiting")

    def __init__(self, step_id: str, run: RunFrame) -> None:
        self._step_id = step_id
        self._run = run
        self._known: dict[str, Any] = {}
        self._phase: str | None = None
        self._waiting: deque[dict[str, Any]] = deque(maxlen=1)
        self._is_open = False

    def say(self, fraction: object, message: object) -> None:
        said: dict[str, Any] = {}
        progress = _fraction_of(fraction)
        if progress is not None:
            said["progress"] = progress
        if message is not None:
            said["message"] = short(message, LONGEST_NAME)
        if not said:
            return
        self._known = {**self._known, **said}
        self._waiting.append(self._event(self._known))
        # Asked only now: until then it may be sealed, and what waits would never be sent.
        if not self._is_open:
            self._is_open = True
            self._run.outbox.open_stream(self)

    def phase(self, name: object) -> None:
        phase = short("" if name is None else name, LONGEST_WORD)
        if not phase or phase == self._phase:
            return
        self.seal()
        self._phase = phase
        self._run.outbox.put(self._event({"phase": phase}))

    def seal(self) -> None:
        # In this order: what is said meanwhile opens it again.
        self._run.outbox.close_stream(self)
        self._is_open = False
        try:
            newest = self._waiting.pop()
        except IndexError:
            return
        self._run.outbox.put(newest)

    def interrupt(self, reason: str) -> None:  # noqa: ARG002
        """It goes on to be open: only a call or a run is ended."""
        self.seal()

    def _event(self, said: dict[str, Any]) -> dict[str, Any]:
        timestamp_us = self._run.clock.wall_us(now_ns())
        fields = {"type": "step_progress", "step_id": self._step_id, "timestamp_us": timestamp_us}
        return {**fields, **said}


def _fraction_of(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        say_once(
            "progress",
            "Progress that is no number from 0 to 1 is not recorded: give a part of the whole, as 3 / 10.",
        )
        return None
    if not -_TOLERANCE <= value <= 1 + _TOLERANCE:
        say_once(
            "range of progress",
            "Progress below 0 is recorded as 0, and beyond 1 as 1: give a part of the whole, as 3 / 10.",
        )
    return float(min(max(value, 0), 1))
