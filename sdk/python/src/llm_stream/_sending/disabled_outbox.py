"""The outbox of whoever records nothing."""

from __future__ import annotations

from .outbox import OpenRun, OpenStream, TokenBatch, WireEvent


class DisabledOutbox:
    enabled = False

    def put(self, event: WireEvent) -> None: ...

    def put_tokens(self, batch: TokenBatch) -> None: ...

    def open_stream(self, stream: OpenStream) -> None: ...

    def close_stream(self, stream: OpenStream) -> None: ...

    def open_run(self, run: OpenRun) -> None: ...

    def close_run(self, run: OpenRun) -> None: ...

    def flush(self, timeout: float | None = None) -> bool:  # noqa: ARG002
        return True
