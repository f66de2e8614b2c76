"""Figures of a call, counted before any token is left out; every SDK computes them alike (sdk/vectors)."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

#: More are not kept: then the figures of the gaps are unknown.
MOST_TIMES = 1_000_000

_PERCENTILES = (50, 90, 95, 99)


class RunningStatistics:
    """Of times in whole microseconds since the call started."""

    def __init__(self) -> None:
        self.count = 0
        self._times = array("q")
        self._first_output_us: int | None = None
        self._first_us = 0
        self._last_us = 0

    def add(self, offset_us: int, kind: str) -> None:
        if self.count == 0:
            self._first_us = offset_us
        if self._first_output_us is None and kind == "text":
            self._first_output_us = offset_us
        self._last_us = offset_us
        self.count += 1
        if self.count <= MOST_TIMES:
            self._times.append(offset_us)

    def figures(self) -> dict[str, float]:
        if self.count == 0:
            return {}
        found: dict[str, float] = {"first_token_us": self._first_us, "last_token_us": self._last_us}
        if self._first_output_us is not None:
            found["first_output_us"] = self._first_output_us
        if 2 <= self.count <= MOST_TIMES:
            found.update(_figures_of_gaps(self._times))
        return found


def _figures_of_gaps(times: Sequence[int]) -> dict[str, float]:
    gaps = sorted(_gaps(times))
    found = {f"icl_p{percent}_us": percentile(gaps, percent) for percent in _PERCENTILES}
    return {**found, "icl_max_us": gaps[-1]}


def _gaps(times: Sequence[int]) -> Iterable[int]:
    # Two threads may add to a stream: then a token can stand before one that is a little older.
    return (max(0, after - before) for before, after in zip(times, times[1:]))


def percentile(ordered: Sequence[int], percent: float) -> float:
    """Interpolated linearly, as numpy does by default."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
