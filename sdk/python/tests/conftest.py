from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness.capture import Capture
from harness.mock_server import MockServer
from harness.recording import Recording, Snapshots


@pytest.fixture(scope="session")
def mock_server() -> Iterator[MockServer]:
    """A mock model server at known times; see test/mock/README.md."""
    server = MockServer()
    yield server
    server.stop()


@pytest.fixture
def capture(tmp_path: Path) -> Iterator[Capture]:
    """A capture of its own for the test."""
    process = Capture(tmp_path)
    yield process
    process.stop()


@pytest.fixture(scope="session")
def shared_capture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capture]:
    process = Capture(tmp_path_factory.mktemp("shared"))
    yield process
    process.stop()


@pytest.fixture(scope="session")
def snapshots() -> Iterator[Snapshots]:
    process = Snapshots()
    yield process
    process.stop()


@pytest.fixture
def recording(shared_capture: Capture, snapshots: Snapshots) -> Recording:
    """What a capture has of this test; faster than one of its own."""
    return Recording(shared_capture, snapshots)
