"""What waits on disk while the capture is away."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .programs import run_program
from .samples import outbox_to, put_call, step
from .server import accepts, answers, eventually, recording_server, unused_port


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="llm_stream")


def spooled(folder: Path) -> list[str]:
    return [
        json.loads(line).get("step_id", "")
        for path in sorted(folder.glob("*.ndjson"))
        for line in path.read_bytes().splitlines()
    ]


def test_more_than_the_buffer_holds_is_kept_and_sent_in_order(tmp_path: Path) -> None:
    port = unused_port()
    outbox = outbox_to(
        f"http://127.0.0.1:{port}",
        when_away="spool",
        spool_folder=str(tmp_path),
        buffer_megabytes=5.0,
    )
    for number in range(40):
        put_call(outbox, f"call-{number}", 2_000)
        outbox.put(step(f"step-{number}"))
        time.sleep(0.01)
    eventually(lambda: spooled(tmp_path)[-1:] == ["step-39"])
    with recording_server(port=port) as server:
        outbox.put(step("last"))
        eventually(lambda: "last" in server.ids())
        assert server.ids() == [*(f"step-{number}" for number in range(40)), "last"]
        for number in range(40):
            assert server.tokens(f"call-{number}") == [f"t{index} " for index in range(2_000)]
        eventually(lambda: not list(tmp_path.iterdir()))


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes of files")
def test_the_file_is_for_its_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    outbox = outbox_to(
        f"http://127.0.0.1:{unused_port()}", when_away="spool", spool_folder=str(folder)
    )
    outbox.put(step("one"))
    eventually(lambda: folder.exists() and list(folder.iterdir()))
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_a_dead_process_left_is_sent_by_the_next(tmp_path: Path) -> None:
    port = unused_port()
    program = (
        "import time, os\n"
        "from sending.samples import outbox_to, step\n"
        f"outbox = outbox_to('http://127.0.0.1:{port}', when_away='spool', spool_folder={str(tmp_path)!r})\n"
        "for number in range(10): outbox.put(step(f'left-{number}'))\n"
        f"while not any(os.path.getsize(e.path) for e in os.scandir({str(tmp_path)!r})): time.sleep(0.01)\n"
        "time.sleep(0.3)\n"
        "os._exit(1)\n"
    )
    run_program(program)
    assert spooled(tmp_path) == [f"left-{number}" for number in range(10)]
    with recording_server(port=port) as server:
        outbox = outbox_to(server.url, when_away="spool", spool_folder=str(tmp_path))
        outbox.put(step("new"))
        eventually(lambda: len(server.ids()) == 11)
        assert [name for name in server.ids() if name != "new"] == [
            f"left-{number}" for number in range(10)
        ]
        eventually(lambda: not list(tmp_path.iterdir()))


def test_what_cannot_be_sent_at_the_end_stays_and_is_said(tmp_path: Path) -> None:
    program = (
        "from sending.samples import outbox_to, step\n"
        f"outbox = outbox_to('http://127.0.0.1:{unused_port()}', when_away='spool', spool_folder={str(tmp_path)!r})\n"
        "for number in range(10): outbox.put(step(f'left-{number}'))\n"
    )
    said = run_program(program).stderr
    assert spooled(tmp_path) == [f"left-{number}" for number in range(10)]
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("left-")
    assert str(tmp_path) in said
    assert len(said.splitlines()) == 1


def test_the_file_of_a_process_that_lives_is_left_alone(tmp_path: Path) -> None:
    from llm_stream._sending.spool import Spool

    owner = Spool(str(tmp_path))
    owner.append([b'{"a":1}'])
    (file,) = tmp_path.iterdir()
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        other = file.with_name(file.name.replace(f"-{os.getpid()}-", f"-{sleeper.pid}-"))
        other.write_bytes(b'{"b":1}\n')
        finder = Spool(str(tmp_path))
        assert finder.next_lines(1_000) == []
    finally:
        sleeper.kill()
        sleeper.wait()
    assert finder.next_lines(1_000) == [b'{"b":1}']
    finder.sent()
    assert finder.next_lines(1_000) == []
    assert list(tmp_path.iterdir()) == [file]


def test_two_processes_never_take_the_same_file(tmp_path: Path) -> None:
    from llm_stream._sending.spool import Spool

    for number in range(20):
        (tmp_path / f"left-{number:016x}.ndjson").write_bytes(b'{"number":%d}\n' % number)
    first, second = Spool(str(tmp_path)), Spool(str(tmp_path))
    taken: list[bytes] = []
    while lines := [*first.next_lines(1_000), *second.next_lines(1_000)]:
        taken += lines
        first.sent()
        second.sent()
    assert len(taken) == len(set(taken)) == 20
    assert not list(tmp_path.iterdir())


def test_half_a_line_that_a_killed_process_left_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "left-0123456789abcdef.ndjson").write_bytes(
        b'{"type":"event","step_id":"whole"}\n{"type":"ev'
    )
    with recording_server() as server:
        outbox = outbox_to(server.url, when_away="spool", spool_folder=str(tmp_path))
        outbox.put(step("new"))
        eventually(lambda: len(server.ids()) == 2)
        eventually(lambda: not list(tmp_path.iterdir()))
        assert sorted(server.ids()) == ["new", "whole"]


@pytest.mark.skipif(os.name != "posix", reason="Windows needs a privilege for links")
def test_links_and_files_of_others_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b'{"type":"event","step_id":"secret"}\n')
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "left-0123456789abcdef.ndjson").symlink_to(secret)
    with recording_server() as server:
        outbox = outbox_to(server.url, when_away="spool", spool_folder=str(folder))
        outbox.put(step("new"))
        assert outbox.flush(5)
        outbox.put(step("newer"))
        assert outbox.flush(5)
        assert server.ids() == ["new", "newer"]
    assert secret.exists()


def test_a_full_disk_is_said_once_and_the_bound_of_memory_holds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llm_stream._sending.spool_file import SpoolFile

    def full(_: SpoolFile, __: list[bytes]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SpoolFile, "append", full)
    with recording_server(answers(500)) as server:
        outbox = outbox_to(
            server.url, when_away="spool", spool_folder=str(tmp_path), buffer_megabytes=1.0
        )
        for number in range(30):
            put_call(outbox, f"call-{number}", 1_000)
        outbox.put(step("last"))
        assert outbox.flush(1) is False
        server.behaviour = accepts
        eventually(lambda: server.ids() == ["last"])
        assert len(server.of_type("llm_call_start")) < 30
    assert caplog.text.count("No space left on device") == 1


def test_a_disk_that_is_full_in_the_middle_of_a_line_leaves_no_half_of_it(tmp_path: Path) -> None:
    from llm_stream._sending.spool_file import SpoolFile

    class Full:
        def __init__(self, file: object) -> None:
            self._file = file
            self._left = 30

        def write(self, data: memoryview) -> int:
            if self._left == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            written: int = self._file.write(data[: self._left])  # type: ignore[attr-defined]
            self._left -= written
            return written

        def __getattr__(self, name: str) -> object:
            return getattr(self._file, name)

    path = tmp_path / "file"
    file = SpoolFile(str(path), is_new=True)
    file.append([b'{"a":1}'])
    file._file = Full(file._file)  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space"):
        file.append([b'{"b":"' + b"x" * 100 + b'"}'])
    assert path.read_bytes() == b'{"a":1}\n'


def test_no_more_waits_on_disk_than_may_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What others have left counts too."""
    left = b'{"type":"event","step_id":"left"}\n'
    (tmp_path / "left-0123456789abcdef.ndjson").write_bytes(left * 20_000)
    port = unused_port()
    outbox = outbox_to(
        f"http://127.0.0.1:{port}",
        when_away="spool",
        spool_folder=str(tmp_path),
        spool_megabytes=1.0,
    )
    for number in range(10):
        put_call(outbox, f"call-{number}", 1_000)
        outbox.put(step(f"step-{number}"))
        assert outbox.flush(0.2) is False
    assert 800_000 < sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1_000_000
    assert caplog.text.count("because 1 MB wait there: start the capture that takes it") == 1
    with recording_server(port=port) as server:
        eventually(lambda: "step-9" in server.ids())
        # What was on disk, what was in memory, and then what another one had left.
        assert [name for name in server.ids() if name != "left"] == [
            f"step-{number}" for number in range(10)
        ]
        eventually(lambda: not list(tmp_path.iterdir()))
        assert "left" in server.ids()


def test_the_files_of_others_are_not_counted_with_each_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each agent that no capture heard leaves one: there may be thousands."""
    from llm_stream._sending.spool import Spool, SpoolIsFull

    now = 1_000.0
    monkeypatch.setattr("llm_stream._sending.spool.time.monotonic", lambda: now)
    spool = Spool(str(tmp_path), 1.0)
    spool.append([b"{}"])
    (tmp_path / "left-0123456789abcdef.ndjson").write_bytes(b"x" * 1_000_000)
    spool.append([b"{}"])
    now += 11
    with pytest.raises(SpoolIsFull):
        spool.append([b"{}"])
    spool.release()
