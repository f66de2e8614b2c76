"""The mock model server of test/mock, in a process of its own."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

from .processes import ListeningProcess, node


class MockServer:
    """Base URLs: ``openai_url`` for OpenAI; ``url`` for Anthropic, Ollama and Gemini. See test/mock/README.md."""

    def __init__(self) -> None:
        self._process = ListeningProcess([node(), "--import", "tsx", "test/mock/main.ts"])
        self.url: str = self._process.address["url"]
        self.openai_url = f"{self.url}/v1"

    def truths(self) -> list[dict[str, Any]]:
        """What really happened, the oldest exchange first."""
        with urlopen(f"{self.url}/_truth", timeout=10) as answer:
            truths: list[dict[str, Any]] = json.load(answer)
            return truths

    def stop(self) -> None:
        self._process.stop()
