"""Keys and seals: by what the processes of a run know each other (protocol/README.md, Who belongs to a run)."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SENDER_BYTES = 8
COUNT_BYTES = 8
TAG_BYTES = 16
SEAL_BYTES = SENDER_BYTES + COUNT_BYTES + TAG_BYTES
# More senders than a run has processes that send on one subject.
SENDERS_MAX = 4096
IV_BYTES = 12


def join_secret(join_key: str | None) -> bytes:
    """What a join key stands for; without one 32 zero bytes, which everybody knows."""
    if join_key is None:
        return bytes(32)
    return hashlib.scrypt(
        join_key.encode(), salt=b"gridbeat 3 join", n=16_384, r=8, p=1, dklen=32, maxmem=64 * 1024 * 1024
    )


@dataclass(frozen=True)
class Opened:
    """A message whose seal holds."""

    payload: bytes
    tag: bytes
    sender: bytes
    count: int


class Seal:
    """Makes and checks seals with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._sender = os.urandom(SENDER_BYTES)
        self._count = 0

    def close(self, subject: str, payload: bytes) -> tuple[bytes, bytes]:
        """The message with its seal, and the tag that an answer is tied to."""
        self._count += 1
        body = payload + self._sender + self._count.to_bytes(COUNT_BYTES, "big")
        tag = self._tag(subject.encode() + b"\0" + body)
        return body + tag, tag

    def open(self, subject: str, sealed: bytes) -> Opened | None:
        """What a sealed message holds; None if the seal is not of this key and subject."""
        if len(sealed) < SEAL_BYTES:
            return None
        body, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        if not hmac.compare_digest(self._tag(subject.encode() + b"\0" + body), tag):
            return None
        payload = body[: -SENDER_BYTES - COUNT_BYTES]
        sender = body[-SENDER_BYTES - COUNT_BYTES : -COUNT_BYTES]
        return Opened(payload, tag, sender, int.from_bytes(body[-COUNT_BYTES:], "big"))

    def close_answer(self, request_tag: bytes, payload: bytes) -> bytes:
        return payload + self._tag(b"answer\0" + request_tag + payload)

    def open_answer(self, request_tag: bytes, sealed: bytes) -> bytes | None:
        return self._open(b"answer\0" + request_tag, sealed)

    def close_kept(self, place: str, payload: bytes) -> bytes:
        return payload + self._tag(b"kept\0" + place.encode() + b"\0" + payload)

    def open_kept(self, place: str, sealed: bytes) -> bytes | None:
        return self._open(b"kept\0" + place.encode() + b"\0", sealed)

    def _open(self, prefix: bytes, sealed: bytes) -> bytes | None:
        if len(sealed) < TAG_BYTES:
            return None
        payload, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        return payload if hmac.compare_digest(self._tag(prefix + payload), tag) else None

    def _tag(self, data: bytes) -> bytes:
        return hmac.digest(self._key, data, "sha256")[:TAG_BYTES]


class Counts:
    """The highest count of each sender: what is not above it came before."""

    def __init__(self) -> None:
        self._last: dict[bytes, int] = {}

    def is_new(self, opened: Opened) -> bool:
        if opened.count <= self._last.get(opened.sender, 0):
            return False
        if len(self._last) >= SENDERS_MAX and opened.sender not in self._last:
            return False
        self._last[opened.sender] = opened.count
        return True


class Exchange:
    """A key pair for one hello: what the welcome encrypts is encrypted for it."""

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self.public_key = self._private.public_key().public_bytes_raw()

    def unwrap(self, wrapped: dict, secret: bytes) -> bytes:
        """The message key of a welcome. Raises where it was not made for this pair and secret."""
        sender, sealed = wrapped["from"], wrapped["sealed"]
        shared = self._private.exchange(X25519PublicKey.from_public_bytes(sender))
        info = b"gridbeat 3 message key" + self.public_key + sender
        key = HKDF(algorithm=SHA256(), length=32, salt=secret, info=info).derive(shared)
        return AESGCM(key).decrypt(sealed[:IV_BYTES], sealed[IV_BYTES:], None)
