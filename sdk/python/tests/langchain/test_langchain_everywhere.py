"""Switching it on for everything, switching it off, and staying out of the agent's way."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.runnables import RunnableLambda
from models import Models, in_asyncio, true_tokens
from recorded import Recorded

from llm_stream import trace
from llm_stream._langchain.recording import _open_runs
from llm_stream.langchain import LlmStreamCallbackHandler, capture_langchain


def test_every_call_is_recorded_without_a_change_to_it(models: Models, recorded: Recorded) -> None:
    model = models.chat("openai", streaming=True)
    model.invoke("Before")
    with capture_langchain():
        with trace.run("all"):
            (RunnableLambda(lambda question: question) | model).invoke("Hello")
            in_asyncio(model.ainvoke("Hello"))
        thread = threading.Thread(target=model.invoke, args=["Hello"])
        thread.start()
        thread.join()
    model.invoke("Afterwards")
    runs = {run["name"]: run["id"] for run in recorded.runs()}
    assert sorted(runs) == ["all", "mock/default"]
    expected = true_tokens(models.truths()[0])
    assert recorded.tokens_of_calls(runs["all"]) == [expected, expected]
    assert recorded.tokens_of_calls(runs["mock/default"]) == [expected]


def test_a_plain_call_lasts_until_it_is_stopped(models: Models, recorded: Recorded) -> None:
    capturing = capture_langchain()
    again = capture_langchain()
    models.chat("openai").invoke("Hello")
    capturing.stop()
    capturing.stop()
    models.chat("openai").invoke("Hello")
    again.stop()
    models.chat("openai").invoke("Hello")
    assert len(recorded.runs()) == 2


def test_several_handlers_record_a_call_once(models: Models, recorded: Recorded) -> None:
    model = models.chat("openai", streaming=True, callbacks=[LlmStreamCallbackHandler()])
    with capture_langchain():
        model.invoke("Hello", config={"callbacks": [LlmStreamCallbackHandler()]})
    assert recorded.tokens(recorded.call()) == true_tokens(models.truths()[0])


def test_the_environment_switches_it_off(
    models: Models, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_STREAM_LANGCHAIN", "false")
    with capture_langchain():
        models.chat("openai").invoke("Hello", config={"callbacks": [LlmStreamCallbackHandler()]})
    assert recorded.runs() == []


def test_without_a_capture_everything_works_and_nothing_is_printed(
    models: Models, capfd: pytest.CaptureFixture[str]
) -> None:
    trace.configure(enabled=False)
    with capture_langchain():
        chain = RunnableLambda(lambda question: question) | models.chat("openai")
        assert "".join(chunk.text for chunk in chain.stream("Hello")).startswith("the0")
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_figures_alone_are_recorded_where_tokens_are_not_to_be(
    models: Models, recorded: Recorded
) -> None:
    trace.configure(store_tokens=False)
    try:
        model = models.chat("openai", streaming=True)
        model.invoke("Hello", config={"callbacks": [LlmStreamCallbackHandler()]})
        call = recorded.call()
    finally:
        trace.configure(store_tokens=True)
    assert recorded.tokens(call) == []
    assert call["llm_call"]["token_count"] == 24
    assert call["llm_call"]["p50_token_latency_ms"] > 0


@pytest.mark.usefixtures("recorded")
def test_nonsense_of_an_integration_does_not_reach_the_agent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Hostile:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    handler = LlmStreamCallbackHandler()
    nonsense: list[Any] = [None, 1, "x", [], {}, [[]], [None], Hostile(), [[Hostile()]], b"x"]
    for value in nonsense:
        run_id = uuid4()
        known: dict[str, Any] = {"run_id": run_id, "tags": value, "metadata": value, "name": value}
        handler.on_chat_model_start(value, value, **known, invocation_params=value)
        handler.on_llm_new_token(value, chunk=value, run_id=run_id)
        handler.on_stream_event(value, run_id=run_id)
        handler.on_llm_end(value, run_id=run_id)
        handler.on_llm_error(value, run_id=run_id)
        for begin, end in (
            (handler.on_chain_start, handler.on_chain_end),
            (handler.on_tool_start, handler.on_tool_error),
            (handler.on_retriever_start, handler.on_retriever_end),
        ):
            known["run_id"] = uuid4()
            begin(value, value, **known)
            handler.on_custom_event(value, value, run_id=known["run_id"])
            end(value, run_id=known["run_id"])
        for name in ("on_llm_end", "on_chain_end", "on_tool_end", "on_custom_event"):
            getattr(handler, name)(value, value, run_id=value)
    assert trace.flush(timeout=20)
    assert len(caplog.records) < 40


@pytest.mark.usefixtures("recorded")
def test_runs_that_never_end_do_not_fill_the_memory() -> None:
    handler = LlmStreamCallbackHandler()
    with trace.run("endless"):
        for _ in range(10_100):
            handler.on_chain_start({}, {}, run_id=uuid4(), name="chain")
    assert len(_open_runs._runs) <= 10_000
    _open_runs._runs.clear()


def test_without_langchain_the_import_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['langchain_core'] = None\n"
        "try: import llm_stream.langchain\n"
        "except ImportError as error: print(error)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install langchain-core" in ran.stdout
