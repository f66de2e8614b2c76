"""Programs of the repository that tests talk to. Each says on its first line, as JSON, where it listens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[4]

#: Enough for a loaded machine; a process that says nothing for longer is broken.
_START_TIMEOUT_SECONDS = 60


def node() -> str:
    found = os.environ.get("LLM_STREAM_TEST_NODE") or which("node")
    if found is None:
        raise RuntimeError("Node.js is not on the PATH: the capture and the mock need it.")
    return found


class ListeningProcess:
    """A child process that has said where it listens."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            list(arguments),
            cwd=REPOSITORY,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.address: dict[str, Any] = self._first_line()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> int:
        """Ends it as Ctrl+C would; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        try:
            return self._process.wait(timeout=30)
        finally:
            if self._process.poll() is None:
                self.kill()
            if self._process.stdout is not None:
                self._process.stdout.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(timeout=30)

    def _first_line(self) -> dict[str, Any]:
        from concurrent.futures import ThreadPoolExecutor

        stdout = self._process.stdout
        assert stdout is not None
        with ThreadPoolExecutor(max_workers=1) as reader:
            try:
                line = reader.submit(stdout.readline).result(timeout=_START_TIMEOUT_SECONDS)
                address: dict[str, Any] = json.loads(line)
                return address
            except Exception as error:
                self._process.kill()
                command = " ".join(map(str, self._process.args))  # type: ignore[arg-type]
                raise RuntimeError(f'"{command}" did not say where it listens.') from error
