"""Sends in a thread of its own, so that a capture that hangs holds up nothing but the next request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from .endpoint import Answer, Endpoint


class Poster:
    """One request at a time."""

    def __init__(self, endpoint: Endpoint, on_answer: Callable[[], None]) -> None:
        self._endpoint = endpoint
        self._on_answer = on_answer
        self._requests: SimpleQueue[list[bytes]] = SimpleQueue()
        self._answers: SimpleQueue[tuple[list[bytes], Answer]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def post(self, lines: list[bytes]) -> None:
        """Returns at once, but where no thread can be started (the interpreter ends): then when it is answered."""
        if self._has_thread():
            self._requests.put(lines)
        else:
            self._answers.put((lines, self._endpoint.post(lines)))

    def take_answer(self) -> tuple[list[bytes], Answer | None]:
        """And what it answers: the very list that was posted."""
        try:
            return self._answers.get_nowait()
        except Empty:
            return [], None

    def abort(self) -> None:
        self._endpoint.abort()

    def _has_thread(self) -> bool:
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="llm-stream-http", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return False
            self._thread = thread
        return True

    def _work(self) -> None:
        while True:
            lines = self._requests.get()
            self._answers.put((lines, self._endpoint.post(lines)))
            self._on_answer()
