"""When the same is tried again."""

from __future__ import annotations

import random

from .endpoint import Answer, Outcome

_SHORTEST_SECONDS = 0.2
_LONGEST_SECONDS = 5.0
_REFUSED_SECONDS = 30.0
"""Whoever can do something about it is not that fast."""


class Retry:
    def __init__(self) -> None:
        self._failures = 0

    def seconds_after(self, answer: Answer) -> float:
        """Longer each time, and never the same for all processes."""
        self._failures += 1
        if answer.outcome is Outcome.REFUSED:
            longest = _REFUSED_SECONDS
        else:
            longest = min(_LONGEST_SECONDS, _SHORTEST_SECONDS * 2.0 ** min(self._failures, 20))
        return max(answer.retry_after_seconds, longest * random.uniform(0.5, 1.0))

    def succeeded(self) -> None:
        self._failures = 0
