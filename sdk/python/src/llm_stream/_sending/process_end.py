"""Nothing is lost because the process ends, or begins anew as a child of another."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any, Protocol

from .waking import forget_main_thread, wake_main_thread_for


class Watched(Protocol):
    def process_ends(self, reason: str) -> None: ...

    def forked(self) -> None: ...


_watched: set[Watched] = set()
"""Kept: what waits in one that is not used any more is sent as well."""

_THE_END = "The process ended before the call."
_SIGNALS = frozenset(
    int(getattr(signal, name)) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_is_ending = False
_finalizer: Any = None
"""Of a child of multiprocessing, which is this process."""
_process = 0


def watch(outbox: Watched, handle_signals: bool) -> bool:
    """False: call it again, since not all can be watched from here and now."""
    _watched.add(outbox)
    multiprocessing = sys.modules.get("multiprocessing.process")
    # Only known once it begins to work, after it has imported the agent.
    is_child = multiprocessing is not None and multiprocessing.parent_process() is not None
    if is_child:
        _watch_end_of_child()
    is_main_thread = threading.current_thread() is threading.main_thread()
    if handle_signals and is_main_thread:
        _handle_signals()
        if is_child:
            wake_main_thread_for(_SIGNALS, until=lambda: _is_ending)
    return multiprocessing is None and (is_main_thread or not handle_signals)


def _end(reason: str = _THE_END) -> None:
    for outbox in list(_watched):
        # Also when the user is tired of waiting.
        with contextlib.suppress(Exception, KeyboardInterrupt):
            outbox.process_ends(reason)


def _watch_end_of_child() -> None:
    """It ends without what is registered with ``atexit``, and forgets what was registered before it began to work."""
    from multiprocessing.util import Finalize

    global _finalizer, _process
    if _finalizer is None or _process != os.getpid() or not _finalizer.still_active():
        _process = os.getpid()
        _finalizer = Finalize(None, _end, exitpriority=0)


def _handle_signals() -> None:
    # Process 1 of a container does not end by a signal that nobody handles.
    if _is_ending or os.getpid() == 1:
        return
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            with contextlib.suppress(ValueError, OSError):
                signal.signal(number, _signalled)


def _signalled(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    global _is_ending
    _is_ending = True
    # A second one ends it at once; the status of the process tells how it ended.
    signal.signal(number, signal.SIG_DFL)
    _end(f"The process was ended by {signal.Signals(number).name}.")
    signal.raise_signal(number)


def _forked() -> None:
    forget_main_thread()
    # A child that records nothing ends as it would without this package.
    for number in _SIGNALS:
        if signal.getsignal(number) is _signalled:
            signal.signal(number, signal.SIG_DFL)
    for outbox in list(_watched):
        outbox.forked()


atexit.register(_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
