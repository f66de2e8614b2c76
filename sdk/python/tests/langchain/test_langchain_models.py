"""Calls of chat and completion models: what the capture has is what the model server sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from models import TOOLS, Models, in_asyncio, true_tokens
from recorded import Recorded

from llm_stream.langchain import LlmStreamCallbackHandler

PROVIDERS = ["openai", "openai-responses", "anthropic", "ollama"]

#: From the mock's write to the handler; on a loaded machine some take longer.
_USUAL_DELAY_MS = 100.0


def watched() -> dict[str, Any]:
    return {"callbacks": [LlmStreamCallbackHandler()]}


def streamed(model: Any) -> None:
    for _ in model.stream("Tell me something.", config=watched()):
        pass


def astreamed(model: Any) -> None:
    async def read() -> None:
        async for _ in model.astream("Tell me something.", config=watched()):
            pass

    in_asyncio(read())


WAYS = pytest.mark.parametrize("read", [streamed, astreamed], ids=["sync", "async"])


@WAYS
@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_token_of_a_streamed_answer_is_recorded_in_order(
    provider: str, read: Callable[[Any], None], models: Models, recorded: Recorded
) -> None:
    read(models.chat(provider))
    (truth,) = models.truths()
    call = recorded.call()
    assert recorded.tokens(call) == true_tokens(truth)
    figures = call["llm_call"]
    assert figures["status"] == "completed"
    assert figures["streaming"] is True
    assert figures["model"] == "mock/default"
    assert figures["provider"] == provider.partition("-")[0]
    assert figures["clock_source"] == "sdk"


@WAYS
@pytest.mark.parametrize("provider", PROVIDERS)
def test_tokens_are_recorded_when_they_come(
    provider: str, read: Callable[[Any], None], models: Models, recorded: Recorded
) -> None:
    read(models.chat(provider, {"gapsMs": [20, 20, 20, 400], "tokens": 12}))
    (truth,) = models.truths()
    tokens = recorded.timed_tokens(recorded.call())
    times = [token["timestamp_ms"] for token in tokens]
    true_times = [token["writtenUs"] / 1_000 for token in truth["tokens"]]
    # Their clocks begin at different times: by how much, the earliest arrival tells.
    delays = [time - true_time for time, true_time in zip(times, true_times)]
    assert median(delays) - min(delays) < _USUAL_DELAY_MS
    stalls = [token["delta_ms"] for token in tokens[3::4]]
    assert median(stalls) > 400 - _USUAL_DELAY_MS


@pytest.mark.parametrize(
    ("provider", "options"),
    [("openai-responses", {}), ("anthropic", {}), ("ollama", {"reasoning": True})],
)
def test_reasoning_is_of_its_own_kind(
    provider: str, options: dict[str, Any], models: Models, recorded: Recorded
) -> None:
    streamed(models.chat(provider, "reasoning", **options))
    (truth,) = models.truths()
    tokens = recorded.tokens(recorded.call())
    assert tokens == true_tokens(truth)
    assert tokens[0][0] == "reasoning"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_tool_calls_are_names_and_arguments(
    provider: str, models: Models, recorded: Recorded
) -> None:
    streamed(models.chat(provider, "two-tools").bind_tools(TOOLS))
    call = recorded.call()
    tokens = recorded.timed_tokens(call)
    names = [token["token"] for token in tokens if token["kind"] == "tool_name"]
    assert names == ["get_weather", "get_time"]
    for number, arguments in enumerate(
        [{"city": "Zürich", "unit": "celsius"}, {"zone": "Europe/Zurich"}]
    ):
        pieces = [
            token["token"]
            for token in tokens
            if token["kind"] == "tool_arguments" and token["metadata"]["toolCall"] == number
        ]
        assert json.loads("".join(pieces)) == arguments
    if provider != "ollama":
        # Ollama sends arguments as an object: its text is LangChain's.
        assert recorded.tokens(call) == true_tokens(models.truths()[0])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_end_says_what_the_provider_counted_and_why_it_ended(
    provider: str, models: Models, recorded: Recorded
) -> None:
    streamed(models.chat(provider, "length"))
    (truth,) = models.truths()
    figures = recorded.call()["llm_call"]
    assert figures["token_count_source"] == "usage"
    assert figures["total_tokens"] == truth["usage"]["completionTokens"]
    # The mock's Anthropic does not repeat at the end what LangChain takes from there.
    asked = None if provider == "anthropic" else truth["usage"]["promptTokens"]
    assert figures["prompt_tokens"] == asked
    reason = {"anthropic": "max_tokens", "openai-responses": "max_output_tokens"}
    assert figures["finish_reason"] == reason.get(provider, "length")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_answer_that_is_not_streamed_is_recorded_whole(
    provider: str, models: Models, recorded: Recorded
) -> None:
    answer = models.chat(provider, **_whole(provider)).invoke("Hello", config=watched())
    call = recorded.call()
    figures = call["llm_call"]
    assert figures["status"] == "completed"
    assert figures["total_tokens"] > 0
    if provider != "ollama":
        # LangChain streams Ollama always.
        assert figures["streaming"] is False
        assert recorded.tokens(call) == []
        assert _text(recorded.response()) == _text(answer.content)


def _whole(provider: str) -> dict[str, Any]:
    return {} if provider == "ollama" else {"streaming": False}


def _text(content: Any) -> str:
    if isinstance(content, dict):
        content = content["content"]
    if isinstance(content, str):
        return content
    return "".join(block["text"] for block in content if block["type"] == "text")


def test_tool_calls_of_an_answer_that_is_not_streamed_are_in_the_response(
    models: Models, recorded: Recorded
) -> None:
    models.chat("openai", "two-tools").bind_tools(TOOLS).invoke("Hello", config=watched())
    assert recorded.call()["llm_call"]["finish_reason"] == "tool_calls"
    calls = recorded.response()["tool_calls"]
    assert [call["name"] for call in calls] == ["get_weather", "get_time"]


def test_an_invoked_model_that_streams_is_recorded_as_it_streams(
    models: Models, recorded: Recorded
) -> None:
    models.chat("openai", streaming=True).invoke("Hello", config=watched())
    (truth,) = models.truths()
    call = recorded.call()
    assert recorded.tokens(call) == true_tokens(truth)
    assert call["llm_call"]["streaming"] is True


@pytest.mark.parametrize("provider", ["openai", "ollama"])
@WAYS
def test_completion_models_are_recorded_as_chat_models_are(
    provider: str, read: Callable[[Any], None], models: Models, recorded: Recorded
) -> None:
    read(models.completion(provider))
    (truth,) = models.truths()
    call = recorded.call()
    assert recorded.tokens(call) == true_tokens(truth)
    assert call["llm_call"]["finish_reason"] == "stop"
    assert recorded.prompt() == "Tell me something."


def test_what_was_asked_is_recorded_without_keys(models: Models, recorded: Recorded) -> None:
    model = models.chat("openai", temperature=0.5).bind_tools(TOOLS)
    for _ in model.stream([("system", "Be brief."), ("human", "Hello")], config=watched()):
        pass
    request = recorded.request()
    assert request["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ]
    assert request["temperature"] == 0.5
    assert len(request["tools"]) == 2
    assert not any("key" in name for name in request)


def test_several_calls_at_once_are_kept_apart(models: Models, recorded: Recorded) -> None:
    questions = [f"Question {number}" for number in range(8)]
    models.chat("openai", streaming=True).batch(questions, config=watched())

    async def at_once(model: BaseChatModel) -> None:
        await model.abatch(questions, config=watched())

    in_asyncio(at_once(models.chat("anthropic", streaming=True)))
    expected = true_tokens(models.truths()[0])
    # Without a run around them each is one of its own.
    runs = recorded.runs()
    assert len(runs) == 16
    for run in runs:
        (tokens,) = recorded.tokens_of_calls(run["id"])
        assert tokens == expected


def test_newer_events_of_a_stream_are_not_recorded_twice(
    models: Models, recorded: Recorded
) -> None:
    model = models.chat("openai", "two-tools").bind_tools(TOOLS)
    if not hasattr(BaseChatModel, "_iter_v2_events"):
        pytest.skip("This LangChain has no events of version 3.")
    for _ in model.stream_events("Hello", config=watched(), version="v3"):
        pass
    call = recorded.call()
    assert recorded.tokens(call) == true_tokens(models.truths()[0])
    assert call["llm_call"]["finish_reason"] == "tool_calls"


def test_newer_events_alone_are_recorded(models: Models, recorded: Recorded) -> None:
    model = models.chat("anthropic", "two-tools").bind_tools(TOOLS)
    if not hasattr(BaseChatModel, "_iter_v2_events"):
        pytest.skip("This LangChain has no events of version 3.")
    handler = LlmStreamCallbackHandler()
    handler.on_llm_new_token = lambda *_, **__: None  # type: ignore[method-assign]
    for _ in model.stream_events("Hello", config={"callbacks": [handler]}, version="v3"):
        pass
    assert recorded.tokens(recorded.call()) == true_tokens(models.truths()[0])
