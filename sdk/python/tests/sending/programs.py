"""Agents in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def start_program(program: str | Path, arguments: Sequence[str] = ()) -> subprocess.Popen[str]:
    """A path, or the text of a program."""
    command = [str(program)] if isinstance(program, Path) else ["-c", program]
    return subprocess.Popen(
        [sys.executable, *command, *arguments],
        env=_ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_program(program: str | Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    process = start_program(program)
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return subprocess.CompletedProcess([], process.returncode, stdout, stderr)
