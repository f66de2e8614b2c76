"""What of a chunk of a model's answer is a token, and of what kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Token(NamedTuple):
    text: str
    kind: str = "text"
    metadata: dict[str, Any] | None = None


#: Of a content block by its type: the field that holds what came, and its kind.
_BLOCKS: Mapping[str, tuple[str, str]] = {
    "text": ("text", "text"),
    "output_text": ("text", "text"),
    "text-delta": ("text", "text"),
    "thinking": ("thinking", "reasoning"),
    "reasoning": ("reasoning", "reasoning"),
    "reasoning-delta": ("reasoning", "reasoning"),
    "refusal": ("refusal", "refusal"),
}


class Chunks:
    """Of one call."""

    def __init__(self) -> None:
        self._tool_calls = _ToolCalls()

    def of_chunk(self, token: Any, chunk: Any) -> list[Token]:
        """Of ``on_llm_new_token``: chat models give a chunk, completion models may give the text alone."""
        message = getattr(chunk, "message", None)
        if message is None:
            return list(_texts(token))
        content = message.content
        calls = getattr(message, "tool_call_chunks", None)
        extra = message.additional_kwargs
        if type(content) is str and not calls and not extra:
            return [Token(content)] if content else []
        blocks = content if isinstance(content, list) else [content]
        tokens = [token for block in blocks for token in _block(block)]
        if not any(token.kind == "reasoning" for token in tokens):
            tokens[:0] = _field(extra, "reasoning_content", "reasoning")
        tokens += _field(extra, "refusal", "refusal")
        tokens += _field(extra.get("audio"), "transcript", "audio_transcript")
        for call in calls or ():
            tokens += self._tool_call(call, call.get("index"))
        tokens += self._function_call(extra.get("function_call"))
        return tokens

    def of_event(self, event: Mapping[str, Any]) -> list[Token]:
        """Of ``on_stream_event``: the beginning of a block may name a tool, its deltas hold what came."""
        kind = event.get("event")
        if kind == "content-block-start":
            block = event.get("content")
            if isinstance(block, Mapping) and block.get("type") in _TOOL_BLOCKS:
                return self._tool_call(block, event.get("index"))
        elif kind == "content-block-delta":
            delta = event.get("delta")
            if isinstance(delta, Mapping) and delta.get("type") == "tool-call-delta":
                return self._tool_call(delta, event.get("index"))
            return list(_block(delta))
        return []

    def _tool_call(self, call: Mapping[str, Any], index: Any) -> list[Token]:
        name, call_id = call.get("name"), call.get("id")
        metadata = {"toolCall": self._tool_calls.number_of(index, call_id, name)}
        named = {**metadata, "id": call_id} if call_id else metadata
        return [
            *_field(call, "name", "tool_name", named),
            *_field(call, "args", "tool_arguments", metadata),
        ]

    def _function_call(self, call: Any) -> list[Token]:
        """As the models of OpenAI did before there were tools."""
        metadata = {"toolCall": 0}
        return [
            *_field(call, "name", "tool_name", metadata),
            *_field(call, "arguments", "tool_arguments", metadata),
        ]


#: The second kind: tools that the provider runs itself.
_TOOL_BLOCKS = ("tool_call_chunk", "server_tool_call_chunk")


class _ToolCalls:
    """Which tool call of the answer it is.

    Their own indexes do not say it: Anthropic's count other blocks too, Ollama's are all alike.
    """

    def __init__(self) -> None:
        self._count = 0
        self._latest: dict[str, tuple[int, Any]] = {}

    def number_of(self, index: Any, call_id: Any, name: Any) -> int:
        known = self._latest.get(str(index))
        if known is not None and not (name and call_id != known[1]):
            return known[0]
        self._latest[str(index)] = (self._count, call_id)
        self._count += 1
        return self._count - 1


def _block(block: Any) -> Iterator[Token]:
    """Blocks of tools are left out: ``tool_call_chunks`` says the same in one form for all providers."""
    if not isinstance(block, Mapping):
        yield from _texts(block)
        return
    kind = str(block.get("type"))
    if kind in _BLOCKS:
        yield from _field(block, *_BLOCKS[kind])
    if kind == "reasoning":
        for part in block.get("summary") or ():
            yield from _field(part, "text", "reasoning")
    elif kind == "reasoning_content":
        yield from _field(block.get("reasoning_content"), "text", "reasoning")


def _texts(text: Any) -> Iterator[Token]:
    if isinstance(text, str) and text:
        yield Token(text)


def _field(
    holder: Any, field: str, kind: str, metadata: dict[str, Any] | None = None
) -> Iterator[Token]:
    text = holder.get(field) if isinstance(holder, Mapping) else None
    if isinstance(text, str) and text:
        yield Token(text, kind, metadata)
