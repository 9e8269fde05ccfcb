"""What the end-to-end tests share: one desk for the session, fresh customers per test."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from harness import Agent, Conversation, Database, Room, Stack, User

ROOT = Path(__file__).resolve().parents[2]

#: Short enough for tests, long enough to undo in on a busy machine.
UNDO_WINDOW = "2s"

USERS = [
    User("ayu", "Ayu", "ayu-test", role="agent"),
    User("budi", "Budi", "budi-test", role="supervisor"),
    User("citra", "Citra", "citra-test", role="agent"),
    User("mallory", "Mallory", "mallory-test"),
]

#: The desks that run or could not start, so that a failure can show their logs.
desks: list[Stack] = []


@asynccontextmanager
async def running(desk: Stack) -> AsyncIterator[Stack]:
    """A desk that has started, and is stopped afterwards."""
    desks.append(desk)
    try:
        await desk.start()
        yield desk
        desks.remove(desk)
    finally:
        await desk.stop()


@pytest.fixture(scope="session")
def binary() -> Path:
    """The daemon's program: `LOKET_BINARY`, else what `cargo build` makes."""
    found = Path(os.environ.get("LOKET_BINARY", ROOT / "target/debug/loket"))
    assert found.is_file(), f"{found} is missing: cargo build --locked, or bin/test e2e"
    return found.resolve()


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder for databases and logs; in memory where that is possible."""
    memory = Path("/dev/shm")
    parent = memory if os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="loket-e2e-", dir=parent))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database postgres` puts the desk of most tests on PostgreSQL."""
    parser.addoption("--database", choices=["sqlite", "postgres"], default="sqlite")


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The database of the desk that most tests use; `None` = a file."""
    if request.config.getoption("--database") == "sqlite":
        yield None
        return
    made = Database()
    yield made.url
    made.drop()


@pytest.fixture(scope="session")
async def stack(binary: Path, scratch: Path, database: str | None) -> AsyncIterator[Stack]:
    """The desk that most tests use."""
    team = {"language": "en", "undo_window": UNDO_WINDOW}
    desk = Stack(binary, scratch / "desk", USERS, team=team, database=database)
    async with running(desk):
        yield desk


@pytest.fixture(scope="session")
async def ayu(stack: Stack) -> Agent:
    """An agent."""
    return await stack.agent("ayu")


@pytest.fixture(scope="session")
async def budi(stack: Stack) -> Agent:
    """A supervisor."""
    return await stack.agent("budi")


@pytest.fixture(scope="session")
async def citra(stack: Stack) -> Agent:
    """An agent who accepts invitations to spaces only."""
    return await stack.agent("citra", accepts=lambda room: room.is_space)


@pytest.fixture(scope="session")
async def mallory(stack: Stack) -> Agent:
    """A user of the homeserver who is nobody to the desk."""
    return await stack.agent("mallory")


@pytest.fixture(scope="session")
async def loket_space(ayu: Agent) -> Room:
    """The space that everything is in, as ayu sees it."""
    return await ayu.finds(
        lambda room: room.is_space and room.name == "Loket", what="the space Loket"
    )


Opens = Callable[..., Awaitable[Conversation]]


@pytest.fixture
def opens(stack: Stack, ayu: Agent) -> Opens:
    """Opens a conversation by a new customer's line, seen by ayu."""

    async def open_(name: str, text: str = "Halo, ada orang?") -> Conversation:
        return await Conversation.opens(stack, ayu, name, text)

    return open_


@pytest.fixture
async def simulator_heals(stack: Stack) -> AsyncIterator[None]:
    """Ends the faults that a test has set, however the test ends."""
    yield
    await stack.simulator.heal()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Show the last lines of every log with a failure."""
    report = yield
    if report.failed:
        for desk in desks:
            for process in desk.processes:
                report.sections.append((f"log of {process.name}", process.tail(40)))
    return report
