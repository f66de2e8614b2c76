"""A LiteLLM proxy as an upstream of the capture: what a client of it sees, and what the trace has of it."""

from __future__ import annotations

import json
import re

import httpx
import openai
import pytest
from conversation import MESSAGES, TOOLS, Conversation, true_text

PROVIDERS = ("openai", "anthropic")
CHAT = "/v1/chat/completions"

#: What differs from one call to the next, of LiteLLM and of the mock.
VOLATILE = re.compile(
    r'"(?:id|created|created_at|request_id|item_id|response_id)": ?(?:"[^"]*"|[\d.]+)'
)
#: Header fields that the capture may change: those of the connection itself.
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "date", "content-length"}


def shape(body: str) -> str:
    return VOLATILE.sub('"…"', body)


@pytest.mark.parametrize("provider", PROVIDERS)
class TestStreaming:
    def test_every_token_comes_through_and_is_recorded(
        self, conversation: Conversation, provider: str
    ) -> None:
        chunks = list(
            conversation.openai.chat.completions.create(
                model=f"{provider}/default",
                messages=MESSAGES,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        heard = [choice.delta.content for chunk in chunks for choice in chunk.choices]
        call = conversation.recorded_call()
        truth = conversation.truth()
        texts = [token["text"] for token in truth["tokens"]]
        assert [text for text in heard if text] == texts
        assert [token["token"] for token in conversation.recorded_tokens()] == texts
        assert call["status"] == "completed"
        assert call["streaming"] is True
        assert call["model"] == f"{provider}/default"
        assert call["wire_format"] == "openai-chat"
        assert call["finish_reason"] == "stop"
        assert call["http_status"] == 200
        assert call["error_code"] is None

    def test_usage_is_what_the_client_is_told(
        self, conversation: Conversation, provider: str
    ) -> None:
        stream = conversation.openai.chat.completions.create(
            model=f"{provider}/fast",
            messages=MESSAGES,
            stream=True,
            stream_options={"include_usage": True},
        )
        (usage,) = [chunk.usage for chunk in stream if chunk.usage]
        call = conversation.recorded_call()
        assert usage.completion_tokens == conversation.truth()["usage"]["completionTokens"]
        assert call["total_tokens"] == usage.completion_tokens
        assert call["prompt_tokens"] == usage.prompt_tokens
        assert call["token_count_source"] == "usage"

    def test_each_token_has_the_time_when_it_came(
        self, conversation: Conversation, provider: str
    ) -> None:
        """Not before the model wrote it, and not held back until the end."""
        with conversation.stream(
            CHAT, {"model": f"{provider}/slow", "messages": MESSAGES, "stream": True}
        ) as response:
            for _ in response.iter_raw():
                pass
        call = conversation.recorded_call()
        truth = conversation.truth()
        offsets = [
            token["timestamp_ms"] - call["start_ms"] for token in conversation.recorded_tokens()
        ]
        true_offsets = [(token["writtenUs"] - truth["cameUs"]) / 1_000 for token in truth["tokens"]]
        assert len(offsets) == len(true_offsets) > 2
        for offset, true_offset in zip(offsets, true_offsets):
            assert offset >= true_offset - 1
        # It was 2.3 s from the first to the last.
        span = offsets[-1] - offsets[0]
        true_span = true_offsets[-1] - true_offsets[0]
        assert abs(span - true_span) < true_span / 4
        assert call["first_token_latency_ms"] == pytest.approx(offsets[0], abs=0.01)

    def test_calls_of_tools(self, conversation: Conversation, provider: str) -> None:
        stream = conversation.openai.chat.completions.create(
            model=f"{provider}/tools", messages=MESSAGES, tools=TOOLS, stream=True
        )
        arguments = "".join(
            call.function.arguments or ""
            for chunk in stream
            for choice in chunk.choices
            for call in choice.delta.tool_calls or []
        )
        call = conversation.recorded_call()
        assert conversation.recorded_text("tool_name") == "weather_of"
        assert conversation.recorded_text("tool_arguments") == arguments
        assert json.loads(arguments) == {"city": "Zürich", "unit": "celsius"}
        assert call["finish_reason"] == "tool_calls"
        assert call["first_output_latency_ms"] is None

    def test_reasoning_is_told_from_text(self, conversation: Conversation, provider: str) -> None:
        conversation.post(
            CHAT, {"model": f"{provider}/reasoning", "messages": MESSAGES, "stream": True}
        )
        truth = conversation.truth()
        assert true_text(truth, "reasoning")
        for kind in ("reasoning", "text"):
            assert conversation.recorded_text(kind) == true_text(truth, kind)

    def test_what_comes_is_what_litellm_sent(
        self, conversation: Conversation, provider: str
    ) -> None:
        body = {"model": f"{provider}/fast", "messages": MESSAGES, "stream": True}
        through = conversation.post(CHAT, body)
        past = conversation.post_past_the_capture(CHAT, body)
        assert shape(through.text) == shape(past.text)
        assert through.status_code == past.status_code
        assert header_names(through) == header_names(past)
        assert through.headers["content-type"] == past.headers["content-type"]


@pytest.mark.parametrize("provider", PROVIDERS)
class TestWithoutStreaming:
    def test_the_call_is_recorded_with_its_usage(
        self, conversation: Conversation, provider: str
    ) -> None:
        answer = conversation.openai.chat.completions.create(
            model=f"{provider}/fast", messages=MESSAGES
        )
        call = conversation.recorded_call()
        assert answer.choices[0].message.content == true_text(conversation.truth(), "text")
        assert call["status"] == "completed"
        assert call["streaming"] is False
        assert call["finish_reason"] == "stop"
        assert answer.usage is not None
        assert call["total_tokens"] == answer.usage.completion_tokens
        assert call["prompt_tokens"] == answer.usage.prompt_tokens
        assert call["token_count"] == 0

    def test_calls_of_tools(self, conversation: Conversation, provider: str) -> None:
        answer = conversation.openai.chat.completions.create(
            model=f"{provider}/tools", messages=MESSAGES, tools=TOOLS
        )
        (tool_call,) = answer.choices[0].message.tool_calls or []
        assert tool_call.function.name == "weather_of"
        assert conversation.recorded_call()["finish_reason"] == "tool_calls"

    def test_what_comes_is_what_litellm_sent(
        self, conversation: Conversation, provider: str
    ) -> None:
        body = {"model": f"{provider}/fast", "messages": MESSAGES}
        through = conversation.post(CHAT, body)
        past = conversation.post_past_the_capture(CHAT, body)
        assert shape(through.text) == shape(past.text)
        assert header_names(through) == header_names(past)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "whole"])
