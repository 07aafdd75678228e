"""Simulators of others as actors: mosaik-csv of PyPI, mosaik's own, and units of FMI 3 that pythonfmu3 builds."""

from __future__ import annotations

import shutil
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Any

from gridbeat import ConfigurationError, Span
from gridbeat.driven import DrivenActor
from gridbeat.fmi_actor import FmiActor
from gridbeat.mosaik_actor import MosaikActor
from gridbeat.runtime import ActorRuntime

from .support import POWER, STEP_US, member

VILLAGE = """\
Village
Time,P,T
2024-06-20 00:00:00,1.5,10
2024-06-20 00:02:00,2.0,11
2024-06-20 00:04:30,3.0,12
2024-06-20 00:30:00,1.0,13
2024-06-20 05:00:00,1.0,13
"""
TEMPERATURE = {"name": "values", "kind": "interval", "fields": [{"name": "temperature", "unit": "degC"}]}


def made(kind: type[DrivenActor], config: dict[str, Any], reads: dict[str, list] | None = None, outputs: list | None = None) -> DrivenActor:
    entry = member("a", kind.kind, reads=reads, config=config)
    entry["config"]["outputs"] = [POWER, TEMPERATURE] if outputs is None else outputs
    actor = ActorRuntime(entry, "1", kind).actor
    assert isinstance(actor, DrivenActor)
    return actor


def steps(actor: DrivenActor, first: int, last: int, inputs: Any = lambda step: {}) -> list[Any]:
    return [actor.step(Span(i * STEP_US, (i + 1) * STEP_US), inputs(i)) for i in range(first, last)]


