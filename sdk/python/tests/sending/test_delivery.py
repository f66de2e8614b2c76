"""What arrives, whatever the other side does."""

from __future__ import annotations

import json
import logging
import time

import pytest

from .samples import Batch, call_start, outbox_to, put_call, step
from .server import (
    Behaviour,
    Handler,
    accepts,
    answers,
    closes,
    eventually,
    hangs,
    recording_server,
    talks_nonsense,
    unused_port,
)


def test_events_arrive_in_order_within_a_moment() -> None:
    with recording_server() as server:
        outbox = outbox_to(server.url)
        for number in range(50):
            outbox.put(step(f"step-{number}"))
        eventually(lambda: len(server.events) == 50)
        assert server.ids() == [f"step-{number}" for number in range(50)]
        path, headers, _ = server.requests[0]
        assert path == "/v1/events"
        assert headers["Authorization"] == "Bearer a-token"
        assert headers["Content-Type"] == "application/x-ndjson"


def test_a_base_url_with_a_path_keeps_it() -> None:
    with recording_server() as server:
        outbox = outbox_to(f"{server.url}/behind/a/gateway")
        outbox.put(step("one"))
        assert outbox.flush(5)
        assert server.requests[0][0] == "/behind/a/gateway/v1/events"


def test_one_connection_is_kept() -> None:
    ports = set()

    def notes_port(handler: Handler, body: bytes) -> None:
        ports.add(handler.client_address[1])
        accepts(handler, body)

    with recording_server(notes_port) as server:
        outbox = outbox_to(server.url)
        for number in range(5):
            outbox.put(step(f"step-{number}"))
            assert outbox.flush(5)
        assert len(server.requests) == 5
        assert len(ports) == 1


def test_a_thousand_tokens_are_sent_at_once() -> None:
    with recording_server() as server:
        outbox = outbox_to(server.url)
        put_call(outbox, "call", 2_500)
        assert outbox.flush(5)
        assert server.tokens("call") == [f"t{index} " for index in range(2_500)]
        assert len(server.of_type("llm_call_end")) == 1


