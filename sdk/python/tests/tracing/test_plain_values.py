"""Values of the agent as JSON: whatever they are, and bounded."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import random
import sys
from collections import OrderedDict, deque
from pathlib import PurePosixPath
from typing import Any

import pytest

from llm_stream._plain import plain


@dataclasses.dataclass
class Point:
    x: int
    labels: list[str]


class Model:
    """As those of pydantic."""

    def model_dump(self) -> dict[str, Any]:
        return {"name": "model", "nested": {"a": 1}}


class Color(enum.Enum):
    RED = "red"


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def __iter__(self) -> Any:
        raise RuntimeError("no items")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no members")


class HostileDict(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        raise RuntimeError("no items")


class Text(str):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2.5, 2.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (10**30, str(10**30)),
        ("text", "text"),
        (Text("text"), "text"),
        (b"\x00\x01", "<2 bytes>"),
        ((1, [2, {3}]), [1, [2, [3]]]),
        (OrderedDict(a=1), {"a": 1}),
        ({1: "a", None: "b", (2, 3): "c"}, {"1": "a", "None": "b", "(2, 3)": "c"}),
        (Point(1, ["a"]), {"x": 1, "labels": ["a"]}),
        (Model(), {"name": "model", "nested": {"a": 1}}),
        (Color.RED, "red"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (PurePosixPath("a/b"), "a/b"),
        (deque([1]), "deque([1])"),
        (ValueError("wrong"), "wrong"),
        (Hostile(), "<Hostile without a text>"),
        (HostileDict(a=1), "<HostileDict that cannot be read>"),
        ({"a": Hostile(), "b": 1}, {"a": "<Hostile without a text>", "b": 1}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_become_json(value: object, expected: object) -> None:
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_the_copy_does_not_change_with_the_original() -> None:
    original = {"messages": [{"content": "a"}]}
    copy = plain(original)
    original["messages"][0]["content"] = "b"
    assert copy == {"messages": [{"content": "a"}]}


def test_circular_values_end() -> None:
    circular: dict[str, Any] = {"name": "a"}
    circular["self"] = circular
    assert plain(circular) == {"name": "a", "self": "<circular>"}
    shared = [1]
    assert plain([shared, shared]) == [[1], [1]]


def test_deep_values_end() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    text = json.dumps(plain(deep))
    assert text.count("[") <= 64


def test_large_values_fit_into_a_line() -> None:
    many = {f"key {number}": "x" * 1_000 for number in range(100_000)}
    for value in ("x" * 10_000_000, "日" * 5_000_000, many, list(range(1_000_000)), [many] * 10):
        assert len(json.dumps(plain(value), ensure_ascii=False).encode()) < 4 * 1024 * 1024


def test_a_large_integer_is_no_trouble() -> None:
    limit = getattr(sys, "get_int_max_str_digits", lambda: 0)()
    assert isinstance(plain(10 ** (limit + 1_000)), str)


def test_whatever_is_nested_how_ever_becomes_json() -> None:
    chance = random.Random(7)
    leaves: list[Any] = [None, True, 1, 1.5, "a", "\ud800", b"b", Hostile(), Text("t"), Color.RED]

    def value(depth: int) -> Any:
        kind = chance.randrange(6) if depth < 6 else 0
        if kind == 1:
            return [value(depth + 1) for _ in range(chance.randrange(4))]
        if kind == 2:
            return {chance.choice(["a", 1, None, "b"]): value(depth + 1) for _ in range(3)}
        if kind == 3:
            return (value(depth + 1), HostileDict(a=1))
        if kind == 4:
            return Point(value(depth + 1), [])
        return chance.choice(leaves)

    for _ in range(300):
        json.dumps(plain(value(0)), allow_nan=False)
