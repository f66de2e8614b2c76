"""What a capture has of a test, as soon as it is asked for; nothing is recorded afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.recording import Recording

from llm_stream import trace

Row = dict[str, Any]


@dataclass
class Node:
    """A step or a call."""

    row: Row
    tokens: list[tuple[str, str]] = field(default_factory=list)
    token_times_ms: list[float] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    @property
    def type(self) -> str:
        return str(self.row["type"])

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def status(self) -> str:
        return str(self.row["status"])

    @cached_property
    def data(self) -> Any:
        return json.loads(self.row["data"] or "null")

    @cached_property
    def request(self) -> Any:
        return json.loads(self.row["request"])

    def text(self, kind: str = "text") -> str:
        return "".join(text for each, text in self.tokens if each == kind)

    def all(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.all()

    def of_type(self, type: str) -> list[Node]:
        return [node for node in self.all() if node.type == type]


@dataclass
class Run(Node):
    """Its row is that of the table of runs."""

    @property
    def type(self) -> str:
        return "run"

    def only(self, type: str) -> Node:
        (node,) = self.of_type(type)
        return node

    @property
    def tree(self) -> list[str]:
        """A line for each step, indented."""
        return [line for child in self.children for line in _lines(child, "")]


@dataclass
class Story:
    _recording: Recording

    @cached_property
    def runs(self) -> list[Run]:
        """The oldest first."""
        assert trace.flush(timeout=20)
        # What was in no run of its own ends with that.
        trace.configure(enabled=False)
        self._recording.capture.eventually(
            lambda _: all(run["status"] != "running" for run in self._recording.runs())
        )
        run_rows, step_rows, token_rows = self._recording.rows(
            "SELECT * FROM runs ORDER BY run_key",
            "SELECT * FROM steps LEFT JOIN llm_calls ON call_key = step_key ORDER BY step_key",
            "SELECT * FROM llm_tokens_by_id ORDER BY llm_call_id, token_index",
        )
        runs = {row["run_key"]: Run(row) for row in run_rows}
        steps = {row["step_key"]: Node(row) for row in step_rows}
        for node in steps.values():
            run = runs[node.row["run_key"]]
            (steps.get(node.row["parent_step_key"]) or run).children.append(node)
        for row in token_rows:
            call = next(n for n in steps.values() if n.row["step_id"] == row["llm_call_id"])
            call.tokens.append((row["kind"].replace(" ", "_"), row["token"]))
            call.token_times_ms.append(row["timestamp_ms"])
        return list(runs.values())

    @property
    def run(self) -> Run:
        (run,) = self.runs
        return run


def story_of(recording: Recording) -> Story:
    return Story(recording)


def _lines(node: Node, indent: str) -> Iterator[str]:
    data = node.data if isinstance(node.data, dict) else {}
    between = f"{data['from']} → {data['to']}" if "from" in data and "to" in data else node.name
    named = "" if node.type in ("final_answer", "task_assignment") else f" {between}"
    failed = "" if node.status in ("completed", "None") else f" ({node.status})"
    yield f"{indent}{node.type}{named}{failed}"
    for child in node.children:
        yield from _lines(child, f"{indent}  ")
