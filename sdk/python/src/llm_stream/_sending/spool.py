"""Where lines wait on disk while the capture is away: also those that other processes left behind.

Each process writes a file of its own, whose name tells that it is in use. What is left when a process ends is sent by
whichever process finds it, after renaming it, so that no two send the same. All SDKs name the files alike.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import secrets
import socket
import stat
import tempfile
import time

from .processes import is_alive
from .spool_file import SpoolFile

_ENDING = ".ndjson"
_USED_NAME = re.compile(r"used-(?P<host>.+)-(?P<process>[0-9]+)-[0-9a-f]+\.ndjson")
_LEFT_NAME = re.compile(r"left-[0-9a-f]+\.ndjson")
_COUNTED_FOR_SECONDS = 10.0
"""There may be thousands of files."""
_paths_of_this_process: set[str] = set()


class SpoolIsFull(OSError):
    """As much waits there as may."""


class Spool:
    """Used by one thread."""

    def __init__(self, folder: str | None, most_megabytes: float = math.inf) -> None:
        """``most_megabytes`` of the whole folder: each process that no capture heard leaves a file there."""
        self.folder = folder or default_folder()
        self._most_megabytes = most_megabytes
        self._others = 0
        """Bytes in the files of the folder, without our own."""
        self._counted_at = -math.inf
        self._is_default = not folder
        self._own: SpoolFile | None = None
        self._leftover: SpoolFile | None = None
        self._current: SpoolFile | None = None

    @property
    def has_own(self) -> bool:
        return self._own is not None

    def append(self, lines: list[bytes]) -> None:
        """
        Raises:
            SpoolIsFull: Nothing of it was written.
            OSError: The same, because the disk does not take it.
        """
        size = sum(len(line) + 1 for line in lines)
        own = self._own.size if self._own else 0
        if self._bytes_of_others() + own + size > self._most_megabytes * 1_000_000:
            raise SpoolIsFull(f"{self._most_megabytes:g} MB wait there")
        if self._own is None:
            self._make_folder()
            path = _path_in_use(self.folder)
            self._own = SpoolFile(path, is_new=True)
            _paths_of_this_process.add(path)
        self._own.append(lines)

    def next_lines(self, most_bytes: int) -> list[bytes]:
        """Of what this process wrote, else of what others left; empty: there is none."""
        while True:
            self._current = self._own or self._next_leftover()
            if self._current is None:
                return []
            with contextlib.suppress(OSError):
                lines = self._current.next_lines(most_bytes)
                if lines:
                    return lines
            self._done(self._current)

    def sent(self) -> None:
        """The lines that were read last have arrived."""
        current = self._current
        if current is not None:
            current.sent()
            if current.is_sent:
                self._done(current)

    def release(self) -> None:
        """What was not sent is for the next process that finds it."""
        for file in (self._own, self._leftover):
            if file is not None:
                file.close()
                _paths_of_this_process.discard(file.path)
                left = os.path.join(self.folder, f"left-{secrets.token_hex(8)}{_ENDING}")
                with contextlib.suppress(OSError):
                    os.rename(file.path, left)
        self._own = self._leftover = self._current = None

    def _bytes_of_others(self) -> int:
        now = time.monotonic()
        if now - self._counted_at > _COUNTED_FOR_SECONDS:
            self._others = _bytes_in(self.folder, self._own.path if self._own else None)
            self._counted_at = now
        return self._others

    def _done(self, file: SpoolFile) -> None:
        file.remove()
        _paths_of_this_process.discard(file.path)
        if file is self._own:
            self._own = None
        if file is self._leftover:
            self._leftover = None

    def _next_leftover(self) -> SpoolFile | None:
        if self._leftover is None:
            path = _claim_one(self.folder)
            if path is not None:
                with contextlib.suppress(OSError):
                    self._leftover = SpoolFile(path, is_new=False)
        return self._leftover

    def _make_folder(self) -> None:
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        if self._is_default and os.name == "posix":
            found = os.lstat(self.folder)
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                raise PermissionError(f"{self.folder} is not of this user")


def default_folder() -> str:
    """One a user: what waits there may be confidential."""
    user = f"-{os.getuid()}" if os.name == "posix" else ""
    return os.path.join(tempfile.gettempdir(), f"llm-stream-spool{user}")


def _bytes_in(folder: str, without: str | None) -> int:
    """Of all that waits there but in that one file, whoever has left it."""
    size = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_file_of_spool = _USED_NAME.fullmatch(entry.name) or _LEFT_NAME.fullmatch(entry.name)
            if is_file_of_spool and entry.path != without:
                with contextlib.suppress(OSError):
                    # What an entry itself knows may be old on Windows while a file is open.
                    size += os.lstat(entry.path).st_size
    return size


def _claim_one(folder: str) -> str | None:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    for name in names:
        path = os.path.join(folder, name)
        if _is_left(path, name):
            claimed = _path_in_use(folder)
            # Before the rename: another outbox of this process must not take it for that of a dead one.
            _paths_of_this_process.add(claimed)
            with contextlib.suppress(OSError):
                os.rename(path, claimed)
                return claimed
            _paths_of_this_process.discard(claimed)
    return None


def _is_left(path: str, name: str) -> bool:
    used = _USED_NAME.fullmatch(name)
    if used is None:
        return _LEFT_NAME.fullmatch(name) is not None and _is_ours(path)
    if used["host"] != _this_host() or path in _paths_of_this_process:
        return False
    # In a container each process may have the same number: then it was one before this.
    process = int(used["process"])
    return (process == os.getpid() or not is_alive(process)) and _is_ours(path)


def _is_ours(path: str) -> bool:
    """Others may write into a folder that is shared, but not into our trace."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and (os.name != "posix" or found.st_uid == os.geteuid())


def _path_in_use(folder: str) -> str:
    name = f"used-{_this_host()}-{os.getpid()}-{secrets.token_hex(8)}{_ENDING}"
    return os.path.join(folder, name)


def _this_host() -> str:
    """Numbers of processes are those of one machine, or of one container."""
    return re.sub(r"[^\w.-]", "_", socket.gethostname(), flags=re.ASCII) or "here"
