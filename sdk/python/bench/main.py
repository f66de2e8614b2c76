"""What recording costs an agent, beside the package ``ai-agent-inspector`` 1.1.2 in the same run.

``python sdk/python/bench/main.py [--agent-inspector FOLDER]``, with an interpreter that has
``requirements-bench.txt`` installed. Needs the built capture (``npm run build``). FOLDER: the source of
ai-agent-inspector 1.1.2; without it, it is cloned to ``.python/`` where the installed one is not whole.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from pathlib import Path

SDK = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SDK / "src"), str(SDK / "tests"), str(SDK / "bench")]

from measured import Cost, clock_cost  # noqa: E402
from other_package import OtherPackage, find_other_package  # noqa: E402
from own_package import OwnPackage  # noqa: E402

BURST = 10_000
#: Generous, for a busy machine; the goal is 3.
MOST_TOKEN_MICROSECONDS = 6.0
OTHER_NAME = "ai-agent-inspector 1.1.2"


def main() -> int:
    options = _options()
    try:
        find_other_package(options.agent_inspector)
        has_other = True
    except RuntimeError as error:
        has_other = False
        print(f"Without {OTHER_NAME}: {error}\n")

    with tempfile.TemporaryDirectory() as folder, closing(OwnPackage(Path(folder))) as own:
        other = OtherPackage(Path(folder)) if has_other else None
        token = own.cost_of_tokens()
        own_call, other_call = Cost(), Cost()
        # In turns, so that whatever else the machine does meets both.
        for _ in range(20):
            own.add_cost_of_calls(own_call)
            if other:
                other.add_cost_of_calls(other_call)
        own_kept = own.burst(BURST)
        other_kept = other.burst(BURST) if other else None

    print(f"Python {sys.version.split()[0]}; without the clock's own {clock_cost() / 1_000:.2f} µs")
    theirs = (other_call.median, other_call.p99) if other else (None, None)
    _row("", "this SDK", OTHER_NAME, "ratio")
    _cost("add_token / their trace.llm, median (µs)", token.median, theirs[0])
    _cost("add_token / their trace.llm, p99 (µs)", token.p99, theirs[1])
    _cost("trace.llm, median (µs)", own_call.median, theirs[0])
    _cost("trace.llm, p99 (µs)", own_call.p99, theirs[1])
    _kept(f"Kept of a burst of {BURST:,} tokens / events", own_kept.tokens, other_kept)
    _kept(f"Kept of a burst of {BURST:,} calls", own_kept.calls, other_kept)
    return _verdict(token, own_kept.tokens, own_kept.calls)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agent-inspector", type=Path, metavar="FOLDER")
    return parser.parse_args()


def _verdict(token: Cost, kept_tokens: int, kept_calls: int) -> int:
    problems = []
    if token.median > MOST_TOKEN_MICROSECONDS:
        problems.append(
            f"add_token takes {token.median:.1f} µs, more than {MOST_TOKEN_MICROSECONDS:g}."
        )
    if (kept_tokens, kept_calls) != (BURST, BURST):
        problems.append("Some of the burst was lost.")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _cost(name: str, own: float, other: float | None) -> None:
    _row(name, f"{own:.2f}", _shown(other, ".2f"), f"1 : {other / own:.1f}" if other else "")


def _kept(name: str, own: int, other: int | None) -> None:
    _row(name, f"{own:,}", _shown(other, ","), f"{own / other:.1f} : 1" if other else "")


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _row(name: str, own: str, other: str, ratio: str) -> None:
    print(f"{name:44} {own:>12} {other:>26} {ratio:>12}")


if __name__ == "__main__":
    sys.exit(main())
