"""A file of lines: written at its end, read from its beginning."""

from __future__ import annotations

import contextlib
import os
from typing import BinaryIO

from .lines import LONGEST_LINE_BYTES


class SpoolFile:
    """Used by one thread."""

    def __init__(self, path: str, is_new: bool) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL if is_new else os.O_RDONLY
        self._file: BinaryIO = os.fdopen(_private(path, flags), "r+b" if is_new else "rb", 0)
        self.size = os.fstat(self._file.fileno()).st_size
        """On disk: also of what was sent."""
        self._sent = 0
        self._read = 0

    @property
    def is_sent(self) -> bool:
        return self._sent >= self.size

    def append(self, lines: list[bytes]) -> None:
        """
        Raises:
            OSError: Nothing of it was written.
        """
        data = memoryview(b"".join(line + b"\n" for line in lines))
        self._file.seek(self.size)
        written = 0
        try:
            while written < len(data):
                written += self._file.write(data[written:]) or 0
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self.size)
            raise
        self.size += written

    def next_lines(self, most_bytes: int) -> list[bytes]:
        """Whole lines that were not sent yet. None are left: what is left was not written to its end."""
        self._file.seek(self._sent)
        data = self._file.read(most_bytes) or b""
        if b"\n" not in data:
            data += self._file.read(LONGEST_LINE_BYTES) or b""
        end = data.rfind(b"\n") + 1
        self._read = self._sent + end if end else self.size
        return [line for line in data[:end].split(b"\n") if line]

    def sent(self) -> None:
        """The lines that were read last have arrived."""
        self._sent = self._read

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def remove(self) -> None:
        self.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)


def _private(path: str, flags: int) -> int:
    """For its user alone; never through a link that somebody put there."""
    special = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(path, flags | special, 0o600)
