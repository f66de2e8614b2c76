"""Records what LangChain and LangGraph do. Needs ``langchain-core``.

For some calls::

    from llm_stream.langchain import LlmStreamCallbackHandler

    chain.invoke(question, config={"callbacks": [LlmStreamCallbackHandler()]})

For all of them::

    from llm_stream.langchain import capture_langchain

    capture_langchain()

``LLM_STREAM_LANGCHAIN=false`` switches both off. Within an open ``trace.run`` a call is a step of it, else it gets a
run of its own. Use this or the proxy of a capture: with both each model call is recorded twice.
"""

from __future__ import annotations

try:
    import langchain_core as _  # noqa: F401
except ImportError as error:
    raise ImportError(
        'llm_stream.langchain needs langchain-core: run "pip install langchain-core", or '
        '"pip install llm-stream-sdk[langchain]".'
    ) from error

from ._langchain.everywhere import LangChainCapture, capture_langchain
from ._langchain.handler import LlmStreamCallbackHandler

__all__ = ["LangChainCapture", "LlmStreamCallbackHandler", "capture_langchain"]
