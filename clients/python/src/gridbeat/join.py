"""Taking a place in a run: hello, challenge, welcome."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .access import Access, read_access, read_join_key, read_run_access
from .actor import Actor
from .bus import Bus, NobodyAnswers, Refusals, SealedBus, decode, encode
from .errors import ConfigurationError, GridbeatError, LostError, SimulationError
from .host import Host
from .parts import Parts
from .seals import Exchange, Seal, join_secret

PROTOCOL_VERSION = 4
HELLO_TIMEOUT_S = 10
RETRY_S = 0.5
PROBE_S = 2
ACCESS_TRIES = 20
# So long a run waits for a server, and its processes for the run.
BACK_S = 300
# A coordinator that is missed so often is gone.
MISSES = 3
ANY_KEY = bytes(32)

Say = Callable[[str], None]


def run_actors(*kinds: type[Actor], run: str | None = None, say: Say = print) -> int:
    """Takes part in one run with actors of these classes, to its end.

    It waits for a run that has a place for one of them; `run` or GRIDBEAT_RUN names one, which also finds a run of this
    user on this machine that has a server of its own. NATS_URL and the variables beside it say how to reach others.

    Returns 0 if the run ended in order, 1 if not. Raises ConfigurationError for what the user has to change.
    """
    return asyncio.run(take_part({kind.kind: kind for kind in kinds}, run=run, say=say))


async def take_part(
    kinds: dict[str, Callable[[], Actor]], *, host: str | None = None, run: str | None = None, say: Say = print
) -> int:
    """The same in an event loop of one's own. `host`: the name of the place to take, where it is free."""
    if not kinds or not all(kinds):
        raise ConfigurationError("Cannot take part in a run without a kind: give classes with a `kind`")
    run = run or os.environ.get("GRIDBEAT_RUN") or None
    secret, name = join_secret(read_join_key()), host or f"python-{os.getpid()}"
    is_back = False
    while True:
        limit_s = BACK_S if is_back else None
        bus, access = await _connect(run, name, limit_s)
        try:
            waiting = _wait_for_place(bus, name, list(kinds), secret, run, say)
            welcome, message_key = await asyncio.wait_for(waiting, limit_s)
            run = welcome["run"]
            say(f"Joined run {run} as {', '.join(actor['name'] for actor in welcome['actors'])}")
            stop = await _run_host(bus, access, welcome, message_key, kinds, secret, say)
            say(f"Run {run} ended: {stop['outcome']}, {stop['reason']}")
            return 1 if stop["outcome"] == "failed" else 0
        except LostError as error:
            # The run goes back to its last checkpoint once the server is there again, or another one of its own.
            say(f"Left run {run}: {error}")
            is_back = True
        except asyncio.TimeoutError:
            raise SimulationError(f"Cannot go on: the run {run} is not there again since {BACK_S} s") from None
        finally:
            await bus.close()


async def _connect(run: str | None, name: str, limit_s: float | None) -> tuple[Bus, Access]:
    """A run says its id a moment before its server is there, and a server that was lost may come back."""
    tries = ACCESS_TRIES if limit_s is None else int(limit_s / RETRY_S)
    is_private = run is not None and not os.environ.get("NATS_URL")
    while True:
        try:
            access = read_run_access(str(run)) if is_private else read_access()
            return await Bus.connect(access, name), access
        except ConfigurationError:
            tries -= 1
            if tries <= 0 or (not is_private and limit_s is None):
                raise
            await asyncio.sleep(RETRY_S)


async def _run_host(
    bus: Bus, access: Access, welcome: dict, message_key: bytes | None, kinds: dict, secret: bytes, say: Say
) -> dict[str, Any]:
    status_bus = await Bus.connect(access, f"{welcome['host']}/status")
    refusals = Refusals(say)
    sealed = SealedBus(bus, message_key, refusals)
    host = Host(welcome, sealed, SealedBus(status_bus, message_key, refusals), refusals)
    watching = asyncio.create_task(watch_coordinator(bus, sealed, welcome, secret))
    try:
        await _first(host.start(kinds), bus.lost, status_bus.lost, watching)
        return await to_the_end(host, bus.lost, status_bus.lost, watching)
    finally:
        watching.cancel()
        await host.close()
        await status_bus.close()


async def to_the_end(host: Host, *failures: asyncio.Future) -> dict[str, Any]:
    """The last word on the run. A run on a server of its own takes that away as soon as all have answered to it: whoever has
    heard it has lost nothing. Nor is there a run to wait for where an actor of one's own has failed: that ends it."""
    try:
        return await _first(asyncio.shield(host.ended), *failures)
    except LostError:
        if host.is_ending:
            return await host.ended
        if host.failure is None:
            raise
        return {"outcome": "failed", "reason": host.failure}


