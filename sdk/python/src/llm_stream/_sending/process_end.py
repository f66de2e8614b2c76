"""Nothing is lost because the process ends, or begins anew as a child of another."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from types import FrameType
from typing import Protocol


class Watched(Protocol):
    def process_ends(self, reason: str) -> None: ...

    def forked(self) -> None: ...


_watched: set[Watched] = set()
"""Kept: what waits in one that is not used any more is sent as well."""

_THE_END = "The process ended before the call."
_children: set[int] = set()


def watch(outbox: Watched, handle_signals: bool) -> bool:
    """False: call it again, since from this thread not all can be watched."""
    _watched.add(outbox)
    _watch_child_of_multiprocessing()
    if not handle_signals:
        return True
    if threading.current_thread() is not threading.main_thread():
        return False
    _handle_signals()
    return True


def _end(reason: str = _THE_END) -> None:
    for outbox in list(_watched):
        # Also when the user is tired of waiting.
        with contextlib.suppress(Exception, KeyboardInterrupt):
            outbox.process_ends(reason)


def _watch_child_of_multiprocessing() -> None:
    """They end without what is registered with ``atexit``."""
    process = sys.modules.get("multiprocessing.process")
    if process is None or process.parent_process() is None or os.getpid() in _children:
        return
    from multiprocessing.util import Finalize

    _children.add(os.getpid())
    Finalize(None, _end, exitpriority=0)


def _handle_signals() -> None:
    # Process 1 of a container does not end by a signal that nobody handles.
    if os.getpid() == 1:
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            with contextlib.suppress(ValueError, OSError):
                signal.signal(number, _signalled)


def _signalled(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    # A second one ends it at once; the status of the process tells how it ended.
    signal.signal(number, signal.SIG_DFL)
    _end(f"The process was ended by {signal.Signals(number).name}.")
    signal.raise_signal(number)


def _forked() -> None:
    for outbox in list(_watched):
        outbox.forked()


atexit.register(_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
