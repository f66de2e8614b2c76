"""What a framework's adapter gives to switch it off again."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, TypeVar

Capture = TypeVar("Capture", bound="AdapterCapture")


class Switch(Protocol):
    """Counts who uses it: on from the first ``begin`` to the last ``end``."""

    def begin(self) -> None: ...

    def end(self) -> None: ...


class AdapterCapture:
    """Until ``stop``, or the end of its ``with``."""

    def __init__(self, switch: Switch, enabled: bool = True) -> None:
        self._switch = switch
        self._is_open = enabled
        if enabled:
            switch.begin()

    def stop(self) -> None:
        """What has begun is still recorded to its end."""
        if self._is_open:
            self._is_open = False
            self._switch.end()

    def __enter__(self: Capture) -> Capture:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()
