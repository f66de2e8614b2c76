"""What is under way, and where what begins now belongs to."""

from __future__ import annotations

from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any, Union

from autogen_core import AgentId, MessageHandlerContext

from .._context import opened, switch_to
from .._llm_stream import LlmStream
from .._runs import Run
from .._steps import Step

Anchor = Union[Run, Step, LlmStream]


class Work:
    """An observation: what begins while it is entered has its anchor as parent."""

    def __init__(self, subject: Any, anchor: Anchor) -> None:
        self.subject = subject
        self.anchor = anchor
        self.is_open = True
        self._handler = _handler()
        # One for all times that it is entered: what it has started in the background goes on while it is left.
        self.scope = None if anchor._place is None else opened(anchor._place)

    def entered(self) -> AbstractContextManager[None]:
        return _Entered(self)

    def close(self) -> None:
        self.is_open = False
        if self.scope is not None:
            self.scope.is_open = False

    def is_in_handler(self, handler: AgentId) -> bool:
        return self._handler == handler


class _Entered(AbstractContextManager[None]):
    """Once for every token: a generator would cost more."""

    __slots__ = ("_outer_scope", "_outer_work", "_work")

    def __init__(self, work: Work) -> None:
        self._work = work

    def __enter__(self) -> None:
        self._outer_work = _innermost.get()
        self._outer_scope = switch_to(self._work.scope)
        _innermost.set(self._work)

    def __exit__(self, *_: object) -> None:
        _innermost.set(self._outer_work)
        switch_to(self._outer_scope)


_innermost: ContextVar[Work | None] = ContextVar("llm_stream_autogen_work", default=None)

#: By the id of the team, which is in the id of whatever handles a message of it. A runtime that is shared by several
#: teams, or was started before, handles messages in a context in which nothing of the team is open.
_teams: dict[object, Work] = {}


def open_team(work: Work) -> None:
    _teams[_team_id(work)] = work


def close_team(work: Work) -> None:
    if _teams.get(_team_id(work)) is work:
        del _teams[_team_id(work)]


def surrounding_work() -> Work | None:
    """The innermost that is open, of this context or of the team whose message is handled here."""
    work = _team_of_handler() or _innermost.get()
    return work if work is not None and work.is_open else None


def parent() -> Anchor | None:
    """None: whatever is open in this context, which may be something of the agent's own."""
    team = _team_of_handler()
    return None if team is None else team.anchor


def _team_of_handler() -> Work | None:
    handler = _handler()
    if handler is None:
        return None
    innermost = _innermost.get()
    if innermost is not None and innermost.is_in_handler(handler):
        return None
    return _teams.get(handler.key)


def _team_id(work: Work) -> object:
    return getattr(work.subject, "_team_id", id(work))


def _handler() -> AgentId | None:
    try:
        return MessageHandlerContext.agent_id()
    except RuntimeError:
        return None
