"""PostgreSQL goes and comes: what was acknowledged is kept, and nothing is doubled."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from conftest import UNDO_WINDOW, USERS, running
from harness import Agent, Conversation, Postgres, Relay, Stack
from test_outages import drained, sees_all, writes


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Postgres, Postgres]]:
    """A primary, and a copy for which it waits at each commit."""
    folder = tmp_path_factory.mktemp("postgres")
    # The server's user has to get there.
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(parent.stat().st_mode | 0o711)
    primary, copy = Postgres(folder / "primary"), Postgres(folder / "copy")
    try:
        primary.create()
        primary.start()
        # Its owner is no superuser, as an operator sets it up.
        primary.execute("CREATE ROLE loket LOGIN")
        primary.execute("CREATE DATABASE loket OWNER loket")
        copy.follow(primary)
        yield primary, copy
    finally:
        primary.remove()
        copy.remove()


@pytest.fixture(scope="module")
async def relay(servers: tuple[Postgres, Postgres]) -> AsyncIterator[Relay]:
    """The address of the primary, whichever it is."""
    relay = Relay(servers[0].port)
    await relay.start()
    yield relay
    await relay.stop()


@pytest.fixture(scope="module")
async def desk(binary: Path, scratch: Path, relay: Relay) -> AsyncIterator[Stack]:
    """A desk on PostgreSQL."""
    team = {"language": "en", "undo_window": UNDO_WINDOW}
    database = f"postgres://loket@127.0.0.1:{relay.port}/loket"
    stack = Stack(binary, scratch / "postgres", USERS, team=team, database=database)
    async with running(stack) as desk:
        yield desk


@pytest.fixture
async def ayu(desk: Stack) -> Agent:
    """An agent."""
    return await desk.agent("ayu")


async def answers_quickly(desk: Stack) -> None:
    """Whoever looks at the daemon is told within a second that the database is away."""
    begun = asyncio.get_running_loop().time()
    assert (await desk.loket.health("ready"))[0] == 503
    between = asyncio.get_running_loop().time()
    metrics = await desk.loket.metrics()
    ended = asyncio.get_running_loop().time()
    # A little more than they take: this machine is busy with tests.
    assert between - begun < 2 and ended - between < 2, (begun, between, ended)
    # What is counted is there; what only the database knows is not.
    assert "loket_inbound_total{" in metrics
    assert "loket_lane_depth" not in metrics


async def survives(
    desk: Stack, ayu: Agent, name: str, begin: Callable[[], None], end: Callable[[], None]
) -> None:
    """Lines before, during and after trouble arrive once, in order, both ways."""
    talk = await Conversation.opens(desk, ayu, name)
    before = [f"sebelum {n}" for n in range(5)]
    await writes(talk, before)
    await ayu.says(talk.room, "jawaban sebelum")
    begin()
    try:
        await talk.customer.says("selagi")
        await ayu.says(talk.room, "jawaban selagi")
        told = await desk.loket.becomes_ready(False)
        assert "the database" in told
        await answers_quickly(desk)
    finally:
        end()
    await desk.loket.becomes_ready(True)
    await sees_all(talk, [*before, "selagi"])
    await talk.customer.gets_text("jawaban selagi", within=60)
    assert await talk.customer.texts() == ["jawaban sebelum", "jawaban selagi"]
    await drained(desk)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_loses_and_doubles_nothing(
    desk: Stack, servers: tuple[Postgres, Postgres], ayu: Agent, mode: str
) -> None:
    primary, _ = servers
    await survives(desk, ayu, "Ulang", lambda: primary.stop(mode), primary.start)


async def test_a_kill_loses_and_doubles_nothing(
    desk: Stack, servers: tuple[Postgres, Postgres], ayu: Agent
) -> None:
    primary, _ = servers
    await survives(desk, ayu, "Bunuh", primary.kill, primary.start)


async def test_a_server_that_hangs_is_told_and_waited_for(
    desk: Stack, servers: tuple[Postgres, Postgres], ayu: Agent
) -> None:
    primary, _ = servers
    await survives(desk, ayu, "Beku", primary.freeze, primary.thaw)


async def test_a_server_without_a_free_connection_is_told_and_waited_for(
    desk: Stack, servers: tuple[Postgres, Postgres], ayu: Agent
) -> None:
    primary, _ = servers

    def take_all() -> None:
        primary.execute("ALTER ROLE loket CONNECTION LIMIT 0")
        primary.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'loket'"
        )

    def give_back() -> None:
        primary.execute("ALTER ROLE loket CONNECTION LIMIT -1")

    await survives(desk, ayu, "Penuh", take_all, give_back)


async def test_a_failover_keeps_what_was_acknowledged(
    desk: Stack, servers: tuple[Postgres, Postgres], relay: Relay, ayu: Agent
) -> None:
    primary, copy = servers

    def fail_over() -> None:
        copy.promote()
        relay.leads_to(copy.port)

    await survives(desk, ayu, "Pindah", primary.kill, fail_over)
