"""Leaving on a hang-up or a termination signal: drafts first, then a clean end, and an end in any case.

Textual installs no handler for either signal, and `loop.add_signal_handler` would not be heard while a
stalled SSH link blocks the loop. So the handler wakes a thread that waits for it: that thread saves at once,
and ends the process when the loop has not done so in time.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

GRACE_SECONDS = 3.0
SIGNALS = (signal.SIGHUP, signal.SIGTERM)


class Leaving:
    """Watches for SIGHUP and SIGTERM (also where SIGHUP was ignored); made in the main thread.

    `save` runs in the watching thread; `leave` gets the exit code (128 + n) and only schedules the end.
    """

    def __init__(self, *, save: Callable[[], None], leave: Callable[[int], None], grace: float = GRACE_SECONDS) -> None:
        self._save = save
        self._leave = leave
        self._grace = grace
        self._ended = threading.Event()
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._before = {number: signal.signal(number, self._heard) for number in SIGNALS}
        self._thread = threading.Thread(target=self._watch, name="leaving", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Put the former handlers back; called when the program has come to its end by itself."""
        self._ended.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        with suppress(OSError):
            os.close(self._write)
        self._thread.join(self._grace)
        os.close(self._read)

    def end_anyhow(self, code: int) -> None:
        """Let the process end soon, though something in it still waits: a thread for a server that hangs."""
        threading.Thread(target=self._end_after_grace, args=(code,), name="end anyhow", daemon=True).start()

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        """Pass the signal on; nothing that could wait for a lock is done inside the handler."""
        with suppress(OSError):
            os.write(self._write, bytes([number]))

    def _watch(self) -> None:
        heard = os.read(self._read, 1)
        if not heard:
            return
        code = 128 + heard[0]
        self.end_anyhow(code)
        with suppress(RuntimeError):
            self._leave(code)
        self._save()

    def _end_after_grace(self, code: int) -> None:
        if not self._ended.wait(self._grace):
            os._exit(code)
