"""Records what an LLM agent does, token by token, for LLM Stream Inspector."""

from ._llm_stream import LlmStream
from ._runs import Run
from ._steps import Step
from ._trace import Trace, trace

__all__ = ["LlmStream", "Run", "Step", "Trace", "trace"]