def test_many_threads_lose_nothing() -> None:
    from threading import Thread

    with recording_server() as server:
        outbox = outbox_to(server.url)
        threads = [
            Thread(target=put_call, args=(outbox, f"call-{number}", 5_000)) for number in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outbox.flush(30)
        for number in range(20):
            assert server.tokens(f"call-{number}") == [f"t{index} " for index in range(5_000)]


def test_open_streams_are_sealed_while_nothing_else_happens() -> None:
    class Stream:
        call_id = "call"
        seals = 0

        def seal(self) -> None:
            self.seals += 1

        def interrupt(self, reason: str) -> None: ...

    with recording_server() as server:
        outbox = outbox_to(server.url)
        stream = Stream()
        outbox.open_stream(stream)
        eventually(lambda: stream.seals >= 3)
        outbox.close_stream(stream)


@pytest.mark.parametrize(
    "trouble",
    [
        answers(500),
        answers(503, b"{}", Retry_After="0"),
        answers(429),
        answers(502, b"<html>Bad gateway</html>"),
        closes,
        talks_nonsense,
    ],
    ids=["500", "503", "429", "502", "closes", "nonsense"],
)
def test_the_same_is_sent_again_until_it_is_accepted(trouble: Behaviour) -> None:
    with recording_server(trouble) as server:
        outbox = outbox_to(server.url)
        put_call(outbox, "call", 10)
        outbox.put(step("later"))
        eventually(lambda: len(server.requests) >= 2)
        server.behaviour = accepts
        eventually(lambda: server.ids() == ["later"])
        assert server.tokens("call") == [f"t{index} " for index in range(10)]
        bodies = [body for _, _, body in server.requests]
        assert bodies[0] == bodies[1]


def test_nothing_is_lost_when_the_capture_comes_back_after_two_seconds() -> None:
    port = unused_port()
    outbox = outbox_to(f"http://127.0.0.1:{port}")
    began = time.monotonic()
    sent = 0
    while time.monotonic() - began < 2:
        outbox.put(step(f"step-{sent}"))
        sent += 1
        time.sleep(0.005)
    with recording_server(port=port) as server:
        eventually(lambda: len(server.events) >= sent)
        assert server.ids() == [f"step-{number}" for number in range(sent)]


def test_a_capture_that_is_restarted_loses_nothing() -> None:
    with recording_server() as first:
        outbox = outbox_to(first.url)
        outbox.put(step("before"))
        assert outbox.flush(5)
    outbox.put(step("between"))
    time.sleep(0.3)
    with recording_server(port=first.port) as second:
        outbox.put(step("after"))
        assert outbox.flush(10)
        assert second.ids() == ["between", "after"]


def test_what_is_too_large_is_sent_in_parts() -> None:
    def takes_little(handler: Handler, body: bytes) -> None:
        if len(body) > 3_000:
            handler.answer(413)
        else:
            accepts(handler, body)

    with recording_server(takes_little) as server:
        outbox = outbox_to(server.url)
        for number in range(100):
            outbox.put(step(f"step-{number}"))
        assert outbox.flush(10)
        assert server.ids() == [f"step-{number}" for number in range(100)]


def test_one_line_that_is_too_large_does_not_hold_up_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def takes_little(handler: Handler, body: bytes) -> None:
        if len(body) > 3_000:
            handler.answer(413, b'{"detail": "Too large."}')
        else:
            accepts(handler, body)

    with recording_server(takes_little) as server:
        outbox = outbox_to(server.url)
        outbox.put(step("huge", data="x" * 5_000))
        outbox.put(step("small"))
        assert outbox.flush(10)
        assert server.ids() == ["small"]
    assert [record.getMessage() for record in caplog.records if "Too large." in record.getMessage()]


def test_a_wrong_token_is_said_once_and_not_hammered(caplog: pytest.LogCaptureFixture) -> None:
    with recording_server(answers(401)) as server:
        outbox = outbox_to(server.url)
        for number in range(20):
            outbox.put(step(f"step-{number}"))
            time.sleep(0.05)
        assert outbox.flush(5) is False
        assert len(server.requests) == 1
    said = [record for record in caplog.records if "LLM_STREAM_TOKEN" in record.getMessage()]
    assert len(said) == 1


def test_something_else_that_answers_is_said_once_and_asked_again_later(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm_stream._sending.retry._REFUSED_SECONDS", 0.5)
    with recording_server(answers(200, b"<html>Log in to the network</html>")) as server:
        outbox = outbox_to(server.url)
        outbox.put(step("one"))
        eventually(lambda: len(server.requests) >= 2)
        server.behaviour = accepts
        eventually(lambda: server.ids() == ["one"])
    assert caplog.text.count("what answers is no capture") == 1


def test_lines_that_are_rejected_are_said_once(caplog: pytest.LogCaptureFixture) -> None:
    rejected = {
        "accepted": 1,
        "rejected": [{"line": 1, "message": "run_id: missing"}],
        "rejected_count": 1,
    }
    with recording_server(answers(200, json.dumps(rejected).encode())) as server:
        outbox = outbox_to(server.url)
        for number in range(3):
            outbox.put(step(f"step-{number}"))
            assert outbox.flush(5)
    said = [record for record in caplog.records if "run_id: missing" in record.getMessage()]
    assert len(said) == 1


def test_a_body_without_any_event_is_not_sent_again(caplog: pytest.LogCaptureFixture) -> None:
    with recording_server(answers(400, b'{"detail": "No line was accepted."}')) as server:
        outbox = outbox_to(server.url)
        outbox.put(step("bad"))
        assert outbox.flush(5)
        assert len(server.requests) == 1
    assert "No line was accepted." in caplog.text


def test_a_capture_that_asks_for_a_pause_gets_it() -> None:
    with recording_server(answers(503, b"{}", Retry_After="1")) as server:
        outbox = outbox_to(server.url)
        outbox.put(step("one"))
        eventually(lambda: len(server.requests) == 1)
        asked_at = time.monotonic()
        server.behaviour = accepts
        eventually(lambda: len(server.requests) == 2)
        assert time.monotonic() - asked_at >= 0.9


def test_a_capture_that_hangs_is_given_up_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llm_stream._sending.endpoint._TIMEOUT_SECONDS", 0.3)
    with recording_server(hangs) as server:
        outbox = outbox_to(server.url)
        outbox.put(step("one"))
        eventually(lambda: len(server.requests) >= 1)
        server.behaviour = accepts
        eventually(lambda: server.ids() == ["one"])


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def drips(handler: Handler, _: bytes) -> None:
        while not handler.server.recording.is_stopped.wait(0.05):
            handler.wfile.write(b"H")
            handler.wfile.flush()

    monkeypatch.setattr("llm_stream._sending.delivery._LONGEST_REQUEST_SECONDS", 0.5)
    with recording_server(drips) as server:
        outbox = outbox_to(server.url)
        outbox.put(step("one"))
        eventually(lambda: len(server.requests) >= 1)
        server.behaviour = accepts
        eventually(lambda: server.ids() == ["one"])


def test_flush_tells_whether_all_arrived() -> None:
    with recording_server(hangs) as server:
        outbox = outbox_to(server.url)
        assert outbox.flush(0) is True
        outbox.put(step("one"))
        began = time.monotonic()
        assert outbox.flush(0.3) is False
        assert time.monotonic() - began < 2


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with recording_server() as server:
        outbox = outbox_to(server.url)
        outbox.put(step("one"))
        assert outbox.flush(5)


def test_garbage_in_events_and_tokens_harms_nothing_else() -> None:
    class Broken:
        call_id = "broken"
        first_index = 0
        count = 1
        size = 1

        def wire_tokens(self) -> list[dict[str, object]]:
            raise RuntimeError("broken")

    cyclic: dict[str, object] = {}
    cyclic["self"] = cyclic
    with recording_server() as server:
        outbox = outbox_to(server.url)
        outbox.put(call_start("call"))
        outbox.put(step("cyclic", data=cyclic))
        outbox.put(step("object", data=object()))
        outbox.put(step("infinite", data=float("inf")))
        outbox.put({})
        outbox.put({"type": ["list"]})
        outbox.put_tokens(Broken())
        outbox.put_tokens(Batch("call", 0, ["lone \ud800 surrogate", "\0", "汉"]))
        outbox.put_tokens(Batch("call", 3, []))
        outbox.put_tokens(Batch("call", 3, ["\x01" * 1_048_576, "after"]))
        outbox.put(step("good", data="\ud800"))
        assert outbox.flush(10)
        assert server.ids() == ["good"]
        tokens = server.tokens("call")
        assert tokens[:3] == ["lone \ud800 surrogate", "\0", "汉"]
        assert set(tokens[3]) == {"\x01"}
        assert tokens[4] == "after"


def test_a_line_is_never_longer_than_the_capture_takes() -> None:
    with recording_server() as server:
        outbox = outbox_to(server.url)
        outbox.put(step("huge", data={"response": "汉" * 2_000_000, "rest": "kept"}))
        outbox.put_tokens(Batch("call", 0, ["汉" * 1_000_000] * 5))
        assert outbox.flush(20)
        for _, _, body in server.requests:
            assert max(map(len, body.splitlines())) <= 4 * 1024 * 1024
        assert server.events[0]["data"]["rest"] == "kept"
        assert len(server.tokens("call")) == 5


def test_a_disabled_outbox_does_nothing() -> None:
    import threading

    from llm_stream._sending.create_outbox import create_outbox

    from .samples import Settings

    before = threading.active_count()
    for settings in (Settings(), Settings(endpoint="http://127.0.0.1:9", enabled=False)):
        outbox = create_outbox(settings)
        assert outbox.enabled is False
        put_call(outbox, "call", 10)
        assert outbox.flush(0) is True
    assert threading.active_count() == before


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="llm_stream")
