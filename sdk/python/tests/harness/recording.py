"""What a capture that many tests share has of one of them: the runs that were not there before."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

from .capture import Capture, Json
from .processes import ListeningProcess, node


class Snapshots:
    """Reads traces while a capture records into them; see test/python/snapshots.ts."""

    def __init__(self) -> None:
        self._process = ListeningProcess([node(), "--import", "tsx", "test/python/snapshots.ts"])

    def of(self, trace: str) -> bytes:
        """An SQLite database; views and tables are in docs/trace-format.md."""
        request = Request(self._process.address["url"], trace.encode("utf-8"))
        with urlopen(request, timeout=20) as answer:
            database: bytes = answer.read()
            return database

    def stop(self) -> None:
        self._process.stop()


class Recording:
    def __init__(self, capture: Capture, snapshots: Snapshots) -> None:
        self.capture = capture
        self._snapshots = snapshots
        self._earlier = [run["id"] for run in capture.runs()]

    def runs(self) -> list[Json]:
        """The newest first."""
        return [run for run in self.capture.runs() if run["id"] not in self._earlier]

    def rows(self, *queries: str) -> list[list[Json]]:
        """Of a database that has nothing but what belongs to these runs."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "snapshot.llmtrace"
            path.write_bytes(self._snapshots.of(self.capture.db))
            with closing(sqlite3.connect(path)) as database:
                database.row_factory = sqlite3.Row
                database.execute("PRAGMA foreign_keys = ON")
                database.executemany(
                    "DELETE FROM runs WHERE run_id = ?", [(run_id,) for run_id in self._earlier]
                )
                return [[dict(row) for row in database.execute(query)] for query in queries]
