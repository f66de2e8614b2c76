from __future__ import annotations

import sys
from typing import Any

from ._clock import now_ns
from ._events import given, put_error
from ._failures import is_abort
from ._place import Parent, Place, RunFrame
from ._plain import plain
from ._process import process
from ._safely import name_of, never_raises, short
from ._steps import RecordedStep
from ._wire import LONGEST_WORD


class Run(Parent):
    """The work of an agent from its beginning to its end. This one is not recorded: its methods do nothing."""

    __slots__ = ()

    @property
    def id(self) -> str:
        """Empty when nothing is recorded."""
        return ""

    def error(self, error: object) -> None:
        """It has failed, unless ``end`` says otherwise. ``error``: an exception or a text."""

    def end(self, status: str | None = None) -> None:
        """``status``: completed or failed. Default: completed, or failed after ``error``."""

    def _finish(self, error: BaseException | None) -> None:
        """The end of its ``with``."""
        # Whoever iterates a generator may stop when it has enough.
        if error is None or isinstance(error, GeneratorExit) or _is_good_exit(error):
            self.end()
            return
        if not is_abort(error):
            self.error(error)
        self.end("failed")


class RecordedRun(Run):
    __slots__ = ("_frame", "_generation", "_has_failed")

    def __init__(self, frame: RunFrame, name: object, fields: dict[str, Any]) -> None:
        super().__init__(Place(frame, None))
        self._frame = frame
        self._generation = process.generation
        self._has_failed = False
        frame.outbox.put(
            {
                "type": "run_start",
                "run_id": frame.id,
                "name": name_of(name, "run"),
                "timestamp_us": frame.clock.wall_us(now_ns()),
                **fields,
            }
        )
        frame.outbox.open_run(self)

    @property
    def id(self) -> str:
        return self._frame.id

    @never_raises()
    def error(self, error: object) -> None:
        if self._is_over():
            return
        self._has_failed = True
        put_error(Place(self._frame, None), error)

    @never_raises()
    def end(self, status: str | None = None) -> None:
        if self._is_over():
            return
        frame = self._frame
        frame.has_ended = True
        failed = self._has_failed if status is None else status == "failed"
        frame.outbox.put(
            {
                "type": "run_end",
                "run_id": frame.id,
                "status": "failed" if failed else "completed",
                "timestamp_us": frame.clock.wall_us(now_ns()),
            }
        )
        frame.outbox.close_run(self)

    def interrupt(self) -> None:
        """The process ends, and it is open."""
        self.end("failed")

    def _is_over(self) -> bool:
        return self._frame.has_ended or self._generation != process.generation


class ImplicitRun(RecordedRun):
    """Of what happens outside of any run: ends with the process."""

    __slots__ = ()

    def interrupt(self) -> None:
        # Set by Python when an exception ended the main program.
        uncaught = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
        if uncaught is not None and not isinstance(uncaught, SystemExit):
            self.error(uncaught)
        self.end()


class RunWithinRun(Run):
    """What would be a run, but was started within one: a step of it."""

    __slots__ = ("_step",)

    def __init__(self, step: RecordedStep) -> None:
        super().__init__(step._place)
        self._step = step

    @property
    def id(self) -> str:
        return self._step.id

    def error(self, error: object) -> None:
        self._step.error(error)

    def end(self, status: str | None = None) -> None:
        self._step.end(status=status)


def run_fields(
    agent_type: object, session_id: object, user_id: object, metadata: object
) -> dict[str, Any]:
    words = given(agent_type=agent_type, session_id=session_id, user_id=user_id)
    fields: dict[str, Any] = {name: short(word, LONGEST_WORD) for name, word in words.items()}
    if metadata is not None:
        fields["metadata"] = plain(metadata)
    return fields


def _is_good_exit(error: BaseException) -> bool:
    return isinstance(error, SystemExit) and error.code in (None, 0)
