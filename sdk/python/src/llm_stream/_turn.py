from __future__ import annotations

import threading


class Turn:
    """Of one thread after the other.

    A signal handler runs in the thread that it interrupts: where that one has the turn, there is nothing to wait for.
    """

    __slots__ = ("_holder", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None

    def take(self, seconds: float) -> bool:
        """``seconds``: how long other threads may have it."""
        this_thread = threading.get_ident()
        if self._holder == this_thread or not self._lock.acquire(timeout=seconds):
            return False
        self._holder = this_thread
        return True

    def give_back(self) -> None:
        self._holder = None
        self._lock.release()
