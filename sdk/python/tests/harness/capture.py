"""The real capture (``node dist/cli.js capture``), and what it has recorded, asked through its reading API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from .processes import REPOSITORY, ListeningProcess, node

Json = dict[str, Any]
Found = TypeVar("Found")

_WAIT_SECONDS = 20.0
_POLL_SECONDS = 0.02
_PAGE = 10_000


class Capture:
    def __init__(
        self,
        folder: Path,
        upstreams: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        program = REPOSITORY / "dist" / "cli.js"
        if not program.exists():
            raise RuntimeError('The capture is not built: run "npm run build" first.')
        arguments = [node(), str(program), "capture", "--port", str(port)]
        arguments += ["--db", str(folder / "captured.llmtrace")]
        for name, url in (upstreams or {}).items():
            arguments += ["--upstream", f"{name}={url}"]
        self._process = ListeningProcess(arguments, environment)
        self.url: str = self._process.address["url"]
        self.token: str = self._process.address["token"]
        self.db: str = self._process.address["db"]

    @property
    def environment(self) -> dict[str, str]:
        """What an agent needs to be recorded."""
        return {"LLM_STREAM_ENDPOINT": self.url, "LLM_STREAM_TOKEN": self.token}

    def runs(self) -> list[Json]:
        """The newest first."""
        runs: list[Json] = self._get("/v1/runs", limit=1000)["runs"]
        return runs

    def run(self, name: str) -> Json:
        """The newest run of that name."""
        return next(run for run in self.runs() if run["name"] == name)

    def steps(self, run_name: str) -> list[Json]:
        """Steps and calls of a run, in the order of display; figures of a call below ``llm_call``."""
        run_id = quote(self.run(run_name)["id"], safe="")
        answer = self._get(f"/v1/runs/{run_id}/timeline", limit=_PAGE)
        steps: list[Json] = answer["events"]
        return steps

    def calls(self, run_name: str) -> list[Json]:
        return [step for step in self.steps(run_name) if step["type"] == "llm_call"]

    def tokens(self, run_name: str, call_id: str) -> list[Json]:
        run_id = quote(self.run(run_name)["id"], safe="")
        path = f"/v1/runs/{run_id}/llm-calls/{quote(call_id, safe='')}/tokens"
        tokens: list[Json] = []
        while True:
            page = self._get(path, limit=_PAGE, offset=len(tokens))["tokens"]
            tokens += page
            if len(page) < _PAGE:
                return tokens

    def text(self, run_name: str, call_id: str, kind: str = "text") -> str:
        tokens = self.tokens(run_name, call_id)
        return "".join(token["token"] for token in tokens if token["kind"] == kind)

    def eventually(self, what: Callable[[Capture], Found], seconds: float = _WAIT_SECONDS) -> Found:
        """What it gives as soon as it is true and raises nothing; fails with its last error."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = what(self)
                if found:
                    return found
                problem: Exception | None = None
            except Exception as error:
                problem = error
            if time.monotonic() > deadline:
                raise AssertionError(f"It did not come within {seconds:g} s.") from problem
            time.sleep(_POLL_SECONDS)

    def stop(self) -> int:
        """Ends it as a user does."""
        return self._process.stop()

    def kill(self) -> None:
        self._process.kill()

    def _get(self, path: str, **parameters: int) -> Json:
        request = Request(
            f"{self.url}{path}?{urlencode(parameters)}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urlopen(request, timeout=20) as answer:
            body: Json = json.load(answer)
            return body
