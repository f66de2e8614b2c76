"""Nothing that goes wrong here reaches the agent: it is said once, and the agent goes on."""

from __future__ import annotations

import functools
import logging
from contextlib import suppress
from typing import Any, Callable, TypeVar, cast

from ._wire import LONGEST_NAME

Function = TypeVar("Function", bound=Callable[..., Any])

_log = logging.getLogger("llm_stream")
_said: set[str] = set()


def say_once(kind: str, sentence: str) -> None:
    """``kind``: which mistake it is; a second one of that kind is not said."""
    if kind in _said:
        return
    _said.add(kind)
    # A handler of the agent's logging that fails must not fail the agent's work.
    with suppress(Exception):
        _log.warning("%s", sentence)


def never_raises(instead: Callable[[], Any] = lambda: None) -> Callable[[Function], Function]:
    """What fails in the function, or in how it was called, is said once; it then returns what ``instead`` gives."""

    def decorate(function: Function) -> Function:
        name = function.__name__.lstrip("_")

        @functools.wraps(function)
        def safe(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            except Exception as error:
                say_once(
                    f"failed:{name}:{type(error).__name__}",
                    f"Something could not be recorded and is missing in the trace ({name}: "
                    f"{described(error)}): correct what was given to llm_stream.",
                )
                return instead()

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
        # Subclasses of str, as some enums are, may say something else than what they hold.
        text = value if isinstance(value, str) else str(value)
        return text if type(text) is str else str.__str__(text)
    except Exception:
        return f"<{type(value).__name__} without a text>"


def name_of(name: object, otherwise: str) -> str:
    """Of whatever was given as one."""
    return short("" if name is None else name, LONGEST_NAME) or otherwise


def short(value: object, longest: int) -> str:
    text = text_of(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"
