"""What is text in the chunks of a stream: of the OpenAI, Anthropic, Ollama and Gemini clients, and strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Optional, Union

from ._chunk_formats import (
    NOTHING,
    ChunkFacts,
    ChunkToken,
    anthropic_event,
    completion_chunk,
    gemini_response,
    member,
    ollama_line,
    responses_event,
    text_in,
)

StreamedText = Union[str, tuple[str, str], Sequence[tuple[str, str]], None]
"""A text; a text and its kind; or several such pairs. None: there is no text in this chunk."""

TextOf = Callable[[Any], Optional[StreamedText]]


def tokens_of(chunk: object) -> Sequence[ChunkToken]:
    return facts_of(chunk).tokens


def facts_of(chunk: object) -> ChunkFacts:
    if isinstance(chunk, str):
        return ChunkFacts([ChunkToken(chunk)])
    if isinstance(member(chunk, "choices"), (list, tuple)):
        return completion_chunk(chunk)
    if isinstance(member(chunk, "candidates"), (list, tuple)):
        return gemini_response(chunk)
    if isinstance(member(chunk, "done"), bool):
        return ollama_line(chunk)
    type = text_in(chunk, "type")
    if type is None:
        return NOTHING
    return (
        responses_event(chunk, type)
        if type.startswith("response.")
        else anthropic_event(chunk, type)
    )


def facts_of_text(text: StreamedText) -> ChunkFacts:
    """Of what ``text_of`` gave."""
    if text is None:
        return NOTHING
    if isinstance(text, tuple) and text and isinstance(text[0], str):
        return ChunkFacts([ChunkToken(*text)])
    if isinstance(text, (list, tuple)):
        return ChunkFacts([ChunkToken(*each) for each in text])
    return ChunkFacts([ChunkToken(text)])  # type: ignore[arg-type]
