"""What is sent when, and what its answer means. Nothing here waits: that is the poster's."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

from .endpoint import Answer, Outcome
from .entry import Entry
from .lines import Pause
from .outage import Outage
from .outbox import TokenBatch, WireEvent
from .pending import Pending
from .poster import Poster
from .retry import Retry
from .spool import Spool

_MOST_BYTES = 1_000_000
_MOST_TOKENS = 1_000
_LONGEST_WAIT_SECONDS = 0.09
"""A little less than the 0.1 s after which it is looked at again."""

_LONGEST_REQUEST_SECONDS = 20.0
_MOST_REFUSALS_AT_THE_END = 3
"""Nobody listens: a process that ends is not held up until somebody might."""

Item = Union[WireEvent, TokenBatch]


@dataclass
class Flight:
    """What is under way. It stays here until it is acknowledged."""

    entries: list[Entry]
    """Those that are nowhere else."""
    requests: list[list[bytes]]
    """The first is under way; more than one when the capture wanted them smaller."""
    is_from_spool: bool
    started_at: float = 0.0
    is_waiting: bool = True
    """For its first or next attempt."""
    size: int = 0

    def __post_init__(self) -> None:
        self.size = sum(map(len, self.requests[0]))


class Delivery:
    """Used by one thread."""

    def __init__(
        self, poster: Poster, pending: Pending, spool: Spool | None, outage: Outage, pause: Pause
    ) -> None:
        self._poster = poster
        self._pending = pending
        self._spool = spool
        self._outage = outage
        self._pause = pause
        self._most_bytes = min(_MOST_BYTES, pending.most_bytes // 4)
        self._retry = Retry()
        self._flight: Flight | None = None
        self._waiting_since: float | None = None
        self._retry_at = 0.0
        self._may_have_leftovers = True
        self._failures_at_the_end = 0
        self._numbers = 0
        self.is_hopeless = False
        """Nothing of what waits will arrive soon."""
        self.is_hurried = False
        """Somebody waits for it."""

    @property
    def last_number(self) -> int:
        return self._numbers

    def add(self, item: Item) -> None:
        self._numbers += 1
        entry = _entry_of(self._numbers, item)
        if entry is None:
            self._outage.unsendable()
            return
        self._pending.add(entry)
        if self._waiting_since is None:
            self._waiting_since = time.monotonic()
        self._drop_if_needed()

    def has_work(self) -> bool:
        return self._flight is not None or len(self._pending) > 0 or self._has_spooled()

    def is_delivered(self, number: int) -> bool:
        """All up to this one, or dropped."""
        if self._has_spooled():
            return False
        if self._flight and self._flight.entries and self._flight.entries[0].number <= number:
            return False
        oldest = self._pending.oldest
        return oldest is None or oldest.number > number

    def proceed(self) -> None:
        """As far as it goes without waiting."""
        while True:
            request, answer = self._poster.take_answer()
            flight = self._flight
            if answer is not None and flight is not None and request is flight.requests[0]:
                self._answered(flight, answer)
            self._spool_if_needed()
            if not self._send():
                return

    def hurry_to_the_end(self) -> None:
        """The process ends: what failed is tried again at once."""
        self.is_hurried = True
        self._retry_at = 0.0

    def give_up(self) -> None:
        """The time is over: what is left is spooled, or lost."""
        self._poster.abort()
        if self._can_spool():
            self._spool_all()
        flight, self._flight = self._flight, None
        lost = len(self._pending) + (len(flight.entries) if flight else 0)
        self._pending.clear()
        folder = self._spool.folder if self._spool and self._spool.has_own else None
        if self._spool is not None:
            self._spool.release()
        self._outage.gave_up(self._pending.drops, lost, folder)

    def _send(self) -> bool:
        """False: nothing now."""
        now = time.monotonic()
        flight = self._flight
        if flight is not None and not flight.is_waiting:
            if now - flight.started_at > _LONGEST_REQUEST_SECONDS:
                self._poster.abort()
                flight.started_at = now
            return False
        if now < self._retry_at:
            return False
        if flight is None:
            flight = self._flight = self._next_flight(now)
        if flight is None:
            return False
        flight.is_waiting = False
        flight.started_at = now
        self._poster.post(flight.requests[0])
        return True

    def _next_flight(self, now: float) -> Flight | None:
        if self._has_spooled():
            return self._flight_of_spool()
        if self._is_due(now):
            flight = self._flight_of_memory()
            if flight is not None:
                return flight
        # Only when a request has come through: else they would be read for nothing.
        if self._spool and self._may_have_leftovers and not self._outage.is_on:
            flight = self._flight_of_spool()
            self._may_have_leftovers = flight is not None
            return flight
        return None

    def _is_due(self, now: float) -> bool:
        since = self._waiting_since
        return len(self._pending) > 0 and (
            self.is_hurried
            or self._pending.tokens >= _MOST_TOKENS
            or self._pending.size >= self._most_bytes
            or (since is not None and now - since >= _LONGEST_WAIT_SECONDS)
        )

    def _flight_of_memory(self) -> Flight | None:
        entries = self._pending.take(self._most_bytes)
        if not len(self._pending):
            self._waiting_since = None
        lines = self._lines_of(entries)
        return Flight(entries, [lines], is_from_spool=False) if lines else None

    def _flight_of_spool(self) -> Flight | None:
        lines = self._spool.next_lines(self._most_bytes) if self._spool else []
        return Flight([], [lines], is_from_spool=True) if lines else None

    def _answered(self, flight: Flight, answer: Answer) -> None:
        if answer.outcome in (Outcome.AWAY, Outcome.REFUSED):
            self._failed(flight, answer)
            return
        self.is_hopeless = False
        self._retry.succeeded()
        if answer.outcome is Outcome.TOO_LARGE and len(flight.requests[0]) > 1:
            flight.requests[:1] = _halves(flight.requests[0])
        else:
            lines = flight.requests.pop(0)
            has_caught_up = self._pending.size < self._most_bytes
            self._outage.answered(answer, len(lines), self._pending.drops, has_caught_up)
        flight.is_waiting = True
        if not flight.requests:
            self._flight = None
            if self._spool and flight.is_from_spool:
                self._spool.sent()

    def _failed(self, flight: Flight, answer: Answer) -> None:
        flight.is_waiting = True
        wait = self._retry.seconds_after(answer)
        if self.is_hurried:
            wait = min(wait, 0.2)
            self._failures_at_the_end += answer.nobody_listens
        self._retry_at = time.monotonic() + wait
        self._outage.failed(answer)
        self._may_have_leftovers = True
        self.is_hopeless = (
            answer.outcome is Outcome.REFUSED
            or self._failures_at_the_end >= _MOST_REFUSALS_AT_THE_END
        )

    def _spool_if_needed(self) -> None:
        is_full = self._pending.is_full(self._flight_size())
        if self._can_spool() and (self._outage.is_on or self._has_spooled() or is_full):
            self._spool_all()

    def _spool_all(self) -> None:
        """Also what is under way, so that the order stays: it does not matter when that is sent twice."""
        flight = self._flight
        if flight is not None:
            self._pending.put_back(flight.entries)
            flight.entries = []
            if flight.is_waiting:
                self._flight = None
        while len(self._pending) and self._spool:
            entries = self._pending.take(self._most_bytes)
            try:
                self._spool.append(self._lines_of(entries))
            except OSError as error:
                self._pending.put_back(entries)
                self._outage.cannot_spool(self._spool.folder, error)
                self._drop_if_needed()
                return
        self._waiting_since = None

    def _drop_if_needed(self) -> None:
        """A disk may be slower than what comes: so much more is kept until it is written."""
        more = self._pending.most_bytes if self._can_spool() else 0
        if self._pending.is_full(self._flight_size() - more):
            self._pending.drop_until_it_fits(self._flight_size())

    def _lines_of(self, entries: list[Entry]) -> list[bytes]:
        lines: list[bytes] = []
        for entry in entries:
            try:
                made = entry.lines(self._pause)
            except Exception:
                made = []
            if not made:
                self._outage.unsendable()
            lines += made
        return lines

    def _can_spool(self) -> bool:
        return self._spool is not None and not self._outage.is_disk_broken

    def _has_spooled(self) -> bool:
        return self._spool is not None and self._spool.has_own

    def _flight_size(self) -> int:
        return self._flight.size if self._flight else 0


def _entry_of(number: int, item: Item) -> Entry | None:
    if isinstance(item, Mapping):
        return Entry.of_event(number, item)
    return Entry.of_tokens(number, item)


def _halves(lines: list[bytes]) -> list[list[bytes]]:
    middle = len(lines) // 2
    return [lines[:middle], lines[middle:]]
