"""A simulator of the mosaik API, version 3 (or older ones that mosaik adapts), as an actor of a run.

    python -m gridbeat.mosaik_actor

Its scenario has `external: mosaik`; docs/python.md has the keys of `config`. mosaik's own code starts the simulator and
speaks to it, in this process, as a command of its own, or over the network.
"""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from statistics import fmean
from typing import Any

from mosaik.adapters import init_and_get_adapter
from mosaik.async_scenario import base_config
from mosaik.starters import get_starter_from_starter_config
from mosaik_api_v3 import MosaikProxy

from .actor import Span
from .driven import DrivenActor
from .errors import ConfigurationError, SimulationError
from .join import main

SIM_ID = "Sim-0"
# What the simulator is connected to: an entity for each number that it gets.
RUN_ID = "Gridbeat-0"
START_TIMEOUT_S = 60
REDUCE = {"sum": sum, "mean": fmean, "min": min, "max": max}


class MosaikActor(DrivenActor):
    """Its inputs go to attributes of entities, its row comes from attributes of entities, means over the step."""

    kind = "mosaik"
    known_keys = {"simulator", "params", "model", "modelParams", "timeResolution"}
    target_keys = {"attr", "entity", "reduce"}

    def open(self) -> None:
        config = self.config
        for key in ("simulator", "model"):
            if key not in config:
                raise ConfigurationError(f"{key} is missing")
        self.resolution_us = round(float(config.get("timeResolution", 1)) * 1_000_000)
        if self.resolution_us <= 0 or self.run.step_us % self.resolution_us:
            raise ConfigurationError(f"timeResolution is {config['timeResolution']} s; the step of {self.run.step_us / 1e6} s must be a multiple of it")
        self.until = self.run.until_us // self.resolution_us
        self.loop = asyncio.new_event_loop()
        self.mosaik = _Mosaik(self.until)
        self.proxy = self._await(self._start(config))
        self.is_time_based = self.proxy.meta["type"] == "time-based"
        self.next_time: int | None = None if self.proxy.meta["type"] == "event-based" else 0
        self.held: dict[str, float] = {}
        created = self._send("create", 1, config["model"], **config.get("modelParams", {}))
        self.mosaik.know(created)
        self.own = created[0]["eid"]
        for path, mapped in self.sources.items():
            self.mosaik.connect(path, self._entities(mapped.target, f"inputs.{path}"))
        self._send("setup_done")
        self.requested: dict[str, list[str]] = {}
        for field, mapped in self.targets.items():
            for entity in self._entities(mapped.target, f"outputs.{field}"):
                attrs = self.requested.setdefault(entity, [])
                if mapped.target["attr"] not in attrs:
                    attrs.append(mapped.target["attr"])

    def close(self) -> None:
        if self.loop.is_closed():
            return
        self._await(self.proxy.stop())
        self.loop.close()

    async def _start(self, config: dict[str, Any]) -> Any:
        given = config["simulator"]
        starter = get_starter_from_starter_config({"python": given} if isinstance(given, str) else dict(given))
        started = await starter.start(SIM_ID, self.mosaik, {**base_config, "start_timeout": START_TIMEOUT_S})
        params = {"time_resolution": self.resolution_us / 1_000_000, **config.get("params", {})}
        return await init_and_get_adapter(started, SIM_ID, params, START_TIMEOUT_S, starter.api_version)

    def _await(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def _send(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self._await(self.proxy.send((method, args, kwargs)))

    def _entities(self, target: dict[str, Any], place: str) -> list[str]:
        """Those that an entry names: its own, one by its id, or several by a pattern."""
        if "attr" not in target or target.get("reduce", "sum") not in REDUCE:
            raise ConfigurationError(f"{place} needs attr, and reduce is one of {', '.join(REDUCE)}")
        pattern = target.get("entity", self.own)
        found = [eid for eid in self.mosaik.entities if fnmatchcase(eid, pattern)]
        if not found:
            raise ConfigurationError(f'{place} names entity "{pattern}"; there are {", ".join(sorted(self.mosaik.entities)[:20])}')
        return found

    def drive(self, span: Span, given: dict[str, float]) -> dict[str, float]:
        start, end = span.from_us // self.resolution_us, span.until_us // self.resolution_us
        inputs = self._inputs(given)
        # What is said at times of its own holds until it says something else: the row has means of that.
        sums, since = dict.fromkeys(self.targets, 0.0), start
        while (time := self._next(start, end, inputs)) is not None:
            self._count(sums, time - since)
            since = time
            self._step(time, end, inputs)
            if not self.is_time_based:
                inputs = {}
        self._count(sums, end - since)
        return {field: self.targets[field](value / (end - start)) for field, value in sums.items()}

    def _inputs(self, given: dict[str, float]) -> dict[str, dict[str, dict[str, float]]]:
        inputs: dict[str, dict[str, dict[str, float]]] = {}
        for path, value in given.items():
            target = self.sources[path].target
            for entity in self._entities(target, f"inputs.{path}"):
                inputs.setdefault(entity, {}).setdefault(target["attr"], {})[f"{RUN_ID}.{path}"] = value
        return inputs

    def _next(self, start: int, end: int, inputs: dict) -> int | None:
        """The time of its next step: one of its own, or now if something came for one that waits for that."""
        times = list(self.mosaik.events)
        if self.next_time is not None:
            times.append(self.next_time)
        if inputs and not self.is_time_based:
            times.append(start)
        time = min(times, default=end)
        return time if time < end else None

    def _step(self, time: int, end: int, inputs: dict) -> None:
        self.mosaik.time = time
        self.mosaik.events.discard(time)
        max_advance = self.until if self.is_time_based else end - 1
        following = self._send("step", time, inputs, max_advance)
        if following is not None and following <= time:
            raise SimulationError(f"the simulator wants to step at {following} after {time}")
        self.next_time = following
        if not self.requested:
            return
        said = self._send("get_data", self.requested)
        for field, mapped in self.targets.items():
            attr = mapped.target["attr"]
            entities = self._entities(mapped.target, field)
            values = [_number(said[entity][attr]) for entity in entities if attr in said.get(entity, {})]
            if len(values) == len(entities):
                self.held[field] = REDUCE[mapped.target.get("reduce", "sum")](values)
            elif self.is_time_based:
                raise SimulationError(f'the simulator says no "{attr}" of {", ".join(entities)}')

    def _count(self, sums: dict[str, float], length: int) -> None:
        if length == 0:
            return
        for field in sums:
            if field not in self.held:
                attr = self.targets[field].target["attr"]
                raise SimulationError(f'the simulator has not said its first "{attr}" yet; a run needs one from its start')
            sums[field] += self.held[field] * length


def _number(value: Any) -> float:
    """Some simulators give arrays or series of one number."""
    return float(value.item() if hasattr(value, "item") else value)


class _Mosaik(MosaikProxy):
    """What a simulator may ask of the world that it is in."""

    def __init__(self, until: int) -> None:
        self.sid = SIM_ID
        self.time, self._until = 0, until
        self.events: set[int] = set()
        self.entities: dict[str, dict[str, Any]] = {}
        self._connected: list[tuple[str, str]] = []

    def connect(self, path: str, entities: list[str]) -> None:
        self._connected += [(path, entity) for entity in entities]

    def know(self, created: list[dict[str, Any]]) -> None:
        for entity in created:
            self.entities[entity["eid"]] = entity
            self.know(entity.get("children") or [])

    async def get_progress(self) -> float:
        return 100 * self.time / self._until

    async def get_related_entities(self, entities: Any = None) -> Any:
        nodes = {f"{SIM_ID}.{eid}": {"sim": SIM_ID, "type": entity["type"]} for eid, entity in self.entities.items()}
        nodes |= {f"{RUN_ID}.{path}": {"sim": RUN_ID, "type": "Input"} for path, _ in self._connected}
        edges = [[f"{SIM_ID}.{eid}", f"{SIM_ID}.{rel}", {}] for eid, entity in self.entities.items() for rel in entity.get("rel") or []]
        edges += [[f"{RUN_ID}.{path}", f"{SIM_ID}.{eid}", {}] for path, eid in self._connected]
        if entities is None:
            return {"nodes": nodes, "edges": edges}

        def related(one: str) -> dict[str, Any]:
            both = [edge[1 - edge.index(one)] for edge in edges if one in edge[:2]]
            return {other: nodes[other] for other in both}

        return related(entities) if isinstance(entities, str) else {one: related(one) for one in entities}

    async def set_event(self, event_time: int) -> None:
        if event_time > self.time:
            self.events.add(event_time)

    async def get_data(self, attrs: Any) -> Any:
        raise SimulationError("the simulator asks others for data by itself; connect them by inputs and outputs")

    async def set_data(self, data: Any) -> None:
        raise SimulationError("the simulator sets data of others by itself; connect them by inputs and outputs")


if __name__ == "__main__":
    main(MosaikActor)
