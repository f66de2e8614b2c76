"""Calls through the capture to LiteLLM, and past the capture; what was recorded, and what really happened."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import httpx
from harness.capture import Capture, Json
from harness.mock_server import MockServer
from litellm_proxy import KEY, LitellmProxy
from openai import OpenAI

MESSAGES = [{"role": "user", "content": "Hello"}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather_of",
            "description": "The weather of a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]

#: A model that hangs must not hang the tests.
_TIMEOUT_SECONDS = 60


class Conversation:
    def __init__(
        self, capture: Capture, litellm: LitellmProxy, mock: MockServer, run_name: str
    ) -> None:
        self._capture = capture
        self._mock = mock
        self._run_name = run_name
        self.captured_url = f"{capture.url}/run/{quote(run_name, safe='')}/litellm"
        self._direct_url = litellm.url
        self.openai = OpenAI(
            base_url=f"{self.captured_url}/v1",
            api_key=KEY,
            max_retries=0,
            timeout=_TIMEOUT_SECONDS,
        )
        # The capture asks for no compression, so that each token has its time.
        headers = {"Authorization": f"Bearer {KEY}", "Accept-Encoding": "identity"}
        self._http = httpx.Client(headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False)

    def __enter__(self) -> Conversation:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._http.close()
        self.openai.close()

    def post(self, path: str, body: Json) -> httpx.Response:
        return self._http.post(f"{self.captured_url}{path}", json=body)

    def stream(self, path: str, body: Json) -> Any:
        return self._http.stream("POST", f"{self.captured_url}{path}", json=body)

    def post_past_the_capture(self, path: str, body: Json) -> httpx.Response:
        return self._http.post(f"{self._direct_url}{path}", json=body)

    def recorded_call(self) -> Json:
        """Figures of the one call of this test, as soon as it is over."""
        return self._capture.eventually(lambda _: self._ended_call())

    def recorded_tokens(self) -> list[Json]:
        return self._capture.tokens(self._run_name, self.recorded_call()["llm_call_id"])

    def recorded_text(self, kind: str) -> str:
        return "".join(token["token"] for token in self.recorded_tokens() if token["kind"] == kind)

    def truth(self) -> Json:
        """What the mock did for the newest call."""
        newest = self._mock.truths()[-1]["id"]
        with urlopen(f"{self._mock.url}/_truth/{newest}", timeout=10) as answer:
            truth: Json = json.load(answer)
            return truth

    def _ended_call(self) -> Json | None:
        (step,) = self._capture.calls(self._run_name)
        call: Json = step["llm_call"]
        return None if call["status"] == "streaming" else {**call, "start_ms": step["timestamp_ms"]}


def true_text(truth: Json, kind: str) -> str:
    return "".join(token["text"] for token in truth["tokens"] if token["kind"] == kind)
