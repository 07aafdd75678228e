"""The base class of actors."""

from __future__ import annotations

import copy
import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

Inputs = Mapping[str, Mapping[str, float] | None]
"""What an actor reads in a step: by the name of the input, then by field. None before the first value of a delayed one."""


@dataclass(frozen=True)
class Span:
    """A step: [from_us, until_us), whole microseconds since the start of the run."""

    from_us: int
    until_us: int

    @property
    def hours(self) -> float:
        """Length, h: an average power over the step in W, times this, is an energy in Wh."""
        return (self.until_us - self.from_us) / 3_600_000_000

    @property
    def seconds(self) -> float:
        """Length, s."""
        return (self.until_us - self.from_us) / 1_000_000


@dataclass(frozen=True)
class RunFacts:
    """When and where the run takes place: microseconds, milliseconds since 1970 (UTC), degrees, metres."""

    step_us: int
    start_epoch_ms: int
    until_us: int
    time_zone: str
    latitude: float
    longitude: float
    altitude_m: float
    seed: str

    def instant(self, time_us: int) -> datetime:
        """Civil time of a simulated time, UTC."""
        start = datetime.fromtimestamp(self.start_epoch_ms / 1000, timezone.utc)
        return start + timedelta(microseconds=time_us)


class Actor:
    """One simulated thing that steps with the microgrid.

    A subclass names its `kind`, by which scenarios refer to it (`external: <kind>`), reads its configuration in `begin`,
    and steps in `step`. Same configuration, seed and inputs have to give the same rows: chance comes from `random`
    alone, time from the span.

    All that it remembers is `state`, plain data (numbers, texts, bytes, lists, dicts; tuples come back as lists): a copy
    of it, put into a new actor of the same configuration, goes on as this one would have. So a run comes through the loss
    of this process. An actor that keeps it elsewhere says how by
    `snapshot` and `restore`.

    All its methods are called in one thread, one after the other.
    """

    kind: ClassVar[str] = ""

    name: str
    """Of the actor, and of its columns."""
    config: dict[str, Any]
    """`config` of the scenario's entry."""
    run: RunFacts
    role: str
    """`member`: makes or uses power. `store`: is charged and discharged. `observer`: neither."""
    fields: dict[str, list[str]]
    """The fields of each output, by port."""
    inputs: dict[str, list[str]]
    """The fields of each input, by its name in the scenario."""
    state: Any = None

    def begin(self) -> None:
        """Reads `config`, raises ValueError for what it cannot use, and sets the first state."""

    def step(self, span: Span, inputs: Inputs) -> Mapping[str, float] | None:
        """Takes the step, and returns the row that it puts out: values by field.

        - member: `power`, W, the mean over the step: production +, consumption -
        - store: `soc` (0 to 1), `charge_level` (Wh), `feasible_min` and `feasible_max` (W, what it can take in the next
          step), `power` (W, what it was set to), all after the step; `inputs["setpoint"]["power"]` is what it takes, +
          or gives, -
        - and those that its entry has under `values`; an observer without any returns None
        """
        raise NotImplementedError(f"{type(self).__name__}.step")

    def finish(self, outcome: str) -> None:
        """The run is over: `complete`, `interrupted` or `failed`."""

    def snapshot(self) -> Any:
        """All that the actor remembers between two steps, as plain data that shares nothing with it."""
        return copy.deepcopy(self.state)

    def restore(self, state: Any) -> None:
        """Goes on from a state that `snapshot` of an actor of the same configuration has given."""
        self.state = state

    def random(self, purpose: str, state: Any = None) -> random.Random:
        """The random stream of the run's seed, this actor and a purpose; from its start, or on from a `state`.

        What an actor remembers of it is `getstate()`, which belongs into its state.
        """
        digest = hashlib.sha256(f"{self.run.seed}/{self.name}/{purpose}".encode()).digest()
        stream = random.Random(int.from_bytes(digest, "big"))
        if state is not None:
            version, internal, gauss = state
            stream.setstate((version, tuple(internal), gauss))
        return stream
