"""A run as a simulator in a world of mosaik.

    world.start("Gridbeat", scenario="scenario.yaml", actors=["village", "eye"])

The scenario has an actor with `external: mosaik-world` for each entity: a member of the microgrid is given its power by
mosaik, and whatever an actor reads is an attribute that others can be connected to. docs/python.md has an example.
"""

from __future__ import annotations

import asyncio
import atexit
import queue
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import mosaik_api_v3

from .actor import Actor, Inputs, Span
from .errors import ConfigurationError, GridbeatError, SimulationError
from .join import take_part

KIND = "mosaik-world"
START_TIMEOUT_S = 120
STEP_TIMEOUT_S = 600

META = {"api_version": "3.0", "type": "time-based", "models": {}, "extra_methods": []}


class Gridbeat(mosaik_api_v3.Simulator):
    """Starts a run, and steps it with the world: step k of the world is step k of the microgrid."""

    def __init__(self) -> None:
        super().__init__(META)
        self._actors: dict[str, _Entity] = {}
        self._created: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._said: list[str] = []
        self._failure: BaseException | None = None
        self._is_over = threading.Event()

    def init(
        self,
        sid: str,
        time_resolution: float = 1.0,
        *,
        scenario: str,
        actors: Sequence[str],
        command: Sequence[str] = ("npx", "gridbeat"),
        args: Sequence[str] = (),
    ) -> dict[str, Any]:
        """`actors`: the names of those of kind `mosaik-world`. `command`: starts Gridbeat; `args`: further flags of `run`."""
        self._actors = {name: _Entity(name) for name in actors}
        # A world that fails before it runs does not end its simulators.
        atexit.register(self.finalize)
        self._launch([*command, "run", scenario, *args])
        try:
            for entity in self._actors.values():
                entity.wait_begun(self)
        except GridbeatError:
            self.finalize()
            raise
        step_us = next(iter(self._actors.values())).run.step_us
        self._step = round(step_us / 1e6 / time_resolution)
        if self._step < 1 or abs(self._step * time_resolution * 1e6 - step_us) > 1e-6:
            self.finalize()
            raise ConfigurationError(
                f"Cannot step every {step_us / 1e6} s in a world with a resolution of {time_resolution} s: give a multiple of it"
            )
        self._step_us = step_us
        attrs = sorted({attr for entity in self._actors.values() for attr in entity.attrs})
        self.meta["models"] = {"Actor": {"public": True, "params": ["name"], "attrs": attrs}}
        return self.meta

    def create(self, num: int, model: str, name: str) -> list[dict[str, Any]]:
        if num != 1 or name not in self._actors or name in self._created:
            free = ", ".join(one for one in self._actors if one not in self._created)
            raise ConfigurationError(f'Cannot create {num} of "{name}": create each once; left are {free or "none"}')
        self._created.append(name)
        return [{"eid": name, "type": model}]

    def step(self, time: int, inputs: Mapping[str, Any], max_advance: int) -> int:
        at_us = time // self._step * self._step_us
        for name, entity in self._actors.items():
            given = {attr: sum(values.values()) for attr, values in inputs.get(name, {}).items()}
            entity.give(at_us, given)
        for entity in self._actors.values():
            entity.wait_read(at_us, self)
        return time + self._step

    def get_data(self, outputs: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
        return {name: {attr: self._actors[name].said(attr) for attr in attrs} for name, attrs in outputs.items()}

    def finalize(self) -> None:
        """The world is over: a run that is not ends after its window."""
        process, self._process = self._process, None
        atexit.unregister(self.finalize)
        if process is None:
            return
        if process.poll() is None and not all(entity.is_at_end for entity in self._actors.values()):
            process.send_signal(signal.SIGINT)
            for entity in self._actors.values():
                entity.let_go()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
        self._is_over.wait(timeout=30)

    def check(self) -> None:
        """Raises why the run has ended, if it has."""
        if self._failure is not None:
            said = next((line for line in reversed(self._said) if line.startswith("Cannot ")), None)
            raise SimulationError(said or str(self._failure))

    def _launch(self, command: Sequence[str]) -> None:
        # The scenario's window would keep what is read until its end: each step is one.
        given = [*command, "--window", "1us"]
        self._process = subprocess.Popen(given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        waiting: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, args=(waiting,), daemon=True).start()
        try:
            run = waiting.get(timeout=START_TIMEOUT_S)
        except queue.Empty:
            run = None
        if run is None:
            why = next((line for line in reversed(self._said) if line), "it says nothing")
            self.finalize()
            raise ConfigurationError(f"Cannot start the run: {why}")
        threading.Thread(target=self._join, args=(run,), daemon=True).start()

    def _listen(self, waiting: queue.Queue[str | None]) -> None:
        assert self._process is not None and self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line.strip())
            found = re.search(r"GRIDBEAT_RUN=(\S+)|^Waiting for .* with NATS_URL=", line)
            if found:
                waiting.put(found[1] or "")
        waiting.put(None)

    def _join(self, run: str) -> None:
        async def all_of_them() -> list[Any]:
            places = [
                take_part({KIND: lambda entity=entity: entity.actor}, host=name, run=run or None, say=self._said.append)
                for name, entity in self._actors.items()
            ]
            return await asyncio.gather(*places)

        try:
            if any(asyncio.run(all_of_them())):
                raise SimulationError("the run failed")
        except BaseException as error:
            self._failure = error
        finally:
            self._is_over.set()
            for entity in self._actors.values():
                entity.wake()


