"""A host of actors: what it answers, what it refuses, and that it goes on from what was kept as if nothing had been."""

from __future__ import annotations

import asyncio
import random
import threading
import unittest
from hashlib import sha256

import gridbeat
from gridbeat.errors import LostError
from gridbeat.join import to_the_end
from gridbeat.wires import unpack

from .support import STEP_US, VALUE, Course, member, wire

HOUR = 60 * STEP_US


class Follower(gridbeat.Actor):
    """Draws what it reads, with chance and memory."""

    kind = "follower"

    def begin(self):
        self.state = {"sum": 0.0, "chance": self.random("noise").random()}

    def step(self, span, inputs):
        read = inputs["carbon"]["value"] if inputs["carbon"] else -1.0
        chance = (self.state["chance"] * 997.0) % 1.0
        self.state = {"sum": self.state["sum"] + read, "chance": chance}
        return {"power": -(self.state["sum"] + chance)}


KINDS = {"follower": Follower}


def course(**kwargs) -> Course:
    """A host with one actor that reads a signal of another host, and whose power goes out in blocks."""
    actors = [member("a", "follower", reads={"carbon": VALUE})]
    wires = [wire("carbon.signal", "a.carbon"), wire("a.power", "controller.power")]
    return Course(actors, wires, [["carbon"], ["a"], ["controller"]], **kwargs)


async def feed_window(one: Course, window: int, attempt: int = 0, seq: int | None = None) -> None:
    times = [window * 10 * STEP_US + i * STEP_US for i in range(10)]
    values = [float((window * 10 + i) % 7) for i in range(10)]
    await one.feed("carbon", "signal", window if seq is None else seq, times, values, times[-1] + STEP_US, attempt)


def rows_of(one: Course) -> list[float]:
    return [row[0] for _, message in one.bus.outputs() for part in message["ports"] for _, row in unpack(part["columns"], 1)]


