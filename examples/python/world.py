"""A world of mosaik with a run of Gridbeat in it: a village of mosaik-csv is fed by the microgrid, and what flows is written.

docs/python.md goes through it: python examples/python/world.py OUT.csv
"""

import os
import shlex
import sys
from pathlib import Path

import mosaik

HERE = Path(__file__).parent
SIMULATORS = {
    "CSV": {"python": "mosaik_csv:CSV"},
    "Writer": {"python": "mosaik_csv_writer:CSVWriter"},
    "Gridbeat": {"python": "gridbeat.mosaik_simulator:Gridbeat"},
}


def main(out: str) -> None:
    command = shlex.split(os.environ.get("GRIDBEAT", "npx gridbeat"))
    with mosaik.World(SIMULATORS) as world:
        csv = world.start("CSV", sim_start="2024-06-20 00:00:00", datafile=str(HERE / "village.csv"))
        run = world.start("Gridbeat", scenario=str(HERE / "world.yaml"), actors=["village", "eye"], command=command)
        writer = world.start("Writer", start_date="2024-06-20 00:00:00", output_file=out)
        data, village, eye = csv.Village(), run.Actor(name="village"), run.Actor(name="eye")
        # mosaik-csv has kW, Gridbeat W and consumption negative.
        world.connect(data, village, ("P", "power"), transform=lambda kilowatts: -1000 * kilowatts)
        world.connect(eye, writer.CSVWriter(), ("books.p_grid", "grid"), ("battery.soc", "soc"))
        world.run(until=3 * 3600, print_progress=False)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "world.csv")
