"""What had to be dropped because too much waits, so that nothing of it is sent by halves."""

from __future__ import annotations

from dataclasses import dataclass

from .entry import Entry, Subject

_MOST_REMEMBERED = 10_000
"""Of those that never end, the oldest are forgotten."""


@dataclass
class _Dropped:
    is_whole: bool
    """Its start was not sent: so its end is not sent either."""
    tokens: int = 0
    received: int = 0


class Drops:
    def __init__(self) -> None:
        self.total = 0
        self._subjects = {"call": 0, "step": 0, "run": 0}
        self._tokens = 0
        self._open: dict[Subject, _Dropped] = {}

    def begin(self, subject: Subject, is_whole: bool) -> None:
        self.total += 1
        self._subjects[subject[0]] += 1
        self._open[subject] = _Dropped(is_whole)
        if len(self._open) > _MOST_REMEMBERED:
            del self._open[next(iter(self._open))]

    def without_dropped(self, entry: Entry) -> Entry | None:
        """What is sent in its place: itself, where nothing of it was dropped."""
        dropped = self._open.get(entry.subject)
        if dropped is None:
            return entry
        dropped.tokens += entry.tokens
        dropped.received = max(dropped.received, entry.received_tokens)
        self._tokens += entry.tokens
        if not entry.is_end:
            return None
        del self._open[entry.subject]
        if dropped.is_whole:
            return None
        if entry.subject[0] != "call":
            return entry
        return entry.with_dropped_tokens(dropped.tokens, dropped.received)

    def take_summary(self) -> str | None:
        """What was dropped since it was asked for last, in words."""
        parts = [
            _counted(self._subjects["call"], "stream"),
            _counted(self._tokens, "token"),
            _counted(self._subjects["step"], "step"),
            _counted(self._subjects["run"], "run"),
        ]
        self._subjects = dict.fromkeys(self._subjects, 0)
        self._tokens = 0
        return ", ".join(part for part in parts if part) or None


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}" if count else ""
