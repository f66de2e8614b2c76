from __future__ import annotations

import os

import pytest
from recording_outbox import RecordingOutbox

from llm_stream import _context, _safely


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings or of the test before, and each mistake can be said again."""
    _context._scope.set(None)
    _context._stream.set(None)
    for name in list(os.environ):
        if name.startswith("LLM_STREAM_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(_safely, "_said", set())


@pytest.fixture
def outbox() -> RecordingOutbox:
    return RecordingOutbox()
