"""Run folders as data frames. docs/results.md says what each file and column is."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from .errors import ConfigurationError

# Up to this version of the run folder every key and column is as this program knows it.
FOLDER_FORMAT = 1
# Numbers to the bit: what later versions of pandas do anyway.
EXACT: dict[str, Any] = (
    {} if tuple(int(part) for part in pd.__version__.split(".")[:2]) >= (3, 1) else {"float_precision": "round_trip"}
)


def read_run(path: str | Path) -> RunFolder:
    """The run in a folder. Raises ConfigurationError where there is none, or one of a later version."""
    return RunFolder(Path(path))


class RunFolder:
    """A run that has been recorded. Tables are read when they are asked for, and then kept.

    Numbers are those of the files to the bit. Powers are means over the step: production +, consumption -, export +.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = (path / "metadata.yaml").read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f'Cannot read the run "{path}": {error.strerror or error}') from None
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.metadata: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506 (a safe loader)
        found = self.about.get("format", FOLDER_FORMAT)
        if found > FOLDER_FORMAT:
            raise ConfigurationError(f'Cannot read the run "{path}": its format is {found}, this program knows up to {FOLDER_FORMAT}')

    @property
    def about(self) -> dict[str, Any]:
        """What Gridbeat says of the run: `gridbeat` of metadata.yaml."""
        return self.metadata.get("gridbeat") or {}

    @property
    def status(self) -> str | None:
        """`complete`, `incomplete` (interrupted), `failed` or `running`."""
        return self.about.get("status")

    @property
    def scenario(self) -> dict[str, Any] | None:
        """As it was resolved: with every default."""
        return self.about.get("scenario")

    @property
    def tables(self) -> list[str]:
        """The names of the tables that are there."""
        return sorted(path.stem for path in self.path.glob("*.csv"))

    @property
    def sites(self) -> dict[str, RunFolder]:
        """The microgrids of a run with several, by name."""
        return {path.parent.name: RunFolder(path.parent) for path in sorted(self.path.glob("sites/*/metadata.yaml"))}

    @property
    def repeats(self) -> dict[str, RunFolder]:
        """The runs of a scenario that was repeated, by the names of their folders."""
        return {path.parent.name: RunFolder(path.parent) for path in sorted(self.path.glob("*/metadata.yaml"))}

    @cached_property
    def timeseries(self) -> pd.DataFrame:
        """A row a step, by the instant of its start (UTC)."""
        frame = self._read("timeseries").drop(columns=["time"])
        frame.index = pd.to_datetime(frame.pop("time_utc"), utc=True)
        return frame

    @cached_property
    def requests(self) -> pd.DataFrame:
        """A row a completed request, in order of completion; Vidur's columns, then those of Gridbeat."""
        return self._read("request_metrics")

    @cached_property
    def start(self) -> pd.Timestamp:
        """The instant at which the run starts, UTC."""
        first = pd.read_csv(self._path("timeseries"), nrows=1, usecols=["time_utc"])
        if first.empty:
            raise ConfigurationError(f'Cannot say when the run "{self.path}" starts: it has no step')
        return pd.Timestamp(first["time_utc"].iloc[0])

    def table(self, name: str) -> pd.DataFrame:
        """Any table, such as `usage` or `weather`. One with `time_s` has the instants of its rows as its index, UTC."""
        if name == "timeseries":
            return self.timeseries
        frame = self._read(name)
        if "time_s" in frame.columns:
            seconds = pd.to_timedelta(frame.pop("time_s"), unit="s")
            frame.index = pd.DatetimeIndex(self.start + seconds, name="time_utc")
        return frame

    def energy_kwh(self, column: str) -> float:
        """The energy of a power of `timeseries`, kWh: exact, since powers are means over their steps."""
        step_s = self.metadata["environment"]["step_size"]
        return float(self.timeseries[column].sum() * step_s / 3_600_000)

    def _path(self, name: str) -> Path:
        path = self.path / f"{name}.csv"
        if not path.is_file():
            raise ConfigurationError(f'Cannot read "{name}" of the run "{self.path}": no such table; there are {", ".join(self.tables) or "none"}')
        return path

    def _read(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self._path(name), **EXACT)
