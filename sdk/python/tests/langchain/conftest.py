from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.capture import Capture
from harness.mock_server import MockServer

sys.path.insert(0, str(Path(__file__).parent))

from models import Models
from recorded import Recorded

from llm_stream import trace


@pytest.fixture
def models(mock_server: MockServer) -> Models:
    """The real integrations, in front of the mock."""
    return Models(mock_server)


@pytest.fixture(scope="session")
def shared_capture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capture]:
    process = Capture(tmp_path_factory.mktemp("langchain"))
    yield process
    process.stop()


@pytest.fixture
def recorded(shared_capture: Capture) -> Iterator[Recorded]:
    """What a capture has of what is traced from here on."""
    yield from _recorded(shared_capture)


@pytest.fixture
def recorded_file(capture: Capture) -> Iterator[Recorded]:
    """The same with a capture of its own, whose file can be asked."""
    yield from _recorded(capture)


def _recorded(capture: Capture) -> Iterator[Recorded]:
    trace.configure(endpoint=capture.url, token=capture.token, enabled=True)
    recorded = Recorded(capture)
    yield recorded
    if not recorded.has_ended:
        assert trace.flush(timeout=20)
    trace.configure(enabled=False)
