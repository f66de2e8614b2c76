from __future__ import annotations

import os

import pytest
from recording_outbox import RecordingOutbox

from llm_stream import _safely


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings, and each mistake can be said again."""
    for name in list(os.environ):
        if name.startswith("LLM_STREAM_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(_safely, "_said", set())


@pytest.fixture
def outbox() -> RecordingOutbox:
    return RecordingOutbox()
