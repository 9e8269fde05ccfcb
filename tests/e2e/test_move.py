"""From SQLite to PostgreSQL, and from a dump, as docs/operations.md says: the desk goes on."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import UNDO_WINDOW, USERS, running
from harness import Conversation, Database, Stack
from test_operations import doctor, holds_no_secret


@pytest.fixture
async def desk(binary: Path, scratch: Path) -> AsyncIterator[Stack]:
    """A desk whose database is a file."""
    team = {"language": "en", "undo_window": UNDO_WINDOW}
    async with running(Stack(binary, scratch / "move", USERS, team=team)) as desk:
        yield desk


def run(desk: Stack, *arguments: str) -> tuple[int, str]:
    """Run one of the daemon's commands: its exit code and what it said."""
    command = [desk.loket.binary, *arguments, "-c", str(desk.loket.config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


async def test_a_desk_moves_to_a_server_and_is_restored_from_its_dump(
    desk: Stack, scratch: Path
) -> None:
    ayu = await desk.agent("ayu")
    talk = await Conversation.opens(desk, ayu, "Pindah")
    await ayu.says(talk.room, "dari berkas")
    await talk.customer.gets_text("dari berkas")
    server, restored = Database(), Database()
    try:
        # Beside the daemon nothing moves.
        code, said = run(desk, "move", "--to", server.url)
        assert code == 8, said

        # What is written while it moves waits: at the homeserver, and with Meta.
        assert desk.loket.process.stop() == 0
        await ayu.says(talk.room, "selagi pindah")
        await talk.customer.says("halo, masih di sana?")
        code, said = run(desk, "move", "--to", server.url)
        assert code == 0, said
        code, said = run(desk, "run")
        assert code == 4, said
        assert "was moved to another database" in said

        desk.loket.uses(server.url)
        await desk.loket.start()
        await ayu.sees_text(talk.room, "halo, masih di sana?", within=60)
        await talk.customer.gets_text("selagi pindah", within=60)
        assert await talk.barrier() == ["dari berkas", "selagi pindah"]

        code, levels, said = await asyncio.to_thread(doctor, desk)
        assert code == 0, said
        # The tests' server does not wait for its disk.
        assert "`fsync` is off" in said
        assert (levels["rows"], levels["daemon"]) == ("ok", "ok"), said
        assert "PostgreSQL" in said
        holds_no_secret(desk, said)

        assert desk.loket.process.stop() == 0
        server.copy_to(restored, scratch / "loket.dump")
        desk.loket.uses(restored.url)
        await desk.loket.start()
        await talk.customer.says("dan setelah dipulihkan?")
        await ayu.sees_text(talk.room, "dan setelah dipulihkan?", within=60)
        await ayu.says(talk.room, "tetap di sini")
        assert await talk.barrier() == ["dari berkas", "selagi pindah", "tetap di sini"]

        said_by_customer = [
            event["content"]["body"]
            for event in talk.room.timeline
            if event["sender"] == talk.ghost and "body" in event["content"]
        ]
        assert said_by_customer == [
            "Halo, ada orang?",
            "halo, masih di sana?",
            "dan setelah dipulihkan?",
        ]
    finally:
        desk.loket.stop()
        server.drop()
        restored.drop()
