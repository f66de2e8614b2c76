"""This SDK, in front of the real capture."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from harness.capture import Capture
from measured import Cost

from llm_stream import trace

PROMPT = "What is the capital of France?"
ANSWER = "The capital of France is Paris."


class Kept(NamedTuple):
    tokens: int
    calls: int


class OwnPackage:
    def __init__(self, folder: Path) -> None:
        self._capture = Capture(folder)
        trace.configure(endpoint=self._capture.url, token=self._capture.token)

    def cost_of_tokens(self) -> Cost:
        cost = Cost()
        with trace.run("costs"), trace.start_llm_stream(model="m", prompt=PROMPT) as stream:
            for _ in range(20):
                cost.add(lambda: stream.add_token(" Paris"), 5_000)
                self._settle()
        return cost

    def add_cost_of_calls(self, cost: Cost) -> None:
        with trace.run("costs"):
            cost.add(lambda: trace.llm(model="m", prompt=PROMPT, response=ANSWER), 500)
        self._settle()

    def burst(self, count: int) -> Kept:
        """Ends the capture, and reads what it has stored."""
        with (
            trace.run("burst of tokens"),
            trace.start_llm_stream(model="m", prompt=PROMPT) as stream,
        ):
            for _ in range(count):
                stream.add_token(" Paris")
        with trace.run("burst of calls"):
            for _ in range(count):
                trace.llm(model="m", prompt=PROMPT, response=ANSWER)
        self._settle()
        self._capture.stop()
        with closing(sqlite3.connect(self._capture.db)) as database:
            tokens, calls = database.execute(
                "SELECT (SELECT count(*) FROM llm_tokens_by_id JOIN runs USING (run_id)"
                " WHERE runs.name = 'burst of tokens'),"
                " (SELECT count(*) FROM llm_calls_by_id JOIN runs USING (run_id)"
                " WHERE runs.name = 'burst of calls')"
            ).fetchone()
        return Kept(tokens, calls)

    def close(self) -> None:
        self._capture.stop()

    def _settle(self) -> None:
        if not trace.flush(60):
            raise RuntimeError("The capture did not take everything within 60 s.")
