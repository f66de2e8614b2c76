"""The package ``ai-agent-inspector`` 1.1.2, with its defaults, but that every run is recorded."""

from __future__ import annotations

import importlib
import logging
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from measured import Cost
from own_package import ANSWER, PROMPT

VERSION = "1.1.2"
SOURCE = "https://github.com/koladilip/ai-agent-inspector"
REPOSITORY = Path(__file__).resolve().parents[3]


def find_other_package(folder: Path | None) -> None:
    """
    Raises:
        RuntimeError: Why it cannot be had.
    """
    # Neither its wheel nor its sdist on PyPI contains ``agent_inspector.core``, without which it cannot be imported.
    if folder is None and not _can_be_imported():
        folder = _clone()
    if folder is not None:
        sys.path.insert(0, str(folder))
    if not _can_be_imported():
        raise RuntimeError(f"agent_inspector.core cannot be imported from {folder}.")


def _can_be_imported() -> bool:
    for name in [name for name in sys.modules if name.partition(".")[0] == "agent_inspector"]:
        del sys.modules[name]
    importlib.invalidate_caches()
    try:
        importlib.import_module("agent_inspector.core.trace")
    except ImportError:
        return False
    return True


def _clone() -> Path:
    folder = REPOSITORY / ".python" / f"agent-inspector-{VERSION}"
    if not folder.exists():
        command = [
            "git",
            "clone",
            "--quiet",
            "--depth=1",
            f"--branch=v{VERSION}",
            SOURCE,
            str(folder),
        ]
        try:
            subprocess.run(command, check=True, timeout=120, capture_output=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise RuntimeError(
                "its wheel and its sdist on PyPI lack agent_inspector/core, without which it cannot be imported, "
                f"and its source could not be cloned ({error}). Name a copy with --agent-inspector."
            ) from error
    return folder


class OtherPackage:
    def __init__(self, folder: Path) -> None:
        self._database = folder / "agent_inspector.db"
        # What it says about each event that it drops would be most of what is measured.
        logging.getLogger("agent_inspector").addHandler(logging.NullHandler())
        logging.getLogger("agent_inspector").propagate = False
        config = importlib.import_module("agent_inspector.core.config")
        core = importlib.import_module("agent_inspector.core.trace")
        # By default only a tenth of all runs is recorded.
        settings = config.TraceConfig(db_path=str(self._database), sample_rate=1.0)
        self._trace: Any = core.Trace(config=settings)

    def add_cost_of_calls(self, cost: Cost) -> None:
        """Fewer than its queue holds, and with time to store them between."""
        with self._trace.run("costs"):
            call = self._trace.llm
            cost.add(lambda: call(model="m", prompt=PROMPT, response=ANSWER), 500)
        self._settle()

    def burst(self, count: int) -> int:
        """Ends it, and reads what it has stored."""
        with self._trace.run("burst"):
            for _ in range(count):
                self._trace.llm(model="m", prompt=PROMPT, response=ANSWER)
        self._settle()
        self._trace.shutdown(timeout_ms=60_000)
        with closing(sqlite3.connect(self._database)) as database:
            query = (
                "SELECT count(*) FROM steps JOIN runs ON runs.id = steps.run_id"
                " WHERE runs.name = 'burst' AND steps.type = 'llm_call'"
            )
            (kept,) = database.execute(query).fetchone()
        return int(kept)

    def _settle(self) -> None:
        queue = self._trace._queue_manager.get_queue()
        deadline = time.monotonic() + 60
        while queue.get_stats()["events_processed"] < queue.get_stats()["events_queued"]:
            if time.monotonic() > deadline:
                raise RuntimeError("It did not store everything within 60 s.")
            time.sleep(0.05)
