"""What can go wrong, in one line that names what was asked for and what would do."""


class GridbeatError(Exception):
    """Something that the user has to change, or a run that cannot go on."""


class ConfigurationError(GridbeatError):
    """What was given cannot be used: a scenario, a configuration, a login."""


class SimulationError(GridbeatError):
    """The run cannot go on."""


class LostError(SimulationError):
    """Something beside the simulation went wrong, such as a message that was lost: another try may come through."""


class CheckpointError(LostError):
    """What was kept of a run is gone, or is not what was kept: an older checkpoint may do."""


def reason_of(error: BaseException) -> str:
    """The first line of what an error says, or its name where it says nothing."""
    text = str(error).strip().split("\n")[0]
    return text or type(error).__name__
