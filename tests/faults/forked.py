"""Waits for a process that was forked from this one, and kills it where it takes too long."""

import os
import select
import signal


def status_of(pid: int, *, kill_after_s: float | None = None) -> int:
    """Wait for a child's end, and kill it where it has not come by then; return its wait status.

    A descriptor stands for the process itself, so that no stranger with its number can be killed; and nothing sleeps,
    which Python cannot do under a faked clock. Linux only.
    """
    process = os.pidfd_open(pid)
    try:
        if process not in select.select([process], [], [], kill_after_s)[0]:
            signal.pidfd_send_signal(process, signal.SIGKILL)
    finally:
        os.close(process)
    return os.waitpid(pid, 0)[1]
