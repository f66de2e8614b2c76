"""What waits to be sent, in order, and within its bound of memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from .dropping import Drops
from .entry import Entry, Subject

_KINDS_IN_ORDER_OF_DROPPING = ("call", "step", "run")
_SHARE_THAT_STAYS = 0.9
"""So that not every event that comes needs another look at all."""


class Pending:
    """Used by one thread."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._entries: deque[Entry] = deque()
        self.size = 0
        self.tokens = 0
        self.drops = Drops()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def oldest(self) -> Entry | None:
        return self._entries[0] if self._entries else None

    def is_full(self, taken_bytes: int) -> bool:
        return self.size + taken_bytes > self.most_bytes

    def add(self, entry: Entry) -> None:
        """Not what belongs to something that was dropped."""
        kept = self.drops.without_dropped(entry)
        if kept is not None:
            self._entries.append(kept)
            self._count(kept, 1)

    def take(self, most_bytes: int) -> list[Entry]:
        """The oldest: one at least, if there is any."""
        taken: list[Entry] = []
        size = 0
        while self._entries and (not taken or size + self._entries[0].size <= most_bytes):
            entry = self._entries.popleft()
            self._count(entry, -1)
            size += entry.size
            taken.append(entry)
        return taken

    def clear(self) -> None:
        self._entries.clear()
        self.size = self.tokens = 0

    def put_back(self, entries: Iterable[Entry]) -> None:
        for entry in reversed(list(entries)):
            self._entries.appendleft(entry)
            self._count(entry, 1)

    def drop_until_it_fits(self, taken_bytes: int) -> None:
        """Whole streams first, then steps, then runs; of each the oldest first."""
        excess = self.size + taken_bytes - self.most_bytes * _SHARE_THAT_STAYS
        started = {entry.subject for entry in self._entries if entry.is_start}
        sizes = self._droppable_sizes(started)
        for kind in _KINDS_IN_ORDER_OF_DROPPING:
            for subject, size in sizes.items():
                if excess > 0 and subject[0] == kind and size > 0:
                    self.drops.begin(subject, is_whole=subject in started)
                    excess -= size
        kept = (self.drops.without_dropped(entry) for entry in self._entries)
        self._entries = deque(entry for entry in kept if entry is not None)
        self.size = sum(entry.size for entry in self._entries)
        self.tokens = sum(entry.tokens for entry in self._entries)

    def _droppable_sizes(self, started: set[Subject]) -> dict[Subject, int]:
        """The oldest first. The end of what was sent in part is sent nevertheless."""
        sizes: dict[Subject, int] = {}
        for entry in self._entries:
            stays = entry.is_end and entry.subject not in started
            sizes[entry.subject] = sizes.get(entry.subject, 0) + (0 if stays else entry.size)
        return sizes

    def _count(self, entry: Entry, sign: int) -> None:
        self.size += sign * entry.size
        self.tokens += sign * entry.tokens
