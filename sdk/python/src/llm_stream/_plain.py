"""What an agent hands over, as JSON values of a bounded size.

Made when it is handed over: the agent may change it afterwards, and what its objects do when they are read
belongs into the agent's own thread.
"""

from __future__ import annotations

import dataclasses
import enum
import math
import numbers
from collections.abc import Iterable, Mapping
from typing import Any

from ._safely import text_of

#: Of a line, which may have 4 MiB.
_MOST_BYTES = 2_200_000
_MOST_DEPTH = 40
_MOST_MEMBERS = 20_000
_COST_OF_A_VALUE = 8
_LARGEST_INTEGER = 2**63


def plain(value: object, most_bytes: int = _MOST_BYTES) -> Any:
    """JSON values only, cut where it is too large, too deep or circular."""
    return _Copying(most_bytes).copy(value, 0)


def plain_with_size(value: object, most_bytes: int) -> tuple[Any, int]:
    """With an estimate of the bytes that it takes."""
    copying = _Copying(most_bytes)
    return copying.copy(value, 0), most_bytes - copying.bytes_left


def wire_bytes(text: str) -> int:
    """About so many, and seldom more, in JSON."""
    return len(text) if text.isascii() else 3 * len(text)


class _Copying:
    def __init__(self, most_bytes: int) -> None:
        self.bytes_left = most_bytes
        self._members_left = _MOST_MEMBERS
        self._within: set[int] = set()

    def copy(self, value: object, depth: int) -> Any:
        self.bytes_left -= _COST_OF_A_VALUE
        try:
            return self._copied(value, depth)
        except Exception:
            return f"<{type(value).__name__} that cannot be read>"

    def _copied(self, value: object, depth: int) -> Any:
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, enum.Enum):
            return self.copy(value.value, depth + 1) if depth < _MOST_DEPTH else text_of(value)
        if isinstance(value, int):
            return int(value) if abs(value) < _LARGEST_INTEGER else self._text(text_of(value))
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else text_of(value)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return f"<{len(value)} bytes>"
        return self._compound(value, depth)

    def _text(self, value: str) -> str:
        text = value if type(value) is str else str.__str__(value)
        size = wire_bytes(text)
        left = max(0, self.bytes_left)
        self.bytes_left -= size
        if size <= left:
            return text
        kept = text[: left * len(text) // size]
        return f"{kept}… ({len(text) - len(kept)} characters are left out)"

    def _compound(self, value: object, depth: int) -> Any:
        if depth >= _MOST_DEPTH:
            return "<too deep>"
        if id(value) in self._within:
            return "<circular>"
        self._within.add(id(value))
        try:
            return self._members(value, depth + 1)
        finally:
            self._within.discard(id(value))

    def _members(self, value: object, depth: int) -> Any:
        if isinstance(value, Mapping):
            return self._object(value.items(), depth)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._array(value, depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = (field.name for field in dataclasses.fields(value))
            return self._object(((name, getattr(value, name)) for name in names), depth)
        dump = None if isinstance(value, type) else getattr(type(value), "model_dump", None)
        if callable(dump):
            dumped = dump(value)
            if isinstance(dumped, Mapping):
                return self._object(dumped.items(), depth)
        if isinstance(value, numbers.Integral):
            return self.copy(int(value), depth)
        if isinstance(value, numbers.Real):
            return self.copy(float(value), depth)
        return self._text(text_of(value))

    def _object(self, items: Iterable[tuple[object, object]], depth: int) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        for key, member in items:
            if self._is_full():
                copied["…"] = "<the rest is left out>"
                break
            copied[self._text(text_of(key))] = self.copy(member, depth)
        return copied

    def _array(self, items: Iterable[object], depth: int) -> list[Any]:
        copied: list[Any] = []
        for item in items:
            if self._is_full():
                copied.append("<the rest is left out>")
                break
            copied.append(self.copy(item, depth))
        return copied

    def _is_full(self) -> bool:
        self._members_left -= 1
        return self._members_left < 0 or self.bytes_left <= 0
