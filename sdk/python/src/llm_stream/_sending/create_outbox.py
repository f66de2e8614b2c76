"""The one way to an outbox."""

from __future__ import annotations

from .disabled_outbox import DisabledOutbox
from .live_outbox import LiveOutbox
from .outbox import Outbox
from .settings import SendingSettings


def create_outbox(settings: SendingSettings) -> Outbox:
    """Starts nothing before the first event."""
    if not settings.enabled or not settings.endpoint:
        return DisabledOutbox()
    return LiveOutbox(settings)
