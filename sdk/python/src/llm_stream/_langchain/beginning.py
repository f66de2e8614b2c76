"""What LangChain tells of everything that begins: how it is called, and what it is in a trace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from .._wire import StepType

_GRAPHS = ("langgraph", "langchain_create_agent")
_AGENT_NAMES = ("LangGraph", "AgentExecutor")
_SESSION_NAMES = ("session_id", "thread_id", "conversation_id")
_TAGS_OF_FRAMEWORKS = re.compile(r"(graph:step|seq:step|map:key|langsmith):")
_METADATA_OF_FRAMEWORKS = re.compile(
    r"ls_|langgraph_|__pregel|checkpoint_(id|map|ns)$|lc_(versions|agent_name)$|revision_id$"
)


class Beginning:
    def __init__(self, told: Mapping[str, Any], name: str | None) -> None:
        """``told``: the named arguments of a callback."""
        self.run_id: UUID = told["run_id"]
        self.parent_id: UUID | None = told.get("parent_run_id")
        self.name = name
        self.tags = [str(tag) for tag in told.get("tags") or ()]
        metadata = told.get("metadata")
        self.metadata: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}

    @property
    def is_hidden(self) -> bool:
        """LangGraph's own plumbing."""
        return "langsmith:hidden" in self.tags

    @property
    def facts(self) -> dict[str, Any]:
        """What the agent itself has noted of it, and the id by which it is found again in other tools."""
        tags = [tag for tag in self.tags if not _TAGS_OF_FRAMEWORKS.match(tag)]
        own = {
            name: value
            for name, value in self.metadata.items()
            if not _METADATA_OF_FRAMEWORKS.match(str(name))
        }
        return {
            "langchain_run_id": str(self.run_id),
            **({"tags": tags} if tags else {}),
            **({"metadata": own} if own else {}),
        }

    @property
    def conversation(self) -> dict[str, str]:
        """Of a run, as LangGraph and LangSmith name it."""
        known = self.metadata
        session = next((known[name] for name in _SESSION_NAMES if known.get(name)), None)
        ids = {"session_id": session, "user_id": known.get("user_id")}
        return {name: str(value) for name, value in ids.items() if value is not None}


def name_of(serialized: Any, told: Mapping[str, Any], otherwise: str) -> str:
    """As the agent named it, else after its class."""
    known = serialized if isinstance(serialized, Mapping) else {}
    name = told.get("name") or known.get("name")
    path = known.get("id")
    if not name and isinstance(path, list) and path:
        name = path[-1]
    return str(name or otherwise)


def chain_type(chain: Beginning, run_type: Any) -> tuple[StepType, dict[str, Any]]:
    """With what is noted of it. Nodes of graphs are stages, graphs and agents are agents."""
    known = chain.metadata
    if any(tag.startswith("graph:step:") for tag in chain.tags):
        return "stage", {"kind": "node"}
    is_outermost_graph = known.get("ls_integration") in _GRAPHS and "langgraph_node" not in known
    names = (*_AGENT_NAMES, known.get("lc_agent_name"))
    if is_outermost_graph or chain.name in names:
        return "agent", {"kind": "agent"}
    # Prompts and parsers are chains too, for LangChain.
    return "custom", {"kind": "chain", **({"run_type": run_type} if run_type else {})}
