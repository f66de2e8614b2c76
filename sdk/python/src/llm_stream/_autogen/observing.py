"""Runs methods as they were, and tells an observation what happens. What comes out of them stays what it was."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, Callable, Optional, Protocol


class Observation(Protocol):
    """Something that is under way. None of its methods raises."""

    def entered(self) -> AbstractContextManager[None]:
        """Around every piece of its work: what begins there is within it."""
        ...

    def item(self, item: Any) -> None:
        """What it gave: of a coroutine, its result."""
        ...

    def failed(self, error: BaseException) -> None: ...

    def ended(self) -> None:
        """Called at the end in any case."""
        ...


#: Where nothing is to be entered.
NOWHERE: AbstractContextManager[None] = nullcontext()

#: Called with the object and the arguments of the method; never raises. None: it is not to be recorded.
Begin = Callable[..., Optional[Observation]]


def observed_coroutine(original: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(original)
    async def method(*arguments: Any, **options: Any) -> Any:
        observation = begin(*arguments, **options)
        if observation is None:
            return await original(*arguments, **options)
        try:
            with observation.entered():
                result = await original(*arguments, **options)
            observation.item(result)
            return result
        except BaseException as error:
            observation.failed(error)
            raise
        finally:
            observation.ended()

    return method


def observed_generator(original: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @wraps(original)
    def method(*arguments: Any, **options: Any) -> Any:
        source = original(*arguments, **options)
        return _observed(source, lambda: begin(*arguments, **options))

    return method


async def _observed(
    source: AsyncIterator[Any], begin: Callable[[], Observation | None]
) -> AsyncGenerator[Any, None]:
    # Not before the first item is asked for: that is when the work begins, and within what it does.
    observation = begin() or _NOTHING
    failure: BaseException | None = None
    try:
        while True:
            # Not around the yield: whoever iterates is not within it.
            with observation.entered():
                try:
                    item = await source.__anext__()
                except StopAsyncIteration:
                    return
            observation.item(item)
            yield item
    except BaseException as error:
        failure = error
        raise
    finally:
        try:
            await _close(source, observation)
        finally:
            if failure is not None:
                observation.failed(failure)
            observation.ended()


async def _close(source: AsyncIterator[Any], observation: Observation) -> None:
    close = getattr(source, "aclose", None)
    if close is not None:
        with observation.entered():
            await close()


class _Nothing:
    def entered(self) -> AbstractContextManager[None]:
        return NOWHERE

    def item(self, item: Any) -> None: ...

    def failed(self, error: BaseException) -> None: ...

    def ended(self) -> None: ...


_NOTHING = _Nothing()