class TestRefusals:
    def test_too_many_requests(
        self, conversation: Conversation, provider: str, streaming: bool
    ) -> None:
        with pytest.raises(openai.RateLimitError) as refusal:
            conversation.openai.chat.completions.create(
                model=f"{provider}/status-429", messages=MESSAGES, stream=streaming
            )
        call = conversation.recorded_call()
        assert "RateLimitError" in str(refusal.value)
        assert (call["status"], call["error_code"]) == ("failed", "RATE_LIMIT")
        assert call["http_status"] == 429
        assert "RateLimitError" in call["error_message"]

    def test_an_error_of_the_server(
        self, conversation: Conversation, provider: str, streaming: bool
    ) -> None:
        with pytest.raises(openai.InternalServerError):
            conversation.openai.chat.completions.create(
                model=f"{provider}/status-500", messages=MESSAGES, stream=streaming
            )
        call = conversation.recorded_call()
        assert (call["status"], call["error_code"]) == ("failed", "LLM_ERROR")
        assert call["http_status"] == 500
        assert "InternalServerError" in call["error_message"]

    def test_a_key_that_the_provider_does_not_take(
        self, conversation: Conversation, provider: str, streaming: bool
    ) -> None:
        with pytest.raises(openai.AuthenticationError):
            conversation.openai.chat.completions.create(
                model=f"{provider}/status-401", messages=MESSAGES, stream=streaming
            )
        call = conversation.recorded_call()
        assert (call["status"], call["error_code"]) == ("failed", "AUTH_ERROR")
        assert call["http_status"] == 401


@pytest.mark.parametrize("provider", PROVIDERS)
class TestInTheMiddle:
    @pytest.mark.parametrize("scenario", ["error-event", "cut", "reset"])
    def test_an_error_keeps_what_came_before(
        self, conversation: Conversation, provider: str, scenario: str
    ) -> None:
        heard: list[str] = []
        stream = conversation.openai.chat.completions.create(
            model=f"{provider}/{scenario}", messages=MESSAGES, stream=True
        )
        texts = (choice.delta.content or "" for chunk in stream for choice in chunk.choices)
        with pytest.raises(openai.APIError):
            heard.extend(texts)
        call = conversation.recorded_call()
        assert call["status"] == "failed"
        assert call["error_code"] == "LLM_ERROR"
        assert "litellm" in call["error_message"]
        assert conversation.recorded_text("text") == "".join(heard) != ""

    def test_who_stops_listening_has_aborted_it(
        self, conversation: Conversation, provider: str
    ) -> None:
        stream = conversation.openai.chat.completions.create(
            model=f"{provider}/slow", messages=MESSAGES, stream=True
        )
        texts = (choice.delta.content for chunk in stream for choice in chunk.choices)
        first = next(text for text in texts if text)
        stream.close()
        call = conversation.recorded_call()
        assert (call["status"], call["error_code"]) == ("aborted", "CLIENT_ABORT")
        recorded = conversation.recorded_tokens()
        assert recorded[0]["token"] == first
        assert len(recorded) < len(conversation.truth()["tokens"]) or call["finish_reason"] is None


@pytest.mark.parametrize("provider", PROVIDERS)
class TestOtherFormatsOfLitellm:
    """Whatever it speaks to the model, its clients may ask in the words of Anthropic or of OpenAI's Responses."""

    def test_messages_of_anthropic(self, conversation: Conversation, provider: str) -> None:
        response = conversation.post(
            "/v1/messages",
            {
                "model": f"{provider}/fast",
                "messages": MESSAGES,
                "max_tokens": 100,
                "stream": True,
            },
        )
        call = conversation.recorded_call()
        assert call["wire_format"] == "anthropic-messages"
        assert call["finish_reason"] == "end_turn"
        assert call["status"] == "completed"
        assert conversation.recorded_text("text") == text_of_events(response)
        assert text_of_events(response) == true_text(conversation.truth(), "text")

    def test_responses_of_openai(self, conversation: Conversation, provider: str) -> None:
        conversation.post(
            "/v1/responses", {"model": f"{provider}/fast", "input": "Hello", "stream": True}
        )
        call = conversation.recorded_call()
        assert call["wire_format"] == "openai-responses"
        assert call["status"] == "completed"
        assert conversation.recorded_text("text") == true_text(conversation.truth(), "text")


def header_names(response: httpx.Response) -> set[str]:
    return {name for name in response.headers if name not in OF_THE_CONNECTION}


def text_of_events(response: httpx.Response) -> str:
    events = [
        json.loads(line.removeprefix("data:"))
        for line in response.text.splitlines()
        if line.startswith("data:")
    ]
    deltas = (event.get("delta") or {} for event in events)
    return "".join(delta["text"] for delta in deltas if delta.get("type") == "text_delta")
