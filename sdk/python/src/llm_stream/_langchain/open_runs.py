"""What LangChain has begun and not ended, by its run ids."""

from __future__ import annotations

from typing import Callable, Union
from uuid import UUID

from .._context import Scope
from .._llm_stream import LlmStream
from .._runs import Run
from .._steps import Step
from .chunks import Chunks

#: LangChain never ends some (a call whose task was cancelled): the oldest are given up.
_MOST_OPEN = 10_000

Parent = Union[Run, Step, LlmStream]


class OpenRun:
    """What LangChain calls a run: a chain, a model call, a tool, a retriever."""

    def __init__(self, owner: object, parent: Parent | None) -> None:
        self.owner = owner
        self.parent = parent
        """Of what begins within it. None: whatever is open around that."""
        self.own_run: Run | None = None
        """Of the outermost, when no run of the agent was open around it."""
        self.step: Step | None = None
        self.scope: Scope | None = None
        self.stream: LlmStream | None = None
        self.chunks = Chunks()
        self.has_tokens = False
        self.token_source: str | None = None
        """Which callback told of its tokens first: of some models two of them tell the same."""
        self.stop_watching: Callable[[], object] = lambda: None
        """Of the task in which a call was begun."""


class OpenRuns:
    """Of all handlers: when LangChain tells several of a run, the first one records it.

    Without a lock, which could be held when the process forks: each change is one step of a dict.
    """

    def __init__(self) -> None:
        self._runs: dict[UUID, OpenRun] = {}

    def get(self, run_id: UUID | None, owner: object) -> OpenRun | None:
        run = None if run_id is None else self._runs.get(run_id)
        return run if run is not None and run.owner is owner else None

    def add(self, run_id: UUID, parent_id: UUID | None, owner: object) -> OpenRun | None:
        """None: a handler has it already."""
        around = None if parent_id is None else self._runs.get(parent_id)
        run = OpenRun(owner, None if around is None else around.parent)
        return run if self._runs.setdefault(run_id, run) is run else None

    def take(self, run_id: UUID, owner: object) -> OpenRun | None:
        return None if self.get(run_id, owner) is None else self._runs.pop(run_id, None)

    def take_oldest(self) -> OpenRun | None:
        """When there are too many."""
        if len(self._runs) <= _MOST_OPEN:
            return None
        # A list, since other threads may change the dict meanwhile.
        oldest, *_ = list(self._runs)
        return self._runs.pop(oldest, None)
