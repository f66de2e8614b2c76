"""Settings, events and tokens as the recording side hands them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llm_stream._sending.create_outbox import create_outbox
from llm_stream._sending.outbox import Outbox


@dataclass(frozen=True)
class Settings:
    endpoint: str | None = None
    token: str | None = "a-token"
    enabled: bool = True
    when_away: str = "drop"
    spool_folder: str | None = None
    spool_megabytes: float = 1_024.0
    buffer_megabytes: float = 32.0
    exit_timeout_seconds: float = 2.0
    handle_signals: bool = True


def outbox_to(endpoint: str, **options: Any) -> Outbox:
    return create_outbox(Settings(endpoint=endpoint, **options))


class Batch:
    def __init__(self, call_id: str, first_index: int, texts: Sequence[str]) -> None:
        self.call_id = call_id
        self.first_index = first_index
        self.count = len(texts)
        self.size = sum(map(len, texts)) + 100 * len(texts)
        self._texts = texts

    def wire_tokens(self) -> Sequence[Mapping[str, Any]]:
        return [{"token": text, "offset_us": position} for position, text in enumerate(self._texts)]


def step(step_id: str, **fields: Any) -> dict[str, Any]:
    return {"type": "event", "step_id": step_id, "run_id": "run", "step_type": "custom", **fields}


def call_start(call_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "llm_call_start",
        "llm_call_id": call_id,
        "run_id": "run",
        "streaming": True,
        **fields,
    }


def call_end(call_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "llm_call_end",
        "llm_call_id": call_id,
        "status": "completed",
        "duration_us": 9,
        **fields,
    }


def put_call(
    outbox: Outbox, call_id: str, tokens: int, text: str = "t", has_end: bool = True
) -> None:
    """In batches of 1,000."""
    outbox.put(call_start(call_id))
    for first in range(0, tokens, 1_000):
        texts = [f"{text}{index} " for index in range(first, min(first + 1_000, tokens))]
        outbox.put_tokens(Batch(call_id, first, texts))
    if has_end:
        outbox.put(call_end(call_id))


class OpenStream:
    call_id = "open"

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def seal(self) -> None: ...

    def interrupt(self, reason: str) -> None:
        error = {"code": "INTERRUPTED", "message": reason}
        self._outbox.put(call_end(self.call_id, status="interrupted", error=error))


class OpenRun:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def interrupt(self) -> None:
        self._outbox.put(
            {"type": "run_end", "run_id": "run", "status": "failed", "timestamp_us": 1}
        )
