"""Words of the wire form (docs/api.md of the repository), and the longest texts that a capture takes."""

from __future__ import annotations

from typing import Literal, get_args

TOKEN_KINDS: frozenset[str] = frozenset(
    (
        "text",
        "reasoning",
        "refusal",
        "tool_arguments",
        "tool_name",
        "audio_transcript",
        "other",
    )
)

StepType = Literal[
    "tool_call",
    "memory_read",
    "memory_write",
    "error",
    "final_answer",
    "custom",
    "agent_spawn",
    "agent_join",
    "agent_leave",
    "agent_communication",
    "agent_handoff",
    "task_assignment",
    "task_completion",
    "agent",
    "stage",
]
STEP_TYPES: frozenset[str] = frozenset(get_args(StepType))

CALL_STATUSES: frozenset[str] = frozenset(
    ("completed", "failed", "aborted", "truncated", "interrupted")
)

LONGEST_NAME = 1_000
LONGEST_WORD = 200
