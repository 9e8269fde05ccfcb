"""One child process: its own process group, its output in a file, stopped by its id."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from .wait import eventually


class Process:
    """A program that runs until it is stopped.

    It gets a session of its own, so that Ctrl-C in a terminal reaches only the
    program that owns the stack, which then stops the children in order.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._env = {**os.environ, **(env or {})}
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program; its output is appended to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
                # Tests may limit how large a file can get: the program is to see an
                # error then and not to be killed by a signal.
                restore_signals=False,
            )

    @property
    def running(self) -> bool:
        """Whether the program was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    def stop(self, grace: float = 10.0) -> int | None:
        """Ask the program to end, insist after `grace` seconds; its exit status."""
        if self._child is None:
            return None
        if self._child.poll() is None:
            self._signal(signal.SIGTERM)
            try:
                self._child.wait(grace)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._child.wait()

    def kill(self) -> None:
        """End the program and everything it started, at once."""
        self._signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

    def freeze(self) -> None:
        """Stop the program where it is; it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen program go on."""
        self._signal(signal.SIGCONT)

    @property
    def pid(self) -> int:
        """The program's process id."""
        assert self._child is not None, f"{self.name} was not started"
        return self._child.pid

    def tail(self, lines: int) -> str:
        """The last lines of the log."""
        if not self.log.exists():
            return "(no log)"
        text = self.log.read_text(errors="replace").splitlines()
        return "\n".join(text[-lines:])

    async def answers(self, url: str, *, within: float = 60.0) -> None:
        """Wait until `url` answers 200, and fail at once when the program ends."""

        async def probe() -> bool:
            if not self.running:
                raise AssertionError(f"{self.name} ended while starting:\n{self.tail(20)}")
            try:
                async with http.get(url) as response:
                    return response.status == 200
            except (aiohttp.ClientError, TimeoutError):
                return False

        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            what = f"{self.name} answers 200 at {url}"
            await eventually(probe, within=within, what=what)

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the program, if it still runs."""
        self._signal(number)

    def wait(self, within: float) -> int:
        """The exit status of a program that ends by itself."""
        assert self._child is not None, f"{self.name} was not started"
        return self._child.wait(within)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the program's group, if it still runs."""
        if self._child is not None and self._child.poll() is None:
            os.killpg(self._child.pid, number)
