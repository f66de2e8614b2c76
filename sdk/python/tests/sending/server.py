"""A small HTTP server in place of the capture, that misbehaves as it is told."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable

Json = dict[str, Any]
Behaviour = Callable[["Handler", bytes], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        recording = self.server.recording
        body = self.rfile.read(int(self.headers["Content-Length"]))
        recording.requests.append((self.path, dict(self.headers), body))
        recording.behaviour(self, body)

    def answer(self, status: int, content: bytes = b"{}", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def hang(self) -> None:
        """Until the server is stopped."""
        self.close_connection = True
        self.server.recording.is_stopped.wait(60)

    def log_message(self, format: str, *args: Any) -> None: ...


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    recording: RecordingServer

    def process_request(self, request: Any, client_address: Any) -> None:
        self.recording.connections.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None: ...


def accepts(handler: Handler, body: bytes) -> None:
    lines = [json.loads(line) for line in body.splitlines() if line]
    handler.server.recording.events += lines
    accepted = {"accepted": len(lines), "rejected": [], "rejected_count": 0}
    handler.answer(200, json.dumps(accepted).encode())


def answers(status: int, content: bytes = b"{}", **headers: str) -> Behaviour:
    return lambda handler, _: handler.answer(status, content, **headers)


def hangs(handler: Handler, _: bytes) -> None:
    handler.hang()


def closes(handler: Handler, _: bytes) -> None:
    """In the middle of its answer."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def talks_nonsense(handler: Handler, _: bytes) -> None:
    handler.wfile.write(b"\x00\x01 what is this?\r\n\r\n")
    handler.close_connection = True


class RecordingServer:
    """What it accepted is in ``events``, in the order in which it came."""

    def __init__(
        self, behaviour: Behaviour = accepts, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.behaviour = behaviour
        self.events: list[Json] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections: list[socket.socket] = []
        self.is_stopped = threading.Event()
        self._server = _Server(("127.0.0.1", port), Handler)
        self._server.recording = self
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.is_stopped.set()
        self._server.shutdown()
        self._server.server_close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def of_type(self, *types: str) -> list[Json]:
        return [event for event in list(self.events) if event["type"] in types]

    def ids(self) -> list[str]:
        """Of steps, in the order in which they came first."""
        return list(dict.fromkeys(event["step_id"] for event in self.of_type("event")))

    def tokens(self, call_id: str) -> list[str]:
        """In order; one that came twice counts once."""
        found: dict[int, str] = {}
        for event in self.of_type("llm_tokens"):
            if event["llm_call_id"] == call_id:
                for offset, token in enumerate(event["tokens"]):
                    found[token.get("index", event["first_index"] + offset)] = token["token"]
        return [found[index] for index in sorted(found)]


@contextmanager
def recording_server(
    behaviour: Behaviour = accepts, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[RecordingServer]:
    server = RecordingServer(behaviour, port, tls)
    try:
        yield server
    finally:
        server.stop()


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(is_true: Callable[[], Any], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"It did not come true within {seconds:g} s."
        time.sleep(0.01)
