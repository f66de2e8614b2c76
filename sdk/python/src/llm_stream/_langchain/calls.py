"""What LangChain says of a model call when it begins and when it is over, in the words of the trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .values import readable

#: Of the parameters: said elsewhere, or not for a trace.
_NOT_PARAMETERS = frozenset({"model", "model_name", "model_id", "_type"})
_SECRET_ENDINGS = ("api_key", "headers", "secret", "credentials", "password")

_FINISH_REASONS = ("finish_reason", "stop_reason", "done_reason")
_PROMPT_TOKENS = ("input_tokens", "prompt_tokens", "prompt_eval_count")
_COMPLETION_TOKENS = ("output_tokens", "completion_tokens", "eval_count")


def request_of(
    serialized: Mapping[str, Any] | None,
    metadata: Mapping[str, Any] | None,
    invocation: Any,
) -> dict[str, Any]:
    """``model``, ``provider`` and ``parameters``."""
    known = metadata or {}
    invocation = invocation if isinstance(invocation, Mapping) else {}
    model = _first(known, "ls_model_name") or _first(invocation, "model", "model_name", "model_id")
    provider = _first(known, "ls_provider") or _first(invocation, "_type")
    parameters = {
        str(key): readable(value)
        for key, value in invocation.items()
        if value is not None and key not in _NOT_PARAMETERS and not _is_secret(key)
    }
    temperature = known.get("ls_temperature")
    if temperature is not None:
        parameters.setdefault("temperature", temperature)
    return {
        "model": model or _first(serialized or {}, "name"),
        "provider": provider,
        "parameters": parameters or None,
    }


def outcome_of(result: Any) -> dict[str, Any]:
    """``finish_reason``, ``prompt_tokens`` and ``completion_tokens``, as far as they are said."""
    generation = _generation(result)
    message = getattr(generation, "message", None)
    said = [
        getattr(generation, "generation_info", None),
        getattr(message, "response_metadata", None),
        getattr(result, "llm_output", None),
    ]
    sources = [source for source in said if isinstance(source, Mapping)]
    usages = [getattr(message, "usage_metadata", None)]
    for source in sources:
        usages += [source.get("token_usage"), source.get("usage"), source]
    incomplete = [source.get("incomplete_details") for source in sources]
    outcome = {
        # OpenAI's Responses have no reason, but why they are incomplete, or a status.
        "finish_reason": _found(sources, _FINISH_REASONS, str)
        or _found(incomplete, ("reason",), str)
        or _found(sources, ("status",), str),
        # There is no empty prompt: LangChain says 0 where the provider said nothing.
        "prompt_tokens": _found(usages, _PROMPT_TOKENS, int) or None,
        "completion_tokens": _found(usages, _COMPLETION_TOKENS, int),
    }
    return {key: value for key, value in outcome.items() if value is not None}


def response_of(result: Any) -> Any:
    """The text; with tool calls or blocks of other kinds the message."""
    generation = _generation(result)
    message = getattr(generation, "message", None)
    text = getattr(generation, "text", None)
    if message is None or not (message.tool_calls or isinstance(message.content, list)):
        return text or None
    return readable(message)


def _generation(result: Any) -> Any:
    generations = getattr(result, "generations", None) or [[]]
    return generations[0][0] if generations[0] else None


def _found(sources: list[Any], names: tuple[str, ...], kind: type) -> Any:
    for source in sources:
        for name in names if isinstance(source, Mapping) else ():
            if isinstance(source.get(name), kind):
                return source[name]
    return None


def _first(values: Mapping[str, Any], *names: str) -> str | None:
    return _found([values], names, str) or None


def _is_secret(key: Any) -> bool:
    return str(key).lower().endswith(_SECRET_ENDINGS)
