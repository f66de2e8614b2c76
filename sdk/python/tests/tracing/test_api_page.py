from __future__ import annotations

import ast
import re
from pathlib import Path

import llm_stream
from llm_stream import LlmStream, Run, Step, Trace

SDK = Path(__file__).resolve().parents[2]
PAGE = (SDK / "API.md").read_text("utf-8") + (SDK / "README.md").read_text("utf-8")


def missing(names: list[str]) -> list[str]:
    return [name for name in names if not re.search(rf"\b{name}\b", PAGE)]


def exported(module: str) -> list[str]:
    """Its ``__all__``, without importing it: the frameworks may not be installed."""
    tree = ast.parse((SDK / "src" / "llm_stream" / module).read_text("utf-8"))
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(statement.value)
            return names
    raise AssertionError(f"{module} has no __all__.")


def public(kind: type) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_")]


def test_every_name_of_the_package_and_of_its_adapters_is_on_the_page() -> None:
    names = [*llm_stream.__all__, *exported("langchain.py"), *exported("autogen.py")]
    assert missing(names) == []


def test_every_method_is_on_the_page() -> None:
    for kind in (Trace, Run, Step, LlmStream):
        assert public(kind)
        assert missing(public(kind)) == []
