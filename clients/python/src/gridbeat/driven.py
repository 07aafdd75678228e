"""Actors around simulators of others: what the scenario says of them, and how they go on from an earlier moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .actor import Actor, Inputs, Span
from .errors import ConfigurationError


class Mapped:
    """A number on its way between a run and a simulator: where it goes, times a factor, plus an offset."""

    def __init__(self, place: str, entry: Any, known: set[str]) -> None:
        if not isinstance(entry, Mapping) or not set(entry) <= known | {"factor", "offset"}:
            raise ConfigurationError(f"{place} is {entry!r}; give {', '.join(sorted(known))}, and factor, offset where units differ")
        self.target = {key: value for key, value in entry.items() if key in known}
        self.factor, self.offset = float(entry.get("factor", 1)), float(entry.get("offset", 0))

    def __call__(self, value: float) -> float:
        return value * self.factor + self.offset


class DrivenActor(Actor):
    """An actor around a simulator that keeps its state to itself.

    Its snapshot is what it was driven with so far; to restore it the simulator is started again and driven with the same.
    A simulator that gives other results then, or writes files as it goes, does that twice.

    `config.inputs` says what the simulator gets, by `input.field`; `config.outputs` where each field of the row is from.
    """

    known_keys: set[str] = set()
    target_keys: set[str] = set()

    def begin(self) -> None:
        unknown = set(self.config) - self.known_keys - {"inputs", "outputs"}
        if unknown:
            raise ConfigurationError(f"unknown key {sorted(unknown)[0]}; known are {', '.join(sorted(self.known_keys))}, inputs, outputs")
        self.sources = {
            path: Mapped(f"inputs.{path}", entry, self.target_keys) for path, entry in self.config.get("inputs", {}).items()
        }
        for path in self.sources:
            if path.count(".") != 1:
                raise ConfigurationError(f'inputs has "{path}"; write input.field, such as carbon.value')
        given = self.config.get("outputs", {})
        wanted = [field for fields in self.fields.values() for field in fields]
        if set(given) != set(wanted):
            raise ConfigurationError(f"outputs has {', '.join(given) or 'nothing'}; give {', '.join(wanted) or 'nothing'}")
        self.targets = {field: Mapped(f"outputs.{field}", given[field], self.target_keys) for field in wanted}
        self.state = {"spans": [], "given": []}
        self.open()

    def open(self) -> None:
        """Starts the simulator, anew if it was started before."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends it."""

    def drive(self, span: Span, given: dict[str, float]) -> dict[str, float]:
        """Simulates a step with these inputs, by `input.field`, and returns the row."""
        raise NotImplementedError

    def step(self, span: Span, inputs: Inputs) -> Mapping[str, float]:
        given = {path: self.sources[path](value) for path, value in self._read(inputs) if value is not None}
        self.state["spans"].append(span.from_us)
        self.state["given"].append([given.get(path) for path in self.sources])
        return self.drive(span, given)

    def _read(self, inputs: Inputs) -> list[tuple[str, float | None]]:
        read: list[tuple[str, float | None]] = []
        for path in self.sources:
            name, field = path.split(".")
            if name not in inputs:
                raise ConfigurationError(f'inputs has "{path}", and the scenario reads no "{name}"')
            row = inputs[name]
            if row is not None and field not in row:
                raise ConfigurationError(f'inputs has "{path}"; "{name}" has {", ".join(row)}')
            # A value of the step before is not there in the first one: the simulator keeps its own.
            read.append((path, None if row is None else row[field]))
        return read

    def restore(self, state: Any) -> None:
        self.close()
        self.open()
        self.state = {"spans": [], "given": []}
        for from_us, values in zip(state["spans"], state["given"]):
            given = {path: value for path, value in zip(self.sources, values) if value is not None}
            self.state["spans"].append(from_us)
            self.state["given"].append(list(values))
            self.drive(Span(from_us, from_us + self.run.step_us), given)

    def finish(self, outcome: str) -> None:
        self.close()
