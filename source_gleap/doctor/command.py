"""The doctor's command line. The CDK takes a second to import, so only a run imports it."""

import argparse
from collections.abc import Sequence

_DESCRIPTION = """\
Asks the project of a configuration how Gleap behaves where its documentation leaves that open, with at most 45 GET
requests. Says whether you can sync, what to do about each problem, and which line of a table shows it: what the
connector assumes, what this project does, whether that is safe. The report holds no content of a record and no secret,
and may be pasted into an issue."""
_EXIT_CODES = """\
exit code: 0 if there is no problem; 1 if something is not safe, if the configuration cannot work, or if Gleap refuses
it or cannot be reached."""


def doctor(arguments: Sequence[str]) -> int:
    """Checks a project. The report goes to stdout, an error that leaves no report to stderr.

    Args:
        arguments: The command line after `doctor`.

    Returns:
        The exit code: 0 if there is no problem, otherwise 1.
    """
    parser = argparse.ArgumentParser(
        prog="source-gleap doctor",
        description=_DESCRIPTION,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", required=True, help="path to the configuration, as for `check`")
    parser.add_argument("--all", action="store_true", help="show the checks that found no problem as well")
    parsed = parser.parse_args(arguments)

    from source_gleap.doctor.runner import run_checks

    return 0 if run_checks(parsed.config, parsed.all) else 1
