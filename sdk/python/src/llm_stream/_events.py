"""Steps that are over when they are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._clock import now_ns
from ._failures import shown_error
from ._place import Place, new_id
from ._plain import plain
from ._safely import name_of


def put_event(
    place: Place,
    step_type: str,
    name: object,
    data: object,
    known: Mapping[str, Any],
    status: str | None = None,
) -> None:
    """``data``: what else the agent has said; ``known`` counts more."""
    run, parent_id = place
    event: dict[str, Any] = {"type": "event", "step_id": new_id(), "run_id": run.id}
    if parent_id is not None:
        event["parent_id"] = parent_id
    event["step_type"] = step_type
    event["name"] = name_of(name, step_type)
    event["timestamp_us"] = run.clock.wall_us(now_ns())
    shown = {**fields_of(data), **plain(known)}
    if shown:
        event["data"] = shown
    if status is not None:
        event["status"] = status
    run.outbox.put(event)


def put_error(place: Place, error: object, data: object = None) -> None:
    """One that a step within has shown already is not shown again on its way up."""
    if place.run.has_noted(error):
        return
    place.run.note_error(error)
    name = type(error).__name__ if isinstance(error, BaseException) else "error"
    put_event(place, "error", name, data, {"error": shown_error(error)}, "failed")


def given(**values: object) -> dict[str, Any]:
    """Without what is None."""
    return {name: value for name, value in values.items() if value is not None}


def fields_of(data: object) -> dict[str, Any]:
    """Of what was given as data: an object, whatever it is."""
    if data is None:
        return {}
    copied = plain(data)
    return copied if isinstance(copied, dict) else {"value": copied}
