from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sdk" / "python" / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from conversation import Conversation
from harness.capture import Capture
from harness.mock_server import MockServer
from litellm_proxy import LitellmProxy


@pytest.fixture(scope="session")
def mock_server() -> Iterator[MockServer]:
    server = MockServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def litellm(
    mock_server: MockServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LitellmProxy]:
    proxy = LitellmProxy(mock_server, tmp_path_factory.mktemp("litellm"))
    yield proxy
    proxy.stop()


@pytest.fixture(scope="session")
def capture(litellm: LitellmProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capture]:
    process = Capture(tmp_path_factory.mktemp("capture"), {"litellm": litellm.url})
    yield process
    process.stop()


@pytest.fixture
def conversation(
    capture: Capture,
    litellm: LitellmProxy,
    mock_server: MockServer,
    request: pytest.FixtureRequest,
) -> Iterator[Conversation]:
    """Calls of this test go through the capture, into a run of its own."""
    name = request.node.nodeid.rsplit("/", 1)[-1]
    with Conversation(capture, litellm, mock_server, name) as through:
        yield through
