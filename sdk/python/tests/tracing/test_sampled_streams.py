"""Calls of which not all tokens are sent: which ones are, and what is told of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recording_outbox import RecordingOutbox

from llm_stream import _recorded_stream
from llm_stream._sampling import Sampling
from llm_stream._statistics import MOST_TIMES, RunningStatistics
from llm_stream._tokens import SampledTokens

VECTORS = Path(__file__).resolve().parents[3] / "vectors"


def vectors(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / name).read_text("utf-8"))
    return found


@pytest.mark.parametrize("vector", vectors("statistics.json"), ids=lambda vector: vector["name"])
def test_figures_are_those_of_every_sdk(vector: dict[str, Any]) -> None:
    statistics = RunningStatistics()
    for offset_us, kind, _text in vector["tokens"]:
        statistics.add(offset_us, kind)

    assert statistics.count == len(vector["tokens"])
    assert statistics.figures() == pytest.approx(vector["statistics"], rel=1e-12)


def test_the_taken_tokens_are_those_of_every_sdk() -> None:
    for vector in vectors("sampling.json"):
        sampled = SampledTokens(vector["call_id"], 0, vector["rate"], True, False)
        tokens = [(index, "x", "text", None) for index in range(vector["count"])]
        batches = [sampled.take(tokens[:7]), sampled.take(tokens[7:]), sampled.take_last()]
        wire = [token for batch in batches if batch for token in batch.wire_tokens()]
        assert [token["index"] for token in wire] == vector["taken"]


def test_figures_of_gaps_are_unknown_when_there_are_too_many() -> None:
    statistics = RunningStatistics()
    for number in range(MOST_TIMES + 1):
        statistics.add(number, "text")

    assert statistics.count == MOST_TIMES + 1
    assert statistics.figures() == {
        "first_token_us": 0,
        "first_output_us": 0,
        "last_token_us": MOST_TIMES,
    }


def test_only_taken_tokens_are_sent_and_all_are_counted(
    outbox: RecordingOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0
    monkeypatch.setattr(_recorded_stream, "now_ns", lambda: now)
    trace = outbox.trace(token_sample_rate=0.1)
    stream = trace.start_llm_stream("m")
    stream.add_token("thinking", kind="reasoning")
    for number in range(2_999):
        now += 2_000_000
        stream.add_token(f"{number} ")
    stream.end()

    assert outbox.named("m")["sample_rate"] == 0.1
    sampling = Sampling(stream.id, 0.1)
    expected = [index for index in range(3_000) if sampling.takes(index) or index == 2_999]
    tokens = outbox.tokens()
    assert [token["index"] for token in tokens] == expected
    assert [token["token"] for token in tokens[1:]] == [f"{index - 1} " for index in expected[1:]]
    assert tokens[-1]["offset_us"] == 2_999 * 2_000
    end = outbox.end_of("m")
    assert end["received_tokens"] == 3_000
    assert end["statistics"]["icl_p50_us"] == 2_000
    assert end["statistics"]["first_output_us"] == 2_000
    assert end["response"] == "".join(f"{number} " for number in range(2_999))


def test_without_tokens_figures_and_response_are_sent(outbox: RecordingOutbox) -> None:
    trace = outbox.trace(store_tokens=False)
    with trace.start_llm_stream("m") as stream:
        stream.add_token("Hel")
        stream.add_token("lo")

    assert outbox.named("m")["sample_rate"] == 0
    assert outbox.of_type("llm_tokens") == []
    end = outbox.end_of("m")
    assert end["received_tokens"] == 2
    assert end["response"] == "Hello"
    assert set(end["statistics"]) >= {"first_token_us", "icl_p50_us"}


def test_responses_are_not_sent_when_they_are_not_to_be_stored(outbox: RecordingOutbox) -> None:
    trace = outbox.trace(store_tokens=False, store_responses=False)
    with trace.start_llm_stream("m") as stream:
        stream.add_token("secret")
        stream.end(response="secret")
    trace.llm("whole", "prompt", "secret")

    assert "secret" not in str(outbox.events)
    assert outbox.end_of("m")["received_tokens"] == 1


def test_a_call_without_tokens_has_no_figures(outbox: RecordingOutbox) -> None:
    trace = outbox.trace(token_sample_rate=0.5)
    trace.start_llm_stream("m").end()

    end = outbox.end_of("m")
    assert end["received_tokens"] == 0
    assert end["statistics"] == {}
    assert "response" not in end


def test_with_all_tokens_nothing_else_is_sent(outbox: RecordingOutbox) -> None:
    trace = outbox.trace(token_sample_rate=1)
    with trace.start_llm_stream("m") as stream:
        stream.add_token("Hi")

    assert set(outbox.end_of("m")) == {"type", "llm_call_id", "status", "duration_us"}


def test_a_long_response_is_cut(outbox: RecordingOutbox) -> None:
    trace = outbox.trace(store_tokens=False)
    with trace.start_llm_stream("m") as stream:
        for _ in range(21):
            stream.add_token("x" * 100_000)

    assert len(outbox.end_of("m")["response"]) == 2_000_000
