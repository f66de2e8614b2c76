"""One whole story, recorded by the real capture and read back."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from harness.capture import Capture

from llm_stream import Trace

SOURCES = Path(__file__).resolve().parents[2] / "src"


async def answer(words: list[str]) -> Any:
    for word in words:
        await asyncio.sleep(0.01)
        yield {"choices": [{"delta": {"content": word}, "finish_reason": None}]}
    yield {
        "choices": [{"delta": {}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": len(words)},
    }


async def plan_trip(trace: Trace) -> None:
    async with trace.run("trip", agent_type="planner", session_id="s-1", user_id="u-1"):
        with trace.stage("plan"):
            with trace.tool("weather", input={"city": "Salzburg"}) as tool:
                tool.output = ["rain", "sun"]
            chunks = answer(["Stay ", "at ", "home."])
            async for _chunk in trace.trace_stream(chunks, model="gpt", prompt="Where to?"):
                pass
            trace.memory_write("weather", ["rain", "sun"])
        with trace.agent("writer"):
            trace.agent_handoff("planner", "writer", "The plan is made.")
            with trace.start_llm_stream(model="local", messages=[{"role": "user"}]) as stream:
                stream.add_token("Hm", kind="reasoning")
                stream.add_token("So ", metadata={"logprob": -0.1})
                stream.error(TimeoutError("too slow"))
        trace.error("No network.")
        await asyncio.sleep(0.05)
        trace.llm("small", "Short?", "Yes.", prompt_tokens=2, completion_tokens=1, duration_ms=40)
        trace.final_answer("Stay at home.")


def test_a_whole_story(capture: Capture) -> None:
    trace = Trace()
    trace.configure(endpoint=capture.url, token=capture.token, handle_signals=False)
    asyncio.run(plan_trip(trace))
    assert trace.flush(20)

    run = capture.run("trip")
    assert run["status"] == "completed"
    assert (run["agent_type"], run["session_id"], run["user_id"]) == ("planner", "s-1", "u-1")
    steps = capture.steps("trip")
    names = {step["id"]: step["name"] for step in steps}
    shown = [(step["type"], step["name"], names.get(step["parent_id"])) for step in steps]
    assert shown == [
        ("stage", "plan", None),
        ("tool_call", "weather", "plan"),
        ("llm_call", "gpt", "plan"),
        ("memory_write", "weather", "plan"),
        ("agent", "writer", None),
        ("agent_handoff", "hand-off to writer", "writer"),
        ("llm_call", "local", "writer"),
        ("error", "error", None),
        ("llm_call", "small", None),
        ("final_answer", "final answer", None),
    ]
    first, failed, whole = capture.calls("trip")
    assert capture.text("trip", first["id"]) == "Stay at home."
    call = first["llm_call"]
    assert (call["status"], call["finish_reason"], call["streaming"]) == ("completed", "stop", True)
    assert (call["prompt_tokens"], call["total_tokens"]) == (9, 3)
    assert 10 <= call["first_token_latency_ms"] < call["total_duration_ms"]
    assert failed["llm_call"]["status"] == "failed"
    assert failed["llm_call"]["error_code"] == "TIMEOUT"
    kinds = [token["kind"] for token in capture.tokens("trip", failed["id"])]
    assert kinds == ["reasoning", "text"]
    assert whole["llm_call"]["streaming"] is False
    assert whole["llm_call"]["total_duration_ms"] == 40


def test_figures_stay_exact_where_not_all_tokens_are_sent(capture: Capture) -> None:
    trace = Trace()
    trace.configure(
        endpoint=capture.url, token=capture.token, handle_signals=False, token_sample_rate=0.1
    )
    with trace.run("sampled"), trace.start_llm_stream("m") as stream:
        for number in range(1_000):
            stream.add_token(f"{number} ")
    trace.configure(store_tokens=False)
    with trace.run("none"), trace.start_llm_stream("m") as stream:
        for number in range(1_000):
            stream.add_token(f"{number} ")
    assert trace.flush(20)

    (sampled,) = capture.calls("sampled")
    assert sampled["llm_call"]["token_count"] == 1_000
    assert 95 <= len(capture.tokens("sampled", sampled["id"])) <= 105
    (none,) = capture.calls("none")
    assert none["llm_call"]["token_count"] == 1_000
    assert capture.tokens("none", none["id"]) == []


def test_a_program_that_fails_is_recorded_to_its_end(capture: Capture, tmp_path: Path) -> None:
    program = tmp_path / "agent.py"
    program.write_text(
        textwrap.dedent(
            """
            from llm_stream import trace
            stream = trace.start_llm_stream("m")
            stream.add_token("half an ")
            with trace.run("own"):
                trace.event("fine")
            raise ValueError("out of ideas")
            """
        ),
        "utf-8",
    )
    ended = subprocess.run(
        [sys.executable, str(program)],
        env={**os.environ, **capture.environment, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert "ValueError: out of ideas" in ended.stderr
    assert "llm_stream" not in ended.stderr
    assert capture.run("own")["status"] == "completed"
    assert capture.run("agent.py")["status"] == "failed"
    (call,) = capture.calls("agent.py")
    assert call["llm_call"]["status"] == "interrupted"
    assert capture.text("agent.py", call["id"]) == "half an "
    errors = [step for step in capture.steps("agent.py") if step["type"] == "error"]
    assert [error["name"] for error in errors] == ["ValueError"]
