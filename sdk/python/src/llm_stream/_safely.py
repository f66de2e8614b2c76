"""Nothing that goes wrong here reaches the agent: it is said once, and the agent goes on."""

from __future__ import annotations

import functools
import logging
from typing import Any, Callable, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

_log = logging.getLogger("llm_stream")
_said: set[str] = set()


def say_once(kind: str, sentence: str) -> None:
    """``kind``: which mistake it is; a second one of that kind is not said."""
    if kind in _said:
        return
    _said.add(kind)
    try:
        _log.warning("%s", sentence)
    except Exception:
        # A handler of the agent's logging that fails must not fail the agent's work.
        pass


def never_raises(instead: Any = None) -> Callable[[Function], Function]:
    """What fails in the function, or in how it was called, is said once; it then returns ``instead``."""

    def decorate(function: Function) -> Function:
        name = function.__name__

        @functools.wraps(function)
        def safe(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            except Exception as error:
                say_once(
                    f"failed:{name}:{type(error).__name__}",
                    f"llm_stream could not record a call of {name}() ({described(error)}): "
                    "correct what it was given; the agent goes on.",
                )
                return instead

        return cast(Function, safe)

    return decorate


def described(error: object) -> str:
    """Class and message of an exception, or the text of anything else."""
    text = text_of(error)
    if not isinstance(error, BaseException):
        return text
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def text_of(value: object) -> str:
    """Also of an object whose ``__str__`` fails."""
    try:
        text = str(value)
        # A subclass of str may come with methods of its own.
        return text if type(text) is str else str.__str__(text)
    except Exception:
        return f"<{type(value).__name__} without a text>"


def short(value: object, longest: int) -> str:
    text = text_of(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"
