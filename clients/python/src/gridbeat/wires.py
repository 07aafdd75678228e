"""Both ends of wires: rows that have come and can still be read, and rows that were not sent yet.

Rows travel as columns of 64-bit little-endian floats: times in microseconds, then the values of each field.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections import deque
from collections.abc import Sequence
from typing import Any

from .errors import LostError, SimulationError

# As Gridbeat sends them: blocks of so many rows or bytes.
BLOCK_ROWS = 4096
BLOCK_BYTES = 768 * 1024
FOREVER_US = 2**53 - 1

Row = tuple[float, ...]


def pack(times: Sequence[float], rows: Sequence[Row], fields: int) -> bytes:
    columns = array("d", times)
    for field in range(fields):
        columns.extend(row[field] for row in rows)
    if sys.byteorder == "big":
        columns.byteswap()
    return columns.tobytes()


def unpack(data: bytes, fields: int) -> list[tuple[int, Row]]:
    """Raises ValueError where these are no whole rows."""
    columns = array("d")
    columns.frombytes(data)
    if sys.byteorder == "big":
        columns.byteswap()
    count, rest = divmod(len(columns), 1 + fields)
    if rest:
        raise ValueError(f"has {len(columns)} numbers, not rows of {1 + fields}")
    parts = [columns[i * count : (i + 1) * count] for i in range(1 + fields)]
    return [(int(row[0]) if math.isfinite(row[0]) else -1, tuple(row[1:])) for row in zip(*parts)]


class WireQueue:
    """The consumer's end of one wire. Times are the consumer's: later than the producer's by the wire's delay."""

    def __init__(self, wire: dict[str, Any], fields: int) -> None:
        self.source: str = f"{wire['from']['actor']}.{wire['from']['port']}"
        self.actor: str = wire["from"]["actor"]
        self.delay_us: int = wire["delayUs"]
        self.fields = fields
        self.known_until_us = self.delay_us
        self._rows: deque[tuple[int, Row]] = deque()
        self._has_current = False
        if wire["initial"] is not None:
            self._rows.append((0, tuple(float(value) for value in wire["initial"])))

    def push(self, rows: list[tuple[int, Row]]) -> None:
        for time_us, row in rows:
            at = time_us + self.delay_us
            if at < self.known_until_us:
                raise SimulationError(
                    f'Cannot accept a row of "{self.source}" for {at} us: it had promised to say nothing more before {self.known_until_us} us'
                )
            self._rows.append((at, row))

    def promise(self, producer_until_us: int) -> None:
        known = min(producer_until_us + self.delay_us, FOREVER_US)
        if known > self.known_until_us:
            self.known_until_us = known

    def at(self, time_us: int) -> Row | None:
        """The last row at or before a time; older ones are forgotten. None if there is none."""
        rows = self._rows
        while len(rows) > 1 and rows[1][0] <= time_us:
            rows.popleft()
        if rows and rows[0][0] <= time_us:
            self._has_current = True
            return rows[0][1]
        return None

    def is_settled(self, until_us: int) -> bool:
        """Whether the producer has said all before its time `until_us`."""
        return self.known_until_us - self.delay_us >= until_us

    def take_moment(self) -> dict[str, Any]:
        times = [time for time, _ in self._rows]
        return {
            "from": self.source,
            "knownUntilUs": self.known_until_us,
            "hasCurrent": self._has_current,
            "columns": pack(times, [row for _, row in self._rows], self.fields),
        }

    def put_moment(self, moment: dict[str, Any]) -> None:
        self._rows = deque(unpack(moment["columns"], self.fields))
        self._has_current = moment["hasCurrent"]
        self.known_until_us = moment["knownUntilUs"]


class PortWriter:
    """The producer's end of a port: rows for wires of the same process, of the same loop, and for all others."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.name: str = spec["name"]
        self.fields = [field["name"] for field in spec["fields"]]
        self.local: list[WireQueue] = []
        self.in_loop = False
        self.in_blocks = False
        self.promised_us = 0
        self.said_us = 0
        self.last_us = 0
        self.block_seq = 0
        self._loop: list[tuple[int, Row]] = []
        self._block: list[tuple[int, Row]] = []
        self.full_rows = max(1, min(BLOCK_ROWS, BLOCK_BYTES // (8 * (1 + len(self.fields)))))

    def append(self, time_us: int, row: Row) -> None:
        self.last_us = time_us
        for queue in self.local:
            queue.push([(time_us, row)])
        if self.in_loop:
            self._loop.append((time_us, row))
        if self.in_blocks:
            self._block.append((time_us, row))

    def promise(self, until_us: int) -> None:
        if until_us > self.promised_us:
            self.promised_us = until_us
            for queue in self.local:
                queue.promise(until_us)

    def say(self, window_end_us: int) -> bool:
        """Says to others what is promised, nothing of later windows. Whether it is more than was said."""
        until_us = min(self.promised_us, window_end_us)
        is_more = until_us > self.said_us
        self.said_us = max(self.said_us, until_us)
        return is_more

    def has_loop_rows(self) -> bool:
        return bool(self._loop)

    def has_full_block(self) -> bool:
        return len(self._block) >= self.full_rows

    def drain_loop(self) -> dict[str, Any]:
        rows, self._loop = self._loop, []
        return self._part(rows, self.said_us)

    def drain_blocks(self) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        while True:
            rows, self._block = self._block[: self.full_rows], self._block[self.full_rows :]
            until_us = min(rows[-1][0], self.said_us) if self._block else self.said_us
            parts.append(self._part(rows, until_us))
            if not self._block:
                return parts

    def _part(self, rows: list[tuple[int, Row]], until_us: int) -> dict[str, Any]:
        return {"port": self.name, "untilUs": until_us, "columns": self._pack(rows)}

    def _pack(self, rows: list[tuple[int, Row]]) -> bytes:
        return pack([time for time, _ in rows], [row for _, row in rows], len(self.fields))

    def take_moment(self) -> dict[str, Any]:
        """At the end of a window, where all that leaves the process was sent."""
        return {"port": self.name, "promisedUs": self.promised_us, "lastUs": self.last_us}

    def begin_at(self, moment: dict[str, Any], window_start_us: int) -> None:
        """Goes on from there; messages are counted anew."""
        self.promised_us, self.last_us = moment["promisedUs"], moment["lastUs"]
        self.said_us, self.block_seq = window_start_us, 0
        self._loop, self._block = [], []
        for queue in self.local:
            queue.promise(self.promised_us)


Port = tuple[str, str]  # actor and port


class OutputsGate:
    """Lets through what may be said next on one data subject: by one actor, or by the first of several of its host for all of them."""

    def __init__(self, subject: str, speaking: Sequence[str], ports: dict[Port, list[WireQueue]], is_closed: bool) -> None:
        self.subject = subject
        self.actor = speaking[0]
        self.ports = ports
        # How many of its ports are wanted here, for each actor that may be heard.
        self._wanted = {name: sum(actor == name for actor, _ in ports) for name in speaking}
        self._is_closed = is_closed
        self._seq = 0
        self._until_us = dict.fromkeys(ports, 0)
        self._row_us = dict.fromkeys(ports, 0)

    def take(self, message: dict[str, Any], attempt: int) -> list[tuple[WireQueue, list[tuple[int, Row]], int]]:
        """What goes into which queue. Raises Refused for what does not fit, LostError for a gap."""
        seq = message.get("seq")
        if message.get("actor") != self.actor:
            raise Refused(f'it is of "{message.get("actor")}", not of "{self.actor}"')
        of = message.get("attempt")
        if isinstance(of, int) and of < attempt:
            raise Stale(f"it is of attempt {of}, before {attempt}")
        if of != attempt:
            raise Refused(f"it is of attempt {of}, not {attempt}")
        if not isinstance(seq, int) or not isinstance(message.get("ports"), list):
            raise Refused("it has no number, or no ports")
        if seq < self._seq:
            raise Refused(f'message {seq} of "{self.actor}" came again', "duplicate")
        try:
            passed = self._check(message["ports"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(f'message {seq} of "{self.actor}" {error}') from None
        if seq > self._seq:
            raise LostError(
                f'Cannot go on after message {self._seq - 1} of "{self.actor}": message {seq} came next, so {seq - self._seq} were lost'
            )
        self._seq += 1
        for port, (rows, until_us) in passed.items():
            self._until_us[port] = until_us
            if rows:
                self._row_us[port] = rows[-1][0]
        return [(queue, rows, until_us) for port, (rows, until_us) in passed.items() for queue in self.ports[port]]

    def _check(self, ports: list[dict[str, Any]]) -> dict[Port, tuple[list[tuple[int, Row]], int]]:
        passed: dict[Port, tuple[list[tuple[int, Row]], int]] = {}
        heard: set[str] = set()
        for part in ports:
            actor, port, until_us, columns = part.get("actor", self.actor), part["port"], part["untilUs"], part["columns"]
            if actor not in self._wanted:
                raise ValueError(f'has a port of "{actor}", which does not speak there')
            heard.add(actor)
            name = (actor, port)
            queues = self.ports.get(name)
            if queues is None:
                if self._is_closed:
                    raise ValueError(f'has a port "{port}", which is not said there')
                continue
            if name in passed:
                raise ValueError(f'has the port "{port}" twice')
            if not isinstance(until_us, int) or until_us < self._until_us[name]:
                raise ValueError(f'takes back what "{port}" promised, {self._until_us[name]} us, by {until_us}')
            rows = unpack(columns, queues[0].fields)
            before_us = max(self._until_us[name], self._row_us[name])
            for time_us, _ in rows:
                if not before_us <= time_us <= FOREVER_US:
                    raise ValueError(f'has a row at {time_us} us after {before_us} us for "{port}"')
                before_us = time_us
            passed[name] = (rows, until_us)
        # An actor says all its ports of a subject at once: without one of them it is not the actor that speaks.
        if not heard or len(passed) != sum(self._wanted[name] for name in heard):
            raise ValueError("lacks a port")
        return passed

    def begin_at(self, window_start_us: int) -> None:
        """What comes next is the first message after all was said before `window_start_us`."""
        self._seq = 0
        self._until_us = dict.fromkeys(self.ports, window_start_us)
        self._row_us = dict.fromkeys(self.ports, 0)


class Stale(Exception):
    """A message of an attempt before: it changes nothing, and is none to count."""


class Refused(Exception):
    """A message that does not fit: it changes nothing and is counted."""

    def __init__(self, reason: str, kind: str = "unexpected") -> None:
        super().__init__(reason)
        self.kind = kind
