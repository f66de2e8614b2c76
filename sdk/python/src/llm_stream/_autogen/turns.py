"""Turns of agents, and runs of teams: what they are asked, what they say to whom, and how they end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from autogen_agentchat.base import Response, TaskResult
from autogen_agentchat.messages import BaseChatMessage, HandoffMessage

from .. import trace
from .._runs import Run
from .._safely import never_raises
from .._steps import Step
from .observing import Observation
from .texts import final_message, message_text, task_text
from .work import Anchor, Work, close_team, open_team, parent, surrounding_work


class Turn(Work):
    """Of an agent or a team. Where nothing is open it opens a run."""

    def __init__(self, subject: Any, task: Any, data: Mapping[str, object], is_team: bool) -> None:
        self._name = _name_of(subject)
        self._around = surrounding_work()
        asked = task_text(task)
        self._outer: Anchor | None = parent()
        self._run: Run | None = None
        self._step: Step | None = None
        self._result: Response | TaskResult | None = None
        anchor: Anchor
        if self._outer is None and not trace.is_in_run:
            anchor = self._outer = self._run = self._start_run(asked, data)
        if self._run is None or not is_team:
            anchor = self._step = trace.start_step(
                "agent", self._name, input=asked, data=data, parent=self._outer
            )
        super().__init__(subject, anchor)
        if is_team:
            open_team(self)

    @never_raises()
    def item(self, item: Any) -> None:
        if self.is_open and isinstance(item, (Response, TaskResult)):
            self._result = item
            # Who iterates need not ask for more.
            self._end(None)

    @never_raises()
    def failed(self, error: BaseException) -> None:
        if self.is_open:
            self._end(error)

    @never_raises()
    def ended(self) -> None:
        if self.is_open:
            self._end(None)

    def _start_run(self, asked: str | None, data: Mapping[str, object]) -> Run:
        run = trace.start_run(self._name, agent_type="autogen", metadata=data)
        if asked:
            with trace.within(run):
                trace.task_assignment(asked, self._name)
        return run

    def listeners(self, speaker: str) -> str:
        """Who hears what a participant says."""
        return ", ".join(name for name in _participants_of(self.subject) if name != speaker)

    def _end(self, error: BaseException | None) -> None:
        self.close()
        close_team(self)
        message = None if self._result is None else final_message(self._result)
        text = None if message is None else message_text(message)
        if self._step is not None:
            self._step.output = text
            self._step._finish(error)
        if message is not None and text is not None:
            with self._outside():
                self._record_answer(message, text)
        if self._run is not None:
            self._run._finish(error)

    def _record_answer(self, message: BaseChatMessage, text: str) -> None:
        if isinstance(message, HandoffMessage) and message.source == self._name:
            trace.agent_handoff(self._name, message.target, text)
        elif isinstance(self._around, Turn):
            listeners = self._around.listeners(self._name)
            if listeners:
                trace.agent_communication(self._name, listeners, text)
        elif self._around is None:
            stop_reason = getattr(self._result, "stop_reason", None)
            trace.final_answer(text, {"stop_reason": stop_reason} if stop_reason else None)

    @contextmanager
    def _outside(self) -> Iterator[None]:
        if self._outer is None:
            yield
        else:
            with trace.within(self._outer):
                yield


def begin_team(team: Any, *, task: Any = None, **_: Any) -> Observation | None:
    if _is_turn_of(team):
        return None
    data = {"team": type(team).__name__, "participants": _participants_of(team)}
    return Turn(team, task, data, is_team=True)


def begin_agent_run(agent: Any, *, task: Any = None, **_: Any) -> Observation | None:
    return begin_agent_turn(agent, task)


def begin_agent_turn(agent: Any, messages: Any, *_: Any, **__: Any) -> Observation | None:
    if _is_turn_of(agent):
        return None
    data = {"agent": type(agent).__name__, "description": str(agent.description)}
    return Turn(agent, messages, data, is_team=False)


def _is_turn_of(subject: object) -> bool:
    """`run` of an agent calls its `on_messages`, and so on."""
    around = surrounding_work()
    return around is not None and around.subject is subject


def _participants_of(team: object) -> list[str]:
    return [_name_of(participant) for participant in getattr(team, "_participants", ())]


def _name_of(subject: object) -> str:
    """Teams have names since AutoGen 0.7."""
    return str(getattr(subject, "name", type(subject).__name__))
