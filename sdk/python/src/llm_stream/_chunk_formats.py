"""What the chunks of the vendors' clients say, as objects or as dicts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from ._plain import plain

_TOOL_BLOCKS = frozenset(("tool_use", "server_tool_use", "mcp_tool_use"))
_TOOL_ITEMS = frozenset(("function_call", "custom_tool_call", "mcp_call"))
_ENDS_OF_RESPONSES = frozenset(
    ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
)
_KINDS_OF_DELTAS = {
    "output_text": "text",
    "refusal": "refusal",
    "reasoning_text": "reasoning",
    "reasoning_summary_text": "reasoning",
    "function_call_arguments": "tool_arguments",
    "custom_tool_call_input": "tool_arguments",
    "mcp_call_arguments": "tool_arguments",
    "code_interpreter_call_code": "tool_arguments",
    "audio.transcript": "audio_transcript",
}


class ChunkToken(NamedTuple):
    text: str
    kind: str = "text"
    metadata: dict[str, Any] | None = None
    """Which tool call (``toolCall``, ``id``) or which of several answers (``choice``) it belongs to."""


class ChunkFacts(NamedTuple):
    tokens: Sequence[ChunkToken] = ()
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    error: object = None
    """That the stream reports instead of raising it."""


NOTHING = ChunkFacts()


def completion_chunk(chunk: object) -> ChunkFacts:
    """OpenAI's chat and legacy completions, and what imitates them."""
    choices = list_in(chunk, "choices")
    usage = member(chunk, "usage")
    return ChunkFacts(
        [token for choice in choices for token in _choice_tokens(choice)],
        _first(text_in(choice, "finish_reason") for choice in choices),
        count_in(usage, "prompt_tokens"),
        count_in(usage, "completion_tokens"),
    )


def responses_event(event: object, type: str) -> ChunkFacts:
    """OpenAI's Responses."""
    if type.endswith(".delta"):
        kind = _KINDS_OF_DELTAS.get(type[len("response.") : -len(".delta")])
        metadata = _output_of(event) if kind == "tool_arguments" else None
        return ChunkFacts(_token(text_in(event, "delta"), kind, metadata) if kind else [])
    if type == "response.output_item.added":
        item = member(event, "item")
        if text_in(item, "type") not in _TOOL_ITEMS:
            return NOTHING
        called = text_in(item, "call_id") or text_in(item, "id")
        metadata = {**_output_of(event), **({"id": called} if called else {})}
        return ChunkFacts(_token(text_in(item, "name"), "tool_name", metadata))
    if type not in _ENDS_OF_RESPONSES:
        return NOTHING
    response = member(event, "response")
    usage = member(response, "usage")
    return ChunkFacts(
        [],
        text_in(member(response, "incomplete_details"), "reason") or text_in(response, "status"),
        count_in(usage, "input_tokens"),
        count_in(usage, "output_tokens"),
        _reported(member(response, "error")),
    )


def anthropic_event(event: object, type: str) -> ChunkFacts:
    """Anthropic's Messages; what its client adds to them repeats them."""
    if type == "message_start":
        usage = member(member(event, "message"), "usage")
        return ChunkFacts(prompt_tokens=_anthropic_prompt_tokens(usage))
    if type == "content_block_start":
        return ChunkFacts(_block_tokens(event, member(event, "content_block")))
    if type == "content_block_delta":
        return ChunkFacts(_delta_tokens(event, member(event, "delta")))
    if type == "message_delta":
        return ChunkFacts(
            finish_reason=text_in(member(event, "delta"), "stop_reason"),
            completion_tokens=count_in(member(event, "usage"), "output_tokens"),
        )
    if type == "error":
        return ChunkFacts(error=_reported(member(event, "error")))
    return NOTHING


def ollama_line(line: object) -> ChunkFacts:
    message = member(line, "message")
    place = line if message is None else message
    tokens = _token(text_in(place, "thinking"), "reasoning")
    tokens += _token(text_in(place, "content") or text_in(line, "response"))
    for index, call in enumerate(list_in(place, "tool_calls")):
        tokens += _whole_call(member(call, "function"), "arguments", {"toolCall": index})
    has_ended = member(line, "done") is True
    return ChunkFacts(
        tokens,
        text_in(line, "done_reason") or ("stop" if has_ended else None),
        count_in(line, "prompt_eval_count"),
        count_in(line, "eval_count"),
    )


def gemini_response(response: object) -> ChunkFacts:
    """Every chunk is a whole response object."""
    candidates = list_in(response, "candidates")
    usage = either(response, "usage_metadata", "usageMetadata")
    counts = [
        _count(either(usage, "candidates_token_count", "candidatesTokenCount")),
        _count(either(usage, "thoughts_token_count", "thoughtsTokenCount")),
    ]
    known = [count for count in counts if count is not None]
    return ChunkFacts(
        [token for candidate in candidates for token in _candidate_tokens(candidate)],
        _first(_text(either(each, "finish_reason", "finishReason")) for each in candidates),
        _count(either(usage, "prompt_token_count", "promptTokenCount")),
        sum(known) if known else None,
    )