async def _first(work: Any, *failures: asyncio.Future) -> Any:
    """The result of the work, or the error of whichever failure comes before."""
    task = asyncio.ensure_future(work)
    await asyncio.wait([task, *failures], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        return task.result()
    task.cancel()
    for failure in failures:
        if failure.done():
            failure.result()
    raise SimulationError("the bus was closed")


async def _wait_for_place(
    bus: Bus, host: str, kinds: Sequence[str], secret: bytes, run: str | None, say: Say
) -> tuple[dict[str, Any], bytes | None]:
    told = ""
    seal = Seal(secret)
    while True:
        exchange = Exchange()
        try:
            answer = await _introduce(bus, _hello(host, kinds, exchange.public_key), seal, run)
            if answer["type"] == "welcome":
                wrapped = answer["messageKey"]
                return answer, None if wrapped is None else exchange.unwrap(wrapped, secret)
            reason = answer["reason"]
            if not answer.get("retry"):
                raise ConfigurationError(f'Cannot join the run as "{host}": {reason}')
        except NobodyAnswers:
            reason = "no run is waiting"
        except TimeoutError:
            reason = "no answer to its hello"
        if reason != told:
            say(f"Waiting for a run that needs a {' or '.join(kinds)}: {reason}")
        told = reason
        await asyncio.sleep(RETRY_S)


async def _introduce(bus: Bus, hello: dict[str, Any], seal: Seal, run: str | None) -> dict[str, Any]:
    """One hello, and one more if a nonce is asked for."""
    answer = await _ask(bus, hello, seal, "gridbeat.join" if run is None else f"gridbeat.run.{run}.hello")
    if answer["type"] == "challenge":
        again = {**hello, "challenge": answer["nonce"]}
        answer = await _ask(bus, again, seal, f"gridbeat.run.{answer['run']}.hello")
        if answer["type"] == "challenge":
            return {"type": "refused", "reason": "another run began meanwhile", "retry": True}
    return answer


async def _ask(bus: Bus, hello: dict[str, Any], seal: Seal, subject: str, timeout_s: float = HELLO_TIMEOUT_S) -> dict[str, Any]:
    """The first answer that has the seal of the secret."""
    sealed, tag = seal.close(subject, encode(hello))
    parts = Parts()

    def accept(data: bytes) -> dict[str, Any] | None:
        opened = seal.open_answer(tag, data)
        try:
            whole = None if opened is None else parts.add(opened)
            message = None if whole is None else decode(whole)
        except ValueError:
            return None
        return message if message is not None and message["type"] in ("welcome", "refused", "challenge") else None

    return await bus.request(subject, sealed, timeout_s, accept)


def _hello(host: str, kinds: Iterable[str], public_key: bytes) -> dict[str, Any]:
    try:
        own = version("gridbeat")
    except PackageNotFoundError:
        own = "source"
    return {
        **{"type": "hello", "version": PROTOCOL_VERSION, "host": host, "kinds": list(kinds)},
        **{"machine": socket.gethostname(), "pid": os.getpid()},
        "program": {"name": "gridbeat-python", "version": own},
        **{"publicKey": public_key, "challenge": None},
    }


async def watch_coordinator(bus: Bus, sealed: SealedBus, welcome: dict[str, Any], secret: bytes) -> None:
    """Fails when the coordinator is gone without a word, or has given the place to another: nobody would ever say so.

    Raises SimulationError where nobody leads the run, LostError where it goes on without this process.
    """
    run, seal = welcome["run"], Seal(secret)
    presence = {"type": "presence", "host": welcome["host"], "seat": welcome["seat"], "leaves": False}
    misses = others = 0
    while True:
        await asyncio.sleep(PROBE_S)
        try:
            answer = await sealed.request(f"gridbeat.run.{run}.ready", presence, PROBE_S)
            if answer["type"] == "refused":
                raise LostError(answer["reason"])
            misses = others = 0
        except NobodyAnswers:
            misses += 1
            if misses == MISSES:
                raise SimulationError(f"the coordinator of run {run} is gone") from None
        except TimeoutError:
            # A busy machine answers late; whoever leads the run under another key hears hellos and nothing else.
            others = others + 1 if await _is_led(bus, run, seal) else 0
            if others == MISSES:
                raise LostError(f"another process leads run {run} by now") from None


async def _is_led(bus: Bus, run: str, seal: Seal) -> bool:
    """A hello that fits no place is refused, and the refusal has the seal."""
    try:
        await _ask(bus, _hello(f"probe-{os.getpid()}", ["none"], ANY_KEY), seal, f"gridbeat.run.{run}.hello", PROBE_S)
    except (TimeoutError, NobodyAnswers):
        return False
    return True


def main(*kinds: type[Actor]) -> None:
    """`run_actors` as a program: errors in one line on standard error, exit code 2 for what the user has to change."""
    import sys

    try:
        sys.exit(run_actors(*kinds))
    except KeyboardInterrupt:
        sys.exit(130)
    except GridbeatError as error:
        print(error, file=sys.stderr)
        sys.exit(2 if isinstance(error, ConfigurationError) else 1)
