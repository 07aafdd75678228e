"""Where a host is in the course of a run, as a value: which request may come next follows from it alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

Message = dict[str, Any]


@dataclass(frozen=True)
class Phase:
    """The messages in it are those that brought it here; said again they are answered as before."""

    stage: str = "making"  # made, wired, restoring, stepping, done, failed, ended
    attempt: int = 0
    # Number and start of the first window of this attempt.
    start: tuple[int, int] = (0, 0)
    wired: Message | None = None
    restore: Message | None = None
    grant: Message | None = None
    done: Message | None = None
    failed: Message | None = None
    stop: Message | None = None

    @property
    def takes_outputs(self) -> bool:
        return self.stage in ("wired", "stepping", "done")

    @property
    def executed_us(self) -> int:
        """The end of the last window that is executed."""
        if self.grant is None:
            return self.start[1]
        is_done = self.done is not None and self.done["window"] == self.grant["window"]
        return self.grant["untilUs"] if is_done else self.grant["fromUs"]

    def failing(self, failed: Message) -> Phase:
        """The first reason stands."""
        return self if self.stage in ("failed", "ended") else replace(self, stage="failed", failed=failed)


class Misfit(Exception):
    """A request that may not come now."""


def on_request(phase: Phase, request: Message, until_us: int, actors: list[str]) -> tuple[Phase, bool]:
    """The phase after a request, and whether it is to be carried out: else it came before. Raises Misfit."""
    kind = request["type"]
    if getattr(phase, kind) == request:
        return phase, False
    if phase.stage == "ended":
        raise Misfit("the run is over")
    if kind == "stop":
        return _stop(phase, request, until_us), True
    if kind == "wired":
        return _wire(phase, request, actors), True
    if kind == "restore":
        return _go_back(phase, request, until_us), True
    return _begin(phase, request, until_us), True


def _wire(phase: Phase, wired: Message, actors: list[str]) -> Phase:
    if phase.stage != "made":
        reasons = {"making": "its actors are not made", "failed": "it has failed"}
        raise Misfit(reasons.get(phase.stage, "the graph is known already"))
    names = [name for component in wired["components"] for name in component]
    if len(set(names)) != len(names):
        raise Misfit("its graph has an actor twice")
    missing = [name for name in actors if name not in names]
    if missing:
        raise Misfit(f'its graph lacks "{missing[0]}"')
    _check_together(wired.get("together", []), actors)
    return replace(phase, stage="wired", wired=wired)


def _check_together(together: list[list[str]], actors: list[str]) -> None:
    """Actors speak together with others of their host, once."""
    names = [name for group in together for name in group]
    if len(set(names)) != len(names):
        raise Misfit("an actor of it speaks with others twice")
    for group in together:
        if not group or 0 < sum(name in actors for name in group) < len(group):
            raise Misfit(f"it lets {group} of several hosts speak together")


def _go_back(phase: Phase, restore: Message, until_us: int) -> Phase:
    """From wherever it is: a window that is being simulated is forgotten."""
    if phase.wired is None:
        raise Misfit("the graph is not known yet")
    if restore["attempt"] <= phase.attempt:
        raise Misfit(f"it is attempt {phase.attempt} already")
    if restore["fromUs"] >= until_us:
        raise Misfit(f"there is nothing to simulate from {restore['fromUs']} us on")
    start = (restore["window"], restore["fromUs"])
    return Phase("restoring", restore["attempt"], start, phase.wired, restore)


def _begin(phase: Phase, grant: Message, until_us: int) -> Phase:
    if phase.wired is None:
        raise Misfit("the graph is not known yet")
    if phase.stage == "restoring":
        raise Misfit("it is going back")
    last = phase.grant
    if last is not None and phase.executed_us != last["untilUs"]:
        raise Misfit(f"window {last['window']} is not done")
    window, from_us = phase.start if last is None else (last["window"] + 1, last["untilUs"])
    if grant["window"] != window:
        raise Misfit(f"it is for window {grant['window']}, not {window}")
    if grant["attempt"] != phase.attempt:
        raise Misfit(f"it is for attempt {grant['attempt']}, not {phase.attempt}")
    if grant["fromUs"] != from_us:
        raise Misfit(f"its window begins at {grant['fromUs']} us, not {from_us}")
    if not from_us < grant["untilUs"] <= until_us:
        raise Misfit(f"its window ends at {grant['untilUs']} us, not within {from_us} and {until_us}")
    return replace(phase, stage="failed" if phase.stage == "failed" else "stepping", grant=grant)


def _stop(phase: Phase, stop: Message, until_us: int) -> Phase:
    at_us, began_us = stop["simulatedUntilUs"], phase.start[1] if phase.grant is None else phase.grant["fromUs"]
    if at_us not in (phase.executed_us, began_us):
        raise Misfit(f"no window that is done ends at {at_us} us")
    if stop["outcome"] == "complete" and at_us != until_us:
        raise Misfit(f"the run is complete at {until_us} us, not at {at_us}")
    return replace(phase, stage="ended", stop=stop)
