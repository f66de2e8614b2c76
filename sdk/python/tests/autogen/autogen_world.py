"""AutoGen's real clients and agents, in front of the mock model server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable, Coroutine, Mapping
from typing import Any, Callable, TypeVar
from urllib.request import urlopen

from autogen_agentchat.agents import AssistantAgent
from autogen_core.models import UserMessage
from autogen_ext.models.openai import OpenAIChatCompletionClient
from harness.mock_server import MockServer

Result = TypeVar("Result")

#: As the mock names kinds, and as a trace does.
_KINDS = {
    "toolName": "tool_name",
    "toolArguments": "tool_arguments",
}

HELLO = [UserMessage(content="Hello", source="user")]


class World:
    def __init__(self, server: MockServer) -> None:
        self._server = server
        self._seen = {truth["id"] for truth in server.truths()}

    def client(
        self, scenario: str | Mapping[str, Any] = "fast", **options: Any
    ) -> OpenAIChatCompletionClient:
        """``scenario``: its name, or the fields of one."""
        name = scenario if isinstance(scenario, str) else "fast"
        headers = {} if isinstance(scenario, str) else {"x-mock-scenario": json.dumps(scenario)}
        return OpenAIChatCompletionClient(
            model=f"mock/{name}",
            base_url=self._server.openai_url,
            api_key="not-a-key",
            max_retries=0,
            default_headers=headers,
            model_info={
                "vision": False,
                "function_calling": True,
                "json_output": True,
                "structured_output": True,
                "family": "unknown",
                "multiple_system_messages": True,
            },
            **options,
        )

    def agent(
        self, name: str, scenario: str | Mapping[str, Any] = "fast", **options: Any
    ) -> AssistantAgent:
        known = {"model_client": self.client(scenario), "model_client_stream": True, **options}
        return AssistantAgent(name, **known)

    def truths(self) -> list[dict[str, Any]]:
        """Of the calls of this test, in the order in which they came."""
        ids = [truth["id"] for truth in self._server.truths() if truth["id"] not in self._seen]
        return [self._truth(truth_id) for truth_id in ids]

    def truth(self) -> dict[str, Any]:
        (truth,) = self.truths()
        return truth

    def _truth(self, truth_id: str) -> dict[str, Any]:
        with urlopen(f"{self._server.url}/_truth/{truth_id}", timeout=10) as answer:
            truth: dict[str, Any] = json.load(answer)
            return truth


def true_tokens(truth: dict[str, Any]) -> list[tuple[str, str]]:
    return [(_KINDS.get(token["kind"], token["kind"]), token["text"]) for token in truth["tokens"]]


def says(text: str) -> dict[str, object]:
    """A scenario."""
    return {"text": text, "gapsMs": [0]}


def calls(tool: str, **arguments: object) -> dict[str, object]:
    """A scenario: the model calls the tool; once it has the result it says something."""
    return {"toolCalls": [{"name": tool, "arguments": arguments}], "gapsMs": [0]}


def in_asyncio(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)


async def everything(items: AsyncIterable[Any]) -> list[Any]:
    return [item async for item in items]


async def until(condition: Callable[[], bool]) -> None:
    async def wait() -> None:
        while not condition():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(wait(), timeout=20)
