"""Times of single calls."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from time import perf_counter_ns


class Cost:
    """Of one call, in microseconds, without what reading the clock costs."""

    def __init__(self) -> None:
        self._nanoseconds: list[int] = []

    def add(self, call: Callable[[], object], count: int) -> None:
        noted = self._nanoseconds
        for _ in range(count):
            began = perf_counter_ns()
            call()
            noted.append(perf_counter_ns() - began)

    @property
    def median(self) -> float:
        return self._at(50)

    @property
    def p99(self) -> float:
        return self._at(99)

    def _at(self, percent: int) -> float:
        found = statistics.quantiles(self._nanoseconds, n=100, method="inclusive")[percent - 1]
        return max(0.0, found - clock_cost()) / 1_000


def clock_cost() -> float:
    """Nanoseconds between two readings with a call of nothing between them."""
    global _clock_cost
    if _clock_cost is None:
        times = []
        for _ in range(20_000):
            began = perf_counter_ns()
            _nothing()
            times.append(perf_counter_ns() - began)
        _clock_cost = statistics.median(times)
    return _clock_cost


_clock_cost: float | None = None


def _nothing() -> None: ...
