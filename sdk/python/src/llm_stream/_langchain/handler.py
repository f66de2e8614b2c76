"""LangChain's callbacks, each handed on as what it means."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from .._safely import never_raises
from .naming import chain_type, name_of
from .recording import Beginning, Recording
from .values import readable


class LlmStreamCallbackHandler(BaseCallbackHandler):
    """Records model calls with their tokens, chains, graphs, agents, tools and retrievers.

    Used as ``config={"callbacks": [LlmStreamCallbackHandler()]}``; one may serve any number of calls, also at
    once, from several threads and in asyncio. It neither delays nor fails what it watches, and does not make a
    model stream that would not.
    """

    raise_error = False
    #: Else LangChain hands what happens in asyncio to threads, where it comes late and out of order.
    run_inline = True

    def __init__(self) -> None:
        super().__init__()
        self._recording = Recording(self)

    @never_raises()
    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[Any]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **told: Any,
    ) -> None:
        beginning = Beginning(run_id, parent_run_id, told.get("name"), tags, metadata)
        sent = {"messages": readable(messages[0]) if messages else None}
        self._recording.begin_call(beginning, serialized, told.get("invocation_params"), sent)

    @never_raises()
    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **told: Any,
    ) -> None:
        beginning = Beginning(run_id, parent_run_id, told.get("name"), tags, metadata)
        sent = {"prompt": prompts[0] if prompts else None}
        self._recording.begin_call(beginning, serialized, told.get("invocation_params"), sent)

    @never_raises()
    def on_llm_new_token(
        self, token: Any, *, chunk: Any = None, run_id: UUID, **_told: Any
    ) -> None:
        self._recording.chunk(run_id, token, chunk)

    @never_raises()
    def on_stream_event(self, event: Any, *, run_id: UUID, **_told: Any) -> None:
        self._recording.event(run_id, event)

    @never_raises()
    def on_llm_end(self, response: Any, *, run_id: UUID, **_told: Any) -> None:
        self._recording.end_call(run_id, response)

    @never_raises()
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_told: Any) -> None:
        self._recording.fail(run_id, error)

    @never_raises()
    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **told: Any,
    ) -> None:
        name = name_of(serialized, told, "chain")
        beginning = Beginning(run_id, parent_run_id, name, tags, metadata)
        step_type, data = chain_type(name, tags or [], metadata or {}, told.get("run_type"))
        self._recording.begin_step(beginning, step_type, inputs, data)

    @never_raises()
    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_told: Any) -> None:
        self._recording.end_step(run_id, outputs)

    @never_raises()
    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_told: Any) -> None:
        self._recording.fail(run_id, error)

    @never_raises()
    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        **told: Any,
    ) -> None:
        name = name_of(serialized, told, "tool")
        beginning = Beginning(run_id, parent_run_id, name, tags, metadata)
        call_id = told.get("tool_call_id")
        data = {"tool_call_id": call_id} if call_id else {}
        self._recording.begin_step(beginning, "tool_call", inputs or input_str, data)

    @never_raises()
    def on_tool_end(self, output: Any, *, run_id: UUID, **_told: Any) -> None:
        self._recording.end_step(run_id, output)

    @never_raises()
    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_told: Any) -> None:
        self._recording.fail(run_id, error)

    @never_raises()
    def on_retriever_start(
        self,
        serialized: dict[str, Any] | None,
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **told: Any,
    ) -> None:
        name = name_of(serialized, told, "retriever")
        beginning = Beginning(run_id, parent_run_id, name, tags, metadata)
        self._recording.begin_step(beginning, "memory_read", query, {"kind": "retriever"})

    @never_raises()
    def on_retriever_end(self, documents: Any, *, run_id: UUID, **_told: Any) -> None:
        self._recording.end_step(run_id, documents)

    @never_raises()
    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **_told: Any) -> None:
        self._recording.fail(run_id, error)

    @never_raises()
    def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **_told: Any) -> None:
        self._recording.note(run_id, name, data)
