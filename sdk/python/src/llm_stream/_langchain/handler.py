"""LangChain's callbacks, each handed on as what it means."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from .._safely import never_raises
from .beginning import Beginning, chain_type, name_of
from .recording import Recording


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

    # Their signatures are LangChain's but for what all beginnings have in common: that goes on as it was told.

    @never_raises()
    def on_chat_model_start(self, serialized: Any, messages: Any, **told: Any) -> None:
        asked = {"messages": messages[0] if messages else None}
        self._begin_call(serialized, asked, told)

    @never_raises()
    def on_llm_start(self, serialized: Any, prompts: Any, **told: Any) -> None:
        asked = {"prompt": prompts[0] if prompts else None}
        self._begin_call(serialized, asked, told)

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
    def on_chain_start(self, serialized: Any, inputs: Any, **told: Any) -> None:
        chain = Beginning(told, name_of(serialized, told, "chain"))
        if chain.is_hidden:
            self._recording.begin_hidden(chain)
            return
        step_type, data = chain_type(chain, told.get("run_type"))
        self._recording.begin_step(chain, step_type, inputs, data)

    @never_raises()
    def on_chain_end(self, outputs: Any, *, run_id: UUID, inputs: Any = None, **_told: Any) -> None:
        self._recording.end_step(run_id, outputs, inputs)

    @never_raises()
    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_told: Any) -> None:
        self._recording.fail(run_id, error)

    @never_raises()
    def on_tool_start(self, serialized: Any, input_str: Any, **told: Any) -> None:
        tool = Beginning(told, name_of(serialized, told, "tool"))
        call_id = told.get("tool_call_id")
        data = {"tool_call_id": call_id} if call_id else {}
        self._recording.begin_step(tool, "tool_call", told.get("inputs") or input_str, data)

    @never_raises()
    def on_tool_end(self, output: Any, *, run_id: UUID, **_told: Any) -> None:
        self._recording.end_step(run_id, output)

    @never_raises()
    def on_tool_error(self, error: BaseException, *, run_id: UUID, **_told: Any) -> None:
        self._recording.fail(run_id, error)

    @never_raises()
    def on_retriever_start(self, serialized: Any, query: Any, **told: Any) -> None:
        retriever = Beginning(told, name_of(serialized, told, "retriever"))
        self._recording.begin_step(retriever, "memory_read", query, {"kind": "retriever"})

    @never_raises()
    def on_retriever_end(self, documents: Any, *, run_id: UUID, **_told: Any) -> None:
        self._recording.end_step(run_id, documents)

    @never_raises()
    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **_told: Any) -> None:
        self._recording.fail(run_id, error)

    @never_raises()
    def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **_told: Any) -> None:
        self._recording.note(run_id, name, data)

    def _begin_call(self, serialized: Any, asked: dict[str, Any], told: dict[str, Any]) -> None:
        call = Beginning(told, told.get("name"))
        self._recording.begin_call(call, serialized, told.get("invocation_params"), asked)
