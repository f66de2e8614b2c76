"""The real models of LangChain, in front of the mock model server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from typing import Any
from urllib.request import urlopen

from harness.mock_server import MockServer
from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool, tool
from langchain_ollama import ChatOllama, OllamaLLM
from langchain_openai import ChatOpenAI, OpenAI

#: As the mock names kinds, and as the reading API does.
KINDS = {"toolName": "tool_name", "toolArguments": "tool_arguments"}


class Models:
    def __init__(self, server: MockServer) -> None:
        self._server = server
        self._seen = {truth["id"] for truth in server.truths()}

    def chat(
        self, provider: str, scenario: str | Mapping[str, Any] = "default", **options: Any
    ) -> BaseChatModel:
        """``scenario``: its name, or the fields of one."""
        name = scenario if isinstance(scenario, str) else "default"
        headers = {} if isinstance(scenario, str) else {"x-mock-scenario": json.dumps(scenario)}
        known = {"model": f"mock/{name}", "base_url": self._server.url, **options}
        if provider == "ollama":
            return ChatOllama(**known, client_kwargs={"headers": headers})
        known |= {"api_key": "x", "max_retries": 0, "default_headers": headers}
        if provider == "anthropic":
            return ChatAnthropic(**known)
        known |= {"base_url": self._server.openai_url, "stream_usage": True}
        return ChatOpenAI(**known, use_responses_api=provider == "openai-responses")

    def completion(self, provider: str, scenario: str = "default") -> Any:
        if provider == "ollama":
            return OllamaLLM(model=f"mock/{scenario}", base_url=self._server.url)
        return OpenAI(
            model=f"mock/{scenario}", base_url=self._server.openai_url, api_key="x", max_retries=0
        )

    def truths(self) -> list[dict[str, Any]]:
        """Of the calls of this test, in the order in which they came."""
        ids = [truth["id"] for truth in self._server.truths() if truth["id"] not in self._seen]
        return [self._truth(truth_id) for truth_id in ids]

    def _truth(self, truth_id: str) -> dict[str, Any]:
        with urlopen(f"{self._server.url}/_truth/{truth_id}", timeout=10) as answer:
            truth: dict[str, Any] = json.load(answer)
            return truth


def true_tokens(truth: dict[str, Any]) -> list[tuple[str, str]]:
    return [(KINDS.get(token["kind"], token["kind"]), token["text"]) for token in truth["tokens"]]


_loop = asyncio.new_event_loop()


def in_asyncio(work: Coroutine[Any, Any, Any]) -> Any:
    """In one loop for all tests: LangChain keeps connections over all of its models."""
    return _loop.run_until_complete(work)


@tool
def get_weather(city: str, unit: str = "celsius") -> str:
    """The weather of a city."""
    return f"Sunny in {city}, 21 {unit}."


@tool
def get_time(zone: str) -> str:
    """The time of a zone."""
    return f"It is noon in {zone}."


TOOLS: list[BaseTool] = [get_weather, get_time]
