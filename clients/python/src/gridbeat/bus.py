"""Messages over NATS, with seals where the server is not the run's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgpack
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoServersError
from nats.js.api import ObjectMeta, ObjectMetaOptions
from nats.js.errors import DigestMismatchError, NotFoundError

from .access import Access
from .errors import CheckpointError, ConfigurationError, LostError, reason_of
from .parts import Parts, cut
from .seals import SEAL_BYTES, TAG_BYTES, Counts, Seal

CONNECT_TIMEOUT_S = 10
# Of an object in a store, where the server takes messages of that size.
CHUNK_BYTES = 128 * 1024
# The windows of a run bound what is on its way; to drop some of it would end the run.
PENDING_BYTES_MAX = 1024 * 1024 * 1024
PENDING_MESSAGES_MAX = 4_000_000

Message = dict[str, Any]
Answer = Message | None


def encode(message: Message) -> bytes:
    return msgpack.packb(message, use_bin_type=True)


def decode(data: bytes) -> Message:
    """One message. Raises ValueError for what is none."""
    try:
        value = msgpack.unpackb(data, raw=False, strict_map_key=True)
    except Exception as error:
        raise ValueError(f"not MessagePack ({reason_of(error)})") from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise ValueError("no message with a type")
    return _whole(value)


def _whole(value: Any) -> Any:
    """Whole numbers from 2^32 on, as times are, come as floats."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if type(inner) is float:
                if key.endswith("Us") and inner.is_integer():
                    value[key] = int(inner)
            elif type(inner) in (dict, list):
                _whole(inner)
    elif isinstance(value, list):
        for inner in value:
            if type(inner) in (dict, list):
                _whole(inner)
    return value


class NobodyAnswers(Exception):
    """Nobody listens to the subject."""


class Refusals:
    """Messages that were refused: counted, and the first of each sort named."""

    NAMED_MAX = 16

    def __init__(self, say: Callable[[str], None] = lambda _text: None) -> None:
        self.count = 0
        self.duplicates = 0
        self._named: dict[tuple[str, str], str] = {}
        self._say = say

    def refuse(self, subject: str, kind: str, reason: str) -> None:
        if kind == "duplicate":
            self.duplicates += 1
        else:
            self.count += 1
        if (kind, subject) not in self._named and len(self._named) < self.NAMED_MAX:
            text = f"a message on {subject}: {reason}"[:300]
            self._named[kind, subject] = text
            self._say(f"Refused {text}")

    def tally(self) -> Message:
        return {"count": self.count, "duplicates": self.duplicates, "named": list(self._named.values())}


class Bus:
    """A connection to NATS."""

    def __init__(self, client: Client, lost: asyncio.Future[None]) -> None:
        self.client = client
        # Ends with an error when the server is gone.
        self.lost = lost

    @classmethod
    async def connect(cls, access: Access, name: str) -> Bus:
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lost.add_done_callback(lambda done: done.cancelled() or done.exception())
        told: list[str] = []

        async def on_error(error: Exception) -> None:
            told.append(reason_of(error))

        async def on_closed() -> None:
            if not lost.done():
                why = f": {told[-1]}" if told else ""
                lost.set_exception(LostError(f"Lost the NATS server{why}"))

        try:
            client = await nats.connect(
                servers=access.servers,
                name=name,
                # Reconnecting would hide lost messages.
                allow_reconnect=False,
                # Nor does a first connection wait for a server that is not there: whoever wants it tries again.
                **{"max_reconnect_attempts": 1, "reconnect_time_wait": 0, "dont_randomize": True},
                connect_timeout=CONNECT_TIMEOUT_S,
                error_cb=on_error,
                closed_cb=on_closed,
                disconnected_cb=on_closed,
                **access.options,
            )
        except (NatsError, OSError, NoServersError, asyncio.TimeoutError) as error:
            why = told[-1] if told else reason_of(error)
            raise ConfigurationError(f'Cannot reach the NATS server at "{access}": {why}') from None
        return cls(client, lost)

    @property
    def max_bytes(self) -> int:
        """The largest payload of one message."""
        return self.client.max_payload

    def publish(self, subject: str, payload: bytes) -> Awaitable[None]:
        return self.client.publish(subject, payload)

    async def subscribe(self, subject: str, handler: Callable[[Msg], Awaitable[None]]) -> None:
        await self.client.subscribe(
            subject,
            cb=handler,
            pending_bytes_limit=PENDING_BYTES_MAX,
            pending_msgs_limit=PENDING_MESSAGES_MAX,
        )

    async def request(
        self, subject: str, payload: bytes, timeout_s: float, accept: Callable[[bytes], Any]
    ) -> Any:
        """Sends and waits for the first answer for which `accept` gives something.

        Raises NobodyAnswers, and TimeoutError after the time.
        """
        inbox = self.client.new_inbox()
        subscription = await self.client.subscribe(inbox)
        try:
            await self.client.publish(subject, payload, reply=inbox)
            deadline = asyncio.get_running_loop().time() + timeout_s
            while True:
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    raise TimeoutError
                message = await asyncio.wait_for(subscription.next_msg(timeout=left), left)
                if not message.data and (message.headers or {}).get("Status") == "503":
                    raise NobodyAnswers
                taken = accept(message.data)
                if taken is not None:
                    return taken
        except (NatsError, asyncio.TimeoutError) as error:
            raise TimeoutError(reason_of(error)) from None
        finally:
            if self.client.is_connected:
                await subscription.unsubscribe()

    async def keep(self, store: str, name: str, data: bytes) -> None:
        """Puts bytes into an object store of JetStream, which is there."""
        bucket = await self.client.jetstream().object_store(store)
        chunk = ObjectMetaOptions(max_chunk_size=min(CHUNK_BYTES, self.max_bytes))
        await bucket.put(name, data, meta=ObjectMeta(name=name, options=chunk))

    async def fetch(self, store: str, name: str) -> bytes:
        bucket = await self.client.jetstream().object_store(store)
        return (await bucket.get(name)).data or b""

    async def flush(self) -> None:
        await self.client.flush()

    async def close(self) -> None:
        if not self.lost.done():
            self.lost.cancel()
        if not self.client.is_closed:
            try:
                await self.client.flush(timeout=5)
            except Exception:  # the server may be gone: there is nothing left to say
                pass
            await self.client.close()


