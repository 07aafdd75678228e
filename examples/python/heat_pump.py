"""A heat pump with a hot-water tank, in Python, as a load of the microgrid: it heats while the sun or a clean grid can feed it.

docs/python.md goes through it. Start it beside the run: python examples/python/heat_pump.py
"""

import gridbeat


class HeatPump(gridbeat.Actor):
    kind = "heat-pump"

    def begin(self):
        self.power_w = float(self.config["powerW"])
        self.cop = float(self.config.get("cop", 3.5))
        if not self.power_w > 0:
            raise ValueError("powerW must be above 0")
        # All that it remembers, as plain data: a copy of it goes on elsewhere as this one would.
        self.state = {"stored_wh": 20_000.0}

    def step(self, span, inputs):
        """One row a step: the mean power, consumption -, and what the scenario has under `values`."""
        stored = self.state["stored_wh"]
        is_clean = inputs["sun"]["power"] > self.power_w or inputs["carbon"]["value"] < 250
        heats = stored < 5_000 or (is_clean and stored < 40_000)
        power_w = self.power_w if heats else 0.0
        lost_w = 2_000 + 0.02 * stored
        self.state["stored_wh"] = stored + (power_w * self.cop - lost_w) * span.hours
        return {"power": -power_w, "stored": self.state["stored_wh"]}


if __name__ == "__main__":
    gridbeat.main(HeatPump)
