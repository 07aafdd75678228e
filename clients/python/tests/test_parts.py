"""Seals, columns, logins and run folders."""

from __future__ import annotations

import asyncio
import math
import os
import random
import tempfile
import unittest
from pathlib import Path
from typing import Any

from gridbeat import ConfigurationError, read_run
from gridbeat.access import read_access, read_join_key
from gridbeat.bus import Refusals, SealedBus, decode, encode
from gridbeat.parts import Parts
from gridbeat.seals import Counts, Exchange, Seal, join_secret
from gridbeat.wires import OutputsGate, Refused, WireQueue, pack, unpack


class Seals(unittest.TestCase):
    def test_a_seal_holds_for_its_key_and_subject_alone(self) -> None:
        seal, other = Seal(b"k" * 32), Seal(b"l" * 32)
        sealed, tag = seal.close("a.b", b"payload")
        opened = seal.open("a.b", sealed)
        assert opened is not None
        self.assertEqual((opened.payload, opened.count, opened.tag), (b"payload", 1, tag))
        self.assertIsNone(seal.open("a.c", sealed))
        self.assertIsNone(other.open("a.b", sealed))
        self.assertIsNone(seal.open("a.b", sealed[:20]))
        for at in range(len(sealed)):
            broken = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
            self.assertIsNone(seal.open("a.b", broken), at)

    def test_an_answer_is_tied_to_its_request(self) -> None:
        seal = Seal(b"k" * 32)
        _, tag = seal.close("a", b"x")
        _, other = seal.close("a", b"x")
        answer = seal.close_answer(tag, b"yes")
        self.assertEqual(seal.open_answer(tag, answer), b"yes")
        self.assertIsNone(seal.open_answer(other, answer))
        self.assertIsNone(seal.open_answer(tag, b"no"))

    def test_what_came_before_is_not_new(self) -> None:
        seal, counts = Seal(b"k" * 32), Counts()
        first, second = (seal.open("a", seal.close("a", b"x")[0]) for _ in range(2))
        assert first is not None and second is not None
        self.assertEqual([counts.is_new(one) for one in (first, first, second, first)], [True, False, True, False])

    def test_without_a_join_key_everybody_knows_the_secret(self) -> None:
        self.assertEqual(join_secret(None), bytes(32))
        self.assertEqual(join_secret("0123456789abcdef").hex(), join_secret("0123456789abcdef").hex())
        self.assertEqual(len(Exchange().public_key), 32)


class _Received:
    """A message of NATS."""

    def __init__(self, data: bytes, reply: str = "") -> None:
        self.data, self.reply, self.answers = data, reply, []

    async def respond(self, data: bytes) -> None:
        self.answers.append(data)


class _Nats:
    def __init__(self, max_bytes: int = 1024 * 1024) -> None:
        self.receive: Any = None
        self.max_bytes = max_bytes
        self.published: list[bytes] = []

    async def publish(self, subject: str, data: bytes) -> None:
        self.published.append(data)

    async def subscribe(self, subject: str, handler: Any) -> None:
        self.receive = handler


