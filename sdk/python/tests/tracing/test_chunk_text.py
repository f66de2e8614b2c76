"""What is text in the chunks of the vendors' clients, as dicts (the wire) and as objects (the clients)."""

from __future__ import annotations

from enum import Enum
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from llm_stream._chunk_formats import ChunkFacts
from llm_stream._chunk_text import facts_of


def as_objects(value: Any) -> Any:
    """Arguments of tools stay dicts: they have no known form."""
    if isinstance(value, dict) and "query" not in value:
        return SimpleNamespace(**{name: as_objects(member) for name, member in value.items()})
    return [as_objects(item) for item in value] if isinstance(value, list) else value


def delta(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": None}], "usage": None}


Token = tuple[str, str]

CHUNKS: list[tuple[str, Any, list[Token]]] = [
    ("chat: role only", delta(role="assistant", content=""), []),
    ("chat: text", delta(content="Hi"), [("Hi", "text")]),
    ("chat: refusal", delta(content=None, refusal="No"), [("No", "refusal")]),
    ("chat: reasoning_content", delta(reasoning_content="Hm"), [("Hm", "reasoning")]),
    (
        "chat: reasoning and text",
        delta(reasoning="Hm", content="Hi"),
        [("Hm", "reasoning"), ("Hi", "text")],
    ),
    (
        "chat: tool call",
        delta(
            tool_calls=[
                {"index": 0, "id": "c", "function": {"name": "search", "arguments": ""}},
                {"index": 1, "function": {"arguments": '{"q":'}},
            ]
        ),
        [("search", "tool_name"), ('{"q":', "tool_arguments")],
    ),
    (
        "chat: function call",
        delta(function_call={"name": "search", "arguments": "{}"}),
        [("search", "tool_name"), ("{}", "tool_arguments")],
    ),
    ("chat: transcript", delta(audio={"transcript": "Hi"}), [("Hi", "audio_transcript")]),
    (
        "chat: pieces",
        delta(
            content=[
                {"type": "thinking", "thinking": [{"text": "Hm"}]},
                {"type": "text", "text": "Hi"},
            ]
        ),
        [("Hm", "reasoning"), ("Hi", "text")],
    ),
    ("completion", {"choices": [{"index": 0, "text": "Hi"}]}, [("Hi", "text")]),
    ("responses: text", {"type": "response.output_text.delta", "delta": "Hi"}, [("Hi", "text")]),
    (
        "responses: reasoning",
        {"type": "response.reasoning_summary_text.delta", "delta": "Hm"},
        [("Hm", "reasoning")],
    ),
    (
        "responses: tool",
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {"type": "function_call", "name": "search", "call_id": "c"},
        },
        [("search", "tool_name")],
    ),
    (
        "responses: arguments",
        {"type": "response.function_call_arguments.delta", "delta": "{}", "output_index": 1},
        [("{}", "tool_arguments")],
    ),
    ("responses: whole text again", {"type": "response.output_text.done", "text": "Hi"}, []),
    ("responses: other delta", {"type": "response.audio.delta", "delta": "AAAA"}, []),
    (
        "anthropic: text",
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "Hi"},
        },
        [("Hi", "text")],
    ),
    (
        "anthropic: thinking",
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "thinking_delta", "thinking": "Hm"},
        },
        [("Hm", "reasoning")],
    ),
    (
        "anthropic: tool",
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "id": "t", "name": "search"},
        },
        [("search", "tool_name")],
    ),
    (
        "anthropic: arguments",
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": "{}"},
        },
        [("{}", "tool_arguments")],
    ),
    ("anthropic: the client's own", {"type": "text", "text": "Hi", "snapshot": "Hi"}, []),
    ("anthropic: ping", {"type": "ping"}, []),
    (
        "ollama: chat",
        {"message": {"content": "Hi", "thinking": "Hm"}, "done": False},
        [("Hm", "reasoning"), ("Hi", "text")],
    ),
    ("ollama: generate", {"response": "Hi", "done": False}, [("Hi", "text")]),
    (
        "gemini",
        {
            "candidates": [
                {
                    "content": {
                        "parts": [
                            {"text": "Hm", "thought": True},
                            {"text": "Hi"},
                        ]
                    }
                }
            ]
        },
        [("Hm", "reasoning"), ("Hi", "text")],
    ),
    (
        "ollama: tool call",
        {
            "message": {
                "content": "",
                "tool_calls": [{"function": {"name": "search", "arguments": {"query": "Fluß"}}}],
            },
            "done": False,
        },
        [("search", "tool_name"), ('{"query": "Fluß"}', "tool_arguments")],
    ),
    (
        "gemini: tool call",
        {
            "candidates": [
                {
                    "content": {
                        "parts": [{"functionCall": {"name": "search", "args": {"query": "Fluß"}}}]
                    }
                }
            ]
        },
        [("search", "tool_name"), ('{"query": "Fluß"}', "tool_arguments")],
    ),
    ("string", "Hi", [("Hi", "text")]),
    ("nothing known", {"event": "x"}, []),
]


