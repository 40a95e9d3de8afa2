"""The command `cmkit`, the same as the one in Rust: `python -m cmkit`, or `cmkit` where the package is installed."""

from __future__ import annotations

import signal
import sys

from ._cmkit import run_command

__all__ = ["main"]


def main() -> int:
    """Run the command with the program's arguments, and return its exit code."""
    # Python's handler would wait for the command to come back: Ctrl-C ends it at once, as it ends a program in Rust. A parent
    # that had it ignored has it ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command(["cmkit", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
