"""Where records go now, and where in the trace they belong."""

from __future__ import annotations

import os
import threading
from typing import Any, Callable

from ._context import current_place
from ._place import Parent, Place, RunFrame
from ._process import process
from ._runs import ImplicitRun
from ._safely import say_once
from ._sending.create_outbox import create_outbox
from ._sending.outbox import Outbox
from ._settings import Settings, checked, settings_of


class Destination:
    """Settings and an outbox, with the run of what happens outside of any."""

    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        self.settings = settings
        self.outbox = outbox
        self._implicit: tuple[int, ImplicitRun] | None = None

    def implicit_run(self) -> ImplicitRun:
        """One a process: the child of a fork has another than its parent."""
        if self._implicit is None or self._implicit[0] != process.generation:
            frame = RunFrame(self.outbox, self.settings)
            run = ImplicitRun(frame, self.settings.default_run_name, {})
            self._implicit = (process.generation, run)
        return self._implicit[1]

    def end_implicit_run(self) -> None:
        if self._implicit is not None:
            self._implicit[1].end()
            self._implicit = None


class Destinations:
    def __init__(self, outbox_for: Callable[[Settings], Outbox] = create_outbox) -> None:
        self._outbox_for = outbox_for
        self._options: dict[str, Any] = {}
        self._current: Destination | None = None
        self._making = threading.RLock()
        if hasattr(os, "register_at_fork"):
            # Another thread of the parent may have held it.
            os.register_at_fork(after_in_child=self._forget_lock)

    def configure(self, options: dict[str, Any]) -> None:
        """What is open goes on to where it was started. Raises TypeError or ValueError."""
        known = checked(options)
        with self._making:
            changed = {**self._options, **known}
            if self._current is not None and self._current.settings != settings_of(
                changed, os.environ
            ):
                self._current.end_implicit_run()
                self._current = None
            self._options = changed

    @property
    def current(self) -> Destination:
        found = self._current
        if found is not None:
            return found
        with self._making:
            if self._current is None:
                settings = settings_of(self._options, os.environ)
                self._current = Destination(settings, self._outbox_for(settings))
            return self._current

    def place_for(self, parent: object) -> Place | None:
        """Where something belongs; None when nothing is recorded."""
        destination = self.current
        if not destination.outbox.enabled:
            return None
        if parent is not None:
            if isinstance(parent, Parent):
                if parent._place is not None:
                    return parent._place
            else:
                say_once(
                    "parent",
                    "A parent was given that is no run, step or stream, and is not used: "
                    "give what start_run, start_step or start_llm_stream returned.",
                )
        return current_place() or self._implicit_place(destination)

    def _implicit_place(self, destination: Destination) -> Place | None:
        with self._making:
            return destination.implicit_run()._place

    def _forget_lock(self) -> None:
        self._making = threading.RLock()
