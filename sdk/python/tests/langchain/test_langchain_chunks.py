"""Forms of chunks that the mock does not send: of other providers, and LangChain's standard content."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk, GenerationChunk

from llm_stream._langchain.chunks import Chunks


def tokens(message: AIMessageChunk) -> list[tuple[str, str]]:
    chunk = ChatGenerationChunk(message=message)
    return [(token.kind, token.text) for token in Chunks().of_chunk(message.content, chunk)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        ([], []),
        (["Hi"], [("text", "Hi")]),
        ([{"type": "text", "text": "Hi", "index": 0}], [("text", "Hi")]),
        ([{"type": "refusal", "refusal": "No."}], [("refusal", "No.")]),
        ([{"type": "reasoning", "reasoning": "Hm"}], [("reasoning", "Hm")]),
        ([{"type": "thinking", "thinking": "Hm"}], [("reasoning", "Hm")]),
        (
            [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]}],
            [("reasoning", "Hm")],
        ),
        (
            [{"type": "reasoning_content", "reasoning_content": {"text": "Hm"}}],
            [("reasoning", "Hm")],
        ),
        ([{"type": "thinking", "signature": "EqMB"}, {"type": "image_url", "image_url": "x"}], []),
        ([{"type": "refusal", "refusal": 5}, {"text": "without a type"}, {"type": ["x"]}], []),
    ],
)
def test_blocks_of_content(content: Any, expected: list[tuple[str, str]]) -> None:
    message = AIMessageChunk(content="")
    message.content = content
    assert tokens(message) == expected


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"reasoning_content": "Hm"}, [("reasoning", "Hm"), ("text", "Hi")]),
        ({"refusal": "No."}, [("text", "Hi"), ("refusal", "No.")]),
        ({"audio": {"transcript": "Ho"}}, [("text", "Hi"), ("audio_transcript", "Ho")]),
        (
            {"function_call": {"name": "f", "arguments": "{}"}},
            [("text", "Hi"), ("tool_name", "f"), ("tool_arguments", "{}")],
        ),
        ({"reasoning_content": None, "refusal": 3, "audio": "x"}, [("text", "Hi")]),
    ],
)
def test_what_stands_beside_the_content(
    extra: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert tokens(AIMessageChunk(content="Hi", additional_kwargs=extra)) == expected


def test_reasoning_that_is_told_twice_is_one_token() -> None:
    block = {"type": "reasoning", "reasoning": "Hm"}
    message = AIMessageChunk(content=[block], additional_kwargs={"reasoning_content": "Hm"})
    assert tokens(message) == [("reasoning", "Hm")]


def test_tool_calls_are_numbered_whatever_their_indexes_count() -> None:
    chunks = Chunks()

    def numbers(*calls: dict[str, Any]) -> list[int]:
        message = AIMessageChunk(content="", tool_call_chunks=[_call(**call) for call in calls])
        found = chunks.of_chunk("", ChatGenerationChunk(message=message))
        return [token.metadata["toolCall"] for token in found if token.metadata]

    assert numbers({"index": 2, "id": "a", "name": "f", "args": "{"}) == [0, 0]
    assert numbers({"index": 2, "args": "}"}) == [0]
    assert numbers({"index": 4, "id": "b", "name": "f", "args": "{}"}) == [1, 1]
    assert numbers({"index": 0, "id": "c", "name": "f"}, {"index": 0, "id": "d", "name": "f"}) == [
        2,
        3,
    ]


def _call(**known: Any) -> dict[str, Any]:
    return {
        "name": None,
        "args": None,
        "id": None,
        "index": None,
        "type": "tool_call_chunk",
        **known,
    }


def test_completion_models_may_give_a_chunk_or_not() -> None:
    for chunk in (None, GenerationChunk(text="Hi")):
        (token,) = Chunks().of_chunk("Hi", chunk)
        assert token == ("Hi", "text", None)
    assert Chunks().of_chunk("", None) == []
    assert Chunks().of_chunk(None, None) == []


def test_newer_events() -> None:
    chunks = Chunks()
    start = {"type": "server_tool_call_chunk", "id": "a", "name": "search", "args": ""}
    told: list[dict[str, Any]] = [
        {"event": "message-start"},
        {"event": "content-block-start", "index": 0, "content": {"type": "text", "text": ""}},
        {"event": "content-block-delta", "index": 0, "delta": {"type": "text-delta", "text": "Hi"}},
        {"event": "content-block-delta", "delta": {"type": "reasoning-delta", "reasoning": "Hm"}},
        {"event": "content-block-start", "index": 1, "content": start},
        {
            "event": "content-block-delta",
            "index": 1,
            "delta": {"type": "tool-call-delta", "args": "{}"},
        },
        {"event": "content-block-finish", "index": 0, "content": {"type": "text", "text": "Hi"}},
        {"event": "content-block-delta", "delta": None},
        {},
    ]
    found = [token for event in told for token in chunks.of_event(event)]
    assert found == [
        ("Hi", "text", None),
        ("Hm", "reasoning", None),
        ("search", "tool_name", {"toolCall": 0, "id": "a"}),
        ("{}", "tool_arguments", {"toolCall": 0}),
    ]
