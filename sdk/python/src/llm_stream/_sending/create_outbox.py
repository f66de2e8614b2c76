"""The one way to an outbox."""

from __future__ import annotations

from .disabled_outbox import DisabledOutbox
from .outbox import Outbox
from .settings import SendingSettings


def create_outbox(settings: SendingSettings) -> Outbox:
    """Starts nothing before the first event."""
    if not settings.enabled or not settings.endpoint:
        return DisabledOutbox()
    # Takes its time to load, which whoever records nothing does not have to wait for.
    from .live_outbox import LiveOutbox

    return LiveOutbox(settings)