def _choice_tokens(choice: object) -> list[ChunkToken]:
    index = count_in(choice, "index") or 0
    metadata: dict[str, Any] = {"choice": index} if index > 0 else {}
    delta = member(choice, "delta")
    if delta is None:
        return _token(text_in(choice, "text"), "text", metadata)
    reasoning = text_in(delta, "reasoning_content") or text_in(delta, "reasoning")
    tokens = _token(reasoning, "reasoning", metadata)
    tokens += _content_tokens(delta, metadata)
    tokens += _token(text_in(delta, "refusal"), "refusal", metadata)
    transcript = text_in(member(delta, "audio"), "transcript")
    tokens += _token(transcript, "audio_transcript", metadata)
    for call in list_in(delta, "tool_calls"):
        called = member(call, "function")
        called = member(call, "custom") if called is None else called
        known = {**metadata, "toolCall": count_in(call, "index") or 0}
        tokens += _called_tokens(called, text_in(call, "id"), known)
    return tokens + _called_tokens(
        member(delta, "function_call"), None, {**metadata, "toolCall": 0}
    )


def _content_tokens(delta: object, metadata: dict[str, Any]) -> list[ChunkToken]:
    """Mistral's reasoning models send a list of pieces instead of a text."""
    tokens = _token(text_in(delta, "content"), "text", metadata)
    for piece in list_in(delta, "content"):
        for thought in list_in(piece, "thinking"):
            tokens += _token(text_in(thought, "text"), "reasoning", metadata)
        tokens += _token(text_in(piece, "text"), "text", metadata)
    return tokens


def _called_tokens(
    called: object, call_id: str | None, metadata: dict[str, Any]
) -> list[ChunkToken]:
    named = {**metadata, "id": call_id} if call_id else metadata
    given = text_in(called, "arguments") or text_in(called, "input")
    return _token(text_in(called, "name"), "tool_name", named) + _token(
        given, "tool_arguments", metadata
    )


def _block_tokens(event: object, block: object) -> list[ChunkToken]:
    if text_in(block, "type") in _TOOL_BLOCKS:
        called = text_in(block, "id")
        metadata = {**_index_of(event), **({"id": called} if called else {})}
        return _token(text_in(block, "name"), "tool_name", metadata)
    return _token(text_in(block, "text")) + _token(text_in(block, "thinking"), "reasoning")


def _delta_tokens(event: object, delta: object) -> list[ChunkToken]:
    type = text_in(delta, "type")
    if type == "text_delta":
        return _token(text_in(delta, "text"))
    if type == "thinking_delta":
        return _token(text_in(delta, "thinking"), "reasoning")
    if type == "input_json_delta":
        return _token(text_in(delta, "partial_json"), "tool_arguments", _index_of(event))
    return []


def _anthropic_prompt_tokens(usage: object) -> int | None:
    """``input_tokens`` does not count what was read from or written to the cache."""
    given = count_in(usage, "input_tokens")
    if given is None:
        return None
    read = count_in(usage, "cache_read_input_tokens") or 0
    return given + read + (count_in(usage, "cache_creation_input_tokens") or 0)


def _candidate_tokens(candidate: object) -> list[ChunkToken]:
    index = count_in(candidate, "index") or 0
    metadata: dict[str, Any] = {"choice": index} if index > 0 else {}
    tokens: list[ChunkToken] = []
    for part in list_in(member(candidate, "content"), "parts"):
        kind = "reasoning" if member(part, "thought") is True else "text"
        tokens += _token(text_in(part, "text"), kind, metadata)
        tokens += _whole_call(either(part, "function_call", "functionCall"), "args", metadata)
        code = text_in(either(part, "executable_code", "executableCode"), "code")
        tokens += _token(code, "tool_arguments", metadata)
        result = either(part, "code_execution_result", "codeExecutionResult")
        tokens += _token(text_in(result, "output"), "other", metadata)
    return tokens


def _whole_call(called: object, arguments: str, metadata: dict[str, Any]) -> list[ChunkToken]:
    """Its arguments are an object."""
    given = member(called, arguments)
    text = None if given is None else json.dumps(plain(given), ensure_ascii=False)
    return _token(text_in(called, "name"), "tool_name", metadata) + _token(
        text, "tool_arguments", metadata
    )


def _index_of(event: object) -> dict[str, Any]:
    return {"toolCall": count_in(event, "index") or 0}


def _output_of(event: object) -> dict[str, Any]:
    return {"toolCall": count_in(event, "output_index") or 0}


def _reported(error: object) -> object:
    return None if error is None else text_in(error, "message") or plain(error)


def _token(
    text: str | None, kind: str = "text", metadata: dict[str, Any] | None = None
) -> list[ChunkToken]:
    return [ChunkToken(text, kind, metadata or None)] if text else []


def member(value: object, name: str) -> object:
    if value is None:
        return None
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def either(value: object, name: str, other_name: str) -> object:
    """The clients' objects have snake_case, the JSON of the wire has not."""
    found = member(value, name)
    return member(value, other_name) if found is None else found


def list_in(value: object, name: str) -> list[object]:
    found = member(value, name)
    return list(found) if isinstance(found, (list, tuple)) else []


def text_in(value: object, name: str) -> str | None:
    return _text(member(value, name))


def count_in(value: object, name: str) -> int | None:
    return _count(member(value, name))


def _text(found: object) -> str | None:
    if isinstance(found, Enum):
        found = found.value
    return found if isinstance(found, str) else None


def _count(found: object) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _first(texts: Iterable[str | None]) -> str | None:
    return next((text for text in texts if text), None)
