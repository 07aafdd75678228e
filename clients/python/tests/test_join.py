"""A process in a run looks whether it still has its place."""

from __future__ import annotations

import unittest
from unittest import mock

from gridbeat import join
from gridbeat.bus import NobodyAnswers
from gridbeat.errors import LostError, SimulationError

from .support import check

WELCOME = {"run": "r", "host": "here", "seat": 3}


class Said:
    """A coordinator that answers so, in turn; the last for ever."""

    def __init__(self, *answers) -> None:
        self.answers, self.asked = list(answers), []

    async def request(self, subject, message, timeout_s, accept=None):
        self.asked.append((subject, message if accept is None else "a hello"))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@mock.patch.object(join, "PROBE_S", 0.001)
class Watch(unittest.IsolatedAsyncioTestCase):
    async def watch(self, sealed: Said, bus: Said) -> None:
        await join.watch_coordinator(bus, sealed, WELCOME, bytes(32))

    async def test_one_whose_place_is_given_away_leaves(self) -> None:
        sealed = Said({"type": "ok"}, {"type": "refused", "reason": "another has it", "retry": False})
        with self.assertRaisesRegex(LostError, "another has it"):
            await self.watch(sealed, Said(NobodyAnswers()))
        for subject, message in sealed.asked:
            self.assertEqual(subject, "gridbeat.run.r.ready")
            check(message)
            self.assertEqual((message["host"], message["seat"]), ("here", 3))

    async def test_a_run_that_another_process_leads_by_now_is_left(self) -> None:
        hello = Said({"type": "refused", "reason": "no place", "retry": True})
        sealed = Said(TimeoutError(), TimeoutError(), {"type": "ok"}, TimeoutError())
        with self.assertRaisesRegex(LostError, "another process leads run r by now"):
            await self.watch(sealed, hello)
        self.assertEqual(len(hello.asked), 2 + join.MISSES)

    async def test_a_busy_machine_is_waited_for_and_a_coordinator_that_is_gone_is_not(self) -> None:
        busy = [TimeoutError()] * (join.MISSES + 2)
        with self.assertRaisesRegex(SimulationError, "the coordinator of run r is gone"):
            await self.watch(Said(*busy, NobodyAnswers()), Said(TimeoutError()))
