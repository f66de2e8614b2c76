"""The end of what was begun, as what it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import _context
from .open_runs import OpenRun
from .values import known_input, readable


def end_run(
    run: OpenRun,
    error: BaseException | None = None,
    output: Any = None,
    given: Any = None,
    outcome: Mapping[str, Any] | None = None,
) -> None:
    """``given``: its input, where it was not known at the start. ``outcome``: of a model's call."""
    run.stop_watching()
    _context.leave(run.scope)
    if run.stream is not None:
        if error is not None:
            run.stream.error(error)
        run.stream.end(**(outcome or {}))
    if run.step is not None:
        if _is_control_flow(error):
            run.step.end(_asked_of_people(error), status="interrupted")
        elif error is not None:
            run.step._finish(error)
        else:
            run.step.end(_content(output), input=known_input(given))
    if run.own_run is not None:
        run.own_run._finish(None if _is_control_flow(error) else error)


def _is_control_flow(error: BaseException | None) -> bool:
    """LangGraph raises to hand over to another node or to ask a human: nothing has failed then."""
    return any(kind.__name__ == "GraphBubbleUp" for kind in type(error).__mro__)


def _asked_of_people(error: BaseException | None) -> Any:
    is_question = any(kind.__name__ == "GraphInterrupt" for kind in type(error).__mro__)
    return readable(error.args[0]) if error is not None and is_question and error.args else None


def _content(output: Any) -> Any:
    """Of a tool what it returned, and not the message around it."""
    is_of_tool = hasattr(output, "tool_call_id") and hasattr(output, "content")
    return readable(output.content if is_of_tool else output)
