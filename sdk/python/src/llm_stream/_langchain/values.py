"""Messages and documents of LangChain as readers know them, without what only LangChain needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

#: All messages of a graph go into each of its nodes: bounded.
_MOST_VALUES = 20_000
_MOST_LEVELS = 20

_ROLES = {"human": "user", "ai": "assistant"}


def readable(value: Any) -> Any:
    """A copy with its messages and documents as plain data; whatever else is in it stays as it is."""
    try:
        return _Reading().read(value, 0)
    except Exception:
        return value


def known_input(value: Any) -> Any:
    """None for what chains say that do not know theirs yet, because they stream."""
    return None if value == {"input": ""} else readable(value)


class _Reading:
    def __init__(self) -> None:
        self._values_left = _MOST_VALUES

    def read(self, value: Any, level: int) -> Any:
        if value is None or isinstance(value, (str, int, float)):
            return value
        self._values_left -= 1
        if self._values_left < 0 or level > _MOST_LEVELS:
            return "…"
        value = _opened(value)
        if isinstance(value, Mapping):
            return {key: self.read(item, level + 1) for key, item in list(value.items())}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.read(item, level + 1) for item in list(value)]
        return value


def _opened(value: Any) -> Any:
    if isinstance(value, (Mapping, list, tuple, set, frozenset, type)):
        return value
    if hasattr(value, "additional_kwargs") and hasattr(value, "content"):
        return _message(value)
    if hasattr(value, "page_content"):
        return {"page_content": value.page_content, "metadata": getattr(value, "metadata", None)}
    if hasattr(value, "to_messages"):
        return value.to_messages()
    if is_dataclass(value):
        return _known({field.name: getattr(value, field.name) for field in fields(value)})
    return value


def _message(message: Any) -> dict[str, Any]:
    kind = str(message.type).replace("MessageChunk", "").lower()
    return _known(
        {
            "role": getattr(message, "role", None) or _ROLES.get(kind, kind),
            "name": getattr(message, "name", None),
            "reasoning": message.additional_kwargs.get("reasoning_content"),
            "content": message.content,
            "tool_calls": getattr(message, "tool_calls", None) or None,
            "tool_call_id": getattr(message, "tool_call_id", None),
        }
    )


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
