"""`bin/demo`: a desk to try, with a scripted first conversation.

Brings up a real homeserver, the daemon and the simulator on loopback, plays one
conversation between a customer and an agent, and then either prints how to log
in and waits for Ctrl-C, or (``--check``, ``--screenshot``) ends by itself.
"""

import argparse
import asyncio
import contextlib
import shutil
import signal
import sys
from pathlib import Path

from harness import Agent, Customer, Stack, User
from harness.room import Room, body
from harness.wait import free_port

#: The desk of the demo; the passwords open nothing but a homeserver on loopback.
TEAM = [
    User("ayu", "Ayu", "ayu-demo", role="agent"),
    User("budi", "Budi", "budi-demo", role="supervisor"),
]

#: Local invitations are taken at once, so that new rooms appear in a person's client.
HOMESERVER = {"auto_accept_invites": {"enabled": True, "only_from_local_users": True}}

#: Ports that stay the same from run to run while they are free.
PORTS = {"synapse": 18008, "simulator": 29340}

#: The longest a demo without a person may take, in seconds.
CHECK_SECONDS = 240

QUESTION = "Hello! Do you still have the blue batik shirt in M?"
ANSWER = "Hello Dewi! Yes, the blue one in M is here. Shall I keep it for you?"
REPLY = "Yes please, I will come by tomorrow 🙏"
NOTE = "Put one aside, she collects it tomorrow."
IMAGE = Path("docs/images/conversation.png")

GUIDE = """
A desk to try is running. Ctrl-C stops all of it.

  Customer's phone   {phone}
  Homeserver         {homeserver}
  Agent              user name {ayu.name}    password {ayu.password}
  Supervisor         user name {budi.name}   password {budi.password}

Log in with Element Desktop, or any other Matrix client on this machine:
  Sign in > Edit (the homeserver) > Other homeserver > {homeserver}
  then the user name and the password from above.
Element in a browser works too; if the browser asks whether the page may reach
this device or the local network, allow it. FluffyChat, Cinny and nheko take the
same homeserver address in their login form.

Open the space "Loket", then the room of {customer}. Write, and the line reaches
the customer's phone 5 seconds later; write on the phone, and it stands in the
room. Try ;; a note, !help, !solve.

Logs: {logs}
"""


class Demo:
    """One run: its stack and the steps it prints."""

    def __init__(self, binary: Path, folder: Path) -> None:
        ports = {name: free_port(port) for name, port in PORTS.items()}
        team = {"language": "en", "undo_window": "5s"}
        self.stack = Stack(binary, folder, TEAM, team=team, homeserver=HOMESERVER, ports=ports)

    def say(self, step: str) -> None:
        """Print one step that is done."""
        print(f"ok  {step}", flush=True)

    async def play(self) -> None:
        """Start everything and play the first conversation."""
        await self.stack.start(self.say)
        ayu = await self.stack.agent("ayu")
        await ayu.finds(lambda room: room.is_space and room.name == "Loket", what="the space")
        self.say("ayu is logged in and sees the space Loket")
        dewi = await self.stack.customer("Dewi")
        await self._converse(ayu, dewi)

    async def _converse(self, ayu: Agent, dewi: Customer) -> None:
        """A question, an answer, a note, a thank-you."""
        await dewi.says(QUESTION)
        self.say(f"whatsapp: Dewi writes: {QUESTION}")
        room = await ayu.finds(lambda room: "Dewi" in room.name, what="Dewi's room", within=30)
        line = await ayu.sees_text(room, QUESTION, within=30)
        self.say(f"whatsapp: ayu reads it in the room «{room.name}»")
        await ayu.reads(room, line["event_id"])
        answer = await ayu.says(room, ANSWER)
        await dewi.gets_text(ANSWER, within=30)
        self.say(f"whatsapp: Dewi receives ayu's answer: {ANSWER}")
        await self._read(ayu, dewi, room, answer)
        await ayu.says(room, f";; {NOTE}")
        await dewi.says(REPLY)
        await ayu.sees_text(room, REPLY, within=30)
        if (await dewi.texts()) != [ANSWER]:
            raise AssertionError(f"Dewi received {await dewi.texts()}, not the answer alone")
        self.say("whatsapp: Dewi thanks; ayu's note stayed in the room")

    async def _read(self, ayu: Agent, dewi: Customer, room: Room, answer: str) -> None:
        """Dewi opens the chat, and ayu sees that the answer was read."""
        line = next(event for event in room.timeline if body(event) == QUESTION)
        await dewi.reads()
        await ayu.sees_read(room, answer, line["sender"], within=30)
        self.say("whatsapp: Dewi has read it, the receipt stands in the room")

    async def shoot(self) -> None:
        """Take the picture of the conversation with a web client."""
        ayu = self.stack.users["ayu"]
        options = {
            "homeserver": self.stack.synapse.url,
            "user": ayu.name,
            "password": ayu.password,
            "room": "Dewi",
            "wait": REPLY,
            "out": str(IMAGE),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        program = await asyncio.create_subprocess_exec(
            "node", "tests/e2e/screenshot/shoot.mjs", *words
        )
        if await program.wait() != 0:
            raise AssertionError("the picture could not be taken")
        self.say(f"picture written to {IMAGE}")

    def guide(self) -> str:
        """What a person needs to know to use the running desk."""
        return GUIDE.format(
            phone=f"{self.stack.simulator.url}/",
            homeserver=self.stack.synapse.url,
            customer="Dewi",
            logs="  ".join(str(process.log) for process in self.stack.processes),
            **self.stack.users,
        )


async def run(arguments: argparse.Namespace) -> int:
    """Play the demo; the exit status."""
    shutil.rmtree(arguments.folder, ignore_errors=True)
    demo = Demo(arguments.binary, arguments.folder.resolve())
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await demo.play()
            if arguments.screenshot:
                await demo.shoot()
        if not (arguments.check or arguments.screenshot):
            print(demo.guide(), flush=True)
            await asyncio.Event().wait()
    except (AssertionError, TimeoutError, OSError) as failure:
        print(f"FAILED  {failure or f'not done within {CHECK_SECONDS} s'}", file=sys.stderr)
        for process in demo.stack.processes:
            print(f"\n--- {process.log}\n{process.tail(8)}", file=sys.stderr)
        return 1
    finally:
        await demo.stack.stop()
    return 0


async def until_stopped(arguments: argparse.Namespace) -> int:
    """Run the demo; Ctrl-C and SIGTERM stop everything in order."""
    demo = asyncio.create_task(run(arguments))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, demo.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        return await demo
    print("\nstopped", flush=True)
    # A person ends the demo by Ctrl-C; a check that was interrupted has not passed.
    return 1 if arguments.check or arguments.screenshot else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--screenshot", action="store_true")
    return asyncio.run(until_stopped(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
