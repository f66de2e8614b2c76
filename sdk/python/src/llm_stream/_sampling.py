"""Which tokens of a call are sent; every SDK takes the same ones (sdk/vectors)."""

from __future__ import annotations

from math import floor

_FNV_OFFSET = 0x811C9DC5
_FNV_PRIME = 0x01000193


class Sampling:
    """Evenly spread by the token's index, from a place that depends on the call's id."""

    __slots__ = ("_phase", "_rate")

    def __init__(self, call_id: str, rate: float) -> None:
        self._rate = rate
        self._phase = fnv1a_32(call_id) / 2**32

    def takes(self, index: int) -> bool:
        """The last token of a call is taken too: that is for whoever knows that it is the last."""
        if index == 0:
            return True
        return floor((index + 1) * self._rate + self._phase) > floor(
            index * self._rate + self._phase
        )


def fnv1a_32(text: str) -> int:
    found = _FNV_OFFSET
    for byte in text.encode("utf-8", "surrogatepass"):
        found = ((found ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return found