class Bridge(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def goes_on(self, make: Any, inputs: Any = lambda step: {}) -> list[Any]:
        """A copy of its state in a new actor goes on as the first would; and so does the actor itself, put back."""
        whole = make()
        rows = steps(whole, 0, 10, inputs)
        first, second = make(), make()
        beginning = steps(first, 0, 4, inputs)
        kept = first.snapshot()
        steps(first, 4, 7, inputs)
        second.restore(kept)
        first.restore(kept)
        for other in (first, second):
            self.assertEqual(beginning + steps(other, 4, 10, inputs), rows)
            other.finish("complete")
        whole.finish("complete")
        return rows


class Mosaik(Bridge):
    def config(self, **others: Any) -> dict[str, Any]:
        path = self.folder / "village.csv"
        path.write_text(VILLAGE)
        return {
            **{"simulator": "mosaik_csv:CSV", "model": "Village"},
            "params": {"sim_start": "2024-06-20 00:00:00", "datafile": str(path)},
            "outputs": {"power": {"attr": "P", "factor": -1000}, "temperature": {"attr": "T"}},
            **others,
        }

    def test_what_it_says_between_steps_counts_by_its_time(self) -> None:
        rows = self.goes_on(lambda: made(MosaikActor, self.config()))
        self.assertEqual([row["power"] for row in rows[:6]], [-1500, -1500, -2000, -2000, -2500, -3000])
        self.assertEqual(rows[4]["temperature"], 11.5)

    def test_a_simulator_in_a_process_of_its_own_gives_the_same(self) -> None:
        own = {"simulator": {"cmd": "%(python)s -m mosaik_csv %(addr)s"}}
        rows = self.goes_on(lambda: made(MosaikActor, self.config(**own)))
        self.assertEqual(rows, steps(made(MosaikActor, self.config()), 0, 10))

    def test_inputs_reach_a_simulator_that_waits_for_them(self) -> None:
        path = self.folder / "written.csv"
        config = {
            **{"simulator": "mosaik_csv_writer:CSVWriter", "model": "CSVWriter", "timeResolution": 60},
            "params": {"start_date": "2024-06-20 00:00:00", "output_file": str(path)},
            "inputs": {"carbon.value": {"attr": "co2", "factor": 0.001, "offset": 1}},
        }
        writer = made(MosaikActor, config, reads={"carbon": [{"name": "value", "unit": "g/kWh"}]}, outputs=[])
        self.assertEqual(steps(writer, 0, 3, lambda i: {"carbon": {"value": 100.0 * i}}), [{}, {}, {}])
        writer.finish("complete")
        lines = path.read_text().splitlines()
        self.assertEqual(lines[0], "date,Gridbeat-0.carbon.value-co2")
        self.assertEqual(lines[3], "2024-06-20 00:02:00,1.2")

    def test_what_does_not_fit_is_named(self) -> None:
        for others, words in (
            ({"simulator": "mosaik_csv:None"}, "Cannot configure \"a\": .*`None` not found in module `mosaik_csv`"),
            ({"model": "City"}, 'Cannot configure "a": .*Invalid model'),
            ({"steps": 1}, "unknown key steps; known are model"),
            ({"outputs": {"power": {"attr": "P"}}}, "outputs has power; give power, temperature"),
            ({"outputs": {"power": {"attr": "P", "entity": "x"}, "temperature": {"attr": "T"}}}, 'outputs.power names entity "x"; there are Village_0'),
            ({"outputs": {"power": {"attr": "P", "scale": 3}, "temperature": {"attr": "T"}}}, "outputs.power is .*; give attr, entity, reduce"),
            ({"timeResolution": 7}, "timeResolution is 7 s; the step of 60.0 s must be a multiple"),
            ({"inputs": {"carbon": {"attr": "x"}}}, 'inputs has "carbon"; write input.field'),
        ):
            with self.subTest(words), self.assertRaisesRegex(ConfigurationError, words):
                made(MosaikActor, self.config(**others))
        with self.assertRaisesRegex(ConfigurationError, 'inputs has "sun.power", and the scenario reads no "sun"'):
            steps(made(MosaikActor, self.config(inputs={"sun.power": {"attr": "P"}})), 0, 1)


UNIT = '''
from pythonfmu3 import Float64, Fmi3Causality, Fmi3Slave, Fmi3StepResult, Fmi3Variability


class Boiler(Fmi3Slave):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.time, self.heater, self.outside, self.temperature, self.power = 0.0, 4000.0, 10.0, 54.0, 0.0
        held = Fmi3Variability.continuous
        self.register_variable(Float64("time", causality=Fmi3Causality.independent, variability=held))
        self.register_variable(Float64("heater", causality=Fmi3Causality.parameter, variability=Fmi3Variability.tunable, start=4000.0))
        self.register_variable(Float64("outside", causality=Fmi3Causality.input, variability=held, start=10.0))
        self.register_variable(Float64("temperature", causality=Fmi3Causality.output, variability=held))
        self.register_variable(Float64("power", causality=Fmi3Causality.output, variability=held))

    def do_step(self, current_time, step_size):
        self.power = self.heater if self.temperature < 55 else 0.0
        self.temperature += step_size * (self.power - 60 * (self.temperature - self.outside)) / 400000
        return Fmi3StepResult()
'''


class Fmi(Bridge):
    @classmethod
    def setUpClass(cls) -> None:
        from pythonfmu3 import FmuBuilder

        cls.built = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.built)
        (cls.built / "boiler.py").write_text(textwrap.dedent(UNIT))
        cls.unit = str(FmuBuilder.build_FMU(cls.built / "boiler.py", dest=cls.built))

    def config(self, **others: Any) -> dict[str, Any]:
        outputs = {"power": {"variable": "power", "factor": -1}, "temperature": {"variable": "temperature"}}
        inputs = {"air.value": {"variable": "outside"}}
        return {"fmu": self.unit, "start": {"heater": 5000}, "communicationStepS": 10, "inputs": inputs, "outputs": outputs, **others}

    def make(self, **others: Any) -> DrivenActor:
        return made(FmiActor, self.config(**others), reads={"air": [{"name": "value", "unit": "degC"}]})

    def test_a_unit_of_fmi_3_steps_as_its_model_does(self) -> None:
        rows = self.goes_on(self.make, lambda i: {"air": {"value": float(i)}})
        temperature, expected = 54.0, []
        for step in range(10):
            powers, temperatures = [], []
            for _ in range(6):
                power = 5000.0 if temperature < 55 else 0.0
                temperature += 10 * (power - 60 * (temperature - step)) / 400000
                powers.append(power)
                temperatures.append(temperature)
            expected.append((-sum(powers) / 6, sum(temperatures) / 6))
        for row, (power, mean) in zip(rows, expected):
            self.assertEqual(row["power"], power)
            self.assertAlmostEqual(row["temperature"], mean, places=9)
        self.assertGreater(len({row["power"] for row in rows}), 1)

    def test_what_does_not_fit_is_named(self) -> None:
        for others, words in (
            ({"fmu": "/none.fmu"}, 'Cannot configure "a": .*none.fmu'),
            ({"start": {"boiler": 1}}, "start names the variable 'boiler'; real ones are time, heater, outside"),
            ({"communicationStepS": 7}, "communicationStepS is 7.0; the step of 60.0 s must be a multiple"),
        ):
            with self.subTest(words), self.assertRaisesRegex(ConfigurationError, words):
                self.make(**others)


if __name__ == "__main__":
    unittest.main()
