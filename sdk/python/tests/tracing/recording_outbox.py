"""An outbox that keeps what it is given, and a trace in front of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llm_stream import Trace
from llm_stream._destination import Destinations
from llm_stream._sending.outbox import OpenRun, OpenStream, TokenBatch

Event = dict[str, Any]


class RecordingOutbox:
    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled
        self.events: list[Event] = []
        self.batches: list[TokenBatch] = []
        self.open_streams: list[OpenStream] = []
        self.open_runs: list[OpenRun] = []

    def trace(self, **options: Any) -> Trace:
        """What it records comes here."""
        trace = Trace(Destinations(lambda _settings: self))
        if options:
            trace.configure(**options)
        return trace

    def put(self, event: Mapping[str, Any]) -> None:
        self.events.append(dict(event))

    def put_tokens(self, batch: TokenBatch) -> None:
        self.batches.append(batch)
        fields = {"type": "llm_tokens", "llm_call_id": batch.call_id}
        first = {"first_index": batch.first_index, "count": batch.count, "size": batch.size}
        tokens = [dict(token) for token in batch.wire_tokens()]
        self.events.append({**fields, **first, "tokens": tokens})

    def open_stream(self, stream: OpenStream) -> None:
        self.open_streams.append(stream)

    def close_stream(self, stream: OpenStream) -> None:
        if stream in self.open_streams:
            self.open_streams.remove(stream)

    def open_run(self, run: OpenRun) -> None:
        self.open_runs.append(run)

    def close_run(self, run: OpenRun) -> None:
        self.open_runs.remove(run)

    def flush(self, timeout: float | None = None) -> bool:  # noqa: ARG002
        for stream in list(self.open_streams):
            stream.seal()
        return True

    # What came.

    def of_type(self, *types: str) -> list[Event]:
        return [event for event in self.events if event["type"] in types]

    def tokens(self, call_id: str | None = None) -> list[Event]:
        batches = [
            batch
            for batch in self.of_type("llm_tokens")
            if call_id is None or batch["llm_call_id"] == call_id
        ]
        return [token for batch in batches for token in batch["tokens"]]

    def text(self, call_id: str | None = None) -> str:
        return "".join(token["token"] for token in self.tokens(call_id))

    def named(self, name: str) -> Event:
        """The start of a step, a run or a call, or the event of that name."""
        starts = self.of_type("run_start", "step_start", "llm_call_start", "event")
        found = [event for event in starts if event.get("name", event.get("model")) == name]
        assert len(found) == 1, f"{len(found)} are named {name}"
        return found[0]

    def parent_of(self, name: str) -> str:
        """The name of what it happened within."""
        event = self.named(name)
        parent_id = event.get("parent_id", event["run_id"])
        for start in self.of_type("run_start", "step_start", "llm_call_start"):
            if parent_id in (start.get("step_id"), start.get("llm_call_id")) or (
                start["type"] == "run_start" and start["run_id"] == parent_id
            ):
                return str(start.get("name", start.get("model")))
        raise AssertionError(f"Nothing has the id {parent_id}")

    def end_of(self, name: str) -> Event:
        start = self.named(name)
        id_field = {"run_start": "run_id", "step_start": "step_id"}.get(
            start["type"], "llm_call_id"
        )
        end_type = start["type"].replace("_start", "_end")
        ends = [end for end in self.of_type(end_type) if end[id_field] == start[id_field]]
        assert len(ends) == 1, f"{name} has ended {len(ends)} times"
        return ends[0]
