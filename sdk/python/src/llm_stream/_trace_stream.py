"""Looks on while an agent reads a stream of a model: chunks, errors and the pace stay as they are."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Callable, Generic, TypeVar, Union, cast

from ._chunk_formats import NOTHING, ChunkFacts
from ._chunk_text import TextOf, facts_of, facts_of_text
from ._context import enter, leave
from ._llm_stream import LlmStream
from ._safely import described, never_raises, say_once

Chunk = TypeVar("Chunk")
Chunks = Union[Iterable[Chunk], AsyncIterable[Chunk]]
StreamSource = Union[
    Chunks[Chunk],
    Awaitable[Chunks[Chunk]],
    Callable[[], Chunks[Chunk]],
    Callable[[], Awaitable[Chunks[Chunk]]],
]


class WatchedChunks:
    """What the chunks say of their call. Nothing of it reaches the agent."""

    def __init__(self, stream: LlmStream, text_of: TextOf | None) -> None:
        self.stream = stream
        self._text_of = text_of
        self._has_chunks = False
        self._has_tokens = False
        self._finish_reason: str | None = None
        self._prompt_tokens: int | None = None
        self._completion_tokens: int | None = None

    @never_raises()
    def came(self, chunk: object) -> None:
        if self.stream._place is None:
            return
        if not self._has_chunks:
            self._has_chunks = True
            self.stream.first_chunk()
        facts = self._facts_of(chunk)
        for text, kind, metadata in facts.tokens:
            self._has_tokens = True
            self.stream.add_token(text, kind, metadata)
        self._finish_reason = facts.finish_reason or self._finish_reason
        if facts.prompt_tokens is not None:
            self._prompt_tokens = facts.prompt_tokens
        if facts.completion_tokens is not None:
            self._completion_tokens = facts.completion_tokens
        if facts.error is not None:
            self.stream.error(facts.error)

    def _facts_of(self, chunk: object) -> ChunkFacts:
        try:
            if self._text_of is None:
                return facts_of(chunk)
            return facts_of_text(self._text_of(chunk))
        except Exception as error:
            say_once(
                "text_of",
                "What is text in a chunk could not be read and is not recorded "
                f"({described(error)}): check the text_of that was given to trace_stream.",
            )
            # That none was found is not to be said as well.
            self._has_tokens = True
            return NOTHING

    def ended(self) -> None:
        """No chunk follows."""
        if self._has_chunks and not self._has_tokens and self._finish_reason is None:
            say_once(
                "no text",
                "trace_stream found no text in the chunks of a stream: "
                "give it a text_of that says what is text in them.",
            )
        self.stream.end(
            finish_reason=self._finish_reason,
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
        )

    def failed(self, error: BaseException) -> None:
        self.stream.error(error)
        self.ended()

    def left(self) -> None:
        """The agent reads no further. When all was said, nothing is missing."""
        if self._finish_reason is None:
            self.stream.error(
                "The agent stopped reading before the end of the stream.", "CLIENT_ABORT"
            )
        self.ended()


class TracedStream(Generic[Chunk]):
    """Iterated with ``for`` or ``async for``, as its source. The call starts with the first step of it."""

    def __init__(
        self, source: StreamSource[Chunk], start: Callable[[], LlmStream], text_of: TextOf | None
    ) -> None:
        self._source = source
        self._start = start
        self._text_of = text_of
        self._watched: WatchedChunks | None = None
        self._iterator: Iterator[Chunk] | AsyncIterator[Chunk] | None = None

    def __iter__(self) -> Iterator[Chunk]:
        return self

    def __next__(self) -> Chunk:
        watched = self._watching()
        try:
            if self._iterator is None:
                with _within(watched.stream):
                    self._iterator = iter(cast(Iterable[Chunk], self._called()))
            chunk = next(cast(Iterator[Chunk], self._iterator))
        except StopIteration:
            watched.ended()
            raise
        except BaseException as error:
            watched.failed(error)
            raise
        watched.came(chunk)
        return chunk

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self

    async def __anext__(self) -> Chunk:
        watched = self._watching()
        try:
            if self._iterator is None:
                with _within(watched.stream):
                    self._iterator = await self._opened()
            if isinstance(self._iterator, AsyncIterator):
                chunk = await self._iterator.__anext__()
            else:
                chunk = _next_of(self._iterator)
        except StopAsyncIteration:
            watched.ended()
            raise
        except BaseException as error:
            watched.failed(error)
            raise
        watched.came(chunk)
        return chunk

    def close(self) -> None:
        """Ends it before its source has ended, and closes that."""
        self._left()
        close = getattr(self._iterator or self._source, "close", None)
        if close is not None:
            close()

    async def aclose(self) -> None:
        """The same for an asynchronous source."""
        self._left()
        subject = self._iterator or self._source
        close = getattr(subject, "aclose", None) or getattr(subject, "close", None)
        if close is not None:
            closing = close()
            if inspect.isawaitable(closing):
                await closing

    def __enter__(self) -> TracedStream[Chunk]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> TracedStream[Chunk]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        # A loop that was left by `break` or by an exception just lets go of it.
        self._left()

    @never_raises()
    def _left(self) -> None:
        watched = getattr(self, "_watched", None)
        if watched is not None and not watched.stream.has_ended:
            watched.left()

    def _watching(self) -> WatchedChunks:
        if self._watched is None:
            self._watched = WatchedChunks(self._start(), self._text_of)
        return self._watched

    def _called(self) -> object:
        source = self._source
        if not callable(source) or hasattr(source, "__iter__") or hasattr(source, "__aiter__"):
            return source
        return source()

    async def _opened(self) -> Iterator[Chunk] | AsyncIterator[Chunk]:
        opened = self._called()
        if inspect.isawaitable(opened):
            opened = await opened
        if hasattr(opened, "__aiter__"):
            return cast(AsyncIterable[Chunk], opened).__aiter__()
        return iter(cast(Iterable[Chunk], opened))


@contextmanager
def _within(stream: LlmStream) -> Iterator[None]:
    """What a function does to get the stream happens within the call."""
    scope = enter(stream._place)
    try:
        yield
    finally:
        leave(scope)


def _next_of(iterator: Iterator[Chunk]) -> Chunk:
    try:
        return next(iterator)
    except StopIteration:
        raise StopAsyncIteration from None
