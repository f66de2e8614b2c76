from __future__ import annotations

from typing import Any

from ._clock import microseconds, now_ns
from ._events import fields_of, given
from ._failures import is_abort, shown_error
from ._place import Parent, Place, new_id
from ._plain import plain
from ._process import process
from ._progress import Progress
from ._safely import name_of, never_raises, say_once, short
from ._wire import LONGEST_WORD, STEP_TYPES

_UNKNOWN: Any = object()


class Step(Parent):
    """Work within a run that begins and ends: a stage, a tool's work, an agent's turn.

    This one is not recorded: its methods do nothing.
    """

    __slots__ = ("output",)

    output: Any
    """What came out of it, as far as it is known before ``end``."""

    def __init__(self, place: Place | None = None) -> None:
        super().__init__(place)
        self.output = None

    @property
    def id(self) -> str:
        """Empty when nothing is recorded."""
        return ""

    def progress(self, fraction: float, message: str | None = None) -> None:
        """How much is done, 0 to 1, and what it is at, in a line; as often as you like.

        About ten times a second the newest is sent. The newest counts, also where it is less than before. Without
        ``message``, the last one stays.
        """

    def phase(self, name: str) -> None:
        """A phase of the work begins, as "detailed" or "summary"; it goes on until the next one, or the end."""

    def error(self, error: object) -> None:
        """It has failed, unless ``end`` says otherwise. ``error``: an exception or a text."""

    def end(self, output: Any = _UNKNOWN, status: str | None = None, input: Any = None) -> None:
        """``input``: where it was not known at the start.

        ``status``: completed, failed or a word of your own. Default: completed, or failed after ``error``.
        """

    def _finish(self, error: BaseException | None) -> None:
        """The end of its ``with``."""
        if error is None:
            self.end()
            return
        if not isinstance(error, GeneratorExit):
            self.error(error)
        self.end(status="aborted" if is_abort(error) else "failed")


class RecordedStep(Step):
    __slots__ = (
        "_data",
        "_failure",
        "_generation",
        "_has_ended",
        "_id",
        "_progress",
        "_run",
        "_started_ns",
    )

    def __init__(self, around: Place, step_type: str, name: object, input: Any, data: Any) -> None:
        run, parent_id = around
        self._id = new_id()
        self._run = run
        self._started_ns = now_ns()
        self._generation = process.generation
        self._progress = Progress(self._id, run)
        self._failure: Any = None
        self._has_ended = False
        self._data = fields_of(data)
        self._data.update(given(input=plain(input)))
        super().__init__(Place(run, self._id))
        start = {
            "type": "step_start",
            "step_id": self._id,
            "run_id": run.id,
            **given(parent_id=parent_id),
            "step_type": _known(step_type),
            "name": name_of(name, _known(step_type)),
            "timestamp_us": run.clock.wall_us(self._started_ns),
            **({"data": self._data} if self._data else {}),
        }
        run.outbox.put(start)

    @property
    def id(self) -> str:
        return self._id

    @never_raises()
    def progress(self, fraction: float, message: str | None = None) -> None:
        if self._is_open:
            self._progress.say(fraction, message)

    @never_raises()
    def phase(self, name: str) -> None:
        if self._is_open:
            self._progress.phase(name)

    @never_raises()
    def error(self, error: object) -> None:
        self._failure = shown_error(error)
        self._run.note_error(error)

    @never_raises()
    def end(self, output: Any = _UNKNOWN, status: str | None = None, input: Any = None) -> None:
        if not self._is_open:
            return
        self._has_ended = True
        self._progress.seal()
        duration_us = microseconds(now_ns() - self._started_ns)
        came = self.output if output is _UNKNOWN else output
        # Takes the place of what is known from the start.
        known = given(input=plain(input), output=plain(came), error=self._failure)
        # Without what has its own event: the end would take back what was said since.
        unsaid = {name: value for name, value in self._data.items() if name not in _SAID_APART}
        data = {**unsaid, **known}
        by_itself = "completed" if self._failure is None else "failed"
        self._run.outbox.put(
            {
                "type": "step_end",
                "step_id": self._id,
                "status": short(status, LONGEST_WORD) if status else by_itself,
                "duration_us": duration_us,
                **({"data": data} if data else {}),
            }
        )

    @property
    def _is_open(self) -> bool:
        """In a child process it is the parent's."""
        return not self._has_ended and self._generation == process.generation


#: What ``progress`` and ``phase`` say.
_SAID_APART = ("progress", "message", "phases")


def _known(step_type: object) -> str:
    if isinstance(step_type, str) and step_type in STEP_TYPES:
        return step_type
    say_once(
        "step type",
        f"A step of another type than {', '.join(sorted(STEP_TYPES))} was started and is recorded as custom: "
        "use one of these.",
    )
    return "custom"
