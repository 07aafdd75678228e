"""Vessim with its recorder on the microgrid of lockstep.ts. Prints steps per second of CPU time.

Usage: python vessim-microgrid.py DAYS
"""

import logging
import math
import sys
import tempfile
import time

import pandas as pd
import vessim as vs

days = int(sys.argv[1])
logging.disable(logging.CRITICAL)
start = "2022-06-15 00:00:00"
index = pd.date_range(start, periods=days * 288 + 1, freq="300s")
watts = [1500 * max(0.0, math.sin((i % 288 / 288 - 0.25) * 2 * math.pi)) for i in range(len(index))]

solar = vs.Trace(pd.Series(watts, index=index, name="solar"), anchor=start)

with tempfile.TemporaryDirectory() as folder:
    environment = vs.Environment(sim_start=start, step_size=60)
    environment.add_microgrid(
        name="microgrid",
        actors=[
            vs.Actor(name="server", signal=vs.StaticSignal(-700)),
            vs.Actor(name="solar", signal=solar),
        ],
        dispatchables=[
            vs.SimpleBattery(name="battery", capacity=5000, initial_soc=0.4, min_soc=0.3),
            vs.GridConnection(),
        ],
        grid_signals={"carbon": vs.StaticSignal(300)},
    )
    environment.add_controller(vs.Recorder(folder))
    started = time.process_time()
    environment.run(until=days * 86_400)
    print(days * 1440 / (time.process_time() - started))
