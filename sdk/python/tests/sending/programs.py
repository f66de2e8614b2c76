"""Agents in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

_LIMITED = "import signal; getattr(signal, 'alarm', int)(120)\n"
"""It ends also when its test was killed."""


@contextmanager
def running_program(program: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A path, or the text of a program. Nothing of it goes on behind the ``with``."""
    command = [str(program)] if isinstance(program, Path) else ["-c", _LIMITED + program]
    process = subprocess.Popen(
        [sys.executable, *command],
        env=_ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def run_program(program: str | Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    with running_program(program) as process:
        stdout, stderr = process.communicate(timeout=seconds)
    return subprocess.CompletedProcess([], process.returncode, stdout, stderr)
