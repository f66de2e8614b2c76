"""Calls that fail, are cancelled or are left: each ends in the trace, as what it was."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import weakref
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda
from models import Models, in_asyncio, true_tokens
from recorded import Recorded

from llm_stream.langchain import LlmStreamCallbackHandler

PROVIDERS = ["openai", "anthropic", "ollama"]


def watched() -> dict[str, Any]:
    return {"callbacks": [LlmStreamCallbackHandler()]}


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("http_status", "code"), [(401, "AUTH_ERROR"), (429, "RATE_LIMIT"), (500, "LLM_ERROR")]
)
def test_an_error_of_the_provider_is_that_of_the_call(
    provider: str, http_status: int, code: str, models: Models, recorded: Recorded
) -> None:
    with pytest.raises(Exception, match=r".") as raised:
        models.chat(provider, f"status-{http_status}").invoke("Hello", config=watched())
    figures = recorded.call()["llm_call"]
    assert figures["status"] == "failed"
    assert figures["error_code"] == code
    assert figures["http_status"] == http_status
    assert figures["error_message"] == str(raised.value)
    assert recorded.run()["status"] == "failed"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_came_before_a_stream_failed_is_kept(
    provider: str, models: Models, recorded: Recorded
) -> None:
    came: list[str] = []
    stream = models.chat(provider, "error-event").stream("Hello", config=watched())
    with pytest.raises(Exception, match=r"."):
        came.extend(chunk.text for chunk in stream)
    call = recorded.call()
    assert call["llm_call"]["status"] == "failed"
    tokens = recorded.tokens(call)
    assert tokens == true_tokens(models.truths()[0])[: len(tokens)]
    assert "".join(text for _, text in tokens) == "".join(came)
    assert len(tokens) > 0


def test_nobody_listening_is_told_as_such(models: Models, recorded: Recorded) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(Exception, match=r"."):
            models.chat("anthropic", base_url=url).invoke("Hello", config=watched())
    assert recorded.call()["llm_call"]["error_code"] == "UPSTREAM_UNREACHABLE"


def test_a_call_that_takes_too_long_is_a_timeout(models: Models, recorded: Recorded) -> None:
    with pytest.raises(Exception, match=r"."):
        models.chat("openai", "hang-before-head", timeout=0.3).invoke("Hello", config=watched())
    assert recorded.call()["llm_call"]["error_code"] == "TIMEOUT"


def test_a_stream_that_its_reader_leaves_is_aborted(models: Models, recorded: Recorded) -> None:
    stream = models.chat("openai", "slow").stream("Hello", config=watched())
    while not next(stream).text:
        pass
    del stream
    gc.collect()
    call = recorded.call()
    assert call["llm_call"]["status"] == "aborted"
    assert len(recorded.tokens(call)) == 1
    assert recorded.run()["status"] == "completed"


def test_a_cancelled_stream_is_aborted(models: Models, recorded: Recorded) -> None:
    async def read() -> None:
        async for _ in models.chat("anthropic", "hang").astream("Hello", config=watched()):
            read_once.set()

    read_once = asyncio.Event()
    in_asyncio(_cancelled(read(), read_once))
    call = recorded.call()
    assert call["llm_call"]["status"] == "aborted"
    assert call["llm_call"]["error_code"] == "CLIENT_ABORT"


@pytest.mark.parametrize("is_within_a_chain", [False, True])
def test_a_call_that_is_cancelled_before_its_answer_is_aborted(
    is_within_a_chain: bool, models: Models, recorded: Recorded
) -> None:
    # LangChain does not tell its callbacks of it.
    model: Any = models.chat("openai", "hang-before-head")
    if is_within_a_chain:
        model = RunnableLambda(lambda question: question) | model
    begun = asyncio.Event()
    handler = _Telling(begun)
    in_asyncio(_cancelled(model.ainvoke("Hello", config={"callbacks": [handler]}), begun))
    assert recorded.call()["llm_call"]["status"] == "aborted"
    assert all(step["status"] in ("aborted", "completed") for step in recorded.steps())


class _Telling(LlmStreamCallbackHandler):
    def __init__(self, begun: asyncio.Event) -> None:
        super().__init__()
        self._begun = begun

    def on_chat_model_start(self, *told: Any, **known: Any) -> None:
        super().on_chat_model_start(*told, **known)
        self._begun.set()


async def _cancelled(work: Any, when: asyncio.Event) -> None:
    task = asyncio.ensure_future(work)
    await when.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_call_that_waited_for_too_long_is_aborted(models: Models, recorded: Recorded) -> None:
    async def wait() -> None:
        call = models.chat("openai", "hang-before-head").ainvoke("Hello", config=watched())
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(call, 0.3)

    in_asyncio(wait())
    assert recorded.call()["llm_call"]["status"] == "aborted"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with Python 3.11.")
def test_what_is_cancelled_within_a_chain_ends_with_it(models: Models, recorded: Recorded) -> None:
    async def wait() -> None:
        chain = RunnableLambda(lambda question: question) | models.chat(
            "openai", "hang-before-head"
        )
        with pytest.raises(asyncio.TimeoutError):
            async with asyncio.timeout(0.3):
                await chain.ainvoke("Hello", config=watched())
        # While the task goes on.
        assert recorded.call()["llm_call"]["status"] == "aborted"

    in_asyncio(wait())


def test_a_call_that_fails_does_not_end_those_beside_it(models: Models, recorded: Recorded) -> None:
    async def both() -> None:
        failing = models.chat("openai", "status-500").with_config({"run_name": "failing"})
        going = models.chat("openai", "slow", streaming=True)
        parallel: Any = {"failing": failing, "going": going}
        chain = RunnableLambda(lambda question: question) | parallel
        with pytest.raises(Exception, match=r"."):
            await chain.ainvoke("Hello", config=watched())
        while asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})

    in_asyncio(both())
    states = {call["name"]: call["llm_call"]["status"] for call in recorded.calls()}
    assert states == {"failing": "failed", "mock/slow": "completed"}


def test_a_task_that_goes_on_keeps_nothing_of_its_calls(models: Models, recorded: Recorded) -> None:
    async def call_and_forget() -> None:
        handler = LlmStreamCallbackHandler()
        model = models.chat("openai")
        await model.ainvoke("Hello", config={"callbacks": [handler]})
        handlers.append(weakref.ref(handler))

    async def go_on() -> None:
        await call_and_forget()
        gc.collect()
        assert handlers[0]() is None

    handlers: list[weakref.ref[Any]] = []
    in_asyncio(go_on())
    assert recorded.call()["llm_call"]["status"] == "completed"
