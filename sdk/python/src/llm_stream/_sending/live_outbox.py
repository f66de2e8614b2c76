"""The outbox that sends."""

from __future__ import annotations

import contextlib

from .outbox import OpenRun, OpenStream, TokenBatch, WireEvent
from .process_end import watch
from .settings import SendingSettings
from .worker import Worker

_FLUSH_TIMEOUT_SECONDS = 5.0


class LiveOutbox:
    enabled = True

    def __init__(self, settings: SendingSettings) -> None:
        self._settings = settings
        self._streams: dict[int, OpenStream] = {}
        self._runs: dict[int, OpenRun] = {}
        self._worker = Worker(settings, self._streams)
        self._is_watched = False

    def put(self, event: WireEvent) -> None:
        if not self._is_watched:
            self._watch()
        self._worker.put(event, tokens=0)

    def put_tokens(self, batch: TokenBatch) -> None:
        self._worker.put(batch, tokens=batch.count)

    def open_stream(self, stream: OpenStream) -> None:
        self._streams[id(stream)] = stream
        self._worker.look()

    def close_stream(self, stream: OpenStream) -> None:
        self._streams.pop(id(stream), None)

    def open_run(self, run: OpenRun) -> None:
        self._runs[id(run)] = run

    def close_run(self, run: OpenRun) -> None:
        self._runs.pop(id(run), None)

    def flush(self, timeout: float | None = None) -> bool:
        for stream in list(self._streams.values()):
            with contextlib.suppress(Exception):
                stream.seal()
        seconds = _FLUSH_TIMEOUT_SECONDS if timeout is None else timeout
        return self._worker.flush(seconds, is_last=False)

    def process_ends(self, reason: str) -> None:
        """What is open is ended, and all is sent, within the time that the settings allow for."""
        for stream in list(self._streams.values()):
            with contextlib.suppress(Exception):
                stream.interrupt(reason)
        for run in reversed(list(self._runs.values())):
            with contextlib.suppress(Exception):
                run.interrupt()
        self._worker.flush(self._settings.exit_timeout_seconds, is_last=True)

    def forked(self) -> None:
        """This is a child process: what waits, and what is open, is the parent's."""
        self._streams = {}
        self._runs = {}
        self._worker = Worker(self._settings, self._streams)
        self._is_watched = False

    def _watch(self) -> None:
        self._is_watched = watch(self, self._settings.handle_signals)
