"""What the sending side has to know of the settings."""

from __future__ import annotations

from typing import Protocol


class SendingSettings(Protocol):
    """Valid already: whoever reads options and environment checks them."""

    @property
    def endpoint(self) -> str | None:
        """Base URL of a capture; None: nothing is sent."""

    @property
    def token(self) -> str | None: ...

    @property
    def enabled(self) -> bool: ...

    @property
    def when_away(self) -> str:
        """``drop`` or ``spool``."""

    @property
    def spool_folder(self) -> str | None:
        """None: a folder of the system's temporary folder."""

    @property
    def spool_megabytes(self) -> float:
        """Of all files in that folder."""

    @property
    def buffer_megabytes(self) -> float: ...

    @property
    def exit_timeout_seconds(self) -> float: ...

    @property
    def handle_signals(self) -> bool: ...
