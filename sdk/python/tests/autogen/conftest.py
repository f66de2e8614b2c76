from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.mock_server import MockServer
from harness.recording import Recording

sys.path.insert(0, str(Path(__file__).parent))

from autogen_story import Story, story_of
from autogen_world import World

from llm_stream import trace
from llm_stream.autogen import capture_autogen


@pytest.fixture
def world(mock_server: MockServer) -> World:
    """AutoGen's real clients and agents, in front of the mock."""
    return World(mock_server)


@pytest.fixture
def endpoint(recording: Recording) -> Iterator[Recording]:
    """Traced to from here on, but by AutoGen only when the test says so."""
    capture = recording.capture
    trace.configure(endpoint=capture.url, token=capture.token, enabled=True)
    yield recording
    assert trace.flush(timeout=20)
    trace.configure(enabled=False)


@pytest.fixture
def story(endpoint: Recording) -> Iterator[Story]:
    """What AutoGen does is recorded; read it when all is done."""
    with capture_autogen():
        yield story_of(endpoint)
