"""The actors of one process in a run: steps each as far as its inputs are known."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgpack

from .actor import Actor, RunFacts, Span
from .errors import ConfigurationError, SimulationError, reason_of
from .wires import OutputsGate, PortWriter, Row, WireQueue

Outgoing = tuple[str, dict[str, Any]]
MakeActor = Callable[[], Actor]


class ActorRuntime:
    """One actor: its wires, and when its next step is. All that changes is in its moment."""

    def __init__(self, entry: dict[str, Any], seed: str, make: MakeActor) -> None:
        self.name: str = entry["name"]
        config = entry["config"]
        self.inputs: dict[str, dict[str, Any]] = {spec["name"]: spec for spec in config["inputs"]}
        self.outputs = [PortWriter(spec) for spec in config["outputs"]]
        self.output_specs: list[dict[str, Any]] = config["outputs"]
        self.queues: dict[str, WireQueue] = {}
        self.progress_us = 0
        self.last_us = -1
        self.steps = 0
        self.loop_seq = 0
        run = config["run"]
        self._step_us: int = run["stepUs"]
        self.actor = actor = make()
        actor.name, actor.config, actor.role = self.name, config["config"], config["role"]
        actor.fields = {port.name: port.fields for port in self.outputs}
        actor.inputs = {name: [field["name"] for field in spec["fields"]] for name, spec in self.inputs.items()}
        actor.run = RunFacts(
            step_us=run["stepUs"],
            start_epoch_ms=run["startEpochMs"],
            until_us=run["untilUs"],
            time_zone=run["timeZone"],
            latitude=run["latitude"],
            longitude=run["longitude"],
            altitude_m=run["altitudeM"],
            seed=seed,
        )
        try:
            actor.begin()
        except Exception as error:
            raise ConfigurationError(f'Cannot configure "{self.name}": {reason_of(error)}') from error

    def ports(self) -> dict[str, Any]:
        """What the graph of the run is built of."""
        inputs = [{"name": name, "kind": "interval", "fields": spec["fields"]} for name, spec in self.inputs.items()]
        return {
            **{"name": self.name, "alignUs": 0, "alignedPorts": []},
            **{"inputs": inputs, "outputs": self.output_specs},
        }

    def known_until_us(self, limit_us: int) -> int:
        return min((queue.known_until_us for queue in self.queues.values()), default=limit_us)

    def advance(self, window_end_us: int) -> bool:
        """Takes every step whose inputs are known; whether there was one."""
        until_us = min(self.known_until_us(window_end_us), window_end_us)
        if until_us <= self.progress_us:
            return False
        next_us = 0 if self.last_us < 0 else self.last_us + self._step_us
        while next_us < until_us:
            next_us = self._step(next_us)
        for port in self.outputs:
            port.promise(next_us)
        self.progress_us = min(next_us, until_us)
        return True

    def _step(self, at_us: int) -> int:
        self.last_us = at_us
        span = Span(at_us, at_us + self._step_us)
        try:
            row = self.actor.step(span, {name: self._read(name, at_us) for name in self.inputs})
        except Exception as error:
            raise SimulationError(f'Cannot step "{self.name}" at {at_us} us: {reason_of(error)}') from error
        self._put_out(at_us, row or {})
        self.steps += 1
        return span.until_us

    def _read(self, name: str, at_us: int) -> dict[str, float] | None:
        spec = self.inputs[name]
        row = self.queues[name].at(at_us)
        if row is None or (at_us < self.queues[name].delay_us and not spec["isKnownAtFirst"]):
            return None
        return {field["name"]: value for field, value in zip(spec["fields"], row)}

    def _put_out(self, at_us: int, row: Any) -> None:
        wanted = {field for port in self.outputs for field in port.fields}
        if not hasattr(row, "keys") or set(row.keys()) != wanted:
            said = ", ".join(map(str, row)) if hasattr(row, "keys") else type(row).__name__
            raise SimulationError(
                f'Cannot go on with "{self.name}" at {at_us} us: step returned {said or "nothing"}; return {", ".join(sorted(wanted)) or "None"}'
            )
        for port in self.outputs:
            values: Row = tuple(self._number(at_us, field, row[field]) for field in port.fields)
            port.append(at_us, values)

    def _number(self, at_us: int, field: str, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise SimulationError(
                f'Cannot go on with "{self.name}" at {at_us} us: step returned {value!r} as "{field}"; return a finite number'
            )
        return number

    def take_moment(self) -> dict[str, Any]:
        """All that it is between two windows; the bytes made of it share nothing with it."""
        return {
            **{"name": self.name, "state": self.actor.snapshot(), "progressUs": self.progress_us},
            **{"lastUs": self.last_us, "steps": self.steps},
            "inputs": {name: queue.take_moment() for name, queue in self.queues.items()},
            "outputs": [port.take_moment() for port in self.outputs],
        }

    def begin_at(self, moment: dict[str, Any], window_start_us: int) -> None:
        """Goes on at the start of a window from a moment there."""
        self.actor.restore(moment["state"])
        self.progress_us, self.last_us = moment["progressUs"], moment["lastUs"]
        self.steps, self.loop_seq = moment["steps"], 0
        for name, queue in self.queues.items():
            queue.put_moment(moment["inputs"][name])
        for port, part in zip(self.outputs, moment["outputs"]):
            port.begin_at(part, window_start_us)


# Before what a process of this package keeps: others of the run keep theirs in a form of their own.
MAGIC = b"gridbeat-python 1\n"


class Group:
    """The actors of one process once the graph is known, and what they say to other processes and hear of them."""

    def __init__(self, run: str, runtimes: Sequence[ActorRuntime], wires: list[dict[str, Any]], wired: dict[str, Any]) -> None:
        root = f"gridbeat.run.{run}"
        component_of = {name: i for i, names in enumerate(wired["components"]) for name in names}
        # Actors of one host that speak together in their loops, the first for all of them.
        speaking = {name: names for names in wired.get("together") or [] for name in names}
        self.runtimes = sorted(runtimes, key=lambda runtime: component_of[runtime.name])
        self._subject_of_loop = {runtime.name: f"{root}.loop.{runtime.name}" for runtime in runtimes}
        self._subject_of_block = f"{root}.block"
        # What has come since the actors last looked; filled by another thread.
        self.arrived: deque[tuple[WireQueue, list[tuple[int, Row]], int]] = deque()
        by_name = {runtime.name: runtime for runtime in runtimes}
        self._speaker_of = {name: by_name[speaking.get(name, [name])[0]] for name in by_name}
        loops: dict[str, dict[tuple[str, str], list[WireQueue]]] = {}
        blocks: dict[tuple[str, str], list[WireQueue]] = {}
        self._incoming: list[WireQueue] = []
        for wire in wires:
            source, target = by_name.get(wire["from"]["actor"]), by_name.get(wire["to"]["actor"])
            port = wire["from"]["port"]
            in_loop = component_of[wire["from"]["actor"]] == component_of[wire["to"]["actor"]]
            if source is not None:
                writer = next(output for output in source.outputs if output.name == port)
                if target is None:
                    writer.in_loop |= in_loop
                    writer.in_blocks |= not in_loop
            if target is not None:
                spec = target.inputs[wire["to"]["port"]]
                queue = target.queues[wire["to"]["port"]] = WireQueue(wire, len(spec["fields"]))
                if source is not None:
                    writer.local.append(queue)
                    continue
                self._incoming.append(queue)
                if in_loop:
                    speaker = speaking.get(queue.actor, [queue.actor])[0]
                    loops.setdefault(speaker, {}).setdefault((queue.actor, port), []).append(queue)
                else:
                    blocks.setdefault((queue.actor, port), []).append(queue)
        self.gates = [
            OutputsGate(f"{root}.loop.{speaker}", speaking.get(speaker, [speaker]), ports, False) for speaker, ports in loops.items()
        ]
        self.gates += [
            OutputsGate(f"{root}.block.{actor}.{port}", [actor], {(actor, port): queues}, True)
            for (actor, port), queues in blocks.items()
        ]

    @property
    def steps(self) -> int:
        return sum(runtime.steps for runtime in self.runtimes)

    def pump(self, window_end_us: int, attempt: int) -> tuple[bool, bool, list[Outgoing]]:
        """One round of all actors: whether somebody moved, whether the window is done, and what to send."""
        self._take_in()
        moved, outgoing, loops = False, [], {}
        for runtime in self.runtimes:
            if runtime.advance(window_end_us):
                moved = True
                self._say_in_loop(runtime, window_end_us, loops)
                outgoing += self._say_in_blocks(runtime, window_end_us, attempt)
        # What actors have to say together is one message of the round.
        spoken = [self._speak(self._speaker_of[name], parts, attempt) for name, parts in loops.items()]
        return moved, self._is_settled(window_end_us), spoken + outgoing

    def _take_in(self) -> None:
        while self.arrived:
            queue, rows, until_us = self.arrived.popleft()
            queue.push(rows)
            queue.promise(until_us)

    def _is_settled(self, window_end_us: int) -> bool:
        return all(runtime.progress_us >= window_end_us for runtime in self.runtimes) and all(
            queue.is_settled(window_end_us) for queue in self._incoming
        )

    def _say_in_loop(self, runtime: ActorRuntime, window_end_us: int, loops: dict[str, list[dict[str, Any]]]) -> None:
        """Adds what it says to others in its loop to the message of its speaker."""
        ports = [port for port in runtime.outputs if port.in_loop]
        if not ports or not any([port.say(window_end_us) or port.has_loop_rows() for port in ports]):
            return
        speaker = self._speaker_of[runtime.name].name
        whose = {} if speaker == runtime.name else {"actor": runtime.name}
        loops.setdefault(speaker, []).extend({**whose, **port.drain_loop()} for port in ports)

    def _speak(self, speaker: ActorRuntime, parts: list[dict[str, Any]], attempt: int) -> Outgoing:
        seq, speaker.loop_seq = speaker.loop_seq, speaker.loop_seq + 1
        message = {"type": "outputs", "attempt": attempt, "actor": speaker.name, "seq": seq, "ports": parts}
        return self._subject_of_loop[speaker.name], message

    def _say_in_blocks(self, runtime: ActorRuntime, window_end_us: int, attempt: int) -> list[Outgoing]:
        outgoing: list[Outgoing] = []
        is_end = runtime.progress_us >= window_end_us
        for port in runtime.outputs:
            if port.in_blocks and (is_end or port.has_full_block()):
                port.say(window_end_us)
                for part in port.drain_blocks():
                    message = {"type": "outputs", "attempt": attempt, "actor": runtime.name, "seq": port.block_seq, "ports": [part]}
                    outgoing.append((f"{self._subject_of_block}.{runtime.name}.{port.name}", message))
                    port.block_seq += 1
        return outgoing

    def waits(self, limit_us: int) -> list[dict[str, Any]]:
        """How far each actor is, and which inputs keep it from going on."""
        report = []
        for runtime in self.runtimes:
            is_there = runtime.progress_us >= limit_us
            waits = [
                {"from": queue.source, "actor": queue.actor, "knownUntilUs": queue.known_until_us}
                for queue in list(runtime.queues.values())
                if (not queue.is_settled(limit_us) if is_there else queue.known_until_us < limit_us)
            ]
            report.append({"name": runtime.name, "progressUs": runtime.progress_us, "waits": waits})
        return report

    def take_bytes(self) -> bytes:
        """The moments of all actors. What has come of the window that follows is none of it: it will come again."""
        moments = [runtime.take_moment() for runtime in self.runtimes]
        try:
            return MAGIC + msgpack.packb(moments, use_bin_type=True)
        except Exception as error:
            names = ", ".join(runtime.name for runtime in self.runtimes)
            raise SimulationError(f"Cannot copy the state of {names}: {reason_of(error)}") from error

    def begin_at(self, kept: Sequence[bytes], window_start_us: int) -> None:
        """Goes on at the start of a window from what was kept there; among others' perhaps."""
        self.arrived.clear()
        moments: dict[str, dict[str, Any]] = {}
        for one in kept:
            if one.startswith(MAGIC):
                parts = msgpack.unpackb(one[len(MAGIC) :], raw=False, strict_map_key=False)
                moments.update({part["name"]: part for part in parts})
        missing = [runtime.name for runtime in self.runtimes if runtime.name not in moments]
        if missing:
            raise SimulationError(f'Cannot go on with "{missing[0]}": there is no moment of it')
        for runtime in self.runtimes:
            runtime.begin_at(moments[runtime.name], window_start_us)
        for gate in self.gates:
            gate.begin_at(window_start_us)
