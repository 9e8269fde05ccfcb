"""Outages: whatever is away for a while, nothing is lost, doubled or turned round."""

import asyncio
import os
import resource
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from conftest import UNDO_WINDOW, USERS, running
from harness import Agent, Conversation, Gateway, Stack, eventually
from test_operations import doctor

MIB = 1024 * 1024

#: The daemon's disk, where a small one can be mounted.
DISK = 24 * MIB


@pytest.fixture(scope="module")
def disk(scratch: Path) -> Iterator[Path | None]:
    """A small disk for the daemon's folder; `None` where nothing can be mounted."""
    folder = scratch / "outages" / "loket"
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    yield folder if mounted else None
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
async def desk(binary: Path, scratch: Path, disk: Path | None) -> AsyncIterator[Stack]:
    """A desk of its own, with a gateway before its homeserver."""
    team = {"language": "en", "undo_window": UNDO_WINDOW}
    stack = Stack(binary, scratch / "outages", USERS, team=team, behind_gateway=True)
    async with running(stack) as desk:
        yield desk


@pytest.fixture(scope="module")
def gateway(desk: Stack) -> Gateway:
    """The gateway."""
    assert desk.gateway is not None
    return desk.gateway


@pytest.fixture
async def ayu(desk: Stack) -> Agent:
    """An agent, with a client that has seen no outage yet."""
    if "ayu" in desk.agents:
        await desk.agents.pop("ayu").close()
    return await desk.agent("ayu")


@pytest.fixture(autouse=True)
async def healed(desk: Stack, gateway: Gateway) -> AsyncIterator[None]:
    """Every test begins and ends well."""
    yield
    await gateway.heals()
    await desk.simulator.heal()
    await desk.loket.becomes_ready(True)


async def writes(talk: Conversation, lines: list[str]) -> None:
    """Let the customer write lines, each when the one before has been taken.

    Webhooks overtake each other; what was taken first counts as written first.
    """
    for line in lines:
        await talk.customer.is_heard(await talk.customer.says(line))


async def sees_all(talk: Conversation, lines: list[str], *, within: float = 60.0) -> None:
    """Wait for the last of the customer's lines: they came once, and in order."""
    room = await talk.seen_by(talk.agent)
    await talk.agent.sees_text(room, lines[-1], within=within)
    events = [event for event in room.timeline if event["sender"] == talk.ghost]
    said = [event["content"].get("body") for event in events if "body" in event["content"]]
    assert said[1:] == lines


async def drained(desk: Stack) -> None:
    """Wait until nothing waits any more."""

    async def probe() -> bool:
        kinds = ("in", "matrix", "channel")
        depths = [await desk.loket.metric("loket_lane_depth", kind=kind) for kind in kinds]
        ages = [
            await desk.loket.metric("loket_oldest_row_age_seconds", kind=kind) for kind in kinds
        ]
        return not any(depths) and not any(ages)

    await eventually(probe, what="the lanes are empty", within=30)


async def webhook(desk: Stack, text: str) -> int:
    """Deliver something signed that nobody understands; the daemon's status."""
    body = {"phone_number_id": desk.account.phone_number_id, "body": text}
    answer = await desk.simulator.control("POST", "webhooks", body)
    return answer["status"]


# The homeserver.


@pytest.mark.parametrize("first", ["cut", "429 body"])
async def test_a_way_that_breaks_loses_and_doubles_nothing(
    desk: Stack, gateway: Gateway, ayu: Agent, first: str
) -> None:
    talk = await Conversation.opens(desk, ayu, "Putus")
    faults = ["cut", "half", "reset", "429 body", "429 header", "502"]
    start = faults.index(first)
    await gateway.will(*faults[start:], *faults[:start])
    lines = [f"{first} {n}" for n in range(3)]
    await writes(talk, lines)
    newcomer = await desk.customer("Baru")
    await newcomer.says("halo, saya baru")
    await sees_all(talk, lines)
    room = await ayu.finds(
        lambda room: f" {newcomer.name} · " in room.name, what="the new room", within=60
    )
    await ayu.sees_text(room, "halo, saya baru", within=60)
    assert gateway.met == len(faults)
    rooms = [room for room in ayu.rooms.values() if f" {newcomer.name} · " in room.name]
    assert len(rooms) == 1


