"""Recording of all calls, without a change to the agent's code."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any, cast

from langchain_core.tracers.context import register_configure_hook

from .._adapter_capture import AdapterCapture
from .._trace import trace
from .handler import LlmStreamCallbackHandler


class LangChainCapture(AdapterCapture):
    """Until ``stop``, or the end of its ``with``."""


def capture_langchain() -> LangChainCapture:
    """From now on every call of LangChain is recorded, in all threads and tasks; one with a handler of its own only
    once."""
    return LangChainCapture(_switch)


class _Switch:
    """For LangChain a context variable. A real one would not reach threads that run already."""

    def __init__(self) -> None:
        self._handler = LlmStreamCallbackHandler()
        self._users = 0
        self._is_registered = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        with self._lock:
            self._users += 1
            if not self._is_registered:
                self._is_registered = True
                variable = cast("ContextVar[Any]", self)
                register_configure_hook(variable, True, LlmStreamCallbackHandler)

    def end(self) -> None:
        with self._lock:
            self._users -= 1

    def get(self) -> LlmStreamCallbackHandler | None:
        return self._handler if self._users > 0 and trace.is_recording else None


_switch = _Switch()
