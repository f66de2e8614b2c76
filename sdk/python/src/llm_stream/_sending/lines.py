"""Events and tokens as lines of NDJSON, whatever they hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .outbox import TokenBatch, WireEvent

LONGEST_LINE_BYTES = 4 * 1024 * 1024
"""The capture refuses longer ones."""

_MOST_TOKENS_IN_LINE = 200
"""Making JSON holds the interpreter's lock: of so many tokens for some 0.1 ms."""

_MOST_CHARACTERS_IN_LINE = 256 * 1024
_LENGTHS_OF_LAST_RESORT = (200_000, 10_000, 500)

WireToken = Mapping[str, Any]
Pause = Callable[[], None]


def event_line(event: WireEvent) -> bytes | None:
    """None for what is no JSON, or cannot be made short enough."""
    line = _json(event)
    if line is None or len(line) <= LONGEST_LINE_BYTES:
        return line
    for longest in _LENGTHS_OF_LAST_RESORT:
        line = _json(_shortened(event, longest))
        if line is not None and len(line) <= LONGEST_LINE_BYTES:
            return line
    return None


def token_lines(batch: TokenBatch, pause: Pause) -> list[bytes]:
    """``pause`` is called between lines, so that others may run."""
    lines: list[bytes] = []
    first_index = batch.first_index
    for tokens in _slices(batch.wire_tokens()):
        first_index = tokens[0].get("index", first_index)
        lines.append(_token_line(batch.call_id, first_index, tokens))
        first_index += len(tokens)
        pause()
    return lines


def _token_line(call_id: str, first_index: int, tokens: Sequence[WireToken]) -> bytes:
    fields = {"type": "llm_tokens", "llm_call_id": call_id, "first_index": first_index}
    line = _json({**fields, "tokens": tokens})
    if line is not None and len(line) <= LONGEST_LINE_BYTES:
        return line
    plain = [_plain_token(token) for token in tokens]
    return _json({**fields, "tokens": plain}) or b""


def _plain_token(token: WireToken) -> WireToken:
    """Without its metadata, and short enough for a line of its own even if all is escaped."""
    text = str(token["token"])
    longest = LONGEST_LINE_BYTES // 8
    kept = {name: value for name, value in token.items() if name != "metadata"}
    if len(text) > longest:
        kept["token"] = text[:longest]
        kept["metadata"] = {"cut_characters": len(text) - longest}
    return kept


def _slices(tokens: Sequence[WireToken]) -> Iterator[Sequence[WireToken]]:
    start = 0
    characters = 0
    for position, token in enumerate(tokens):
        characters += len(token["token"])
        is_full = position - start >= _MOST_TOKENS_IN_LINE or characters > _MOST_CHARACTERS_IN_LINE
        if is_full and position > start:
            yield tokens[start:position]
            start = position
            characters = len(token["token"])
    if start < len(tokens):
        yield tokens[start:]


def _json(value: Any) -> bytes | None:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # A surrogate without its other half is no UTF-8, but can be escaped.
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")
    except Exception:
        return None


def _shortened(value: Any, longest: int) -> Any:
    if isinstance(value, str) and len(value) > longest:
        return f"{value[:longest]}… ({len(value) - longest} more characters)"
    if isinstance(value, Mapping):
        return {key: _shortened(inner, longest) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shortened(inner, longest) for inner in value]
    return value
