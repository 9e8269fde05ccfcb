"""What docs/operations.md promises, with real processes: doctor, backup, stop."""

import asyncio
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from conftest import USERS, Opens, running
from harness import Stack


def doctor(stack: Stack) -> tuple[int, dict[str, str], str]:
    """Run the doctor: its exit code, the level of each subject, everything it said."""
    ran = subprocess.run(
        [stack.loket.binary, "doctor", "-c", stack.loket.config],
        capture_output=True,
        text=True,
        timeout=300,
    )
    levels: dict[str, str] = {}
    for line in ran.stdout.splitlines()[:-1]:
        level, _, rest = line.partition("  ")
        subject = rest.strip().split("  ")[0]
        worse = ("ok", "warn", "FAIL").index(level.strip())
        known = ("ok", "warn", "FAIL").index(levels.get(subject, "ok"))
        levels[subject] = ("ok", "warn", "FAIL")[max(worse, known)]
    return ran.returncode, levels, ran.stdout + ran.stderr


def holds_no_secret(stack: Stack, said: str) -> None:
    """Fail if a secret of the configuration was printed."""
    for secret in stack.loket.secrets():
        assert secret not in said, said


#: What the doctor looks at on a desk that is well.
WELL = (
    "disk",
    "folder",
    "database",
    "rows",
    "registration",
    "homeserver",
    "clock",
    "desk",
    "ghosts",
    "devices",
    "ping",
    "own rooms",
    "encryption",
    "new rooms",
    "account wa",
    "apps wa",
    "webhook wa",
)


async def test_the_doctor_finds_a_desk_well_beside_the_daemon(binary: Path, scratch: Path) -> None:
    # A desk of its own: what other tests have sent is kept, and the doctor says so.
    async with running(Stack(binary, scratch / "well", USERS)) as desk:
        code, levels, said = await asyncio.to_thread(doctor, desk)
        holds_no_secret(desk, said)
    assert code == 0, said
    assert {subject: levels.get(subject) for subject in WELL} == dict.fromkeys(WELL, "ok"), said
    assert levels["daemon"] == "ok", said
    # This homeserver leaves invitations to the agents.
    assert levels["invitations"] == "warn", said


async def test_the_doctor_works_in_place_of_the_daemon_and_takes_nothing(
    opens: Opens, stack: Stack
) -> None:
    talk = await opens("Dokter")
    assert stack.loket.process.stop() == 0
    await talk.agent.says(talk.room, "selagi dokter di sini")
    code, levels, said = await asyncio.to_thread(doctor, stack)
    await stack.loket.start()
    assert code == 0, said
    assert levels["daemon"] == "warn", said
    assert (levels["ping"], levels["webhook wa"]) == ("ok", "ok"), said
    holds_no_secret(stack, said)
    assert await talk.barrier() == ["selagi dokter di sini"]


async def test_a_copy_made_under_load_goes_on_elsewhere(opens: Opens, stack: Stack) -> None:
    talk = await opens("Salin")
    database = stack.loket.database
    copy = database.with_name("copy.db")
    copy.unlink(missing_ok=True)
    written = [f"pesan {n}" for n in range(30)]

    async def load() -> None:
        for text in written:
            await talk.customer.says(text)

    loading = asyncio.create_task(load())
    for text in written[:5]:
        await talk.agent.sees_text(talk.room, text, within=30)
    said = await asyncio.to_thread(
        stack.loket.command, "backup", "-c", stack.loket.config, copy
    )
    assert "written and read again" in said
    stack.loket.process.kill()
    await asyncio.wait([loading])
    for name in ("loket.db", "loket.db-wal", "loket.db-shm"):
        database.with_name(name).unlink(missing_ok=True)
    shutil.move(copy, database)
    await stack.loket.start()
    await talk.customer.says("sesudah dipulihkan")
    await talk.agent.sees_text(talk.room, "sesudah dipulihkan", within=60)
    texts = talk.room.texts()
    assert len(texts) == len(set(texts)), texts
    # Whatever was committed before the copy was made is there.
    assert set(written[:5]) <= set(texts), texts


async def test_a_stop_under_load_is_quick_and_waits_for_nobody(
    opens: Opens, stack: Stack
) -> None:
    talk = await opens("Berhenti")
    halves = []
    for address in (stack.loket.public, stack.loket.appservice):
        host, port = address.split(":")
        half = socket.create_connection((host, int(port)))
        half.sendall(b"GET /health/live HTTP/1.1\r\nhost: loc")
        halves.append(half)
    for n in range(10):
        await talk.agent.says(talk.room, f"baris {n}")
    begun = asyncio.get_running_loop().time()
    code = await asyncio.to_thread(stack.loket.process.stop, 20.0)
    took = asyncio.get_running_loop().time() - begun
    for half in halves:
        half.close()
    assert code == 0
    assert took < 10, f"the stop took {took:.1f} s"
    await stack.loket.start()
    assert await talk.barrier() == [f"baris {n}" for n in range(10)]


async def test_a_second_signal_ends_it_at_once(binary: Path, scratch: Path) -> None:
    team = {"language": "en"}
    async with running(Stack(binary, scratch / "twice", USERS, team=team)) as desk:
        process = desk.loket.process
        host, port = desk.loket.public.split(":")
        account = desk.account.id
        with socket.create_connection((host, int(port))) as slow:
            # A body that never comes is waited for: long enough for a second signal.
            head = f"POST /webhooks/{account} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n"
            slow.sendall(head.encode())
            await asyncio.sleep(0.2)
            process.tell(signal.SIGTERM)
            await asyncio.sleep(0.5)
            assert process.running, "it did not wait for the body"
            process.tell(signal.SIGTERM)
            code = await asyncio.to_thread(process.wait, 5.0)
        assert code == 1
        assert "second signal" in process.tail(5)


@pytest.fixture(scope="module")
def encrypted(binary: Path, scratch: Path) -> Stack:
    """A desk on a homeserver that accepts invitations, and lets nobody join often."""
    homeserver = {
        "auto_accept_invites": {"enabled": True, "only_from_local_users": True},
        "rc_joins": {"local": {"per_second": 0.1, "burst_count": 10}},
        "encryption_enabled_by_default_for_room_type": "all",
    }
    return Stack(binary, scratch / "doctored", USERS, homeserver=homeserver)


async def test_the_doctor_names_what_is_wrong_with_a_homeserver(encrypted: Stack) -> None:
    async with running(encrypted):
        code, levels, said = await asyncio.to_thread(doctor, encrypted)
        assert code == 1, said
        assert levels["encryption"] == "FAIL", said
        assert levels["invitations"] == "ok", said
        assert levels["joins"] == "warn", said
        assert "raise rc_joins.local" in said
        holds_no_secret(encrypted, said)
