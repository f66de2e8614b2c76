"""Records what AutoGen's agents and teams do. Needs ``autogen-agentchat``, 0.6 or newer.

Once, before they run::

    from llm_stream.autogen import capture_autogen

    capture_autogen()

A team or an agent that runs gets a run of its own, or is a step of the ``trace.run`` around it. Turns of agents, what
they say to whom, hand-offs, tools, memories and executed code are steps; every call of a model has its tokens with
their times. Nothing of AutoGen changes but that. ``LLM_STREAM_AUTOGEN=false`` switches it off. Use this or the proxy of
a capture: with both each model call is recorded twice.
"""

from __future__ import annotations

try:
    import autogen_agentchat as _  # noqa: F401
except ImportError as error:
    raise ImportError(
        'llm_stream.autogen needs AutoGen: run "pip install autogen-agentchat", or '
        '"pip install llm-stream-sdk[autogen]".'
    ) from error

from ._autogen.everywhere import AutogenCapture, capture_autogen

__all__ = ["AutogenCapture", "capture_autogen"]
