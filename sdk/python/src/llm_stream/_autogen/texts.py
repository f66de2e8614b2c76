"""AutoGen's messages, tools and settings as the plain values that a trace shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autogen_agentchat.base import Response, TaskResult
from autogen_agentchat.messages import BaseChatMessage
from autogen_core.models import (
    AssistantMessage,
    FunctionExecutionResultMessage,
    SystemMessage,
    UserMessage,
)

from .._safely import never_raises


@never_raises(str)
def message_text(message: BaseChatMessage) -> str:
    return message.to_text()


def task_text(task: object) -> str | None:
    """Of what ``run`` takes: a text, a message, or several."""
    if task is None or isinstance(task, str):
        return task
    if isinstance(task, BaseChatMessage):
        return message_text(task)
    # What can be iterated only once is AutoGen's.
    return "\n".join(map(message_text, task)) if isinstance(task, (list, tuple)) else None


def final_message(result: Response | TaskResult) -> BaseChatMessage | None:
    if isinstance(result, Response):
        return result.chat_message
    chat = (
        message for message in reversed(result.messages) if isinstance(message, BaseChatMessage)
    )
    return next(chat, None)


@never_raises(list)
def model_messages(messages: object) -> list[object]:
    """In the form of chat completions. Images are only named: they are large."""
    known = messages if isinstance(messages, (list, tuple)) else ()
    return [form for message in known for form in _model_message(message)]


def _model_message(message: object) -> list[object]:
    if isinstance(message, SystemMessage):
        return [{"role": "system", "content": message.content}]
    if isinstance(message, UserMessage):
        return [{"role": "user", "name": message.source, "content": _user_content(message.content)}]
    if isinstance(message, AssistantMessage):
        return [{"role": "assistant", "name": message.source, **_assistant_content(message)}]
    if isinstance(message, FunctionExecutionResultMessage):
        return [
            {
                "role": "tool",
                "tool_call_id": result.call_id,
                "name": result.name,
                "content": result.content,
                **({"is_error": True} if result.is_error else {}),
            }
            for result in message.content
        ]
    return [message]


def _user_content(content: str | list[Any]) -> object:
    if isinstance(content, str):
        return content
    return [part if isinstance(part, str) else "[image]" for part in content]


def _assistant_content(message: AssistantMessage) -> dict[str, object]:
    thought = {"reasoning": message.thought} if message.thought else {}
    if isinstance(message.content, str):
        return {"content": message.content, **thought}
    return {"tool_calls": function_calls(message.content), **thought}


def function_calls(calls: Iterable[Any]) -> list[dict[str, object]]:
    return [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in calls]


@never_raises(dict)
def call_parameters(client: object, options: Mapping[str, Any]) -> dict[str, object]:
    """What the model is asked with, beside its messages."""
    parameters: dict[str, object] = {
        name: value
        for name, value in {
            **_client_settings(client),
            **dict(options.get("extra_create_args") or {}),
        }.items()
        # Headers may hold keys.
        if name not in ("model", "extra_headers")
    }
    tools = options.get("tools")
    if isinstance(tools, (list, tuple)) and tools:
        parameters["tools"] = [_tool_schema(tool) for tool in tools]
        choice = options.get("tool_choice", "auto")
        parameters["tool_choice"] = choice if isinstance(choice, str) else _tool_schema(choice)
    json_output = options.get("json_output")
    if json_output is not None:
        parameters["json_output"] = (
            json_output if isinstance(json_output, bool) else json_output.__name__
        )
    return parameters


def _tool_schema(tool: Any) -> object:
    return tool if isinstance(tool, Mapping) else tool.schema


def model_name(client: object) -> str | None:
    name = _client_settings(client).get("model")
    if isinstance(name, str):
        return name
    # A cache in front of another client, for example.
    inner = getattr(client, "client", None)
    return None if inner is None or inner is client else model_name(inner)


def provider_name(client: object) -> str | None:
    name = type(client).__name__
    suffix = "ChatCompletionClient"
    return name[: -len(suffix)].lower() if name.endswith(suffix) and name != suffix else None


def _client_settings(client: object) -> Mapping[str, Any]:
    settings = getattr(client, "_create_args", None)
    return settings if isinstance(settings, Mapping) else {}
