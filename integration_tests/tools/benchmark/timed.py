"""Runs a command and measures it, as JSON on standard output.

    python -I -S timed.py OUTPUT COMMAND...

The command's standard output goes to the file OUTPUT. A process counts the memory of the one that started it as its
own peak, until it has started its program; so this one imports little, and stays small.
"""

import os
import sys
import time


def main() -> None:
    output, command = sys.argv[1], sys.argv[2:]
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    start = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, file, 1)])
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - start
    unit = 1 if sys.platform == "darwin" else 1024
    print(
        f'{{"seconds": {seconds}, "cpu": {usage.ru_utime + usage.ru_stime}, "memory": {usage.ru_maxrss * unit / 1e6}, '
        f'"exit_code": {os.waitstatus_to_exitcode(status)}}}'
    )


if __name__ == "__main__":
    main()
