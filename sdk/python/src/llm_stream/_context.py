"""What is open around a piece of work: inherited by tasks and by `asyncio.to_thread`, not by plain threads.

No context is ever reset with a token: a generator may be closed in another context than the one in which it began.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from threading import get_ident
from typing import Protocol

from ._place import Place


class Scope:
    """A ``with`` that is or was open, in the one that was open around it."""

    __slots__ = ("is_open", "outer", "owner", "place")

    def __init__(self, place: Place, outer: Scope | None) -> None:
        self.place = place
        self.outer = outer
        self.owner = _current_owner()
        self.is_open = True


class OpenedStream(Protocol):
    @property
    def has_ended(self) -> bool: ...

    @property
    def started_within(self) -> OpenedStream | None:
        """The one that was open in the context when it was started."""


_scope: ContextVar[Scope | None] = ContextVar("llm_stream_scope", default=None)
_stream: ContextVar[OpenedStream | None] = ContextVar("llm_stream_stream", default=None)


def enter(place: Place | None) -> Scope | None:
    """None: it is not recorded, so that the context stays what it is."""
    if place is None:
        return None
    scope = Scope(place, _nearest_open(_scope.get()))
    _scope.set(scope)
    return scope


def leave(scope: Scope | None) -> None:
    """In whatever order, and from whatever context: only what is current there is left."""
    if scope is None:
        return
    scope.is_open = False
    # What is not needed any more is let go: a task may start the next one within itself, for ever.
    scope.outer = _nearest_open(scope.outer)
    if _scope.get() is scope:
        _scope.set(scope.outer)


def opened(place: Place) -> Scope:
    """For what is entered again and again, with ``switch_to``, as a generator is: its background work stays within."""
    return Scope(place, _nearest_open(_scope.get()))


def switch_to(scope: Scope | None) -> Scope | None:
    """The one that was current, to switch back to."""
    previous = _scope.get()
    _scope.set(scope)
    return previous


def current_place() -> Place | None:
    """A task goes on to belong to the stage in which it was made, also when that is over.

    What is over and is still current in the task that entered it was left behind there by an asynchronous generator,
    which was closed in another one.
    """
    scope = _scope.get()
    if scope is not None and not scope.is_open and scope.owner == _current_owner():
        scope = _nearest_open(scope)
    return None if scope is None else scope.place


def enter_stream(stream: OpenedStream) -> None:
    _stream.set(stream)


def leave_stream(stream: OpenedStream) -> None:
    if _stream.get() is stream:
        _stream.set(stream.started_within)


def current_stream() -> OpenedStream | None:
    """The one that was started last in this context and is open."""
    newest = _stream.get()
    stream = newest
    while stream is not None and stream.has_ended:
        stream = stream.started_within
    if stream is not newest:
        # Else those that have ended would be kept.
        _stream.set(stream)
    return stream


def _nearest_open(scope: Scope | None) -> Scope | None:
    while scope is not None and not scope.is_open:
        scope = scope.outer
    return scope


def _current_owner() -> tuple[int, int]:
    """The thread and its task."""
    # Imported by whoever has tasks.
    current_task = getattr(sys.modules.get("asyncio.tasks"), "current_task", None)
    try:
        task = current_task() if current_task else None
    except RuntimeError:
        task = None
    return get_ident(), id(task)
