"""Samples: everything that is compared runs in turn, round by round, so that a busy machine is busy for all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Work = Callable[[], object]
Samples = dict[str, list[float]]


def in_turn(works: Mapping[str, Work], rounds: int, times: int = 1) -> Samples:
    """Seconds for one run of each work, after one round that isn't counted; every other round goes the other way round."""
    samples: Samples = {name: [] for name in works}
    for at in range(-1, rounds):
        order = list(works.items())
        for name, work in order if at % 2 else reversed(order):
            gc.collect()
            began = time.perf_counter()
            for _ in range(times):
                work()
            if at >= 0:
                samples[name].append((time.perf_counter() - began) / times)
    return samples


def ratios(ours: list[float], theirs: list[float]) -> list[float]:
    """How much faster `ours` was than `theirs`, round by round."""
    return [other / own for own, other in zip(ours, theirs, strict=True)]


def fastest(samples: Samples, *prefixes: str) -> list[float]:
    """The fastest of those whose names begin so, round by round."""
    chosen = [times for name, times in samples.items() if name.startswith(prefixes)]
    return [min(each) for each in zip(*chosen, strict=True)]


class Table:
    """Rows of a Markdown table: the median, the least, the most, and whether a goal is met."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def head(self, what: str) -> None:
        print(f"\n| {what:<46} | {'median':>13} | {'min':>13} | {'max':>13} | goal          |")
        print(f"|{'-' * 48}|{'-' * 14}:|{'-' * 14}:|{'-' * 14}:|{'-' * 15}|")

    def row(
        self, name: str, samples: list[float], unit: str = "", *, least: float | None = None, most: float | None = None
    ) -> None:
        median = statistics.median(samples)
        shown = [
            f"{value:.3g}{unit}" if value < 100 else f"{value:.0f}{unit}" for value in (median, min(samples), max(samples))
        ]
        said = ""
        if least is not None:
            said = f">= {least:g}{unit}" + ("" if median >= least else " MISSED")
        elif most is not None:
            said = f"<= {most:g}{unit}" + ("" if median <= most else " MISSED")
        if said.endswith("MISSED"):
            self.missed.append(name)
        print(f"| {name:<46} | {shown[0]:>13} | {shown[1]:>13} | {shown[2]:>13} | {said:<13} |")
