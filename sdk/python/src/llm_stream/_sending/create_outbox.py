"""The one way to an outbox."""

from __future__ import annotations

import atexit
import http.client
import json
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from .outbox import OpenRun, OpenStream, Outbox, TokenBatch, WireEvent
from .settings import SendingSettings


def create_outbox(settings: SendingSettings) -> Outbox:
    """Starts nothing before the first event."""
    if not settings.enabled or not settings.endpoint:
        return DisabledOutbox()
    return NaiveOutbox(settings.endpoint, settings.token or "", settings.exit_timeout_seconds)


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


class NaiveOutbox:
    """A stand-in until the real one is there."""

    enabled = True

    def __init__(self, endpoint: str, token: str, exit_timeout: float) -> None:
        self._endpoint = urlsplit(endpoint)
        self._token = token
        self._exit_timeout = exit_timeout
        self._waiting: list[Any] = []
        self._streams: dict[int, OpenStream] = {}
        self._runs: dict[int, OpenRun] = {}
        self._sending = threading.Lock()
        self._thread: threading.Thread | None = None
        atexit.register(self._at_exit)

    def put(self, event: WireEvent) -> None:
        self._waiting.append(event)
        self._start()

    def put_tokens(self, batch: TokenBatch) -> None:
        self._waiting.append(batch)
        self._start()

    def open_stream(self, stream: OpenStream) -> None:
        self._streams[id(stream)] = stream
        self._start()

    def close_stream(self, stream: OpenStream) -> None:
        self._streams.pop(id(stream), None)

    def open_run(self, run: OpenRun) -> None:
        self._runs[id(run)] = run

    def close_run(self, run: OpenRun) -> None:
        self._runs.pop(id(run), None)

    def flush(self, timeout: float | None = None) -> bool:
        deadline = time.monotonic() + (5.0 if timeout is None else timeout)
        for stream in list(self._streams.values()):
            stream.seal()
        while True:
            if self._send():
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="llm-stream", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            time.sleep(0.1)
            for stream in list(self._streams.values()):
                stream.seal()
            self._send()

    def _send(self) -> bool:
        with self._sending:
            items = list(self._waiting)
            if not items:
                return True
            lines = [json.dumps(line_of(item), default=str) for item in items]
            if not self._post("\n".join(lines).encode("utf-8", "replace")):
                return False
            del self._waiting[: len(items)]
            return True

    def _post(self, body: bytes) -> bool:
        connection = http.client.HTTPConnection(self._endpoint.netloc, timeout=10)
        try:
            headers = {
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/x-ndjson",
            }
            connection.request("POST", self._endpoint.path + "/v1/events", body, headers)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _at_exit(self) -> None:
        for stream in list(self._streams.values()):
            stream.interrupt("The process ended.")
        for run in list(self._runs.values()):
            run.interrupt()
        self.flush(self._exit_timeout)


def line_of(item: Any) -> Any:
    if not hasattr(item, "wire_tokens"):
        return item
    return {
        "type": "llm_tokens",
        "llm_call_id": item.call_id,
        "first_index": item.first_index,
        "tokens": list(item.wire_tokens()),
    }
