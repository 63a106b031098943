"""The command line: `source-gleap spec | check | discover | read | doctor`.

What is set here for the whole process has to be set before the CDK is imported, or concerns no one command.
"""

import contextlib
import ctypes
import gc
import signal
import sys
from collections.abc import Sequence

# Threads that parse pages hand the interpreter lock over every 5 ms by default, which costs more than it gives: for a
# prototype with 8 workers, 9.0 s instead of 4.6 s.
_SWITCH_INTERVAL_SECONDS = 0.1

# The garbage that has to be collected is that of reference cycles, and rows have none: by default a fifth of a read's
# time is spent looking for some.
_COLLECT_AFTER = (50_000, 20, 100)

# Linux's allocator keeps what held a large answer for later ones, in an arena for each worker, unless it is told which
# blocks are large: 20 MB of a read's peak.
_GLIBC_MMAP_THRESHOLD, _LARGE_BYTES = -3, 128 * 1024


def run(args: Sequence[str] | None = None) -> None:
    """Runs one command, as `command.run_command` says; `doctor` as `doctor.command.doctor` does.

    :param args: the command line without the program's name; that of the process by default
    """
    arguments = list(sys.argv[1:] if args is None else args)
    if arguments[:1] == ["doctor"]:
        from source_gleap.doctor.command import doctor

        sys.exit(doctor(arguments[1:]))
    # `run_command` waits for it. Until then it must not be lost, as it would be for the first process of a container,
    # for which it has no default action; and the import takes a second, or several where the CPU is short.
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    sys.setswitchinterval(_SWITCH_INTERVAL_SECONDS)
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another system, or another C library
        ctypes.CDLL(None).mallopt(_GLIBC_MMAP_THRESHOLD, _LARGE_BYTES)
    gc.disable()
    from source_gleap.command import run_command

    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    gc.enable()
    run_command(arguments)