class Strangers(unittest.IsolatedAsyncioTestCase):
    async def test_what_is_not_of_the_run_reaches_nobody_and_is_counted(self) -> None:
        nats, refusals, heard = _Nats(), Refusals(), []

        async def handle(message: dict) -> dict:
            heard.append(message)
            return {"type": "ok"}

        bus = SealedBus(nats, b"k" * 32, refusals)  # type: ignore[arg-type]
        await bus.subscribe("s", ("status",), handle)
        sender, chosen = Seal(b"k" * 32), random.Random(5)
        sealed, tag = sender.close("s", encode({"type": "status"}))
        whole = _Received(sealed, "inbox")
        await nats.receive(whole)
        await asyncio.sleep(0.01)
        self.assertEqual(len(heard), 1)
        self.assertEqual(decode(sender.open_answer(tag, whole.answers[0]) or b""), {"type": "ok"})
        for _ in range(500):
            data = bytearray(sealed)
            for _ in range(chosen.randint(1, 4)):
                data[chosen.randrange(len(data))] ^= chosen.randint(1, 255)
            cut = bytes(data[: chosen.choice([len(data), chosen.randrange(len(data))])])
            if cut != sealed:
                await nats.receive(_Received(cut, "inbox"))
        await nats.receive(_Received(sealed, "inbox"))
        await nats.receive(_Received(sender.close("s", b"\xc1")[0]))
        await nats.receive(_Received(sender.close("s", encode({"type": "grant"}))[0]))
        self.assertEqual((len(heard), refusals.duplicates), (1, 1))
        self.assertGreaterEqual(refusals.count, 490)
        self.assertLessEqual(len(refusals.tally()["named"]), 16)

    async def test_what_is_larger_than_the_server_takes_goes_in_parts(self) -> None:
        for key in (None, b"k" * 32):
            nats, heard = _Nats(300), []
            answer = {"type": "ready", "actors": ["a" * 100] * 20}

            async def handle(message: dict, heard: list = heard, answer: dict = answer) -> dict:
                heard.append(message)
                return answer

            bus = SealedBus(nats, key, Refusals())  # type: ignore[arg-type]
            await bus.subscribe("s", ("wired",), handle)
            sent = {"type": "wired", "components": [["b" * 50]] * 40}
            sender = _Nats(300)
            await SealedBus(sender, key, Refusals()).publish("s", sent)  # type: ignore[arg-type]
            self.assertGreater(len(sender.published), 5)
            self.assertLessEqual(max(map(len, sender.published)), 300)
            last = _Received(sender.published[-1], "inbox")
            # A part that comes twice changes nothing; one that is lost, one message.
            lost = _Nats(300)
            await SealedBus(lost, key, Refusals()).publish("s", sent)  # type: ignore[arg-type]
            for data in [*lost.published[:2], *lost.published[3:], *[one for part in sender.published[:-1] for one in (part, part)]]:
                await nats.receive(_Received(data))
            await nats.receive(last)
            await asyncio.sleep(0.01)
            self.assertEqual(heard, [sent])
            self.assertLessEqual(max(map(len, last.answers)), 300)
            parts = Parts()
            seal = None if key is None else Seal(key)
            tag = sender.published[-1][-16:]
            opened = [part if seal is None else seal.open_answer(tag, part) or b"" for part in last.answers]
            self.assertEqual([decode(whole) for whole in map(parts.add, opened) if whole is not None], [answer])

    async def test_a_gate_lets_nothing_through_that_does_not_fit(self) -> None:
        queue = WireQueue({"from": {"actor": "c", "port": "p"}, "to": {"actor": "a", "port": "i"}, "delayUs": 0, "initial": None}, 1)
        gate = OutputsGate("s", ["c"], {("c", "p"): [queue]}, True)
        part = {"port": "p", "untilUs": 100, "columns": pack([50], [(1.0,)], 1)}
        whole = {"type": "outputs", "attempt": 0, "actor": "c", "seq": 0, "ports": [part]}
        for wrong in (
            *({**whole, key: value} for key, value in (("actor", "d"), ("attempt", 1), ("attempt", None), ("seq", "0"), ("seq", 1.5), ("ports", None), ("ports", [1]))),
            *({**whole, "ports": [{**part, key: value}]} for key, value in (("port", "q"), ("port", []), ("untilUs", 1.5), ("untilUs", None), ("columns", "text"), ("columns", b"1234567"), ("columns", bytes(24)), ("columns", pack([math.nan], [(1.0,)], 1)), ("columns", pack([-1], [(1.0,)], 1)))),
            {**whole, "ports": [part, part]},
            {**whole, "ports": []},
        ):
            with self.subTest(wrong), self.assertRaises(Refused):
                gate.take(wrong, 0)
        self.assertEqual(gate.take(whole, 0), [(queue, [(50, (1.0,))], 100)])


class Columns(unittest.TestCase):
    def test_rows_come_back_to_the_bit(self) -> None:
        chosen = random.Random(1)
        for fields in range(1, 6):
            times = sorted(chosen.randrange(2**53) for _ in range(20))
            rows = [tuple(chosen.choice([chosen.gauss(0, 1e9), math.inf, -0.0]) for _ in range(fields)) for _ in times]
            self.assertEqual(unpack(pack(times, rows, fields), fields), list(zip(times, rows)))
        self.assertEqual(unpack(b"", 3), [])
        with self.assertRaisesRegex(ValueError, "has 3 numbers, not rows of 2"):
            unpack(bytes(24), 1)

    def test_times_are_whole_numbers_however_they_come(self) -> None:
        message = decode(encode({"type": "grant", "fromUs": 7.2e9, "power": 3.0, "inner": [{"untilUs": 2.0}]}))
        self.assertIs(type(message["fromUs"]), int)
        self.assertIs(type(message["inner"][0]["untilUs"]), int)
        self.assertIs(type(message["power"]), float)
        for wrong in (b"\xc1", encode({"no": "type"}), b"\x01"):
            with self.assertRaises(ValueError):
                decode(wrong)


