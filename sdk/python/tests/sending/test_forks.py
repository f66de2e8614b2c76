"""Processes that an agent starts record for themselves, and nothing of their parent's twice."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from .programs import run_program
from .server import recording_server

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="There is no fork here")

BEGINNING = """
import concurrent.futures, multiprocessing, os, signal, sys, time
from sending.samples import OpenStream, outbox_to, put_call, step
# Enough for a loaded machine.
outbox = outbox_to({url!r}, exit_timeout_seconds=20)
"""


def run_agent(url: str, text: str, tmp_path: Path) -> None:
    """In a file: other processes import it."""
    path = tmp_path / "agent.py"
    path.write_text(BEGINNING.format(url=url) + text, encoding="utf-8")
    done = run_program(path)
    print(done.stderr)
    assert done.returncode == 0


@needs_fork
@pytest.mark.parametrize("end", ["sys.exit(0)", "pass"])
def test_parent_and_child_of_a_fork_send_what_is_theirs_once(end: str, tmp_path: Path) -> None:
    text = f"""
outbox.put(step("sent before"))
outbox.flush(5)
outbox.open_stream(OpenStream(outbox))
outbox.put(step("waits"))
child = os.fork()
if child == 0:
    put_call(outbox, "call of child", 3_000)
    {end}
else:
    put_call(outbox, "call of parent", 3_000)
    assert os.waitpid(child, 0)[1] == 0
"""
    with recording_server() as server:
        run_agent(server.url, text, tmp_path)
        ids = [event["step_id"] for event in server.of_type("event")]
        assert ids == ["sent before", "waits"]
        assert len(server.tokens("call of child")) == 3_000
        assert len(server.tokens("call of parent")) == 3_000
        ends = [event["llm_call_id"] for event in server.of_type("llm_call_end")]
        assert sorted(ends) == ["call of child", "call of parent", "open"]


@needs_fork
def test_a_child_that_is_forked_while_much_is_sent_works(tmp_path: Path) -> None:
    text = """
for number in range(10):
    put_call(outbox, f"parent-{number}", 5_000)
    child = os.fork()
    if child == 0:
        put_call(outbox, f"child-{number}", 1_000)
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
    with recording_server() as server:
        run_agent(server.url, text, tmp_path)
        for number in range(10):
            assert len(server.tokens(f"parent-{number}")) == 5_000
            assert len(server.tokens(f"child-{number}")) == 1_000


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_are_flushed_at_their_end(method: str, tmp_path: Path) -> None:
    if method != "spawn" and sys.platform == "win32":
        pytest.skip("Windows knows spawn only")
    text = f"""
def work(number):
    put_call(outbox, f"call-{{number}}", 3_000)

def fail():
    outbox.put(step("failed"))
    raise ValueError

if __name__ == "__main__":
    outbox.put(step("parent"))
    context = multiprocessing.get_context({method!r})
    processes = [context.Process(target=work, args=(number,)) for number in range(3)]
    processes.append(context.Process(target=fail))
    for process in processes: process.start()
    for process in processes: process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 1]
"""
    with recording_server() as server:
        run_agent(server.url, text, tmp_path)
        assert sorted(server.ids()) == ["failed", "parent"]
        for number in range(3):
            assert len(server.tokens(f"call-{number}")) == 3_000


@needs_fork
@pytest.mark.parametrize(
    "pool", ["multiprocessing.Pool(2)", "concurrent.futures.ProcessPoolExecutor(2)"]
)
def test_workers_of_a_pool_are_flushed_at_their_end(pool: str, tmp_path: Path) -> None:
    text = f"""
def work(number):
    put_call(outbox, f"call-{{number}}", 3_000)
    return number

if __name__ == "__main__":
    with {pool} as pool:
        assert list(pool.map(work, range(6))) == list(range(6))
"""
    with recording_server() as server:
        run_agent(server.url, text, tmp_path)
        for number in range(6):
            assert len(server.tokens(f"call-{number}")) == 3_000


@needs_fork
def test_a_child_spools_into_a_file_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    text = f"""
outbox = outbox_to("http://127.0.0.1:1", when_away="spool", spool_folder={str(folder)!r})
outbox.put(step("parent"))
while not (os.path.isdir({str(folder)!r}) and os.listdir({str(folder)!r})): time.sleep(0.01)
child = os.fork()
outbox.put(step("child" if child == 0 else "parent again"))
if child: os.waitpid(child, 0)
"""
    with recording_server() as server:
        run_agent(server.url, text, tmp_path)
    found = sorted(path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert len(found) == 2
    assert sum('"child"' in text for text in found) == 1
    assert sum('"parent"' in text and '"parent again"' in text for text in found) == 1


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_what_is_recorded_while_a_worker_imports_the_agent_is_sent(
    method: str, tmp_path: Path
) -> None:
    if method != "spawn" and sys.platform == "win32":
        pytest.skip("Windows knows spawn only")
    text = f"""
outbox.put(step("imported by " + __name__))

def work():
    outbox.put(step("worked"))

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    process = context.Process(target=work)
    process.start()
    process.join()
"""
    with recording_server() as server:
        run_agent(server.url, text, tmp_path)
        assert set(server.ids()) == {"imported by __main__", "imported by __mp_main__", "worked"}


@needs_fork
@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_a_worker_ends_by_a_signal_that_its_main_thread_did_not_notice(
    method: str, tmp_path: Path
) -> None:
    """As it is with one that comes just before a worker of a pool waits for more work."""
    text = f"""
import threading

def end():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

def work(never):
    put_call(outbox, "call", 3_000)
    threading.Thread(target=end, daemon=True).start()
    never.acquire()

if __name__ == "__main__":
    outbox.put(step("parent"))
    context = multiprocessing.get_context({method!r})
    never = context.Semaphore(0)
    process = context.Process(target=work, args=(never,))
    process.start()
    process.join(20)
    process.kill()
    assert process.exitcode == -signal.SIGTERM, process.exitcode
"""
    with recording_server() as server:
        run_agent(server.url, text, tmp_path)
        assert len(server.tokens("call")) == 3_000


@needs_fork
def test_a_child_that_records_nothing_has_the_signals_of_who_does_not_record(
    tmp_path: Path,
) -> None:
    text = """
outbox.put(step("parent"))
child = os.fork()
if child == 0:
    os._exit(7 if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL else 8)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    with recording_server() as server:
        run_agent(server.url, text, tmp_path)
