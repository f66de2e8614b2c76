"""Calls of AutoGen's model clients: what the capture has is what the model server sent, and the agent gets the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import openai
import pytest
from autogen_core import CancellationToken, FunctionCall, InMemoryStore
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import FunctionTool
from autogen_ext.models.cache import ChatCompletionCache
from autogen_ext.models.openai import OpenAIChatCompletionClient
from autogen_ext.models.replay import ReplayChatCompletionClient
from autogen_story import Node, Story
from autogen_world import HELLO, World, calls, everything, in_asyncio, says, true_tokens, until
from pydantic import BaseModel

#: Written by the mock to read by the client, for each token; a loaded machine is slow now and then.
_LATEST_MS = 150.0


def weather(city: str) -> str:
    return f"sunny in {city}"


WEATHER = FunctionTool(weather, "The weather of a city.")


class Verdict(BaseModel):
    good: bool


def streamed(client: ChatCompletionClient, **options: Any) -> list[Any]:
    return in_asyncio(everything(client.create_stream(HELLO, **options)))


def created(client: ChatCompletionClient, **options: Any) -> CreateResult:
    return in_asyncio(client.create(HELLO, **options))


def the_call(story: Story) -> Node:
    return story.run.only("llm_call")


def test_every_token_of_a_streamed_answer_is_recorded_in_order(world: World, story: Story) -> None:
    items = streamed(world.client("default"))
    call = the_call(story)
    assert call.tokens == true_tokens(world.truth())
    assert items[:-1] == [text for _, text in call.tokens]
    assert isinstance(items[-1], CreateResult)
    assert call.row["state"] == "completed"
    assert call.row["streaming"] == 1
    assert call.row["model"] == "mock/default"
    assert call.row["provider"] == "openai"
    assert call.row["finish_reason"] == "stop"
    assert call.row["clock_source"] == "sdk"


def test_tokens_are_recorded_when_they_come(world: World, story: Story) -> None:
    streamed(world.client({"gapsMs": [20, 20, 20, 400], "tokens": 12}))
    times = the_call(story).token_times_ms
    true_times = [token["writtenUs"] / 1_000 for token in world.truth()["tokens"]]
    # The clocks differ by what only the earliest arrival can tell.
    delays = [time - true_time for time, true_time in zip(times, true_times)]
    assert max(delays) - min(delays) < _LATEST_MS


def test_usage_is_recorded_where_the_provider_tells_it(world: World, story: Story) -> None:
    items = streamed(world.client("fast"), include_usage=True)
    call = the_call(story)
    assert items[-1].usage.completion_tokens > 0
    assert call.row["completion_tokens"] == items[-1].usage.completion_tokens
    assert call.row["prompt_tokens"] == items[-1].usage.prompt_tokens


def test_usage_that_is_not_told_is_not_zero(world: World, story: Story) -> None:
    streamed(world.client("fast"))
    assert the_call(story).row["prompt_tokens"] is None


def test_reasoning_is_of_its_own_kind_and_without_tags(world: World, story: Story) -> None:
    streamed(world.client("reasoning"))
    call = the_call(story)
    assert call.text("reasoning")
    assert call.tokens == true_tokens(world.truth())


def test_calls_of_tools_are_recorded_piece_by_piece(world: World, story: Story) -> None:
    items = streamed(world.client("two-tools"), tools=[WEATHER])
    call = the_call(story)
    assert call.tokens == true_tokens(world.truth())
    assert call.text("tool_name") == "weatherget_time"
    assert len([kind for kind, _ in call.tokens if kind == "tool_arguments"]) > 2
    assert [each.name for each in items[-1].content] == ["weather", "get_time"]
    assert call.row["finish_reason"] == "tool_calls"


def test_a_structured_answer_is_streamed_too(world: World, story: Story) -> None:
    items = streamed(world.client(says('{"good": true}')), json_output=Verdict)
    call = the_call(story)
    assert call.text() == items[-1].content == '{"good": true}'
    assert call.request["json_output"] == "Verdict"


def test_a_call_that_is_not_streamed(world: World, story: Story) -> None:
    result = created(world.client("fast"))
    call = the_call(story)
    assert call.row["streaming"] == 0
    assert call.row["state"] == "completed"
    assert call.tokens == []
    assert call.row["response"] == result.content
    assert call.row["completion_tokens"] == result.usage.completion_tokens > 0
    assert call.row["prompt_tokens"] == result.usage.prompt_tokens > 0
    assert call.row["finish_reason"] == "stop"


def test_calls_of_tools_in_an_answer_that_is_not_streamed(world: World, story: Story) -> None:
    result = created(world.client(calls("weather", city="Bern")), tools=[WEATHER])
    (asked,) = result.content
    response = json.loads(the_call(story).row["response"])
    assert response == {
        "tool_calls": [{"id": asked.id, "name": "weather", "arguments": '{"city":"Bern"}'}]
    }


def test_what_was_asked_is_recorded(world: World, story: Story) -> None:
    messages = [
        SystemMessage(content="Be short."),
        UserMessage(content="How is it in Bern?", source="ann"),
        AssistantMessage(
            content=[FunctionCall(id="1", name="weather", arguments='{"city":"Bern"}')],
            source="bob",
        ),
        FunctionExecutionResultMessage(
            content=[FunctionExecutionResult(content="sunny", name="weather", call_id="1")]
        ),
    ]
    client = world.client("fast", temperature=0.5)
    in_asyncio(client.create(messages, tools=[WEATHER], extra_create_args={"max_tokens": 9}))
    request = the_call(story).request
    assert [message["role"] for message in request["messages"]] == [
        *("system", "user", "assistant", "tool")
    ]
    assert request["messages"][1] == {
        **{"role": "user", "name": "ann"},
        "content": "How is it in Bern?",
    }
    assert request["messages"][2]["tool_calls"][0]["arguments"] == '{"city":"Bern"}'
    assert request["messages"][3]["content"] == "sunny"
    assert request["temperature"] == 0.5
    assert request["max_tokens"] == 9
    assert request["tools"][0]["name"] == "weather"
    assert request["tool_choice"] == "auto"


@pytest.mark.parametrize("ask", [streamed, created])
@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (429, openai.RateLimitError, "RATE_LIMIT"),
        (401, openai.AuthenticationError, "AUTH_ERROR"),
        (500, openai.InternalServerError, "LLM_ERROR"),
    ],
)
def test_an_error_comes_through_and_is_recorded(
    ask: Any, status: int, kind: type[Exception], code: str, world: World, story: Story
) -> None:
    with pytest.raises(kind):
        ask(world.client(f"status-{status}"))
    call = the_call(story)
    assert (call.row["state"], call.row["error_code"]) == ("failed", code)
    assert call.row["http_status"] == status
    assert call.row["streaming"] == (1 if ask is streamed else 0)


@pytest.mark.parametrize("scenario", ["error-event", "cut", "reset"])
def test_an_error_in_the_middle_keeps_what_came_before(
    scenario: str, world: World, story: Story
) -> None:
    with pytest.raises(Exception, match=r".") as failure:
        streamed(world.client(scenario))
    call = the_call(story)
    assert call.row["state"] == "failed"
    assert str(failure.value) in call.row["error_message"]
    assert call.tokens == true_tokens(world.truth())[:8]


def test_a_call_that_autogen_refuses_has_failed(world: World, story: Story) -> None:
    with pytest.raises(ValueError, match="not in the provided tools"):
        created(world.client(), tools=[WEATHER], tool_choice=FunctionTool(weather, "", "other"))
    assert the_call(story).row["state"] == "failed"


@pytest.mark.parametrize("streaming", [True, False])
def test_a_cancelled_call_is_aborted(streaming: bool, world: World, story: Story) -> None:
    async def cancel() -> None:
        token = CancellationToken()
        client = world.client("hang")
        if streaming:
            stream = client.create_stream(HELLO, cancellation_token=token)
            await stream.__anext__()
            asking = asyncio.ensure_future(everything(stream))
        else:
            asking = asyncio.ensure_future(client.create(HELLO, cancellation_token=token))
        await until(lambda: bool(world.truths()))
        token.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    in_asyncio(cancel())
    call = the_call(story)
    assert (call.row["state"], call.row["error_code"]) == ("aborted", "CLIENT_ABORT")
    assert len(call.tokens) >= (1 if streaming else 0)


def test_who_stops_listening_has_aborted_the_call(world: World, story: Story) -> None:
    async def listen() -> None:
        stream = world.client("slow").create_stream(HELLO)
        async for _ in stream:
            break
        await stream.aclose()

    in_asyncio(listen())
    call = the_call(story)
    assert call.row["state"] == "aborted"
    assert [text for _, text in call.tokens] == ["the0"]


def test_who_has_the_result_need_not_listen_to_the_end(world: World, story: Story) -> None:
    async def listen() -> None:
        stream = world.client("fast").create_stream(HELLO)
        async for item in stream:
            if isinstance(item, CreateResult):
                break
        await stream.aclose()

    in_asyncio(listen())
    assert the_call(story).row["state"] == "completed"


def test_a_client_that_gives_texts_only(story: Story) -> None:
    answer = CreateResult(
        finish_reason="function_calls",
        content=[FunctionCall(id="1", name="weather", arguments='{"city":"Bern"}')],
        usage=RequestUsage(prompt_tokens=3, completion_tokens=2),
        cached=False,
    )
    streamed(ReplayChatCompletionClient(["One two", answer]))
    client = ReplayChatCompletionClient([answer])
    streamed(client)
    text, tool = (call for run in story.runs for call in run.of_type("llm_call"))
    assert text.text().split() == ["One", "two"]
    assert text.row["provider"] == "replay"
    assert tool.tokens == [("tool_name", "weather"), ("tool_arguments", '{"city":"Bern"}')]
    assert tool.row["finish_reason"] == "function_calls"


class ThinkingClient(ReplayChatCompletionClient):
    async def create_stream(self, *_: Any, **__: Any) -> AsyncGenerator[str | CreateResult, None]:
        for text in ("<think>", "I", " think</think>So", " <think> is a tag."):
            yield text
        yield await self.create(HELLO)


def test_what_is_between_tags_at_the_beginning_is_reasoning(story: Story) -> None:
    streamed(ThinkingClient(["So"]))
    assert the_call(story).tokens == [
        ("reasoning", "I"),
        ("reasoning", " think"),
        ("text", "So"),
        ("text", " <think> is a tag."),
    ]


def test_a_class_that_is_made_afterwards_is_recorded(story: Story) -> None:
    class Later(ReplayChatCompletionClient):
        async def create(self, *arguments: Any, **options: Any) -> CreateResult:
            return await super().create(*arguments, **options)

    assert created(Later(["hello"])).content == "hello"
    assert the_call(story).row["response"] == "hello"


def test_a_cache_in_front_of_a_client_is_one_call(world: World, story: Story) -> None:
    client = ChatCompletionCache(world.client("fast"), InMemoryStore())
    assert not created(client).cached
    assert created(client).cached
    calls_of_both = story.run.of_type("llm_call")
    assert [call.row["model"] for call in calls_of_both] == ["mock/fast"] * 2
    assert calls_of_both[1].data["cached"] is True


def test_calls_at_the_same_time_are_kept_apart(world: World, story: Story) -> None:
    texts = [" ".join(f"{number}-{word}" for word in range(20)) for number in range(8)]

    async def ask(text: str) -> None:
        await everything(world.client({"text": text, "gapsMs": [1, 3, 0]}).create_stream(HELLO))

    async def ask_all() -> None:
        await asyncio.gather(*map(ask, texts))

    in_asyncio(ask_all())
    assert sorted(call.text() for call in story.run.of_type("llm_call")) == sorted(texts)


def test_the_configuration_of_a_client_stays_what_it_was(world: World, story: Story) -> None:
    client = world.client("fast")
    component = client.dump_component()
    assert component.provider == "autogen_ext.models.openai.OpenAIChatCompletionClient"
    loaded = ChatCompletionClient.load_component(
        {**component.model_dump(), "config": {**component.config, "api_key": "x"}}
    )
    assert type(loaded) is OpenAIChatCompletionClient
    created(loaded)
    assert the_call(story).row["state"] == "completed"
