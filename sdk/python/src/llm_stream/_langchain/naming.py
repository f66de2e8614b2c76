"""What a run of LangChain is called, and as what it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._wire import StepType

_GRAPHS = ("langgraph", "langchain_create_agent")
_AGENT_NAMES = ("LangGraph", "AgentExecutor")


def name_of(serialized: Mapping[str, Any] | None, told: Mapping[str, Any], kind: str) -> str:
    """As the agent named it, else after its class."""
    known = serialized or {}
    name = told.get("name") or known.get("name")
    if not name and isinstance(known.get("id"), list):
        name = known["id"][-1]
    return str(name or kind)


def chain_type(
    name: str, tags: list[str], metadata: Mapping[str, Any], run_type: str | None
) -> tuple[StepType, dict[str, Any]]:
    """Graphs count as agents, their nodes as stages."""
    if any(tag.startswith("graph:step:") for tag in tags):
        return "stage", {"kind": "node"}
    is_outermost_graph = (
        metadata.get("ls_integration") in _GRAPHS and "langgraph_node" not in metadata
    )
    if is_outermost_graph or name in _AGENT_NAMES or name == metadata.get("lc_agent_name"):
        return "agent", {}
    # Prompts and parsers are chains too, for LangChain.
    return "custom", {"kind": "chain", **({"run_type": run_type} if run_type else {})}
