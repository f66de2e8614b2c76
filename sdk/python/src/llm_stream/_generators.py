"""Decorated generators. While one is suspended, whoever iterates it is not within it."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import contextmanager
from typing import Any, Callable

from ._context import Scope, opened, switch_to
from ._place import Place
from ._safely import never_raises


class Resuming:
    """The context of a generator: what was current in it when it was suspended last."""

    def __init__(self, place: Place | None) -> None:
        self._scope = None if place is None else opened(place)
        self._inside: Scope | None = self._scope
        self._is_recorded = place is not None

    @contextmanager
    def entered(self) -> Iterator[None]:
        if not self._is_recorded:
            yield
            return
        outside = switch_to(self._inside)
        try:
            yield
        finally:
            self._inside = switch_to(outside)

    def close(self) -> None:
        if self._scope is not None:
            self._scope.is_open = False


def traced_generator(
    start: Callable[[Any, Any], Any], function: Callable[..., Generator[Any, Any, Any]]
) -> Callable[..., Generator[Any, Any, Any]]:
    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Generator[Any, Any, Any]:
        node = start(arguments, options)
        resuming = Resuming(node._place)
        try:
            return (yield from _resumed(function(*arguments, **options), resuming))
        except BaseException as error:
            _end(node, resuming, error)
            raise
        finally:
            _end(node, resuming, None)

    return call


def _resumed(generator: Generator[Any, Any, Any], resuming: Resuming) -> Generator[Any, Any, Any]:
    resume = functools.partial(next, generator)
    while True:
        try:
            with resuming.entered():
                item = resume()
        except StopIteration as stop:
            return stop.value
        try:
            sent = yield item
        except GeneratorExit:
            with resuming.entered():
                generator.close()
            raise
        except BaseException as error:
            resume = functools.partial(generator.throw, error)
        else:
            resume = functools.partial(generator.send, sent)


def traced_async_generator(
    start: Callable[[Any, Any], Any], function: Callable[..., AsyncGenerator[Any, Any]]
) -> Callable[..., AsyncGenerator[Any, Any]]:
    @functools.wraps(function)
    async def call(*arguments: Any, **options: Any) -> AsyncGenerator[Any, Any]:
        node = start(arguments, options)
        resuming = Resuming(node._place)
        generator = function(*arguments, **options)
        resume: Callable[[], Any] = generator.__anext__
        try:
            while True:
                with resuming.entered():
                    item = await resume()
                try:
                    sent = yield item
                except GeneratorExit:
                    with resuming.entered():
                        await generator.aclose()
                    raise
                except BaseException as error:
                    resume = functools.partial(generator.athrow, error)
                else:
                    resume = functools.partial(generator.asend, sent)
        except StopAsyncIteration:
            return
        except BaseException as error:
            _end(node, resuming, error)
            raise
        finally:
            _end(node, resuming, None)

    return call


@never_raises()
def _end(node: Any, resuming: Resuming, error: BaseException | None) -> None:
    resuming.close()
    node._finish(error)
