"""The doctor's command line. The CDK takes a second to import, so only a run imports it."""

import argparse
from collections.abc import Sequence

import source_gleap.doctor


def doctor(arguments: Sequence[str]) -> int:
    """Checks a project. The report goes to stdout, an error that leaves no report to stderr.

    Args:
        arguments: The command line after `doctor`.

    Returns:
        The exit code: 0 if there is no problem, otherwise 1.
    """
    parser = argparse.ArgumentParser(
        prog="source-gleap doctor",
        description=source_gleap.doctor.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", required=True, help="path to the configuration, as for `check`")
    parser.add_argument("--all", action="store_true", help="show the checks that found no problem as well")
    parsed = parser.parse_args(arguments)

    from source_gleap.doctor.runner import run_checks

    return 0 if run_checks(parsed.config, parsed.all) else 1
