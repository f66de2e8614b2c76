"""What is known about the capture's being away, and what is said about it: once an outage, when it is over."""

from __future__ import annotations

from .dropping import Drops
from .endpoint import Answer, Outcome
from .notices import Notices
from .spool import SpoolIsFull


class Outage:
    def __init__(self, url: str, buffer_megabytes: float, notices: Notices) -> None:
        self._capture = f"the capture at {url}"
        self._megabytes = f"{buffer_megabytes:g} MB"
        self._notices = notices
        self._reason = ""
        self._nobody_listens = False
        self.is_on = False
        self.is_disk_broken = False
        """For the rest of this outage nothing is spooled."""

    def failed(self, answer: Answer) -> None:
        self.is_on = True
        self._reason = answer.detail
        self._nobody_listens = answer.nobody_listens
        if answer.outcome is Outcome.REFUSED:
            self._notices.say_once(
                f"refused:{answer.detail}",
                f"Nothing is recorded by {self._capture}: {answer.detail}.",
            )

    def answered(self, answer: Answer, lines: int, drops: Drops, has_caught_up: bool) -> None:
        self.is_on = False
        self.is_disk_broken = False
        if answer.outcome is Outcome.ACCEPTED and answer.rejected:
            self._say_rejected(answer.rejected, answer.detail)
        elif answer.outcome is not Outcome.ACCEPTED:
            self._say_rejected(lines, answer.detail)
        if has_caught_up:
            self._say_dropped(drops)

    def unsendable(self) -> None:
        self._notices.say_once(
            "unsendable",
            "An event was left out, because it is too large or cannot be made into JSON.",
        )

    def cannot_spool(self, folder: str, error: OSError) -> None:
        self.is_disk_broken = True
        if isinstance(error, SpoolIsFull):
            self._notices.say_once(
                "spool-full",
                f"Nothing more is kept in {folder}, because {error}: start the capture that takes it, "
                "delete files there that nobody needs, or raise LLM_STREAM_SPOOL_MB.",
            )
            return
        self._notices.say_once(
            "spool",
            f"Nothing more is kept in {folder} ({error}): make room there, "
            "or set LLM_STREAM_SPOOL_FOLDER to a folder that can be written.",
        )

    def gave_up(self, drops: Drops, lost: int, spool_folder: str | None) -> None:
        """The process ends, and ``lost`` events wait in vain."""
        self._say_dropped(drops)
        reason = f" ({self._reason})" if self._reason and self.is_on else ""
        if lost:
            advice = (
                "Start it, or unset LLM_STREAM_ENDPOINT"
                if self.is_on and self._nobody_listens
                else "LLM_STREAM_EXIT_TIMEOUT_SECONDS waits longer"
            )
            self._notices.say(
                f"{lost:,} event{'' if lost == 1 else 's'} could not be sent before the process ended: "
                f"{self._capture} did not take them in time{reason}. "
                f"{advice}; LLM_STREAM_WHEN_AWAY=spool keeps them in a file."
            )
        elif spool_folder is not None:
            self._notices.say(
                f"What {self._capture} did not take{reason} waits in {spool_folder}: "
                "the next process that spools there and reaches a capture sends it."
            )

    def _say_rejected(self, lines: int, why: str) -> None:
        self._notices.say_once(
            "rejected",
            f"{lines:,} of the events were not accepted by {self._capture} ({why}): "
            "update whichever of the two is older, this package or the extension.",
        )

    def _say_dropped(self, drops: Drops) -> None:
        summary = drops.take_summary()
        if summary is not None:
            self._notices.say(
                f"{summary} were dropped: {self._capture} was away or too slow, and more than {self._megabytes} "
                "waited. LLM_STREAM_BUFFER_MB allows for more, LLM_STREAM_WHEN_AWAY=spool keeps it in a file."
            )
