from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._calls import CallEnd, CallStart, put_call_end, put_call_start
from ._clock import now_ns
from ._context import OpenedStream, leave_stream
from ._events import fields_of
from ._failures import Failure, failure_of
from ._llm_stream import LlmStream
from ._place import Place, new_id
from ._plain import plain_with_size
from ._process import process
from ._safely import never_raises, say_once, text_of
from ._tokens import Metadata, SampledTokens, Token, TokenBatch, kind_of
from ._turn import Turn

_MOST_WAITING = 1_000
#: Longer ones do not wait for others, so that what waits is bounded.
_LONGEST_WAITING = 10_000
_LONGEST_TOKEN = 1_048_576
_MOST_BYTES_OF_METADATA = 65_536
#: They need microseconds, but may be held up there: by the garbage collector, by other processes.
_MOST_SECONDS_FOR_OTHERS = 2.0


class RecordedStream(LlmStream):
    __slots__ = (
        "_around",
        "_failure",
        "_first_chunk_ns",
        "_generation",
        "_has_ended",
        "_next_index",
        "_sampled",
        "_sealing",
        "_started_ns",
        "_tokens",
        "call_id",
        "started_within",
    )

    def __init__(self, around: Place, start: CallStart, streaming: bool) -> None:
        run = around.run
        self.call_id = new_id()
        super().__init__(Place(run, self.call_id))
        self.started_within: OpenedStream | None = None
        self._around = around
        self._started_ns = now_ns()
        self._generation = process.generation
        self._has_ended = False
        self._failure: Failure | None = None
        self._first_chunk_ns: int | None = None
        self._tokens: list[Token] = []
        self._next_index = 0
        self._sealing = Turn()
        self._sampled = self._sampled_tokens()
        rate = run.settings.sample_rate if self._sampled else None
        put_call_start(around, self.call_id, self._started_ns, start, streaming, rate)
        run.outbox.open_stream(self)

    @property
    def id(self) -> str:
        return self.call_id

    @property
    def has_ended(self) -> bool:
        return self._has_ended or self._generation != process.generation

    def add_token(
        self, text: str, kind: str = "text", metadata: Mapping[str, Any] | None = None
    ) -> None:
        at_ns = now_ns()
        if self._has_ended or self._generation != process.generation:
            return
        is_usual = type(text) is str and type(kind) is str and metadata is None
        if is_usual and 0 < len(text) <= _LONGEST_WAITING:
            # No lock: appending to a list is atomic, with and without the GIL, and whoever seals takes tokens from
            # the list's beginning only. So none is lost, doubled or in another order than it was appended in.
            tokens = self._tokens
            tokens.append((at_ns, text, kind, None))
            if len(tokens) >= _MOST_WAITING:
                self._seal(seconds_for_others=0)
        else:
            self._add_unusual(at_ns, text, kind, metadata)

    @never_raises()
    def first_chunk(self) -> None:
        if self._first_chunk_ns is None:
            self._first_chunk_ns = now_ns()

    @never_raises()
    def error(self, error: object, code: str | None = None) -> None:
        self._failure = failure_of(error, code)

    @never_raises()
    def end(
        self,
        *,
        status: str | None = None,
        finish_reason: str | None = None,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        http_status: int | None = None,
        response: Any = None,
        streaming: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self._end(
            CallEnd(
                status=status,
                failure=self._failure,
                finish_reason=finish_reason,
                prompt_tokens=prompt_tokens,
                completion_tokens=completion_tokens,
                http_status=http_status,
                response=response,
                streaming=streaming,
                metadata=metadata,
            )
        )

    def seal(self) -> None:
        self._seal(_MOST_SECONDS_FOR_OTHERS)

    @never_raises()
    def interrupt(self, reason: str) -> None:
        self._end(CallEnd(failure=failure_of(reason, "INTERRUPTED")))

    def _end(self, end: CallEnd) -> None:
        ended_ns = now_ns()
        if not self._is_first_to_end():
            return
        self._seal(_MOST_SECONDS_FOR_OTHERS)
        outbox = self._around.run.outbox
        last = self._sampled.take_last() if self._sampled else None
        if last is not None:
            outbox.put_tokens(last)
        first_chunk_ns = self._first_chunk_ns
        put_call_end(
            self._around,
            self.call_id,
            ended_ns - self._started_ns,
            end,
            None if first_chunk_ns is None else first_chunk_ns - self._started_ns,
            self._sampled,
        )
        outbox.close_stream(self)
        leave_stream(self)

    def _is_first_to_end(self) -> bool:
        if self._generation != process.generation:
            return False
        locked = self._sealing.take(_MOST_SECONDS_FOR_OTHERS)
        try:
            is_first = not self._has_ended
            self._has_ended = True
            return is_first
        finally:
            if locked:
                self._sealing.give_back()

    @never_raises()
    def _seal(self, seconds_for_others: float) -> None:
        """Puts what waits into the outbox; not when another thread is at it for longer."""
        if self._generation != process.generation:
            return
        if not self._sealing.take(seconds_for_others):
            return
        try:
            while self._tokens:
                self._seal_some()
        finally:
            self._sealing.give_back()

    def _seal_some(self) -> None:
        sealed = self._tokens[:_MOST_WAITING]
        self._put(sealed)
        # Last: a KeyboardInterrupt before it means that they are put again, with the same index, which is harmless.
        self._next_index += len(sealed)
        del self._tokens[: len(sealed)]

    @never_raises()
    def _put(self, tokens: list[Token]) -> None:
        batch: TokenBatch | None
        if self._sampled is None:
            batch = TokenBatch(self.call_id, self._started_ns, tokens, self._next_index)
        else:
            batch = self._sampled.take(tokens)
        if batch is not None:
            self._around.run.outbox.put_tokens(batch)

    def _sampled_tokens(self) -> SampledTokens | None:
        settings = self._around.run.settings
        if settings.sample_rate >= 1:
            return None
        return SampledTokens(
            self.call_id,
            self._started_ns,
            settings.sample_rate,
            sends_tokens=settings.store_tokens,
            keeps_response=settings.store_responses,
        )

    @never_raises()
    def _add_unusual(self, at_ns: int, text: object, kind: object, metadata: object) -> None:
        if text is None:
            return
        if not isinstance(text, str):
            say_once(
                "token",
                f"A token is a {type(text).__name__} and is recorded as its text: give add_token() a str.",
            )
        whole = text_of(text)
        if not whole:
            return
        said = None if metadata is None else fields_of(metadata)
        if len(whole) > _LONGEST_TOKEN:
            said = {**(said or {}), "cut_characters": len(whole) - _LONGEST_TOKEN}
        noted = None if said is None else Metadata(*plain_with_size(said, _MOST_BYTES_OF_METADATA))
        self._tokens.append((at_ns, whole[:_LONGEST_TOKEN], kind_of(kind), noted))
        if len(whole) > _LONGEST_WAITING or len(self._tokens) >= _MOST_WAITING:
            self._seal(seconds_for_others=0)
