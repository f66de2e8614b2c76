"""Options of ``trace.configure`` and of the environment, checked."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Callable
from urllib.parse import urlsplit

from ._safely import say_once, short, text_of
from ._wire import LONGEST_NAME

_TRUE = frozenset(("true", "1", "on", "yes"))
_FALSE = frozenset(("false", "0", "off", "no"))
_LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Settings:
    endpoint: str | None = None
    token: str | None = field(default=None, repr=False)
    enabled: bool = True
    store_tokens: bool = True
    store_responses: bool = True
    token_sample_rate: float = 1.0
    default_run_name: str = ""
    when_away: str = "drop"
    spool_folder: str | None = None
    spool_megabytes: float = 1_024.0
    buffer_megabytes: float = 32.0
    exit_timeout_seconds: float = 2.0
    handle_signals: bool = True

    @property
    def sample_rate(self) -> float:
        """The share of the tokens of a call that are sent; 0: none at all."""
        return self.token_sample_rate if self.store_tokens else 0.0


def settings_of(options: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Options that are not given come from the environment; what is wrong there is said and not used."""
    defaults = replace(Settings(), default_run_name=_program_name())
    return replace(defaults, **_from_environment(environment, defaults, options), **options)


def checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """Raises TypeError or ValueError, which name the option. None: not given."""
    known = {}
    for name, value in options.items():
        if value is None:
            continue
        try:
            known[name] = _READERS[name](value)
        except (TypeError, ValueError) as error:
            shown = "" if name in _UNSHOWN else f', and is "{short(value, _LONGEST_SHOWN)}"'
            sentence = f"{name} ({variable_of(name)}) is not valid: it must be {error}{shown}."
            raise type(error)(sentence) from None
    return known


def variable_of(name: str) -> str:
    return _OTHER_VARIABLES.get(name, f"LLM_STREAM_{name.upper()}")


_OTHER_VARIABLES = {
    "default_run_name": "LLM_STREAM_RUN",
    "spool_megabytes": "LLM_STREAM_SPOOL_MB",
    "buffer_megabytes": "LLM_STREAM_BUFFER_MB",
}


def switched_on(variable: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether an adapter's variable, for example ``LLM_STREAM_LANGCHAIN``, leaves it on: the default."""
    text = (os.environ if environment is None else environment).get(variable, "")
    if not text:
        return True
    try:
        return _switch_in_words(text)
    except ValueError as error:
        _say_wrong_variable(variable, f'it must be {error}, and is "{_shown(text)}"', "true")
        return True


def _from_environment(
    environment: Mapping[str, str], defaults: Settings, options: Mapping[str, Any]
) -> dict[str, Any]:
    found = {}
    for option in fields(Settings):
        variable = variable_of(option.name)
        text = environment.get(variable, "")
        if not text or option.name in options:
            continue
        try:
            found[option.name] = _READERS[option.name](_typed(getattr(defaults, option.name), text))
        except (TypeError, ValueError) as error:
            shown = "" if option.name in _UNSHOWN else f', and is "{_shown(text)}"'
            default = getattr(defaults, option.name)
            _say_wrong_variable(variable, f"it must be {error}{shown}", _in_words(default))
    return found


def _say_wrong_variable(variable: str, why: str, default: str) -> None:
    say_once(f"variable:{variable}", f"{variable} is not valid: {why}. {default} is used.")


def _in_words(default: object) -> str:
    if isinstance(default, bool):
        return "true" if default else "false"
    return "none" if default is None else f"{default}"


def _shown(text: str) -> str:
    return short(text, _LONGEST_SHOWN)


def _typed(default: object, text: str) -> object:
    if isinstance(default, bool):
        return _switch_in_words(text)
    if isinstance(default, float):
        return _number_in_words(text)
    return text


def _switch_in_words(text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("true or false")


def _number_in_words(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        # Not a number: whoever checks it says from where to where it must be.
        return math.nan


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError("True or False")


def _number(smallest: float, largest: float) -> Callable[[object], float]:
    wanted = f"a number from {smallest:g} to {largest:g}"

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(wanted)
        if not smallest <= value <= largest:
            raise ValueError(wanted)
        return float(value)

    return read


def _text(value: object) -> str | None:
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError("a text")
    return os.fspath(value) or None


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text")
    return short(value, LONGEST_NAME) or _program_name()


def _token(value: object) -> str | None:
    if not isinstance(value, str):
        raise TypeError("a text")
    token = value.strip()
    if not (token.isascii() and token.isprintable()):
        raise ValueError("the token that the capture has printed")
    return token or None


def _endpoint(value: object) -> str | None:
    if not isinstance(value, str):
        raise TypeError(_ENDPOINT)
    text = value.strip()
    if text and not _is_base_url(text):
        raise ValueError(_ENDPOINT)
    return text.rstrip("/") or None


_ENDPOINT = "the URL of a capture, like http://127.0.0.1:4319, without credentials or a query"


def _is_base_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        is_bare = not (url.query or url.fragment or "@" in url.netloc)
        is_complete = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False
    return is_bare and is_complete and text.isascii() and text.isprintable() and " " not in text


def _when_away(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError('"drop" or "spool"')
    if value not in ("drop", "spool"):
        raise ValueError('"drop" or "spool"')
    return value


_READERS: dict[str, Callable[[object], Any]] = {
    "endpoint": _endpoint,
    "token": _token,
    "enabled": _switch,
    "store_tokens": _switch,
    "store_responses": _switch,
    "token_sample_rate": _number(0, 1),
    "default_run_name": _name,
    "when_away": _when_away,
    "spool_folder": _text,
    "spool_megabytes": _number(1, 1_048_576),
    "buffer_megabytes": _number(1, 4_096),
    "exit_timeout_seconds": _number(0, 600),
    "handle_signals": _switch,
}
#: They may hold a secret.
_UNSHOWN = frozenset(("endpoint", "token"))


def _program_name() -> str:
    """``agent.py`` for ``python agent.py``, ``agent`` for ``python -m agent``."""
    path = text_of(sys.argv[0]) if getattr(sys, "argv", None) else ""
    folder, name = os.path.split(path)
    if name == "__main__.py":
        name = os.path.basename(folder)
    return short(name, LONGEST_NAME) if name and not name.startswith("-") else "python"
