from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from ._place import Parent


class LlmStream(Parent):
    """A call of a model whose answer comes token by token.

    To be used with ``with`` or ``async with``, which end it, also when an exception comes through; or ended by hand.
    What comes after its end is ignored. Any thread may add tokens.

    This one is not recorded: its methods do nothing.
    """

    __slots__ = ()

    @property
    def id(self) -> str:
        """Empty when nothing is recorded."""
        return ""

    @property
    def has_ended(self) -> bool:
        return False

    def add_token(
        self, text: str, kind: str = "text", metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Notes the time and keeps the text, nothing else. An empty text is no token.

        ``kind``: text, reasoning, refusal, tool_arguments, tool_name, audio_transcript or other.
        """

    def first_chunk(self) -> None:
        """The first chunk of whatever kind has come (a role, a ping): only its time is kept."""

    def error(self, error: object, code: str | None = None) -> None:
        """The call failed, unless ``end`` says otherwise. ``error``: an exception or a text.

        ``code``: TIMEOUT, RATE_LIMIT, AUTH_ERROR, LLM_ERROR, CLIENT_ABORT, TRUNCATED, UPSTREAM_UNREACHABLE or
        INTERRUPTED. Default: what the exception tells.
        """

    def end(
        self,
        *,
        status: str | None = None,
        finish_reason: str | None = None,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        http_status: int | None = None,
        response: Any = None,
        streaming: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """``status``: completed, failed, aborted, truncated or interrupted. Default: completed, or as ``error`` tells.

        ``prompt_tokens``, ``completion_tokens``: as the provider counted. ``response``: where it is not the text of
        the tokens. ``streaming``: False when the answer came in one piece, which was not known at the start.
        """

    def __enter__(self) -> LlmStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.error(error)
        self.end()

    async def __aenter__(self) -> LlmStream:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)