def kinds(facts: ChunkFacts) -> list[Token]:
    return [(token.text, token.kind) for token in facts.tokens]


@pytest.mark.parametrize(("name", "chunk", "expected"), CHUNKS, ids=[chunk[0] for chunk in CHUNKS])
def test_text_of_a_chunk(name: str, chunk: Any, expected: list[Token]) -> None:
    assert kinds(facts_of(chunk)) == expected, name
    assert kinds(facts_of(as_objects(chunk))) == expected, name


class FinishReason(str, Enum):
    STOP = "STOP"


@pytest.mark.parametrize(
    ("chunk", "finish_reason", "prompt_tokens", "completion_tokens"),
    [
        ({"choices": [{"delta": {}, "finish_reason": "stop"}]}, "stop", None, None),
        (
            {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
            None,
            3,
            4,
        ),
        (
            {
                "type": "response.completed",
                "response": {
                    "status": "completed",
                    "usage": {"input_tokens": 3, "output_tokens": 4},
                },
            },
            "completed",
            3,
            4,
        ),
        (
            {
                "type": "response.incomplete",
                "response": {"incomplete_details": {"reason": "max_output_tokens"}},
            },
            "max_output_tokens",
            None,
            None,
        ),
        (
            {
                "type": "message_start",
                "message": {"usage": {"input_tokens": 3, "cache_read_input_tokens": 5}},
            },
            None,
            8,
            None,
        ),
        (
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn"},
                "usage": {"output_tokens": 4},
            },
            "end_turn",
            None,
            4,
        ),
        (
            {
                "message": {"content": ""},
                "done": True,
                "done_reason": "stop",
                "prompt_eval_count": 3,
                "eval_count": 4,
            },
            "stop",
            3,
            4,
        ),
        (
            {
                "candidates": [{"finish_reason": FinishReason.STOP}],
                "usage_metadata": {
                    "prompt_token_count": 3,
                    "candidates_token_count": 4,
                    "thoughts_token_count": 2,
                },
            },
            "STOP",
            3,
            6,
        ),
        (
            {
                "candidates": [{"finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4},
            },
            "STOP",
            3,
            4,
        ),
    ],
)
def test_how_it_ended_and_what_it_used(
    chunk: Any,
    finish_reason: str | None,
    prompt_tokens: int | None,
    completion_tokens: int | None,
) -> None:
    for facts in (facts_of(chunk), facts_of(as_objects(chunk))):
        assert facts.finish_reason == finish_reason
        assert facts.prompt_tokens == prompt_tokens
        assert facts.completion_tokens == completion_tokens


def test_an_error_that_is_reported_as_a_chunk() -> None:
    anthropic = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert facts_of(anthropic).error == "Overloaded"
    openai = {"type": "response.failed", "response": {"error": {"message": "Server error"}}}
    assert facts_of(openai).error == "Server error"


def test_which_tool_call_and_which_answer_it_belongs_to() -> None:
    chunk = {
        "choices": [
            {"index": 1, "delta": {"content": "Hi"}},
            {
                "index": 0,
                "delta": {"tool_calls": [{"index": 2, "id": "c", "function": {"name": "f"}}]},
            },
        ]
    }
    text, name = facts_of(chunk).tokens
    assert text.metadata == {"choice": 1}
    assert name.metadata == {"toolCall": 2, "id": "c"}


def test_what_is_no_chunk_has_no_text() -> None:
    for chunk in (None, 1, [], b"bytes", object(), MagicMock(), {"choices": [None, 1, {}]}):
        assert list(facts_of(chunk).tokens) == []
