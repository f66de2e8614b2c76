"""Recording of all agents, without a change to their code: AutoGen's methods are wrapped while somebody captures."""

from __future__ import annotations

import threading

from autogen_agentchat.base import ChatAgent, Team
from autogen_core.code_executor import CodeExecutor
from autogen_core.memory import Memory
from autogen_core.models import ChatCompletionClient
from autogen_core.tools import BaseTool, Workbench

from .. import trace
from .._adapter_capture import AdapterCapture
from .._safely import never_raises
from .._settings import switched_on
from .model_calls import begin_create, begin_create_stream, begin_raw_chunks
from .observing import Begin, observed_coroutine, observed_generator
from .patches import Patches, Wrapper
from .steps import (
    begin_code_execution,
    begin_memory_add,
    begin_memory_query,
    begin_memory_update,
    begin_tool_run,
    begin_workbench_call,
)
from .turns import begin_agent_run, begin_agent_turn, begin_team


class AutogenCapture(AdapterCapture):
    """Until ``stop``, or the end of its ``with``."""


def capture_autogen(enabled: bool | None = None) -> AutogenCapture:
    """From now on all agents, teams and model clients are recorded, also those that were made before.

    ``enabled``: default: ``LLM_STREAM_AUTOGEN``, else true.
    """
    is_on = switched_on("LLM_STREAM_AUTOGEN") if enabled is None else bool(enabled)
    return AutogenCapture(_switch, is_on)


class _Switch:
    def __init__(self) -> None:
        self._patches: Patches | None = None
        self._users = 0
        self._lock = threading.Lock()

    def begin(self) -> None:
        with self._lock:
            self._users += 1
            if self._patches is None:
                self._patches = Patches()
                _patch(self._patches)

    def end(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._patches is not None:
                self._patches.undo()
                self._patches = None


_switch = _Switch()


@never_raises()
def _patch(patches: Patches) -> None:
    def coroutine(begin: Begin) -> Wrapper:
        return lambda original: observed_coroutine(original, _while_active(patches, begin))

    def generator(begin: Begin) -> Wrapper:
        return lambda original: observed_generator(original, _while_active(patches, begin))

    patches.patch_tree(
        ChatCompletionClient,
        {
            "create": coroutine(begin_create),
            "create_stream": generator(begin_create_stream),
            # Of the clients for OpenAI and Azure; not public, so that it may be missing.
            "_create_stream_chunks": generator(begin_raw_chunks),
            "_create_stream_chunks_beta_client": generator(begin_raw_chunks),
        },
    )
    patches.patch_tree(Team, {"run": coroutine(begin_team), "run_stream": generator(begin_team)})
    patches.patch_tree(
        ChatAgent,
        {
            "run": coroutine(begin_agent_run),
            "run_stream": generator(begin_agent_run),
            "on_messages": coroutine(begin_agent_turn),
            "on_messages_stream": generator(begin_agent_turn),
        },
    )
    patches.patch_tree(
        Workbench,
        {
            "call_tool": coroutine(begin_workbench_call),
            "call_tool_stream": generator(begin_workbench_call),
        },
    )
    patches.patch_tree(
        BaseTool,
        {"run_json": coroutine(begin_tool_run), "run_json_stream": generator(begin_tool_run)},
    )
    patches.patch_tree(
        Memory,
        {
            "query": coroutine(begin_memory_query),
            "update_context": coroutine(begin_memory_update),
            "add": coroutine(begin_memory_add),
        },
    )
    patches.patch_tree(CodeExecutor, {"execute_code_blocks": coroutine(begin_code_execution)})


def _while_active(patches: Patches, begin: Begin) -> Begin:
    """A wrapper may stay: where somebody else has wrapped it again, or in a subclass that keeps it under its name."""
    guarded = never_raises()(begin)
    return lambda *arguments, **options: (
        guarded(*arguments, **options) if patches.is_active and trace.is_recording else None
    )
