from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.mock_server import MockServer
from harness.recording import Recording

sys.path.insert(0, str(Path(__file__).parent))

from models import Models
from recorded import Recorded

from llm_stream import trace


@pytest.fixture
def models(mock_server: MockServer) -> Models:
    """The real integrations, in front of the mock."""
    return Models(mock_server)


@pytest.fixture
def recorded(recording: Recording) -> Iterator[Recorded]:
    """What a capture has of what is traced from here on."""
    capture = recording.capture
    trace.configure(endpoint=capture.url, token=capture.token, enabled=True)
    yield Recorded(recording)
    assert trace.flush(timeout=20)
    trace.configure(enabled=False)
