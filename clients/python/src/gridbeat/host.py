"""The process around actors: answers the coordinator, executes granted windows, exchanges readings with other hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from time import perf_counter
from typing import Any

from .actor import Actor
from .bus import Answer, Refusals, SealedBus
from .errors import CheckpointError, ConfigurationError, LostError, SimulationError, reason_of
from .phase import Misfit, Phase, on_request
from .runtime import ActorRuntime, Group
from .wires import OutputsGate, Refused, Stale

Message = dict[str, Any]
READY_TIMEOUT_S = 60

# What requests have beside their type; what else comes from the bus goes through a gate.
REQUESTS: Mapping[str, Mapping[str, type]] = {
    "wired": {"components": list},
    "restore": {"attempt": int, "window": int, "fromUs": int, "objects": list},
    "grant": {"attempt": int, "window": int, "fromUs": int, "untilUs": int, "keep": bool},
    "stop": {"outcome": str, "reason": str, "simulatedUntilUs": int},
}


class Host:
    """The actors of this process in one run. Actors work in a thread of their own, so that a long step keeps nobody waiting
    for an answer."""

    def __init__(self, welcome: Message, bus: SealedBus, status_bus: SealedBus, refusals: Refusals) -> None:
        self.name: str = welcome["host"]
        self.ended: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._welcome = welcome
        self._root = f"gridbeat.run.{welcome['run']}"
        self._bus, self._status_bus, self._refusals = bus, status_bus, refusals
        self._subject = f"{self._root}.host.{self.name}.{welcome['seat']}"
        self._store = f"gridbeat-{welcome['run']}"
        self._phase = Phase()
        self._runtimes: list[ActorRuntime] = []
        self._group: Group | None = None
        self._answers: dict[str, asyncio.Future[Message]] = {}
        # How often each request was made before, as far as is known.
        self._heard_again: dict[str, int] = {}
        self._stepping: asyncio.Future[Message] | None = None
        # The request that it carries out; None once that is answered, or forgotten since the run has gone back.
        self._carried: Message | None = None
        self._steps_before = 0
        # What the actors were at first, or why that cannot be said; and what was kept last under this attempt.
        self._beginning: bytes | Exception = b""
        self._kept: Message | None = None
        self._keeping: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="actors")
        self._working = asyncio.create_task(self._work())

    @property
    def is_ending(self) -> bool:
        """It has heard of the run's end."""
        return "stop" in self._answers

    @property
    def failure(self) -> str | None:
        """What an actor of its own could not do, if it would be the same again."""
        failed = self._phase.failed
        return None if failed is None or failed["cause"] in ("world", "checkpoint") else failed["message"]

    async def start(self, kinds: Mapping[str, Callable[[], Actor]]) -> None:
        """Makes the actors, listens to the coordinator and reports that the host is ready, or why not."""
        await self._listen()
        word = await self._make(kinds)
        if self._phase.stage != "ended":
            await self._bus.request(f"{self._root}.ready", word, READY_TIMEOUT_S)

    async def close(self) -> None:
        self._working.cancel()
        for bus in (self._bus, self._status_bus):
            bus.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _listen(self) -> None:
        await self._bus.subscribe(self._subject, (*REQUESTS, "replaced"), self._answer)
        status = f"{self._root}.status.{self.name}.{self._welcome['seat']}"
        await self._status_bus.subscribe(status, ("status",), self._report)
        for actor in self._welcome["actors"]:
            await self._bus.subscribe(f"{self._root}.heard.{actor['name']}", ("heard",), _heard)
        await self._bus.flush()
        await self._status_bus.flush()

    async def _make(self, kinds: Mapping[str, Callable[[], Actor]]) -> Message:
        for entry in self._welcome["actors"]:
            try:
                make = kinds.get(entry["kind"])
                if make is None:
                    raise ConfigurationError(f'Cannot run "{entry["name"]}": it is of kind {entry["kind"]}, this process runs {", ".join(kinds)}')
                seed = self._welcome["seed"]
                self._runtimes.append(await self._in_thread(lambda e=entry, m=make: ActorRuntime(e, seed, m)))
            except Exception as error:
                return {**self._fail(error, entry["name"], "configuration"), "seat": self._welcome["seat"]}
        self._phase = replace(self._phase, stage="made") if self._phase.stage == "making" else self._phase
        return {"type": "ready", "host": self.name, "seat": self._welcome["seat"], "actors": [runtime.ports() for runtime in self._runtimes]}

    async def _answer(self, request: Message) -> Answer:
        kind, subject = request["type"], self._subject
        if kind == "replaced":
            self._hear_replaced(request)
            return None
        again = request.pop("again", 0)
        try:
            if type(again) is not int:
                raise Misfit("again is no int")
            for key, wanted in REQUESTS[kind].items():
                if type(request.get(key)) is not wanted:
                    raise Misfit(f"{key} is no {wanted.__name__}")
            actors = [entry["name"] for entry in self._welcome["actors"]]
            phase, is_new = on_request(self._phase, request, self._welcome["untilUs"], actors)
        except (Misfit, TypeError) as why:
            reason = f"a {kind} that does not fit: {why}"
            self._refusals.refuse(subject, "unexpected", reason)
            return {"type": "refused", "reason": reason, "retry": False}
        # One that was made anew is no copy.
        is_copy = again <= self._heard_again.get(kind, 0)
        if is_new or not is_copy:
            self._heard_again[kind] = again
        if not is_new:
            if is_copy:
                self._refusals.refuse(subject, "duplicate", f"a {kind} came again")
            return await asyncio.shield(self._answers[kind])
        self._phase = phase
        self._carried = request
        answer = self._answers[kind] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(lambda _: self._carried_out(request))
        if kind == "grant":
            await self._simulate(request, answer)
        else:
            work = {"wired": self._wire, "restore": self._restore, "stop": self._stop}[kind]
            answer.set_result(await work(request))
        return await asyncio.shield(answer)

    def _carried_out(self, request: Message) -> None:
        if self._carried is request:
            self._carried = None

    def _hear_replaced(self, replaced: Message) -> None:
        if replaced.get("host") == self.name:
            self._leave("it was taken for dead")
        else:
            self._refusals.refuse(self._subject, "unexpected", f'a replaced that is of "{replaced.get("host")}"')

    def _leave(self, why: str) -> None:
        """Another process has this one's place: nothing that it still says counts, and nothing more is done."""
        if self._phase.stage == "ended":
            return
        self._phase, self._stepping = replace(self._phase, stage="ended"), None
        if not self.ended.done():
            self.ended.set_exception(LostError(f'Another process has the place of "{self.name}" by now: {why}'))
            self.ended.exception()

    async def _wire(self, wired: Message) -> Message:
        try:
            group = Group(self._welcome["run"], self._runtimes, self._welcome["wires"], wired)
            try:
                self._beginning = await self._in_thread(group.take_bytes)
            except Exception as error:
                self._beginning = error
            self._group = group
            for gate in group.gates:
                await self._bus.subscribe(gate.subject, ("outputs",), lambda message, gate=gate: self._take(gate, message))
            await self._bus.flush()
            return {"type": "ok"}
        except Exception as error:
            return self._fail(error)

    async def _restore(self, restore: Message) -> Message:
        """Goes back to where a window begins; whoever waits for the one that was being simulated has gone back too."""
        self._stepping, self._kept = None, None
        try:
            objects = restore["objects"]
            if not objects and isinstance(self._beginning, Exception):
                raise self._beginning
            kept = [await self._fetch(one) for one in objects] if objects else [self._beginning]
            # After the step that is under way, if there is one.
            await self._in_thread(lambda: self._group and self._group.begin_at(kept, restore["fromUs"]))
            if self._phase.attempt != restore["attempt"] or self._phase.stage != "restoring":
                return {"type": "refused", "reason": "it goes elsewhere by now", "retry": False}
            self._phase = replace(self._phase, stage="wired")
            return {"type": "ok"}
        except Exception as error:
            return self._fail(error)

    async def _fetch(self, one: Message) -> bytes:
        try:
            data = await self._bus.fetch(self._store, one["name"])
            if sha256(data).hexdigest() != one["sha256"]:
                raise CheckpointError(f'"{one["name"]}" is not what was kept')
            return data
        except LostError as error:
            raise type(error)(f'Cannot go on from where "{self.name}" was: {error}') from error

    async def _keep(self, grant: Message, group: Group) -> None:
        """Takes what the actors are before a window, and puts it into the store of the run while they go on."""
        began = perf_counter()
        kept = {"window": grant["window"], "bytes": 0, "sha256": None, "tookMs": 0.0, "failure": None}
        try:
            data = await self._in_thread(group.take_bytes)
            kept |= {"bytes": len(data), "sha256": sha256(data).hexdigest(), "tookMs": 1000 * (perf_counter() - began)}
        except Exception as error:
            self._kept = {**kept, "failure": reason_of(error)}
            return

        async def put() -> None:
            name = f"{grant['attempt']}.{grant['window']}.{self.name}"
            try:
                await self._bus.keep(self._store, name, data)
            except Exception as error:
                kept["failure"] = reason_of(error)
            if self._phase.attempt == grant["attempt"]:
                self._kept = kept

        task = asyncio.create_task(put())
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def _take(self, gate: OutputsGate, message: Message) -> Answer:
        if self._phase.takes_outputs and self._group is not None:
            try:
                self._group.arrived.extend(gate.take(message, self._phase.attempt))
                self._news.set()
            except Stale:
                pass  # whoever goes back leaves such on the way
            except Refused as why:
                of = message.get("attempt")
                # Nobody simulates under an attempt that not every host of the run has heard of.
                if self._phase.grant is not None and isinstance(of, int) and of > self._phase.attempt and self._welcome["messageKey"] is not None:
                    self._leave(f"the run is at attempt {of}")
                self._refusals.refuse(gate.subject, why.kind, str(why))
            except SimulationError as error:
                self._fail(error, gate.actor)
        return None

    async def _simulate(self, grant: Message, answer: asyncio.Future[Message]) -> None:
        if self._phase.failed is not None:
            answer.set_result(self._phase.failed)
            return
        if grant["keep"] and self._group is not None:
            await self._keep(grant, self._group)
            if self._phase.grant is not grant:
                return  # the run has gone back meanwhile: nobody waits for this window
        self._stepping, self._steps_before = answer, self._group.steps if self._group else 0
        self._news.set()

    async def _work(self) -> None:
        """Goes on with the window that is being simulated whenever there is news."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._phase.stage == "stepping" and self._group is not None and self._stepping is not None:
                grant, group, attempt = self._phase.grant or {}, self._group, self._phase.attempt
                try:
                    moved, is_done, outgoing = await self._in_thread(lambda: group.pump(grant["untilUs"], attempt))
                except Exception as error:
                    self._fail(error)
                    break
                if self._phase.grant is not grant or self._phase.attempt != attempt:
                    continue  # another attempt has begun meanwhile: nothing of the old one is said
                for subject, message in outgoing:
                    await self._bus.publish(subject, message)
                if is_done:
                    self._done(grant)
                if not moved:
                    break

    def _done(self, grant: Message) -> None:
        done = {
            **{"type": "done", "host": self.name, "attempt": grant["attempt"], "window": grant["window"]},
            **{"steps": (self._group.steps if self._group else 0) - self._steps_before},
            **{"kept": self._kept, "refusals": self._refusals.tally()},
        }
        self._phase = replace(self._phase, stage="done", done=done)
        if self._stepping is not None:
            self._stepping.set_result(done)
        self._stepping = None

    def _fail(self, error: BaseException, actor: str | None = None, cause: str = "simulation") -> Message:
        if isinstance(error, ConfigurationError):
            cause = "configuration"
        if isinstance(error, LostError):
            cause = "checkpoint" if isinstance(error, CheckpointError) else "world"
        who = actor or (self._runtimes[0].name if len(self._runtimes) == 1 else None)
        failed = {
            **{"type": "failed", "host": self.name, "actor": who, "timeUs": None, "cause": cause},
            "message": reason_of(error),
        }
        self._phase = self._phase.failing(failed)
        if self._stepping is not None and not self._stepping.done():
            self._stepping.set_result(self._phase.failed or failed)
        self._stepping = None
        return self._phase.failed or failed

    async def _report(self, _status: Message) -> Answer:
        limit_us = 0 if self._phase.grant is None else self._phase.grant["untilUs"]
        actors = [] if self._group is None else self._group.waits(limit_us)
        carries_out = None if self._carried is None else self._carried["type"]
        return {"type": "status-report", "host": self.name, "carriesOut": carries_out, "actors": actors}

    async def _stop(self, stop: Message) -> Message:
        try:
            for runtime in self._runtimes:
                await self._in_thread(lambda actor=runtime.actor: actor.finish(stop["outcome"]))
            return {"type": "stopped", "host": self.name, "refusals": self._refusals.tally()}
        except Exception as error:
            return self._fail(error)
        finally:
            # The answer goes out first.
            asyncio.get_running_loop().call_later(0.05, lambda: self.ended.done() or self.ended.set_result(stop))

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def _heard(_question: Message) -> Answer:
    return {"type": "ok"}


def _resolved(message: Message) -> asyncio.Future[Message]:
    future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    future.set_result(message)
    return future
