"""A real web client shows the conversation: the picture's script works."""

import asyncio
from pathlib import Path

from conftest import ROOT, Opens
from harness import Stack


async def test_a_web_client_shows_the_conversation(
    opens: Opens, stack: Stack, scratch: Path
) -> None:
    talk = await opens("Potret", "Tolong foto saya.")
    user, picture = stack.users["ayu"], scratch / "conversation.png"
    options = {
        "homeserver": stack.synapse.url,
        "user": user.name,
        "password": user.password,
        "room": "Potret",
        "wait": "Tolong foto saya.",
        "out": str(picture),
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    script = ROOT / "tests/e2e/screenshot/shoot.mjs"
    program = await asyncio.create_subprocess_exec("node", script, *words)
    assert await asyncio.wait_for(program.wait(), 120) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert talk.room.name.endswith("Potret · WhatsApp")
