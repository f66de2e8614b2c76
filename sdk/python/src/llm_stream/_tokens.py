"""Tokens of a call on their way into the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional

from ._clock import microseconds
from ._safely import say_once, short, text_of
from ._sampling import Sampling
from ._statistics import RunningStatistics
from ._wire import TOKEN_KINDS

#: In characters.
LONGEST_RESPONSE = 2_000_000

_BYTES_OF_A_TOKEN = 150


class Metadata(NamedTuple):
    value: Any
    size: int


Token = tuple[int, str, str, Optional[Metadata]]
"""When it came (ns), its text, its kind, and what was said of it. A plain tuple: it has to cost nothing."""


class TokenBatch:
    """Tokens of one call that came one after the other; made into wire tokens only when they are sent."""

    __slots__ = ("_indexes", "_started_ns", "_tokens", "call_id", "count", "first_index", "size")

    def __init__(
        self,
        call_id: str,
        started_ns: int,
        tokens: Sequence[Token],
        first_index: int,
        indexes: Sequence[int] | None = None,
    ) -> None:
        """``indexes``: where some between them were left out."""
        self.call_id = call_id
        self.first_index = first_index
        self.count = len(tokens)
        self.size = sum([_size_of(token) for token in tokens])
        self._tokens = tokens
        self._indexes = indexes
        self._started_ns = started_ns

    def wire_tokens(self) -> list[Mapping[str, Any]]:
        made = [self._wire_token(token) for token in self._tokens]
        if self._indexes is not None:
            for token, index in zip(made, self._indexes):
                token["index"] = index
        return list(made)

    def _wire_token(self, token: Token) -> dict[str, Any]:
        at_ns, text, kind, metadata = token
        made: dict[str, Any] = {"token": text, "offset_us": offset_us(self._started_ns, at_ns)}
        if kind != "text":
            made["kind"] = kind_of(kind)
        if metadata is not None:
            made["metadata"] = metadata.value
        return made


class SampledTokens:
    """Of a call of which not all tokens are sent: which ones are, and what is known of all."""

    def __init__(
        self, call_id: str, started_ns: int, rate: float, sends_tokens: bool, keeps_response: bool
    ) -> None:
        self.statistics = RunningStatistics()
        self._sampling = Sampling(call_id, rate) if sends_tokens else None
        self._call_id = call_id
        self._started_ns = started_ns
        self._texts: list[str] | None = [] if keeps_response else None
        self._characters_left = LONGEST_RESPONSE
        self._last_untaken: tuple[int, Token] | None = None

    def take(self, tokens: Sequence[Token]) -> TokenBatch | None:
        """Those of the next tokens that are to be sent."""
        taken: list[Token] = []
        indexes: list[int] = []
        for token in tokens:
            index = self._count(token)
            if self._sampling is None:
                continue
            if self._sampling.takes(index):
                taken.append(token)
                indexes.append(index)
                self._last_untaken = None
            else:
                self._last_untaken = (index, token)
        return self._batch(taken, indexes)

    def take_last(self) -> TokenBatch | None:
        """The last token of the call, where it was not taken."""
        if self._last_untaken is None:
            return None
        index, token = self._last_untaken
        self._last_untaken = None
        return self._batch([token], [index])

    @property
    def response(self) -> str | None:
        """The visible text; None: it is not kept."""
        return None if self._texts is None else "".join(self._texts)

    def _count(self, token: Token) -> int:
        at_ns, text, kind, _ = token
        index = self.statistics.count
        self.statistics.add(offset_us(self._started_ns, at_ns), kind)
        if kind == "text" and self._texts is not None and self._characters_left > 0:
            self._texts.append(text[: self._characters_left])
            self._characters_left -= len(text)
        return index

    def _batch(self, taken: list[Token], indexes: list[int]) -> TokenBatch | None:
        if not taken:
            return None
        return TokenBatch(self._call_id, self._started_ns, taken, indexes[0], indexes)


def offset_us(started_ns: int, at_ns: int) -> int:
    return max(0, microseconds(at_ns - started_ns))


def kind_of(kind: object) -> str:
    if isinstance(kind, str) and kind in TOKEN_KINDS:
        return text_of(kind)
    say_once(
        "kind",
        f'"{short(kind, 80)}" is no kind of token and is shown as "other": '
        f"use one of {', '.join(sorted(TOKEN_KINDS))}.",
    )
    return "other"


def _size_of(token: Token) -> int:
    metadata = token[3]
    return _BYTES_OF_A_TOKEN + len(token[1]) + (metadata.size if metadata else 0)
