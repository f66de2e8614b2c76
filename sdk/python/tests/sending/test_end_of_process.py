"""However an agent ends, what it recorded arrives, and its status is the one it would have had."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from .programs import run_program, running_program
from .server import eventually, hangs, recording_server, unused_port

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")

BEGINNING = """
import atexit, time
# Registered first, so that it is called last.
atexit.register(lambda: print(time.monotonic() - began if "began" in globals() else "", flush=True))
import asyncio, os, signal, sys, threading
from sending.samples import OpenRun, OpenStream, outbox_to, put_call, step
outbox = outbox_to({url!r}, **{options!r})
"""


def program(url: str, text: str, **options: object) -> str:
    return BEGINNING.format(url=url, options=options) + text


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("pass", 0),
        ("raise ValueError('broken')", 1),
        ("sys.exit(3)", 3),
        ("raise KeyboardInterrupt", 130 if os.name != "posix" else -signal.SIGINT),
    ],
)
def test_all_arrives_at_the_end(end: str, status: int) -> None:
    with recording_server() as server:
        text = f"put_call(outbox, 'call', 30_000)\noutbox.put(step('last'))\n{end}\n"
        done = run_program(program(server.url, text))
        assert done.returncode == status
        assert len(server.tokens("call")) == 30_000
        assert server.ids() == ["last"]


def test_what_is_open_is_ended() -> None:
    with recording_server() as server:
        text = """
outbox.put(step("one"))
outbox.open_stream(OpenStream(outbox))
outbox.open_run(OpenRun(outbox))
raise ValueError
"""
        run_program(program(server.url, text))
        assert [event["status"] for event in server.of_type("llm_call_end", "run_end")] == [
            "interrupted",
            "failed",
        ]


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_after_all_is_sent(name: str) -> None:
    with recording_server() as server:
        text = """
outbox.open_stream(OpenStream(outbox))
outbox.put(step("ready"))
time.sleep(0.5)
put_call(outbox, "call", 30_000)
outbox.put(step("late"))
print("now", flush=True)
time.sleep(60)
"""
        with running_program(program(server.url, text)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "now\n"
            process.send_signal(getattr(signal, name))
            assert process.wait(20) == -getattr(signal, name)
        assert len(server.tokens("call")) == 30_000
        assert server.ids() == ["ready", "late"]
        (end,) = [
            event for event in server.of_type("llm_call_end") if event["llm_call_id"] == "open"
        ]
        assert end["error"]["message"] == f"The process was ended by {name}."


@posix
def test_a_signal_ends_a_busy_process_whose_capture_hangs_within_the_time_limit() -> None:
    with recording_server(hangs) as server:
        text = "outbox.put(step('one'))\nwhile True: outbox.put(step('more'))\n"
        with running_program(program(server.url, text, exit_timeout_seconds=0.5)) as process:
            eventually(lambda: len(server.requests) == 1)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == -signal.SIGTERM
            assert time.monotonic() - began < 5


@posix
@pytest.mark.parametrize("imported", ["os", "multiprocessing"])
def test_a_second_signal_ends_it_at_once(imported: str) -> None:
    with recording_server(hangs) as server:
        text = f"""
import {imported}
class Slow:
    def interrupt(self):
        outbox.put(step("interrupted"))
        print("ending", flush=True)
outbox.open_run(Slow())
outbox.put(step("one"))
time.sleep(60)
"""
        with running_program(program(server.url, text, exit_timeout_seconds=30)) as process:
            eventually(lambda: len(server.requests) == 1)
            process.send_signal(signal.SIGTERM)
            assert process.stdout is not None
            assert process.stdout.readline() == "ending\n"
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == -signal.SIGTERM
            assert time.monotonic() - began < 5


@posix
@pytest.mark.parametrize(
    ("setup", "options"),
    [
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))", {}),
        (
            "signal.signal(signal.SIGTERM, signal.SIG_IGN); threading.Timer(0.3, os._exit, [7]).start()",
            {},
        ),
    ],
)
def test_handlers_of_the_agent_are_left_alone(setup: str, options: dict[str, object]) -> None:
    with recording_server() as server:
        text = f"{setup}\noutbox.put(step('one'))\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(30)\n"
        assert run_program(program(server.url, text, **options)).returncode == 7


@posix
def test_signals_are_left_alone_when_they_should_be() -> None:
    with recording_server() as server:
        text = (
            "outbox.put(step('one'))\nprint(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)\n"
        )
        assert run_program(program(server.url, text, handle_signals=False)).stdout.strip() == "True"
        assert run_program(program(server.url, text)).stdout.strip() == "False"


@posix
def test_a_signal_ends_an_event_loop() -> None:
    with recording_server() as server:
        text = """
async def main():
    outbox.put(step("one"))
    asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), signal.SIGTERM)
    await asyncio.sleep(60)
asyncio.run(main())
"""
        assert run_program(program(server.url, text)).returncode == -signal.SIGTERM
        assert server.ids() == ["one"]


@posix
def test_an_event_loop_that_handles_the_signal_itself_ends_as_it_wants_to() -> None:
    with recording_server() as server:
        text = """
async def main():
    outbox.put(step("one"))
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    loop.call_later(0.2, os.kill, os.getpid(), signal.SIGTERM)
    await end.wait()
    outbox.put(step("two"))
asyncio.run(main())
"""
        assert run_program(program(server.url, text)).returncode == 0
        assert server.ids() == ["one", "two"]


def test_a_thread_that_records_first_does_not_matter() -> None:
    with recording_server() as server:
        text = """
thread = threading.Thread(target=lambda: outbox.put(step("one")))
thread.start()
thread.join()
"""
        assert run_program(program(server.url, text)).returncode == 0
        assert server.ids() == ["one"]


def test_threads_that_are_not_waited_for_yet_are_recorded_as_well() -> None:
    with recording_server() as server:
        text = """
def work():
    time.sleep(0.5)
    outbox.put(step("late"))
threading.Thread(target=work).start()
"""
        assert run_program(program(server.url, text)).returncode == 0
        assert server.ids() == ["late"]


def test_what_is_recorded_when_no_thread_can_be_started_any_more_arrives() -> None:
    with recording_server() as server:
        text = "atexit.register(lambda: put_call(outbox, 'call', 3_000))\n"
        assert run_program(program(server.url, text)).returncode == 0
        assert len(server.tokens("call")) == 3_000


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_a_capture_that_hangs_holds_up_the_end_no_longer_than_it_may(seconds: float) -> None:
    with recording_server(hangs) as server:
        done = run_program(
            program(server.url, timed("outbox.put(step('one'))"), exit_timeout_seconds=seconds)
        )
        assert done.returncode == 0
        assert seconds_of(done) < seconds + 1.5
        assert "1 event could not be sent" in done.stderr


def test_a_capture_that_is_not_there_hardly_holds_up_the_end() -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    done = run_program(program(url, timed("outbox.put(step('one'))"), exit_timeout_seconds=10))
    assert seconds_of(done) < 2
    assert "nothing listens there" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_who_records_nothing_ends_at_once_and_silently() -> None:
    done = run_program(program("http://127.0.0.1:9", timed("print(threading.active_count())")))
    assert done.stdout.startswith("1\n")
    assert seconds_of(done) < 0.2
    assert done.stderr == ""


def timed(text: str) -> str:
    """Its last word is how long its end took."""
    return f"{text}\nbegan = time.monotonic()\n"


def seconds_of(done: subprocess.CompletedProcess[str]) -> float:
    return float(done.stdout.split()[-1])
