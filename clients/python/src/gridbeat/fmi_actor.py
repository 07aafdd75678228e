"""A functional mock-up unit (FMI 2 or 3, co-simulation) as an actor of a run, by FMPy.

    python -m gridbeat.fmi_actor

Its scenario has `external: fmi`; docs/python.md has the keys of `config`.
"""

from __future__ import annotations

import shutil
from typing import Any

import fmpy
from fmpy.simulation import instantiate_fmu

from .actor import Span
from .driven import DrivenActor
from .errors import ConfigurationError, SimulationError
from .join import main


class FmiActor(DrivenActor):
    """Its inputs are set before each communication step; its row has the means of what the unit says after each."""

    kind = "fmi"
    known_keys = {"fmu", "start", "communicationStepS"}
    target_keys = {"variable"}

    def open(self) -> None:
        config = self.config
        if "fmu" not in config:
            raise ConfigurationError("fmu is missing: the path of the unit")
        step_s = self.run.step_us / 1_000_000
        self.communication_s = float(config.get("communicationStepS", step_s))
        self.count = round(step_s / self.communication_s) if self.communication_s > 0 else 0
        if self.count < 1 or abs(self.count * self.communication_s - step_s) > 1e-9 * step_s:
            raise ConfigurationError(f"communicationStepS is {self.communication_s}; the step of {step_s} s must be a multiple of it")
        description = fmpy.read_model_description(config["fmu"])
        if description.coSimulation is None:
            raise ConfigurationError(f"{config['fmu']} is for model exchange; give a unit for co-simulation")
        self.version = description.fmiVersion.split(".")[0]
        self.variables = {variable.name: variable for variable in description.modelVariables}
        for place, mapped in (*self.sources.items(), *self.targets.items()):
            self._variable(mapped.target.get("variable"), place)
        self.folder = fmpy.extract(config["fmu"])
        self.unit = instantiate_fmu(self.folder, description, fmi_type="CoSimulation")
        stop_s = self.run.until_us / 1_000_000
        if self.version == "2":
            self.unit.setupExperiment(startTime=0.0, stopTime=stop_s)
        self._set(config.get("start", {}))
        if self.version == "2":
            self.unit.enterInitializationMode()
        else:
            self.unit.enterInitializationMode(startTime=0.0, stopTime=stop_s)
        self.unit.exitInitializationMode()

    def close(self) -> None:
        if self.folder is None:
            return
        self.unit.terminate()
        self.unit.freeInstance()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = None

    def drive(self, span: Span, given: dict[str, float]) -> dict[str, float]:
        self._set({self.sources[path].target["variable"]: value for path, value in given.items()})
        sums = dict.fromkeys(self.targets, 0.0)
        for i in range(self.count):
            said = self.unit.doStep(
                currentCommunicationPoint=span.from_us / 1_000_000 + i * self.communication_s,
                communicationStepSize=self.communication_s,
            )
            if said is not None and said[1]:
                raise SimulationError("the unit wants the simulation to end")
            for field, mapped in self.targets.items():
                sums[field] += self._get(mapped.target["variable"])
        return {field: self.targets[field](value / self.count) for field, value in sums.items()}

    def _variable(self, name: Any, place: str) -> Any:
        variable = self.variables.get(name)
        if variable is None or variable.type not in ("Real", "Float64"):
            known = ", ".join(name for name, one in self.variables.items() if one.type in ("Real", "Float64"))
            raise ConfigurationError(f"{place} names the variable {name!r}; real ones are {known}")
        return variable

    def _set(self, values: dict[str, float]) -> None:
        for name, value in values.items():
            reference = self._variable(name, "start").valueReference
            (self.unit.setReal if self.version == "2" else self.unit.setFloat64)([reference], [float(value)])

    def _get(self, name: str) -> float:
        reference = self.variables[name].valueReference
        return (self.unit.getReal if self.version == "2" else self.unit.getFloat64)([reference])[0]


if __name__ == "__main__":
    main(FmiActor)
