"""The command line of the doctor. The CDK, which takes a second, is imported when there is something to ask."""

import argparse
from collections.abc import Sequence

_DESCRIPTION = """\
Asks the project of a configuration, with fewer than 40 GET requests, how Gleap behaves where its documentation leaves
that open, and prints a table: what the connector assumes, what this project does, whether that is safe. The table holds
no content of a record and no secret, and may be pasted into an issue."""
_EXIT_CODES = """\
exit code: 0 if everything is safe or not seen; 1 if something is not safe, if the configuration cannot work, or if
Gleap refuses it or cannot be reached."""


def doctor(arguments: Sequence[str]) -> int:
    """Examines a project. The table goes to stdout; waits, and errors that leave no table, to stderr.

    :param arguments: the command line after `doctor`
    Returns the exit code: 0 if everything is safe or not seen, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="source-gleap doctor",
        description=_DESCRIPTION,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", required=True, help="path to the configuration, as for `check`")
    config_path = parser.parse_args(arguments).config

    from source_gleap.doctor.examination import examined

    return 0 if examined(config_path) else 1
