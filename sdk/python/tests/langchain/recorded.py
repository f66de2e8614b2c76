"""What a capture has of a test, asked after everything was sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from harness.recording import Recording

from llm_stream import trace

Step = dict[str, Any]


class Recorded:
    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._capture = recording.capture

    def runs(self) -> list[dict[str, Any]]:
        """The newest first."""
        assert trace.flush(timeout=20)
        return self._recording.runs()

    def run(self) -> dict[str, Any]:
        runs = self.runs()
        assert len(runs) == 1, [known["name"] for known in runs]
        return runs[0]

    def steps(self, run_id: str | None = None) -> list[Step]:
        """Of that run, or of the only one; in the order of display."""
        path = f"/v1/runs/{quote(run_id or self.run()['id'])}"
        steps: list[Step] = self._capture._get(f"{path}/timeline", limit=1_000)["events"]
        return steps

    def step(self, name: str) -> Step:
        return next(step for step in self.steps() if step["name"] == name)

    def calls(self, run_id: str | None = None) -> list[Step]:
        return [step for step in self.steps(run_id) if step["type"] == "llm_call"]

    def call(self) -> Step:
        (call,) = self.calls()
        return call

    def tokens(self, call: Step) -> list[tuple[str, str]]:
        return [(token["kind"], token["token"]) for token in self.timed_tokens(call)]

    def timed_tokens(self, call: Step, run_id: str | None = None) -> list[dict[str, Any]]:
        path = f"/v1/runs/{quote(run_id or self.run()['id'])}/llm-calls/{quote(call['id'])}"
        tokens: list[dict[str, Any]] = self._capture._get(f"{path}/tokens", limit=1_000)["tokens"]
        return tokens

    def tokens_of_calls(self, run_id: str) -> list[list[tuple[str, str]]]:
        return [
            [(token["kind"], token["token"]) for token in self.timed_tokens(call, run_id)]
            for call in self.calls(run_id)
        ]

    def tree(self) -> list[tuple[int, str, str]]:
        """Depth, type and name of the steps of the only run."""
        return [(step["depth"], step["type"], step["name"]) for step in self.steps()]

    def request(self) -> Any:
        """Of the only call."""
        return self._column("SELECT request FROM llm_calls")

    def prompt(self) -> Any:
        """With parameters beside it, or without."""
        request = self.request()
        return request["prompt"] if isinstance(request, dict) else request

    def response(self) -> Any:
        return self._column("SELECT response FROM llm_calls")

    def data(self, name: str) -> Any:
        """Of the step of that name."""
        return self._column(f"SELECT data FROM steps WHERE name = '{name}'")

    def _column(self, query: str) -> Any:
        assert trace.flush(timeout=20)
        (rows,) = self._recording.rows(query)
        ((value,),) = [row.values() for row in rows]
        try:
            return json.loads(value)
        except (TypeError, ValueError):
            return value
