"""Replaces methods of classes and of all classes that derive from them, now or later; and puts them back."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any, Callable

#: Makes the replacement of a method.
Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


class Patches:
    def __init__(self) -> None:
        self.is_active = True
        self._undo: list[Callable[[], None]] = []

    def patch_tree(self, base: type, wrappers: Mapping[str, Wrapper]) -> None:
        """Wherever one of the methods is defined, not only inherited or declared as abstract."""
        for each in set(_tree(base)):
            self._patch_class(each, wrappers)
        self._patch_later_classes(base, wrappers)

    def undo(self) -> None:
        self.is_active = False
        while self._undo:
            self._undo.pop()()

    def _patch_class(self, owner: type, wrappers: Mapping[str, Wrapper]) -> None:
        if not self.is_active:
            return
        for name, wrapper in wrappers.items():
            original = vars(owner).get(name)
            if isinstance(original, FunctionType) and not _is_abstract(original):
                self._replace(owner, name, wrapper(original))

    def _patch_later_classes(self, base: Any, wrappers: Mapping[str, Wrapper]) -> None:
        previous = vars(base).get("__init_subclass__")

        def patch_subclass(cls: Any, /, **arguments: Any) -> None:
            if previous is None:
                super(base, cls).__init_subclass__(**arguments)
            else:
                previous.__get__(None, cls)(**arguments)
            self._patch_class(cls, wrappers)

        self._replace(base, "__init_subclass__", classmethod(patch_subclass))

    def _replace(self, owner: type, name: str, replacement: object) -> None:
        previous = vars(owner).get(name)
        setattr(owner, name, replacement)
        # Classes come and go, in notebooks for example.
        weak_owner = weakref.ref(owner)

        def put_back() -> None:
            living_owner = weak_owner()
            # Somebody else may have replaced it since.
            if living_owner is None or vars(living_owner).get(name) is not replacement:
                return
            if previous is None:
                delattr(living_owner, name)
            else:
                setattr(living_owner, name, previous)

        self._undo.append(put_back)


def _tree(base: type) -> Iterator[type]:
    yield base
    children: list[type] = base.__subclasses__()
    for child in children:
        yield from _tree(child)


def _is_abstract(method: object) -> bool:
    return bool(getattr(method, "__isabstractmethod__", False))
