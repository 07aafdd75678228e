"""Messages that are larger than what a server takes, in parts (protocol/README.md, Messages in parts)."""

from __future__ import annotations

import math
import os
import struct

MARK = 0xC1
_HEAD = struct.Struct(">B8sII")
PARTS_MAX = 32_768
MESSAGE_BYTES_MAX = 64 * 1024 * 1024
OPEN_MAX = 8


def is_part(data: bytes) -> bool:
    return data[:1] == b"\xc1"


def cut(data: bytes, max_bytes: int) -> list[bytes]:
    """The message itself where it has room, else its parts."""
    if len(data) <= max_bytes:
        return [data]
    room = max_bytes - _HEAD.size
    count, name = math.ceil(len(data) / room), os.urandom(8)
    return [_HEAD.pack(MARK, name, index, count) + data[index * room : (index + 1) * room] for index in range(count)]


class Parts:
    """Puts messages together again from what comes on one subject, or as the answer to one request."""

    def __init__(self) -> None:
        self._growing: dict[bytes, tuple[int, list[bytes]]] = {}

    def add(self, data: bytes) -> bytes | None:
        """The message that is whole by this; None: it is not, or the part fits none. A message that is in one piece is whole."""
        if not is_part(data):
            return data
        if len(data) < _HEAD.size:
            return None
        _, name, index, count = _HEAD.unpack_from(data)
        if index == 0 and name not in self._growing and 0 < count <= PARTS_MAX:
            if len(self._growing) >= OPEN_MAX:
                del self._growing[next(iter(self._growing))]
            self._growing[name] = (count, [])
        known, parts = self._growing.get(name, (0, []))
        # One that came before changes nothing; after one that was lost the message is lost.
        if known != count or index < len(parts):
            return None
        inside = data[_HEAD.size :]
        if index > len(parts) or sum(map(len, parts)) + len(inside) > MESSAGE_BYTES_MAX:
            del self._growing[name]
            return None
        parts.append(inside)
        if len(parts) < count:
            return None
        del self._growing[name]
        return b"".join(parts)