class SealedBus:
    """Messages of a run on a bus: as MessagePack, sealed where there is a key."""

    def __init__(self, bus: Bus, key: bytes | None, refusals: Refusals) -> None:
        self._bus = bus
        self._seal = None if key is None else Seal(key)
        self._refusals = refusals
        self._answering: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Nobody waits for answers any more."""
        for task in self._answering:
            task.cancel()

    async def publish(self, subject: str, message: Message) -> None:
        with suppress(NatsError):
            for sealed, _ in self._sealed(subject, message):
                await self._bus.publish(subject, sealed)

    def _sealed(self, subject: str, message: Message) -> list[tuple[bytes, bytes]]:
        """The message, or its parts, each with a seal and its tag."""
        room = self._bus.max_bytes - (0 if self._seal is None else SEAL_BYTES)
        parts = cut(encode(message), room)
        return [(part, b"") if self._seal is None else self._seal.close(subject, part) for part in parts]

    async def subscribe(
        self, subject: str, types: tuple[str, ...], handler: Callable[[Message], Awaitable[Answer]]
    ) -> None:
        """Hands each message of these types to `handler`; what it returns answers. Others are refused and counted."""
        counts, parts = Counts(), Parts()

        async def receive(received: Msg) -> None:
            data, tag = received.data, b""
            if self._seal is not None:
                opened = self._seal.open(subject, data)
                if opened is None:
                    self._refusals.refuse(subject, "not-authentic", "it does not have the seal of this run")
                    return
                if not counts.is_new(opened):
                    self._refusals.refuse(subject, "duplicate", "it came before")
                    return
                data, tag = opened.payload, opened.tag
            whole = parts.add(data)
            if whole is None:
                return
            try:
                message = decode(whole)
                if message["type"] not in types:
                    raise ValueError(f"of type {message['type'][:40]}, not {' or '.join(types)}")
            except ValueError as error:
                self._refusals.refuse(subject, "unreadable", reason_of(error))
                return
            if not received.reply:
                await handler(message)
                return
            # An answer may take as long as a window: whoever asks something else meanwhile does not wait for it.
            task = asyncio.create_task(self._respond(received, tag, handler(message)))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

        await self._bus.subscribe(subject, receive)

    async def _respond(self, received: Msg, tag: bytes, answer: Awaitable[Answer]) -> None:
        message = await answer
        if message is None:
            return
        parts = cut(encode(message), self._bus.max_bytes - (0 if self._seal is None else TAG_BYTES))
        with suppress(NatsError):  # without a server nobody waits for it: whoever listens to `lost` goes on
            for part in parts:
                await received.respond(part if self._seal is None else self._seal.close_answer(tag, part))

    async def request(self, subject: str, message: Message, timeout_s: float) -> Message:
        *before, (payload, tag) = self._sealed(subject, message)
        parts = Parts()

        def accept(data: bytes) -> Message | None:
            opened: bytes | None = data
            if self._seal is not None:
                opened = self._seal.open_answer(tag, data)
            if opened is None:
                self._refusals.refuse(subject, "not-authentic", "an answer does not have the seal of this run")
                return None
            whole = parts.add(opened)
            return None if whole is None else decode(whole)

        for part, _ in before:
            await self._bus.publish(subject, part)
        return await self._bus.request(subject, payload, timeout_s, accept)

    async def flush(self) -> None:
        await self._bus.flush()

    async def keep(self, store: str, name: str, data: bytes) -> None:
        sealed = data if self._seal is None else self._seal.close_kept(f"{store}/{name}", data)
        await self._bus.keep(store, name, sealed)

    async def fetch(self, store: str, name: str) -> bytes:
        """Raises LostError where the store does not answer, and CheckpointError for what is not there, or not of this run."""
        try:
            data: bytes | None = await self._bus.fetch(store, name)
        except (NotFoundError, DigestMismatchError) as error:
            raise CheckpointError(f'"{name}" is not in the store as it was kept') from error
        except Exception as error:
            raise LostError(f'"{name}" is not in the store: {reason_of(error)}') from error
        if self._seal is not None and data is not None:
            data = self._seal.open_kept(f"{store}/{name}", data)
        if data is None:
            self._refusals.refuse(f"{store}/{name}", "not-authentic", "what is kept there does not have the seal of this run")
            raise CheckpointError(f'"{name}" is not in the store as it was kept')
        return data
