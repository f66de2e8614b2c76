"""For signals that the main thread does not notice.

Python acts on a signal in the main thread, before it waits or when the signal interrupts its waiting. One that comes in
between is not seen until that ends. Elsewhere that is rare enough, but the workers of a pool are ended by SIGTERM just
when they begin to wait for more work: for ever, and who ends the pool would wait for them.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.05

_pipe: tuple[int, int] | None = None


def wake_main_thread_for(numbers: frozenset[int], until: Callable[[], bool]) -> None:
    """Sends what comes of these signals to the main thread, which calls this, again and again ``until`` it is seen."""
    global _pipe
    if os.name != "posix" or _pipe is not None:
        return
    reader, writer = _pipe = os.pipe()
    os.set_blocking(writer, False)
    previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    if previous != -1:
        # An event loop, which is woken by signals.
        signal.set_wakeup_fd(previous)
        return
    arguments = (reader, threading.get_ident(), numbers, until)
    threading.Thread(target=_work, args=arguments, name="llm-stream-signals", daemon=True).start()


def forget_main_thread() -> None:
    """After a fork: it was the parent's, whom no signal of this process concerns."""
    global _pipe
    if _pipe is None:
        return
    current = signal.set_wakeup_fd(-1)
    if current not in (-1, _pipe[1]):
        signal.set_wakeup_fd(current)
    for end in _pipe:
        os.close(end)
    _pipe = None


def _work(reader: int, main: int, numbers: frozenset[int], until: Callable[[], bool]) -> None:
    while True:
        for number in numbers.intersection(os.read(reader, 64)):
            time.sleep(_PAUSE_SECONDS)
            while not until():
                signal.pthread_kill(main, number)
                time.sleep(_PAUSE_SECONDS)
