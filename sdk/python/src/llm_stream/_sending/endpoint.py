"""One POST to the capture, and what its answer means."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 10.0
_LARGEST_ANSWER_BYTES = 1024 * 1024
_LONGEST_RETRY_AFTER_SECONDS = 60.0


class Outcome(Enum):
    ACCEPTED = "accepted"
    AWAY = "away"
    """Nothing answers, or not now: the same again, a little later."""
    REFUSED = "refused"
    """It answers, but will not take anything before somebody does something about it."""
    TOO_LARGE = "too large"
    USELESS = "useless"
    """None of the lines is an event: sending them again changes nothing."""


@dataclass(frozen=True)
class Answer:
    outcome: Outcome
    detail: str = ""
    """What is wrong, as the end of a sentence."""
    retry_after_seconds: float = 0.0
    rejected: int = 0
    """Lines that were not accepted; ``detail`` says why the first was not."""
    nobody_listens: bool = False


class Endpoint:
    """Keeps its connection. Used by one thread; only ``abort`` may be called by others."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._connection: http.client.HTTPConnection | None = None

    def post(self, lines: list[bytes]) -> Answer:
        """Never raises."""
        body = b"\n".join(lines) + b"\n"
        was_open = self._connection is not None
        answer = self._attempt(body)
        if was_open and answer is None:
            # The other side closes connections that were idle: that says nothing about a new one.
            answer = self._attempt(body)
        return answer or Answer(Outcome.AWAY, "it closed the connection without an answer")

    def abort(self) -> None:
        """Whatever is being waited for fails at once."""
        connection = self._connection
        transport = connection.sock if connection else None
        if transport is not None:
            with contextlib.suppress(OSError):
                transport.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def _attempt(self, body: bytes) -> Answer | None:
        """None: the connection was closed before an answer came."""
        try:
            connection = self._connection = self._connection or self._connect()
            connection.request("POST", self._path(), body, self._headers())
            response = connection.getresponse()
            content = response.read(_LARGEST_ANSWER_BYTES)
            is_whole = not response.length
            if not response.isclosed() or not is_whole:
                self.close()
            if not is_whole and len(content) < _LARGEST_ANSWER_BYTES:
                return Answer(Outcome.AWAY, "its answer was cut off")
            return _meaning(response, content)
        except (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected):
            self.close()
            return None
        except Exception as error:
            self.close()
            return _failure(error)

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, parts.port, timeout=_TIMEOUT_SECONDS)
        return http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT_SECONDS)

    def _path(self) -> str:
        return urlsplit(self.url).path + "/v1/events"

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/x-ndjson"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return headers


def _meaning(response: http.client.HTTPResponse, content: bytes) -> Answer:
    status = response.status
    fields = _json_object(content)
    detail = str(fields.get("detail", "")) or f"it answered with status {status}"
    if status == 200 and isinstance(fields.get("accepted"), int):
        rejected = fields.get("rejected_count", 0)
        return Answer(
            Outcome.ACCEPTED,
            _first_message(fields.get("rejected")),
            rejected=rejected if isinstance(rejected, int) else 0,
        )
    if status == 400:
        return Answer(Outcome.USELESS, detail)
    if status == 413:
        return Answer(Outcome.TOO_LARGE, detail)
    if status in (408, 425, 429) or status >= 500:
        return Answer(Outcome.AWAY, detail, retry_after_seconds=_retry_after(response))
    if status == 401:
        return Answer(
            Outcome.REFUSED, "the token is wrong: set LLM_STREAM_TOKEN to that of the capture"
        )
    return Answer(Outcome.REFUSED, f"what answers is no capture (status {status})")


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except Exception:
        return {}
    return value if isinstance(value, dict) else {}


def _first_message(rejected: Any) -> str:
    first = rejected[0] if isinstance(rejected, list) and rejected else None
    return str(first.get("message", "")) if isinstance(first, dict) else ""


def _retry_after(response: http.client.HTTPResponse) -> float:
    try:
        seconds = float(response.headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0
    # Written this way round, "nan" is 0 as well.
    return min(seconds, _LONGEST_RETRY_AFTER_SECONDS) if seconds > 0 else 0.0


def _failure(error: Exception) -> Answer:
    if isinstance(error, ConnectionRefusedError):
        return Answer(Outcome.AWAY, "nothing listens there", nobody_listens=True)
    if isinstance(error, (TimeoutError, socket.timeout)):
        return Answer(Outcome.AWAY, f"it did not answer within {_TIMEOUT_SECONDS:g} s")
    # Of ssl.SSLCertVerificationError; not every Python has the module.
    not_trusted = getattr(error, "verify_message", None)
    if not_trusted is not None:
        return Answer(Outcome.REFUSED, f"its certificate is not trusted ({not_trusted})")
    return Answer(Outcome.AWAY, f"{type(error).__name__}: {error}"[:300])
