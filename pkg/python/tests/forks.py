"""Work in a forked process."""

from __future__ import annotations

import os
import signal
import traceback
import warnings
from collections.abc import Callable


def forked(work: Callable[[], object]) -> int:
    """Runs `work` in a fork, which has ten seconds for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, which is what this is about
        child = os.fork()
    if child:
        return child
    signal.alarm(10)
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
