"""The thread in the background: takes what was put, seals the buffers of open streams, and has it delivered."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from queue import Empty, SimpleQueue

from .delivery import Delivery, Item
from .endpoint import Endpoint
from .notices import Notices
from .outage import Outage
from .outbox import OpenStream
from .pending import Pending
from .poster import Poster
from .settings import SendingSettings
from .spool import Spool

_TICK_SECONDS = 0.1
_LONGEST_UNSEALED_SECONDS = 0.09
_MOST_UNCOLLECTED = 100_000
"""Who puts events in an endless loop, faster than they can be looked at, loses the newest."""

_MANY_UNCOLLECTED = 64
_MANY_TOKENS = 1_000
_PAUSE_SECONDS = 0.000_05
"""Really waits, so that a thread that wants the interpreter's lock gets it: ``sleep(0)`` would not do."""


class Flush:
    """Somebody waits until all that was put before is delivered."""

    def __init__(self, timeout: float, is_last: bool) -> None:
        self.deadline = time.monotonic() + timeout
        self.is_last = is_last
        self.number = 0
        self.drops = 0
        self.done: SimpleQueue[bool] = SimpleQueue()


class Worker:
    """Its queues may be used by every thread, also within a signal handler; all else is the thread's own."""

    def __init__(self, settings: SendingSettings, streams: dict[int, OpenStream]) -> None:
        self._incoming: deque[Item | Flush] = deque()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._streams = streams
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._is_idle = False
        self._has_overflowed = False
        self._seal_at = 0.0
        self._flushes: list[Flush] = []
        self._notices = Notices()
        self._pending = Pending(int(settings.buffer_megabytes * 1_000_000))
        endpoint = Endpoint(settings.endpoint or "", settings.token)
        self._poster = Poster(endpoint, on_answer=self._awaken)
        self._delivery = Delivery(
            self._poster,
            self._pending,
            _spool_of(settings),
            Outage(endpoint.url, settings.buffer_megabytes, self._notices),
            self._pause,
        )

    def put(self, item: Item, tokens: int) -> None:
        if len(self._incoming) > _MOST_UNCOLLECTED:
            self._has_overflowed = True
            return
        self._incoming.append(item)
        is_much = tokens >= _MANY_TOKENS or len(self._incoming) % _MANY_UNCOLLECTED == 0
        if self._is_idle or is_much:
            self._wake.put(None)
        if self._thread is None:
            self._start()

    def look(self) -> None:
        """A stream is open: its buffer is sealed from now on."""
        if self._is_idle:
            self._wake.put(None)
        if self._thread is None:
            self._start()

    def flush(self, timeout: float, is_last: bool) -> bool:
        if self._has_nothing():
            return True
        flush = Flush(timeout, is_last)
        self._incoming.append(flush)
        self._wake.put(None)
        if self._start():
            # A little longer, so that what is given up is spooled and said.
            with contextlib.suppress(Empty):
                return flush.done.get(timeout=timeout + 0.5)
            return False
        # The interpreter ends, and starts no threads any more.
        self._turn()
        while flush.done.empty():
            self._wait()
            self._turn()
        return flush.done.get()

    def _has_nothing(self) -> bool:
        return not self._incoming and (self._thread is None or self._is_idle)

    def _start(self) -> bool:
        """False: there can be none, or somebody else is about to start it."""
        if self._thread is not None:
            return True
        if not self._starting.acquire(blocking=False):
            return True
        try:
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="llm-stream", daemon=True)
                thread.start()
                self._thread = thread
            return True
        except RuntimeError:
            return False
        finally:
            self._starting.release()

    def _work(self) -> None:
        while True:
            try:
                self._turn()
            except Exception as error:
                self._notices.say_once("failed", f"Sending failed ({error!r}). Please report it.")
                time.sleep(_TICK_SECONDS)
            self._wait()

    def _turn(self) -> None:
        if time.monotonic() >= self._seal_at:
            self._seal()
        self._collect()
        self._delivery.is_hurried = bool(self._flushes)
        self._delivery.proceed()
        self._tell_flushes()

    def _wait(self) -> None:
        if self._has_work():
            self._wait_until(_TICK_SECONDS)
            return
        # What is put from now on wakes it; what was put before is seen here.
        self._is_idle = True
        if not self._has_work():
            self._wait_until(None)
        self._is_idle = False

    def _has_work(self) -> bool:
        return bool(self._incoming or self._streams or self._flushes or self._delivery.has_work())

    def _wait_until(self, timeout: float | None) -> None:
        with contextlib.suppress(Empty):
            self._wake.get(timeout=timeout)
            while True:
                self._wake.get_nowait()

    def _awaken(self) -> None:
        self._wake.put(None)

    def _seal(self) -> None:
        self._seal_at = time.monotonic() + _LONGEST_UNSEALED_SECONDS
        for stream in list(self._streams.values()):
            with contextlib.suppress(Exception):
                stream.seal()

    def _collect(self) -> None:
        if self._has_overflowed:
            self._notices.say_once(
                "overflow", "Events were left out: they came faster than they could be looked at."
            )
        # What comes meanwhile has its turn later: else one that never stops would let nothing be sent.
        for _ in range(len(self._incoming)):
            item = self._incoming.popleft()
            if isinstance(item, Flush):
                item.number = self._delivery.last_number
                item.drops = self._pending.drops.total
                self._flushes.append(item)
                if item.is_last:
                    self._delivery.hurry_to_the_end()
            else:
                self._delivery.add(item)

    def _pause(self) -> None:
        if not self._flushes:
            time.sleep(_PAUSE_SECONDS)
            self._collect()

    def _tell_flushes(self) -> None:
        now = time.monotonic()
        for flush in list(self._flushes):
            is_delivered = self._delivery.is_delivered(flush.number)
            if not (is_delivered or now >= flush.deadline or self._delivery.is_hopeless):
                continue
            self._flushes.remove(flush)
            if flush.is_last:
                self._delivery.give_up()
            flush.done.put(is_delivered and flush.drops == self._pending.drops.total)


def _spool_of(settings: SendingSettings) -> Spool | None:
    if settings.when_away != "spool":
        return None
    return Spool(settings.spool_folder, settings.spool_megabytes)
