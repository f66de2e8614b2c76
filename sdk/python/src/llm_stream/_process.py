"""Which process this is: what was open before a fork belongs to the parent."""

from __future__ import annotations

import os


class _Process:
    generation = 0
    """One more after every fork; what was started in another generation is inert here."""


process = _Process()


def _forked() -> None:
    process.generation += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