async def test_a_homeserver_that_is_away_is_told_and_waited_for(
    desk: Stack, gateway: Gateway, ayu: Agent
) -> None:
    talk = await Conversation.opens(desk, ayu, "Pergi")
    await gateway.fails("refuse")
    lines = [f"selama pergi {n}" for n in range(5)]
    await writes(talk, lines)
    # It may not be the first that was written: what was lost before it comes first.
    line = await ayu.says(talk.room, "saya sudah menjawab")
    told = await desk.loket.becomes_ready(False)
    assert "the homeserver is not available" in told
    assert "no connection" in told
    assert await desk.loket.metric("loket_lane_depth", kind="matrix") >= 5
    assert await desk.loket.metric("loket_oldest_row_age_seconds", kind="matrix") > 0
    await gateway.heals()
    await desk.loket.becomes_ready(True, within=15)
    await sees_all(talk, lines)
    await talk.customer.gets_text("saya sudah menjawab")
    await drained(desk)
    assert "⚠" not in talk.room.keys_on(line)


async def test_a_homeserver_that_hangs_is_told_and_gets_every_line_once(
    desk: Stack, ayu: Agent
) -> None:
    talk = await Conversation.opens(desk, ayu, "Diam")
    desk.synapse.process.freeze()
    try:
        lines = [f"selama diam {n}" for n in range(3)]
        await writes(talk, lines)
        assert "no answer in time" in await desk.loket.becomes_ready(False)
    finally:
        desk.synapse.process.thaw()
    await desk.loket.becomes_ready(True)
    await sees_all(talk, lines)


async def test_a_stop_while_the_homeserver_hangs_ends_in_time_and_loses_nothing(
    desk: Stack, gateway: Gateway, ayu: Agent
) -> None:
    talk = await Conversation.opens(desk, ayu, "Berhenti")
    await gateway.fails("silent")
    lines = [f"sebelum berhenti {n}" for n in range(3)]
    await writes(talk, lines)

    async def under_way() -> bool:
        return gateway.met > 0

    await eventually(under_way, what="a request that hangs")
    # Less than the ten seconds after which containers are killed.
    assert desk.loket.process.stop(grace=9) == 0
    await gateway.heals()
    await desk.loket.start()
    await sees_all(talk, lines)


async def test_a_start_without_a_homeserver_takes_webhooks_and_waits(
    desk: Stack, gateway: Gateway, ayu: Agent
) -> None:
    talk = await Conversation.opens(desk, ayu, "Mulai")
    desk.loket.stop()
    await gateway.fails("refuse")
    desk.loket.process.start()
    await desk.loket.process.answers(f"http://{desk.loket.appservice}/health/live")
    await writes(talk, ["sebelum semuanya siap"])
    assert "the homeserver" in await desk.loket.becomes_ready(False)
    await gateway.heals()
    await desk.loket.becomes_ready(True)
    await sees_all(talk, ["sebelum semuanya siap"])


async def test_a_homeserver_that_is_killed_gets_every_line_once(
    desk: Stack, ayu: Agent
) -> None:
    talk = await Conversation.opens(desk, ayu, "Mati")
    lines = [f"sekitar mati {n}" for n in range(20)]
    await writes(talk, lines[:10])
    desk.synapse.process.kill()
    # Long before the next ping: the request that is always under way broke off.
    await desk.loket.becomes_ready(False, within=10)
    code, levels, said = await asyncio.to_thread(doctor, desk)
    assert (code, levels["homeserver"], levels["daemon"]) == (1, "FAIL", "FAIL"), said
    await writes(talk, lines[10:])
    await desk.synapse.start()
    await desk.agents.pop("ayu").close()
    talk.agent = await desk.agent("ayu")
    await sees_all(talk, lines)
    await drained(desk)


# The channel.


async def test_a_graph_that_is_away_gets_every_line_once(desk: Stack, ayu: Agent) -> None:
    talk = await Conversation.opens(desk, ayu, "Meta")
    await desk.simulator.stop()
    line = await ayu.says(talk.room, "satu")
    await ayu.says(talk.room, "dua")
    await ayu.sees_mark(talk.room, line, "⏳", within=40)
    assert await desk.loket.metric("loket_lane_depth", kind="channel") == 2
    assert (await desk.loket.health("ready"))[0] == 200, "Loket itself does its work"
    await desk.simulator.start()
    await talk.customer.gets_text("dua", within=60)
    assert await talk.customer.texts() == ["satu", "dua"]
    await ayu.sees_no_mark(talk.room, line, "⏳")
    await drained(desk)


async def test_one_customers_limit_slows_nobody_else(desk: Stack, ayu: Agent) -> None:
    slow = await Conversation.opens(desk, ayu, "Pelan")
    fast = await Conversation.opens(desk, ayu, "Cepat")
    await desk.simulator.fault("error", code=131056, times=2, to=slow.customer.key)
    await ayu.says(slow.room, "nanti")
    for n in range(3):
        await ayu.says(fast.room, f"sekarang {n}")
    await fast.customer.gets_text("sekarang 2")
    assert await slow.customer.texts() == []
    # Twice too fast: four seconds, then sixteen.
    await slow.customer.gets_text("nanti", within=60)
    assert await slow.customer.texts() == ["nanti"]


