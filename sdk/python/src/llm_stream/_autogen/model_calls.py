"""Calls of models: each token when it comes, usage, errors."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from autogen_core.models import CreateResult

from .. import trace
from .._chunk_text import facts_of
from .._safely import never_raises
from .observing import NOWHERE, Observation
from .texts import (
    call_parameters,
    function_calls,
    model_messages,
    model_name,
    provider_name,
)
from .thinking import ThinkingTags
from .work import Work, parent, surrounding_work


class ModelCall(Work):
    def __init__(
        self, client: object, messages: Any, options: dict[str, Any], streaming: bool
    ) -> None:
        self._stream = trace.start_llm_stream(
            model=model_name(client) or type(client).__name__,
            provider=provider_name(client),
            messages=model_messages(messages),
            parameters=call_parameters(client, options),
            streaming=streaming,
            parent=parent(),
        )
        self._is_streaming = streaming
        self._has_raw_chunks = False
        self._finish_reason: str | None = None
        self._thinking = ThinkingTags()
        super().__init__(client, self._stream)

    @never_raises()
    def raw_chunk(self, chunk: Any) -> None:
        """As the provider sent it: with the pieces of tool calls, which AutoGen's own stream does not have."""
        self._has_raw_chunks = True
        facts = facts_of(chunk)
        for token in facts.tokens:
            self._stream.add_token(*token)
        if not facts.tokens:
            self._stream.first_chunk()
        # Not as AutoGen renames it.
        self._finish_reason = facts.finish_reason or self._finish_reason

    @never_raises()
    def item(self, item: Any) -> None:
        if isinstance(item, CreateResult):
            self._end(item)
        elif isinstance(item, str) and not self._has_raw_chunks:
            for text, kind in self._thinking.split(item):
                self._stream.add_token(text, kind=kind)

    @never_raises()
    def failed(self, error: BaseException) -> None:
        self._stream.error(error)

    @never_raises()
    def ended(self) -> None:
        self.close()
        self._stream.end()

    def _end(self, result: CreateResult) -> None:
        calls = [] if isinstance(result.content, str) else result.content
        if self._is_streaming and not self._has_raw_chunks:
            for call in calls:
                self._stream.add_token(call.name, kind="tool_name")
                self._stream.add_token(call.arguments, kind="tool_arguments")
        # Zeros: the provider did not say.
        has_usage = result.usage.prompt_tokens > 0 or result.usage.completion_tokens > 0
        self._stream.end(
            finish_reason=self._finish_reason or result.finish_reason,
            prompt_tokens=result.usage.prompt_tokens if has_usage else None,
            completion_tokens=result.usage.completion_tokens if has_usage else None,
            response=None if self._is_streaming else _response(result),
            metadata={"cached": True} if result.cached else None,
        )


class RawChunks:
    """Within a call: the provider's own chunks, before AutoGen makes texts of them."""

    def __init__(self, call: ModelCall) -> None:
        self._call = call

    def entered(self) -> AbstractContextManager[None]:
        return NOWHERE

    def item(self, item: Any) -> None:
        self._call.raw_chunk(item)

    def failed(self, error: BaseException) -> None:
        """The call itself fails with it."""

    def ended(self) -> None:
        """The call goes on."""


def begin_create(client: object, messages: Any, **options: Any) -> Observation | None:
    return None if _is_within_call() else ModelCall(client, messages, options, streaming=False)


def begin_create_stream(client: object, messages: Any, **options: Any) -> Observation | None:
    return None if _is_within_call() else ModelCall(client, messages, options, streaming=True)


def begin_raw_chunks(*_arguments: Any, **_options: Any) -> Observation | None:
    work = surrounding_work()
    return RawChunks(work) if isinstance(work, ModelCall) else None


def _is_within_call() -> bool:
    """A client in front of another one, as a cache is: what the agent asked for counts."""
    return isinstance(surrounding_work(), ModelCall)


def _response(result: CreateResult) -> object:
    if isinstance(result.content, str) and result.thought is None:
        return result.content
    response: dict[str, object] = {"reasoning": result.thought} if result.thought else {}
    if isinstance(result.content, str):
        response["content"] = result.content
    else:
        response["tool_calls"] = function_calls(result.content)
    return response