class _Entity:
    """An actor of the run as an entity of the world. The world's thread and the actor's meet here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.actor = _Bridge(self)
        self.is_at_end = False
        self._changed = threading.Condition()
        self._given: dict[int, dict[str, float]] = {}
        self._last_given: dict[str, float] = {}
        self._read: tuple[int, Inputs] | None = None
        self._begun = False
        self._is_let_go = False

    # In the actor's thread.
    def begun(self) -> None:
        if self.actor.role == "store":
            raise ConfigurationError("a store cannot be an entity of mosaik; write it as a gridbeat.Actor")
        with self._changed:
            self._begun = True
            self._changed.notify_all()

    def exchange(self, span: Span, inputs: Inputs) -> Mapping[str, float] | None:
        """Shows what was read, and waits for what the world gives."""
        with self._changed:
            self._read = (span.from_us, inputs)
            self.is_at_end = span.until_us >= self.run.until_us
            self._changed.notify_all()
            wanted = self.wanted
            while wanted and not self._is_let_go and span.from_us not in self._given:
                self._changed.wait()
            given = self._given.pop(span.from_us, {})
            self._changed.notify_all()
        if not wanted:
            return None
        if self._is_let_go:
            return dict.fromkeys(wanted, 0.0)
        missing = [field for field in wanted if field not in given]
        if missing:
            raise SimulationError(f'mosaik gives no "{missing[0]}" to "{self.name}": connect it')
        return {field: given[field] for field in wanted}

    # In the world's thread.
    @property
    def run(self) -> Any:
        return self.actor.run

    @property
    def wanted(self) -> list[str]:
        return [field for fields in self.actor.fields.values() for field in fields]

    @property
    def attrs(self) -> list[str]:
        read = [f"{name}.{field}" for name, fields in self.actor.inputs.items() for field in fields]
        return [*self.wanted, *read]

    def wait_begun(self, world: Gridbeat) -> None:
        self._wait(lambda: self._begun, world, START_TIMEOUT_S, "has not begun")

    def wait_read(self, at_us: int, world: Gridbeat) -> None:
        """Until the actor has read what there is in a step, and taken what it was given."""

        def is_there() -> bool:
            return self._read is not None and self._read[0] >= at_us and not (self.wanted and self._given)

        self._wait(is_there, world, STEP_TIMEOUT_S, "does not get further")

    def _wait(self, is_so: Any, world: Gridbeat, limit_s: float, what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: is_so() or world._is_over.is_set(), limit_s):
                raise SimulationError(f'Cannot go on: "{self.name}" {what} since {limit_s} s')
        if not is_so():
            world.check()
            raise SimulationError(f'Cannot go on: the run has ended before the world; give it the same length')

    def give(self, at_us: int, given: dict[str, float]) -> None:
        with self._changed:
            self._given[at_us] = self._last_given = given
            self._changed.notify_all()

    def let_go(self) -> None:
        with self._changed:
            self._is_let_go = True
            self._changed.notify_all()

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def said(self, attr: str) -> float | None:
        if attr in self.wanted:
            return self._last_given.get(attr)
        name, field = attr.split(".", 1)
        row = self._read[1].get(name) if self._read else None
        return None if row is None else row[field]


class _Bridge(Actor):
    kind = KIND

    def __init__(self, entity: _Entity) -> None:
        self._entity = entity

    def begin(self) -> None:
        self._entity.begun()

    def step(self, span: Span, inputs: Inputs) -> Mapping[str, float] | None:
        return self._entity.exchange(span, inputs)

    def snapshot(self) -> Any:
        raise SimulationError(f'Cannot go back with "{self.name}": a world of mosaik cannot')