# The database.


async def test_a_locked_database_sends_nobody_away_for_good(desk: Stack, ayu: Agent) -> None:
    talk = await Conversation.opens(desk, ayu, "Kunci")
    other = sqlite3.connect(desk.loket.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        await talk.customer.says("selagi terkunci")
        await ayu.says(talk.room, "juga selagi terkunci")
        # As long as the daemon waits for a lock, and then some.
        assert await webhook(desk, "locked") == 503
        told = await desk.loket.becomes_ready(False)
        assert "the database" in told
    finally:
        other.execute("ROLLBACK")
        other.close()
    await desk.loket.becomes_ready(True)
    assert await webhook(desk, "locked") == 200
    await sees_all(talk, ["selagi terkunci"])
    await talk.customer.gets_text("juga selagi terkunci", within=60)
    assert await talk.customer.texts() == ["juga selagi terkunci"]


class Full:
    """A disk that is full, until it is not."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def begin(self) -> None:
        """Leave no room."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for size in (MIB, 4096):
                try:
                    while ballast.write(b"x" * size) == size:
                        continue
                except OSError:
                    continue

    def end(self) -> None:
        """Make room."""
        self._ballast.unlink()


class Broken:
    """A disk that takes no more: the daemon's writes beyond its files' size fail.

    To the database this is what a disk is that the system has made read-only because
    of its faults: an error of writing that is none of room.
    """

    def __init__(self, desk: Stack) -> None:
        self._desk = desk

    def begin(self) -> None:
        """Let no file grow."""
        folder = self._desk.loket.database.parent
        largest = max(file.stat().st_size for file in folder.iterdir())
        self._limit(largest + 64 * 1024)

    def end(self) -> None:
        """Let them grow."""
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        """Limit the size of the daemon's files."""
        pid = self._desk.loket.process.pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.parametrize("trouble", ["full", "broken"])
async def test_a_disk_that_takes_nothing_is_told_and_everything_goes_on_when_it_does(
    desk: Stack, disk: Path | None, ayu: Agent, trouble: str
) -> None:
    talk = await Conversation.opens(desk, ayu, "Disk")
    # Where no small disk could be mounted, the limit stands in for it.
    is_full = trouble == "full" and disk is not None
    wrong = Full(disk) if is_full else Broken(desk)
    wrong.begin()
    try:
        statuses = set()
        for n in range(40):
            statuses.add(await webhook(desk, f"{trouble} {n} " + "x" * MIB))
        assert statuses <= {200, 503}
        assert 503 in statuses
        # What is small may still find room.
        for n in range(400):
            if await webhook(desk, f"{trouble} {n} " + "x" * 2_000) == 503:
                break
        told = await desk.loket.becomes_ready(False)
        assert "the database takes nothing" in told
        if is_full:
            assert "database or disk is full" in told
        await talk.customer.says("selagi penuh")
        await ayu.says(talk.room, "juga selagi penuh")

        async def refused() -> bool:
            return (await desk.simulator.deliveries())[-1]["status"] == 503

        await eventually(refused, what="Meta is told to try again")
    finally:
        wrong.end()
    await desk.loket.becomes_ready(True, within=30)
    assert await webhook(desk, f"{trouble} over " + "x" * MIB) == 200
    await sees_all(talk, ["selagi penuh"])
    await talk.customer.gets_text("juga selagi penuh", within=60)
    assert await talk.customer.texts() == ["juga selagi penuh"]
    await drained(desk)


def test_a_database_that_cannot_be_written_is_named_at_the_start(
    desk: Stack, binary: Path, scratch: Path
) -> None:
    folder = scratch / "read-only"
    folder.mkdir()
    config = folder / "config.yaml"
    written = (desk.loket.database.parent / "config.yaml").read_text()
    config.write_text(written.replace(str(desk.loket.database), str(folder / "loket.db")))
    folder.chmod(0o555)
    # Root may write everywhere: somebody else must try.
    user = 65_534 if os.geteuid() == 0 else None
    for parent in (scratch, folder):
        parent.chmod(parent.stat().st_mode | 0o555)
    done = subprocess.run(
        [binary, "run", "-c", config], capture_output=True, text=True, timeout=60, user=user
    )
    folder.chmod(0o755)
    assert done.returncode != 0
    assert f"cannot open the database {folder / 'loket.db'}" in done.stderr, done.stderr
