from __future__ import annotations

import time
from typing import Callable

#: Monotonic, in nanoseconds. (`time.monotonic_ns` ticks every 16 ms on Windows before Python 3.13.)
now_ns: Callable[[], int] = time.perf_counter_ns


class Clock:
    """Wall clock of a run: read once, so that nothing in the run moves when it is set."""

    __slots__ = ("_wall_us", "_zero_ns")

    def __init__(self) -> None:
        self._zero_ns = now_ns()
        self._wall_us = max(0, time.time_ns() // 1_000)

    def wall_us(self, at_ns: int) -> int:
        """Microseconds since 1970."""
        return max(0, self._wall_us + microseconds(at_ns - self._zero_ns))


def microseconds(nanoseconds: int) -> int:
    return (nanoseconds + 500) // 1_000
