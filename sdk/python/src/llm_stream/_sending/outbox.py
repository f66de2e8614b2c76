"""Between what records (trace, streams) and what sends.

Whatever is called here neither raises nor waits nor does any I/O before it returns; it may be called from any
thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

WireEvent = Mapping[str, Any]
"""One line of ``POST /v1/events`` but ``llm_tokens``; fields as in docs/api.md of the repository."""


class TokenBatch(Protocol):
    """Tokens of one call that came one after the other; made into a line only when it is sent."""

    call_id: str
    first_index: int
    count: int
    size: int
    """For the bound of memory: an estimate of the bytes that this batch holds."""

    def wire_tokens(self) -> Sequence[Mapping[str, Any]]:
        """Called by the sending thread, once at most."""
        ...


class OpenStream(Protocol):
    """A stream that is open, or a step's progress: the newest of it may wait in a buffer of its own."""

    def seal(self) -> None:
        """Puts what waits into the outbox; called by the sending thread every 100 ms, on flush and at exit."""
        ...

    def interrupt(self, reason: str) -> None:
        """The process ends: ends a call as interrupted."""
        ...


class OpenRun(Protocol):
    def interrupt(self) -> None:
        """The process ends: ends the run as failed."""
        ...


class Outbox(Protocol):
    enabled: bool
    """False: nothing will be sent (no endpoint, or switched off), so that nothing need be recorded."""

    def put(self, event: WireEvent) -> None: ...

    def put_tokens(self, batch: TokenBatch) -> None: ...

    def open_stream(self, stream: OpenStream) -> None: ...

    def close_stream(self, stream: OpenStream) -> None: ...

    def open_run(self, run: OpenRun) -> None: ...

    def close_run(self, run: OpenRun) -> None: ...

    def flush(self, timeout: float | None = None) -> bool:
        """True when all that was put until now is acknowledged; waits at most ``timeout`` seconds."""
        ...