class Host(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        # A loop that looks for what is slow is.
        asyncio.get_running_loop().set_debug(False)

    async def test_a_window_is_answered_once_its_inputs_have_come(self) -> None:
        one = course()
        self.assertEqual(await one.begin(KINDS), {"type": "ok"})
        self.assertEqual(one.bus.requested[0]["actors"][0]["name"], "a")
        await feed_window(one, 0)
        done = await one.grant(0)
        self.assertEqual((done["type"], done["window"], done["steps"]), ("done", 0, 10))
        self.assertEqual(len(rows_of(one)), 10)
        (subject, message), = one.bus.outputs()
        self.assertEqual(subject, "gridbeat.run.r.block.a.power")
        self.assertEqual((message["seq"], message["ports"][0]["untilUs"]), (0, 10 * STEP_US))
        await one.host.close()

    async def test_requests_that_come_again_are_answered_as_before_and_others_refused(self) -> None:
        one = course()
        await one.host.start(KINDS)
        self.assertIn("the graph is not known yet", (await one.grant(0))["reason"])
        await one.ask(one.wired)
        await feed_window(one, 0)
        first, again = await one.grant(0), await one.grant(0)
        self.assertEqual(first, again)
        self.assertEqual(len(rows_of(one)), 10)
        self.assertIn("it is for window 2, not 1", (await one.grant(2))["reason"])
        self.assertIn("it is for attempt 3, not 0", (await one.grant(1, attempt=3))["reason"])
        self.assertIn("no window that is done", (await one.ask({"type": "stop", "outcome": "interrupted", "reason": "", "simulatedUntilUs": 5}))["reason"])
        self.assertEqual((one.refusals.count, one.refusals.duplicates), (4, 1))
        await one.host.close()

    async def test_a_request_that_is_made_anew_is_no_copy(self) -> None:
        one = course()
        await one.begin(KINDS)
        wired = {"type": "wired", "components": one.components}
        for again in (1, 2):
            self.assertEqual(await one.ask({**wired, "again": again}), {"type": "ok"})
        self.assertEqual(one.refusals.duplicates, 0)
        self.assertEqual(await one.ask({**wired, "again": 2}), {"type": "ok"})
        self.assertEqual(one.refusals.duplicates, 1)
        await one.host.close()

    async def test_one_whose_place_another_process_has_ends_and_says_why(self) -> None:
        one = course()
        await one.begin(KINDS)
        subject = "gridbeat.run.r.host.here.0"
        await one.bus.say(subject, {"type": "replaced", "host": "there"})
        self.assertFalse(one.host.ended.done())
        await one.bus.say(subject, {"type": "replaced", "host": "here"})
        with self.assertRaisesRegex(LostError, 'Another process has the place of "here" by now'):
            await one.host.ended
        self.assertIn("the run is over", (await one.grant(0))["reason"])
        await one.host.close()

    async def test_who_has_heard_of_the_end_does_not_mind_that_the_server_goes(self) -> None:
        stop = {"type": "stop", "outcome": "failed", "reason": "no water", "simulatedUntilUs": 0}
        for heard in (True, False):
            one = course()
            await one.begin(KINDS)
            lost = asyncio.get_running_loop().create_future()
            lost.set_exception(LostError("Lost the NATS server"))
            if heard:
                self.assertEqual((await one.ask(stop))["type"], "stopped")
                self.assertFalse(one.host.ended.done())
                self.assertEqual((await to_the_end(one.host, lost))["reason"], "no water")
            else:
                with self.assertRaises(LostError):
                    await to_the_end(one.host, lost)
                one.host._fail(RuntimeError("no water"))
                self.assertEqual((await to_the_end(one.host, lost))["outcome"], "failed")
            await one.host.close()

    async def test_what_is_not_what_was_kept_fails_the_way_back_by_name(self) -> None:
        one = course()
        await one.begin(KINDS)
        await feed_window(one, 0)
        await one.grant(0, keep=True)
        await asyncio.sleep(0.01)
        (name, data), = one.bus.store.items()
        digest = sha256(data).hexdigest()
        back = {"type": "restore", "attempt": 1, "window": 0, "fromUs": 0, "objects": [{"name": name.split("/")[1], "sha256": digest}]}
        one.bus.store[name] = data + b"x"
        failed = await one.ask(back)
        self.assertEqual(failed["cause"], "checkpoint")
        self.assertRegex(failed["message"], 'Cannot go on from where "here" was: "0.0.here" is not what was kept')
        one.bus.store[name] = data
        self.assertEqual(await one.ask({**back, "attempt": 2}), {"type": "ok"})
        await one.host.close()

    async def test_readings_of_another_attempt_or_that_came_before_change_nothing(self) -> None:
        one = course()
        await one.begin(KINDS)
        await feed_window(one, 0, attempt=1)
        await feed_window(one, 0)
        await feed_window(one, 0)
        await one.feed("carbon", "signal", 1, [STEP_US], [1e9], 20 * STEP_US)
        self.assertEqual((await one.grant(0))["type"], "done")
        self.assertEqual((one.refusals.count, one.refusals.duplicates), (2, 1))
        reference = course()
        await reference.begin(KINDS)
        await feed_window(reference, 0)
        await reference.grant(0)
        self.assertEqual(rows_of(one), rows_of(reference))
        for each in (one, reference):
            await each.host.close()

    async def test_a_lost_message_ends_the_run_and_names_it(self) -> None:
        one = course()
        await one.begin(KINDS)
        await feed_window(one, 0)
        await one.grant(0)
        await feed_window(one, 1, seq=3)
        failed = await one.grant(1)
        self.assertEqual((failed["type"], failed["cause"], failed["actor"]), ("failed", "world", "carbon"))
        self.assertIn("2 were lost", failed["message"])
        await one.host.close()

    async def test_another_process_goes_on_from_what_was_kept_with_the_same_rows(self) -> None:
        reference = course()
        await reference.begin(KINDS)
        for window in range(6):
            await feed_window(reference, window)
            await reference.grant(window)
        chosen = random.Random(4)
        for _ in range(6):
            kept_at, lost_at = sorted(chosen.sample(range(6), 2))
            one = course()
            await one.begin(KINDS)
            for window in range(lost_at):
                # What comes of a window before its grant is none of what is kept.
                await feed_window(one, window)
                await one.grant(window, keep=window == kept_at)
            done = await one.ask({"type": "grant", "attempt": 0, "window": lost_at - 1, "fromUs": (lost_at - 1) * 10 * STEP_US, "untilUs": lost_at * 10 * STEP_US, "keep": lost_at - 1 == kept_at})
            await asyncio.sleep(0.01)
            store = one.bus.store
            self.assertEqual(list(store), [f"gridbeat-r/0.{kept_at}.here"])
            if lost_at - 1 > kept_at:
                self.assertEqual((done["kept"]["window"], done["kept"]["failure"]), (kept_at, None))
                self.assertEqual(done["kept"]["bytes"], len(next(iter(store.values()))))
            before = rows_of(one)[: kept_at * 10]
            await one.host.close()
            other = course()
            other.bus.store = store
            await other.begin(KINDS)
            self.assertEqual(await other.restore(kept_at, 1, [f"0.{kept_at}.here"]), {"type": "ok"})
            for window in range(kept_at, 6):
                await feed_window(other, window, attempt=1, seq=window - kept_at)
                self.assertEqual((await other.grant(window, attempt=1))["type"], "done")
            self.assertEqual(before + rows_of(other), rows_of(reference))
            self.assertEqual([message["seq"] for _, message in other.bus.outputs()], list(range(6 - kept_at)))
            await other.host.close()
        await reference.host.close()

    async def test_it_goes_back_in_the_middle_of_a_window_and_fences_what_is_older(self) -> None:
        one = course()
        await one.begin(KINDS)
        await feed_window(one, 0)
        await one.grant(0)
        # Half of the next window has come, and its grant waits for the rest.
        task = asyncio.create_task(one.grant(1))
        await one.feed("carbon", "signal", 1, [10 * STEP_US], [3.0], 15 * STEP_US)
        while not one.bus.outputs():
            await asyncio.sleep(0.001)
        self.assertEqual(await one.restore(0, 1, []), {"type": "ok"})
        self.assertIn("it is for attempt 0, not 1", (await one.grant(0))["reason"])
        self.assertIn("it is attempt 1 already", (await one.restore(0, 1, ["0.0.here"]))["reason"])
        before = len(one.bus.published)
        await feed_window(one, 0, attempt=0, seq=2)
        for window in range(2):
            await feed_window(one, window, attempt=1)
            done = await one.grant(window, attempt=1)
            self.assertEqual((done["type"], done["attempt"], done["steps"]), ("done", 1, 10))
        reference = course()
        await reference.begin(KINDS)
        for window in range(2):
            await feed_window(reference, window)
            await reference.grant(window)
        said = one.bus.outputs()[before:]
        self.assertEqual([message["attempt"] for _, message in said], [1, 1])
        self.assertEqual([message["ports"] for _, message in said], [message["ports"] for _, message in reference.bus.outputs()])
        task.cancel()
        for each in (one, reference):
            await each.host.close()

    async def test_what_cannot_be_kept_or_fetched_is_said(self) -> None:
        one = course()
        await one.begin(KINDS)
        failed = await one.restore(3, 1, ["0.3.here"])
        self.assertEqual((failed["type"], failed["cause"]), ("failed", "checkpoint"))
        self.assertIn('"0.3.here" is not in the store', failed["message"])
        one.bus.store["gridbeat-r/0.3.other"] = b"of another program"
        failed = await one.restore(3, 2, ["0.3.other"])
        self.assertEqual(failed["cause"], "simulation")
        self.assertIn('Cannot go on with "a": there is no moment of it', failed["message"])
        self.assertEqual(await one.restore(0, 3, []), {"type": "ok"})
        await one.host.close()

    async def test_actors_of_one_host_meet_without_messages(self) -> None:
        actors = [member("a", "follower", reads={"carbon": VALUE}), member("b", "follower", reads={"carbon": [{"name": "power", "unit": "W"}]})]

        class Second(Follower):
            def step(self, span, inputs):
                return {"power": 2 * inputs["carbon"]["power"]}

        made = iter([Follower, Second])
        one = Course(actors, [wire("carbon.signal", "a.carbon"), wire("a.power", "b.carbon"), wire("b.power", "controller.power")], [["carbon"], ["a"], ["b"], ["controller"]])
        await one.begin({"follower": lambda: next(made)()})
        await feed_window(one, 0)
        self.assertEqual((await one.grant(0))["steps"], 20)
        self.assertEqual([subject for subject, _ in one.bus.outputs()], ["gridbeat.run.r.block.b.power"])
        await one.host.close()

    async def test_in_a_loop_one_message_a_step_carries_all_ports(self) -> None:
        one = Course(
            [member("a", "follower", reads={"carbon": VALUE}, delayed=True)],
            [wire("c.signal", "a.carbon", STEP_US, [0.0]), wire("a.power", "c.power")],
            [["a", "c"]],
        )
        self.assertEqual((await one.begin(KINDS))["type"], "ok")
        granted = asyncio.create_task(one.grant(0))
        from gridbeat.wires import pack

        for step in range(10):
            while len(one.bus.published) <= step:
                await asyncio.sleep(0.001)
            subject, message = one.bus.outputs()[step]
            self.assertEqual((subject, message["seq"]), ("gridbeat.run.r.loop.a", step))
            self.assertEqual(message["ports"][0]["untilUs"], (step + 1) * STEP_US)
            part = {"port": "signal", "untilUs": (step + 1) * STEP_US, "columns": pack([step * STEP_US], [(1.0,)], 1)}
            other = {"port": "elsewhere", "untilUs": 0, "columns": b""}
            await one.bus.say("gridbeat.run.r.loop.c", {"type": "outputs", "attempt": 0, "actor": "c", "seq": step, "ports": [other, part]})
        self.assertEqual((await granted)["type"], "done")
        # In its first step there is nothing before: the actor reads None.
        self.assertAlmostEqual(rows_of(one)[0], 1.0, delta=1.0)
        await one.host.close()

    async def test_actors_of_another_host_are_heard_where_one_speaks_for_them(self) -> None:
        power = [{"name": "power", "unit": "W"}]
        one = Course(
            [member("a", "follower", reads={"carbon": VALUE, "more": power}, delayed=True)],
            [wire("c.signal", "a.carbon", STEP_US, [0.0]), wire("d.power", "a.more", STEP_US, [0.0]), wire("a.power", "c.power")],
            [["a", "c", "d"]],
            [["c", "d", "e"]],
        )
        self.assertEqual(await one.begin(KINDS), {"type": "ok"})
        self.assertEqual([subject for subject in one.bus.handlers if ".loop." in subject], ["gridbeat.run.r.loop.c"])
        granted = asyncio.create_task(one.grant(0))
        from gridbeat.wires import pack

        async def say(seq: int, *parts: tuple[str, str, int]) -> None:
            ports = [
                {**({} if actor == "c" else {"actor": actor}), "port": port, "untilUs": (step + 1) * STEP_US, "columns": pack([step * STEP_US], [(float(step),)], 1)}
                for actor, port, step in parts
            ]
            await one.bus.say("gridbeat.run.r.loop.c", {"type": "outputs", "attempt": 0, "actor": "c", "seq": seq, "ports": ports})

        # Somebody whom nobody here reads comes along, somebody who does not speak there is refused.
        await say(0, ("e", "x", 0), ("c", "signal", 0))
        await say(1, ("z", "power", 0))
        await say(1, ("d", "power", 0))
        for step in range(1, 10):
            await say(step + 1, ("d", "power", step), ("c", "other", step), ("c", "signal", step))
        self.assertEqual((await granted)["steps"], 10)
        self.assertEqual((one.refusals.count, one.refusals.duplicates), (1, 0))
        await one.host.close()

    async def test_actors_of_one_host_speak_together(self) -> None:
        actors = [member(name, "follower", reads={"carbon": VALUE}, delayed=True) for name in ("a", "b")]
        wires = [wire("c.signal", f"{name}.carbon", STEP_US, [0.0]) for name in ("a", "b")]
        wires += [wire(f"{name}.power", "c.power") for name in ("a", "b")]
        one = Course(actors, wires, [["a", "b", "c"]], [["b", "a"]])
        self.assertEqual(await one.begin(KINDS), {"type": "ok"})
        granted = asyncio.create_task(one.grant(0))
        while not one.bus.published:
            await asyncio.sleep(0.001)
        ((subject, message),) = one.bus.outputs()
        self.assertEqual((subject, message["actor"], message["seq"]), ("gridbeat.run.r.loop.b", "b", 0))
        self.assertEqual([part.get("actor") for part in message["ports"]], ["a", None])
        granted.cancel()
        await one.host.close()

    async def test_who_speaks_together_is_of_one_host(self) -> None:
        for together, reason in (([["a", "c"]], "of several hosts speak together"), ([["c", "d"], ["d", "e"]], "speaks with others twice")):
            one = Course([member("a", "follower", reads={"carbon": VALUE})], [], [["a"], ["c"]], together)
            await one.host.start(KINDS)
            self.assertIn(reason, (await one.ask(one.wired))["reason"])
            await one.host.close()

    async def test_what_a_step_does_wrong_is_named(self) -> None:
        for returned, words in (
            ({"power": float("nan")}, 'step returned nan as "power"; return a finite number'),
            ({}, "step returned nothing; return power"),
            ({"power": 1.0, "watts": 2.0}, "step returned power, watts; return power"),
            ("text", "step returned str; return power"),
            (ValueError("no water"), 'Cannot step "a" at 0 us: no water'),
        ):
            with self.subTest(words):

                class Wrong(gridbeat.Actor):
                    def step(self, span, inputs, returned=returned):
                        if isinstance(returned, Exception):
                            raise returned
                        return returned

                one = Course([member("a", "wrong")], [wire("a.power", "c.power")], [["a"], ["c"]])
                await one.begin({"wrong": Wrong})
                failed = await one.grant(0)
                self.assertEqual((failed["type"], failed["cause"], failed["actor"]), ("failed", "simulation", "a"))
                self.assertIn(words, failed["message"])
                await one.host.close()

    async def test_an_actor_that_cannot_be_made_is_a_matter_of_configuration(self) -> None:
        class Wrong(gridbeat.Actor):
            def begin(self):
                raise ValueError("powerW must be above 0")

        one = Course([member("a", "wrong")], [wire("a.power", "c.power")], [["a"], ["c"]])
        await one.host.start({"wrong": Wrong})
        self.assertEqual(one.bus.requested[0]["cause"], "configuration")
        self.assertEqual(one.bus.requested[0]["message"], 'Cannot configure "a": powerW must be above 0')
        other = Course([member("a", "heater")], [], [["a"]])
        await other.host.start({"wrong": Wrong})
        self.assertIn("it is of kind heater, this process runs wrong", other.bus.requested[0]["message"])
        for each in (one, other):
            await each.host.close()

    async def test_a_long_step_keeps_nobody_waiting_for_how_far_it_is(self) -> None:
        go_on = threading.Event()

        class Slow(gridbeat.Actor):
            def step(self, span, inputs):
                go_on.wait(30)
                return {"power": 0}

        one = Course([member("a", "slow")], [wire("a.power", "c.power")], [["a"], ["c"]])
        await one.begin({"slow": Slow})
        granted = asyncio.create_task(one.grant(0))
        await asyncio.sleep(0.01)
        report = await one.bus.say("gridbeat.run.r.status.here.0", {"type": "status"})
        self.assertEqual(report["actors"], [{"name": "a", "progressUs": 0, "waits": []}])
        self.assertEqual(report["carriesOut"], "grant")
        go_on.set()
        self.assertEqual((await granted)["type"], "done")
        report = await one.bus.say("gridbeat.run.r.status.here.0", {"type": "status"})
        self.assertIsNone(report["carriesOut"])
        await one.host.close()

    async def test_a_state_that_is_no_plain_data_is_said_by_name(self) -> None:
        class Odd(gridbeat.Actor):
            def begin(self):
                self.state = {"file": object()}

            def snapshot(self):
                return self.state

            def step(self, span, inputs):
                return {"power": 0}

        one = Course([member("a", "odd")], [wire("a.power", "c.power")], [["a"], ["c"]])
        await one.begin({"odd": Odd})
        await one.grant(0, keep=True)
        done = await one.grant(1)
        self.assertEqual((done["kept"]["window"], done["kept"]["bytes"]), (0, 0))
        self.assertIn("Cannot copy the state of a", done["kept"]["failure"])
        failed = await one.restore(0, 1, [])
        self.assertEqual((failed["cause"], failed["message"]), ("simulation", done["kept"]["failure"]))
        await one.host.close()
