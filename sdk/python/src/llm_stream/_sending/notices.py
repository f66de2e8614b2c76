"""What the user is told: each kind of thing once, in a sentence."""

from __future__ import annotations

import logging

_logger = logging.getLogger("llm_stream")


class Notices:
    def __init__(self) -> None:
        self._said: set[str] = set()

    def say_once(self, kind: str, text: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            self.say(text)

    def say(self, text: str) -> None:
        _logger.warning("LLM Stream: %s", text)
