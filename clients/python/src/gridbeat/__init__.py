"""Gridbeat in Python: actors of runs, and run folders as data frames."""

from .actor import Actor, Inputs, RunFacts, Span
from .errors import ConfigurationError, GridbeatError, SimulationError
from .join import main, run_actors, take_part


def read_run(path):  # type: ignore[no-untyped-def]
    """The run in a folder, as data frames: see gridbeat.folder. It needs pandas and PyYAML, `gridbeat[pandas]`."""
    from .folder import read_run as read

    return read(path)


__all__ = [
    "Actor",
    "ConfigurationError",
    "GridbeatError",
    "Inputs",
    "RunFacts",
    "SimulationError",
    "Span",
    "main",
    "read_run",
    "run_actors",
    "take_part",
]
