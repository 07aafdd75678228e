"""A coordinator and its bus in one process, for hosts of the tests."""

from __future__ import annotations

import asyncio
import base64
import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema

from gridbeat.bus import Refusals, decode, encode
from gridbeat.errors import CheckpointError
from gridbeat.host import Host

PROJECT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((PROJECT / "protocol" / "messages.schema.json").read_text())
STEP_US = 60_000_000
RUN = {
    **{"stepUs": STEP_US, "startEpochMs": 1_718_841_600_000, "untilUs": 60 * STEP_US, "timeZone": "Europe/Berlin"},
    **{"latitude": 52.5, "longitude": 13.4, "altitudeM": 34.0},
}
POWER = {"name": "power", "kind": "interval", "fields": [{"name": "power", "unit": "W"}]}
VALUE = [{"name": "value", "unit": "g/kWh"}]


def plain(value: Any) -> Any:
    """As JSON has it: what is binary in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


@cache
def _validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]})


def check(message: dict[str, Any]) -> None:
    """Raises where a message is not as the protocol has it."""
    _validator(message["type"]).validate(plain(message))


class MemoryBus:
    """What hosts use of a bus. Every message is checked, and kept as it would travel."""

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}
        self.published: list[tuple[str, bytes]] = []
        self.requested: list[dict[str, Any]] = []
        self.store: dict[str, bytes] = {}

    async def keep(self, store: str, name: str, data: bytes) -> None:
        self.store[f"{store}/{name}"] = data

    async def fetch(self, store: str, name: str) -> bytes:
        if f"{store}/{name}" not in self.store:
            raise CheckpointError(f'"{name}" is not in the store')
        return self.store[f"{store}/{name}"]

    async def publish(self, subject: str, message: dict[str, Any]) -> None:
        check(message)
        self.published.append((subject, encode(message)))

    async def subscribe(self, subject: str, types: Any, handler: Any) -> None:
        self.handlers[subject] = handler

    async def request(self, subject: str, message: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        check(message)
        self.requested.append(message)
        return {"type": "ok"}

    async def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    async def say(self, subject: str, message: dict[str, Any]) -> Any:
        """As if somebody else had sent it."""
        check(message)
        answer = await self.handlers[subject](decode(encode(message)))
        if answer is not None:
            check(answer)
        return answer

    def outputs(self) -> list[tuple[str, dict[str, Any]]]:
        return [(subject, decode(data)) for subject, data in self.published]


def member(name: str, kind: str, *, reads: dict[str, list] | None = None, config: dict | None = None, delayed: bool = False) -> dict[str, Any]:
    """An actor of the roster."""
    inputs = [
        {"name": read, "from": f"{read}.signal", "fields": fields, "isDelayed": delayed, "isKnownAtFirst": not delayed}
        for read, fields in (reads or {}).items()
    ]
    config = {"run": RUN, "role": "member", "inputs": inputs, "outputs": [POWER], "config": config or {}}
    return {"name": name, "kind": kind, "host": "here", "config": config}


def wire(source: str, target: str, delay_us: int = 0, initial: list[float] | None = None) -> dict[str, Any]:
    (actor, port), (to_actor, to_port) = source.split("."), target.split(".")
    return {
        **{"from": {"actor": actor, "port": port}, "to": {"actor": to_actor, "port": to_port}},
        **{"delayUs": delay_us, "initial": initial},
    }


class Course:
    """A run with one host, led by a test."""

    def __init__(self, actors: list[dict], wires: list[dict], components: list[list[str]], together: list[list[str]] | None = None) -> None:
        self.bus, self.refusals = MemoryBus(), Refusals()
        self.welcome = {
            **{"type": "welcome", "version": 4, "run": "r", "host": "here", "seat": 0, "seed": "1", "untilUs": RUN["untilUs"]},
            **{"actors": actors, "wires": wires, "messageKey": None},
        }
        check(self.welcome)
        self.components = components
        self.wired = {"type": "wired", "components": components, **({} if together is None else {"together": together})}
        self.host = Host(self.welcome, self.bus, self.bus, self.refusals)

    async def begin(self, kinds: dict[str, Any]) -> dict[str, Any]:
        await self.host.start(kinds)
        return await self.ask(self.wired)

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.wait_for(self.bus.say("gridbeat.run.r.host.here.0", request), 30)

    async def restore(self, window: int, attempt: int, objects: list[str], steps: int = 10) -> dict[str, Any]:
        place = {"attempt": attempt, "window": window, "fromUs": window * steps * STEP_US}
        of = [{"name": name, "sha256": sha256(self.bus.store.get(f"gridbeat-r/{name}", b"")).hexdigest()} for name in objects]
        return await self.ask({"type": "restore", **place, "objects": of})

    async def grant(self, window: int, steps: int = 10, attempt: int = 0, keep: bool = False) -> dict[str, Any]:
        from_us = window * steps * STEP_US
        span = {"fromUs": from_us, "untilUs": from_us + steps * STEP_US}
        return await self.ask({"type": "grant", "attempt": attempt, "window": window, **span, "keep": keep})

    async def feed(self, actor: str, port: str, seq: int, times: list[int], values: list[float], until_us: int, attempt: int = 0) -> None:
        from gridbeat.wires import pack

        columns = pack(times, [(value,) for value in values], 1)
        part = {"port": port, "untilUs": until_us, "columns": columns}
        message = {"type": "outputs", "attempt": attempt, "actor": actor, "seq": seq, "ports": [part]}
        await self.bus.say(f"gridbeat.run.r.block.{actor}.{port}", message)
