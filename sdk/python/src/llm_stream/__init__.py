"""Records what an LLM agent does, token by token, for LLM Stream Inspector."""

from ._llm_stream import LlmStream
from ._runs import Run
from ._steps import Step
from ._trace import Trace, trace, trace_stream
from ._trace_stream import TracedStream

__all__ = ["LlmStream", "Run", "Step", "Trace", "TracedStream", "trace", "trace_stream"]
