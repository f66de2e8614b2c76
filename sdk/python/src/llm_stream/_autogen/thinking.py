"""AutoGen's streams of text hold a model's reasoning between ``<think>`` and ``</think>``, at their beginning."""

from __future__ import annotations

from collections.abc import Iterator

_OPEN = "<think>"
_CLOSE = "</think>"


class ThinkingTags:
    def __init__(self) -> None:
        self._has_begun = False
        self._is_thinking = False

    def split(self, text: str) -> Iterator[tuple[str, str]]:
        """Its parts, each with its kind; without the tags, which no model has sent as such."""
        if not self._has_begun and text.strip():
            self._has_begun = True
            if text.lstrip().startswith(_OPEN):
                self._is_thinking = True
                text = text.lstrip()[len(_OPEN) :]
        if self._is_thinking:
            thought, tag, text = text.partition(_CLOSE)
            self._is_thinking = not tag
            if thought:
                yield thought, "reasoning"
        if text:
            yield text, "text"
