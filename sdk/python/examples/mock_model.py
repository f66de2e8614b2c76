"""A model that needs no account and no network: it thinks, then answers word by word, and sometimes stalls."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator

ANSWERS = {
    "plan": (
        "Three days, on foot, no museums on Monday. Weather decides the order.",
        "Day one: the old town and the river. Day two: the castle hill. "
        "Day three: the market, then home.",
    ),
    "write": (
        "Sun on day two, rain on day one: swap them.",
        "Start with the castle hill while the sun is out, keep the old town for the rain, "
        "and end at the market.",
    ),
}


def stream_answer(task: str) -> Iterator[tuple[str, str]]:
    """Streams an answer as pairs of kind and text; ``task`` is "plan" or "write"."""
    thoughts, text = ANSWERS[task]
    time.sleep(0.35)
    for word in re.findall(r"\S+\s*", thoughts):
        yield "reasoning", word
        time.sleep(random.uniform(0.012, 0.032))
    for count, word in enumerate(re.findall(r"\S+\s*", text), start=1):
        yield "text", word
        # Once in an answer it holds for a moment, as real ones do.
        time.sleep(1.3 if count == 9 else random.uniform(0.02, 0.055))
