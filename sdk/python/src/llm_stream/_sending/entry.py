"""One event, or the tokens of one batch, while it waits."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from .lines import Pause, event_line, token_lines
from .outbox import TokenBatch, WireEvent

_OVERHEAD_BYTES = 400
"""Of the objects around the text; measured."""

_SIZE_OF_A_VALUE = 64

Subject = tuple[str, str]
"""What it tells of: "call", "step" or "run", and the id."""

_SUBJECTS = {
    "run_start": ("run", "run_id"),
    "run_end": ("run", "run_id"),
    "llm_call_start": ("call", "llm_call_id"),
    "llm_call_end": ("call", "llm_call_id"),
    "step_start": ("step", "step_id"),
    "step_progress": ("step", "step_id"),
    "step_end": ("step", "step_id"),
    "event": ("step", "step_id"),
}


class Entry:
    __slots__ = (
        "_batch",
        "_lines",
        "event",
        "is_end",
        "is_start",
        "number",
        "received_tokens",
        "size",
        "subject",
        "tokens",
    )

    def __init__(self, number: int, subject: Subject) -> None:
        self.number = number
        """In the order in which it was put."""
        self.subject = subject
        self.is_start = False
        self.is_end = False
        self.size = _OVERHEAD_BYTES
        self.tokens = 0
        self.received_tokens = 0
        """How many had come when the last of these tokens came."""
        self.event: WireEvent | None = None
        """Kept of ends, to which something may have to be added."""
        self._batch: TokenBatch | None = None
        self._lines: list[bytes] = []

    @staticmethod
    def of_event(number: int, event: WireEvent) -> Entry | None:
        """None for what is no event."""
        type_of_event = str(event.get("type"))
        kind, id_field = _SUBJECTS.get(type_of_event, ("", ""))
        if not kind:
            return None
        entry = Entry(number, (kind, str(event.get(id_field))))
        entry.is_start = type_of_event == "event" or type_of_event.endswith("_start")
        entry.is_end = type_of_event == "event" or type_of_event.endswith("_end")
        entry.size += _size_of(event)
        entry.event = event
        return entry

    @staticmethod
    def of_tokens(number: int, batch: TokenBatch) -> Entry:
        entry = Entry(number, ("call", batch.call_id))
        entry.size += batch.size
        entry.tokens = batch.count
        entry.received_tokens = batch.first_index + batch.count
        entry._batch = batch
        return entry

    def lines(self, pause: Pause) -> list[bytes]:
        """JSON, made when it is asked for first: what is dropped before costs next to nothing.

        Empty: it cannot be sent.
        """
        if not self._lines:
            self._lines = self._made_lines(pause)
            self.size = _OVERHEAD_BYTES + sum(map(len, self._lines))
            if self.event is not None and self.is_end:
                self.size += _size_of(self.event)
            else:
                self.event = None
        return self._lines

    def _made_lines(self, pause: Pause) -> list[bytes]:
        batch, self._batch = self._batch, None
        if batch is not None:
            return [line for line in token_lines(batch, pause) if line]
        line = event_line(self.event) if self.event is not None else None
        return [] if line is None else [line]

    def with_dropped_tokens(self, dropped: int, received: int) -> Entry | None:
        """The end of a call of which tokens were dropped."""
        event: dict[str, Any] = dict(self.event or {})
        data = event.get("data")
        event["data"] = {**(data if isinstance(data, dict) else {}), "dropped_tokens": dropped}
        event["received_tokens"] = max(received, event.get("received_tokens") or 0)
        return Entry.of_event(self.number, event)


def _size_of(value: object) -> int:
    """Roughly, of the memory that it takes: what waits is JSON values already."""
    if isinstance(value, Mapping):
        return _SIZE_OF_A_VALUE + sum([_size_of(inner) for inner in value.values()])
    if isinstance(value, (list, tuple)):
        return _SIZE_OF_A_VALUE + sum([_size_of(inner) for inner in value])
    return sys.getsizeof(value) if isinstance(value, str) else _SIZE_OF_A_VALUE