class Logins(unittest.TestCase):
    def test_one_login_of_several_ways(self) -> None:
        access = read_access({"NATS_URL": "nats://me:p%40ss@host,other:4333"})
        self.assertEqual(access.servers, ["nats://host:4222", "nats://other:4333"])
        self.assertEqual(access.options, {"user": "me", "password": "p@ss"})
        self.assertNotIn("p@ss", f"{access!r} {access}")
        self.assertEqual(read_access({"NATS_URL": "h", "NATS_TOKEN": "t"}).options, {"token": "t"})
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "seed")
            Path(path).write_text("SUA\n")
            self.assertEqual(read_access({"NATS_URL": "h", "NATS_NKEY_SEED_FILE": path}).options, {"nkeys_seed_str": "SUA"})

    def test_what_cannot_be_is_refused_without_the_secret(self) -> None:
        for env, words in (
            ({}, "NATS_URL is not set"),
            ({"NATS_URL": "http://host"}, "not a nats:// address"),
            ({"NATS_URL": "nats://u:geheim@h", "NATS_TOKEN": "geheim"}, "both the user in NATS_URL and NATS_TOKEN"),
            ({"NATS_URL": "h", "NATS_USER": "u"}, "give both"),
            ({"NATS_URL": "h", "NATS_TOKEN_FILE": "/none"}, 'Cannot read NATS_TOKEN_FILE "/none": No such file'),
            ({"NATS_URL": "h", "NATS_CERT": __file__}, "NATS_CERT and NATS_KEY alone"),
        ):
            with self.assertRaisesRegex(ConfigurationError, words) as caught:
                read_access(env)
            self.assertNotIn("geheim", str(caught.exception))
        with self.assertRaisesRegex(ConfigurationError, "of 5 characters: give at least 16"):
            read_join_key({"GRIDBEAT_JOIN_KEY": "short"})


class Folders(unittest.TestCase):
    def setUp(self) -> None:
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        self.path = Path(kept.name)

    def test_tables_have_the_instants_of_their_rows(self) -> None:
        (self.path / "metadata.yaml").write_text("environment: {step_size: 900}\ngridbeat: {format: 1, status: complete}\n")
        (self.path / "timeseries.csv").write_text(
            "microgrid,time,p_grid,time_utc\nBerlin,2024-03-31 01:45:00,-0.1,2024-03-31T00:45:00Z\nBerlin,2024-03-31 03:00:00,0.30000000000000004,2024-03-31T01:00:00Z\n"
        )
        (self.path / "usage.csv").write_text("time_s,replica,load\n0,r,1\n900,r,2\n")
        run = read_run(self.path)
        self.assertEqual((run.status, run.tables), ("complete", ["timeseries", "usage"]))
        # The clock goes forward, time does not.
        self.assertEqual((run.timeseries.index[1] - run.timeseries.index[0]).total_seconds(), 900)
        self.assertEqual(run.timeseries["p_grid"].iloc[1], 0.30000000000000004)
        self.assertEqual(str(run.table("usage").index[1]), "2024-03-31 01:00:00+00:00")
        self.assertAlmostEqual(run.energy_kwh("p_grid"), 0.2 * 900 / 3.6e6)
        with self.assertRaisesRegex(ConfigurationError, 'Cannot read "wind" of the run .*: no such table; there are timeseries, usage'):
            run.table("wind")

    def test_what_is_no_run_is_refused(self) -> None:
        with self.assertRaisesRegex(ConfigurationError, "Cannot read the run .*: No such file"):
            read_run(self.path / "none")
        (self.path / "metadata.yaml").write_text("gridbeat: {format: 2}\n")
        with self.assertRaisesRegex(ConfigurationError, "its format is 2, this program knows up to 1"):
            read_run(self.path)


if __name__ == "__main__":
    unittest.main()
