"""What `trace.run(…)`, `trace.stage(…)` and the like return: for `with`, `async with` and as a decorator."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Callable, Generic, Protocol, TypeVar, cast

from ._context import Scope, enter, leave
from ._generators import traced_async_generator, traced_generator
from ._place import Place
from ._safely import never_raises
from ._steps import Step

Function = TypeVar("Function", bound=Callable[..., Any])


class Opened(Protocol):
    _place: Place | None

    def _finish(self, error: BaseException | None) -> None: ...


Node = TypeVar("Node", bound=Opened)


class Opening(Generic[Node]):
    """Begins where it is entered, each time anew."""

    def __init__(self, start: Callable[[], Node]) -> None:
        """``start`` never raises."""
        self._start = start
        self._entered: list[tuple[Node, Scope | None]] = []

    def __enter__(self) -> Node:
        node = self._start()
        self._entered.append((node, enter(node._place)))
        return node

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave(error)

    async def __aenter__(self) -> Node:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave(error)

    def __call__(self, function: Function) -> Function:
        """Every call of the function happens within one of its own."""
        return cast(Function, _decorated(function, self))

    def _for_call(self, _function: Callable[..., Any], _arguments: Arguments) -> Opening[Node]:
        return Opening(self._start)

    def _returned(self, node: Node, result: Any) -> None:
        """What the decorated function gave."""

    @never_raises()
    def _leave(self, error: BaseException | None) -> None:
        node, scope = self._entered.pop()
        leave(scope)
        node._finish(error)


class ToolOpening(Opening[Step]):
    """Of a decorated function it knows the input, its arguments, and the output."""

    def __init__(self, start: Callable[[Any], Step], given: Any) -> None:
        super().__init__(lambda: start(given))
        self._start_with = start
        self._given = given

    def _for_call(self, _function: Callable[..., Any], _arguments: Arguments) -> Opening[Step]:
        given = _named(_function, _arguments) if self._given is None else self._given
        return ToolOpening(self._start_with, given)

    def _returned(self, node: Step, result: Any) -> None:
        if node.output is None:
            node.output = result


class Within:
    """What was started by hand, entered: its end is not that of the ``with``."""

    def __init__(self, place: Place | None) -> None:
        self._place = place

    def _finish(self, error: BaseException | None) -> None: ...


Arguments = tuple[tuple[Any, ...], Mapping[str, Any]]


def _decorated(function: Callable[..., Any], opening: Opening[Any]) -> Callable[..., Any]:
    def start(arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
        return opening._for_call(function, (arguments, options))._start()

    if inspect.isasyncgenfunction(function):
        return traced_async_generator(start, function)
    if inspect.iscoroutinefunction(function):
        return _coroutine(function, opening)
    if inspect.isgeneratorfunction(function):
        return traced_generator(start, function)

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        with opening._for_call(function, (arguments, options)) as node:
            result = function(*arguments, **options)
            opening._returned(node, result)
            return result

    return call


def _coroutine(function: Callable[..., Any], opening: Opening[Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*arguments: Any, **options: Any) -> Any:
        with opening._for_call(function, (arguments, options)) as node:
            result = await function(*arguments, **options)
            opening._returned(node, result)
            return result

    return call


def _named(function: Callable[..., Any], arguments: Arguments) -> Any:
    """The arguments of a call by their names."""
    positional, options = arguments
    try:
        bound = inspect.signature(function).bind(*positional, **options).arguments
        return {name: value for name, value in bound.items() if name not in ("self", "cls")}
    except Exception:
        return [*positional, *([dict(options)] if options else [])]
