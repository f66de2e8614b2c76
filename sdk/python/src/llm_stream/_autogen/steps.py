"""Tools, memories and the execution of code: what went in, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from autogen_core.code_executor import CodeBlock, CodeResult
from autogen_core.memory import MemoryQueryResult, UpdateContextResult
from autogen_core.tools import ToolResult

from .. import trace
from .._safely import never_raises
from .observing import Observation
from .work import Work, parent, surrounding_work

#: What is shown of a result, and what went wrong where it is no exception.
Outcome = tuple[object, "str | None"]


class StepOfWork(Work):
    def __init__(
        self,
        subject: object,
        step_type: str,
        name: str,
        given: object,
        outcome_of: Callable[[Any], Outcome],
        data: Mapping[str, object] | None = None,
    ) -> None:
        self._step = trace.start_step(step_type, name, input=given, data=data, parent=parent())
        self._outcome_of = outcome_of
        self._newest: Any = None
        super().__init__(subject, self._step)

    def item(self, item: Any) -> None:
        """Of what gives several, the last one is the result."""
        self._newest = item

    @never_raises()
    def failed(self, error: BaseException) -> None:
        self._step._finish(error)

    @never_raises()
    def ended(self) -> None:
        self.close()
        output, error = None, None
        try:
            if self._newest is not None:
                output, error = self._outcome_of(self._newest)
        finally:
            if error is not None:
                self._step.error(error)
            self._step.end(output=output)


class ToolCall(StepOfWork):
    pass


def begin_workbench_call(
    workbench: object,
    name: str,
    arguments: Any = None,
    cancellation_token: object = None,  # noqa: ARG001
    call_id: str | None = None,
) -> Observation | None:
    if isinstance(surrounding_work(), ToolCall):
        return None
    return _tool_call(workbench, name, arguments, call_id, _workbench_outcome)


def begin_tool_run(
    tool: Any,
    args: Any,
    cancellation_token: object = None,  # noqa: ARG001
    call_id: str | None = None,
) -> Observation | None:
    around = surrounding_work()
    # A workbench runs its tool within the same call; a hand-off is shown as one.
    if isinstance(around, ToolCall) or _is_handoff(around, tool.name):
        return None
    return _tool_call(
        tool, tool.name, args, call_id, lambda result: (tool.return_value_as_string(result), None)
    )


def begin_memory_query(memory: object, query: Any, *_: Any, **__: Any) -> Observation | None:
    if _is_within(memory):
        return None
    return _memory_step(memory, "memory_read", _memory_content(query))


def begin_memory_update(memory: object, *_: Any, **__: Any) -> Observation | None:
    """The memory puts what it knows before the messages of a model."""
    return None if _is_within(memory) else _memory_step(memory, "memory_read", None)


def begin_memory_add(memory: object, content: Any, *_: Any, **__: Any) -> Observation | None:
    if _is_within(memory):
        return None
    return _memory_step(memory, "memory_write", _memory_content(content))


def begin_code_execution(
    executor: object, code_blocks: list[CodeBlock], *_: Any, **__: Any
) -> Observation | None:
    if _is_within(executor):
        return None
    blocks = [{"language": block.language, "code": block.code} for block in code_blocks]
    return ToolCall(executor, "tool_call", "execute_code", blocks, _code_outcome)


def _tool_call(
    subject: object,
    name: str,
    given: Any,
    call_id: str | None,
    outcome_of: Callable[[Any], Outcome],
) -> ToolCall:
    data = {"call_id": call_id} if call_id else None
    shown = dict(given) if isinstance(given, Mapping) else given
    return ToolCall(subject, "tool_call", name, shown, outcome_of, data)


def _memory_step(memory: Any, step_type: str, given: object) -> StepOfWork:
    name = getattr(memory, "name", None)
    shown = name if isinstance(name, str) else type(memory).__name__
    return StepOfWork(memory, step_type, shown, given, _memory_outcome)


def _workbench_outcome(result: ToolResult) -> Outcome:
    # AutoGen hands errors of tools to the model, as texts.
    text = result.to_text()
    return text, (text if result.is_error else None)


def _code_outcome(result: CodeResult) -> Outcome:
    error = None if result.exit_code == 0 else f"exit code {result.exit_code}: {result.output}"
    return result.output, error


def _memory_outcome(result: object) -> Outcome:
    if isinstance(result, UpdateContextResult):
        result = result.memories
    if isinstance(result, MemoryQueryResult):
        return [_memory_content(each) for each in result.results], None
    return None, None


def _memory_content(value: Any) -> object:
    content = getattr(value, "content", value)
    return content if isinstance(content, (str, Mapping)) else f"[{type(content).__name__}]"


def _is_within(subject: object) -> bool:
    """What a method calls of its own object, of its base class for example, is part of it."""
    around = surrounding_work()
    return around is not None and around.subject is subject


def _is_handoff(around: Work | None, name: str) -> bool:
    return around is not None and name in getattr(around.subject, "_handoffs", ())
