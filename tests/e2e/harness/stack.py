"""Everything together: homeserver, simulator, daemon and the people of a team."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .account import Account
from .agent import Agent
from .customer import Customer
from .loket import Loket
from .process import Process
from .proxy import Proxy
from .room import Room
from .simulator import Simulator
from .synapse import Synapse


@dataclass(frozen=True)
class User:
    """A Matrix user of the desk's homeserver."""

    name: str
    display_name: str
    password: str
    #: The role in the team; `None` for somebody who does not belong to it.
    role: str | None = None


class Stack:
    """One desk in a folder: started in order, stopped in the reverse one."""

    def __init__(
        self,
        binary: Path,
        folder: Path,
        users: list[User],
        *,
        team: dict[str, Any] | None = None,
        homeserver: dict[str, Any] | None = None,
        ports: dict[str, int] | None = None,
        proxied: bool = False,
        database: str | None = None,
    ) -> None:
        """`team` and `homeserver` are laid over the daemon's and Synapse's configuration.

        `ports` fixes the port of `synapse` or of `simulator`. `proxied` puts a proxy
        that can fail between the daemon and its homeserver. `database` is its URL;
        a file of its own without.
        """
        ports = ports or {}
        self.account = Account()
        self.users = {user.name: user for user in users}
        self.agents: dict[str, Agent] = {}
        self.loket = Loket(binary, folder / "loket")
        self.simulator = Simulator(binary, folder / "simulator", port=ports.get("simulator"))
        self.synapse = Synapse(
            folder / "synapse",
            registrations=[self.loket.registration],
            port=ports.get("synapse"),
            extra=homeserver,
        )
        self.proxy = Proxy(self.synapse.port) if proxied else None
        self._database = database
        self._team = team or {}
        self._names: list[str] = []

    @property
    def processes(self) -> list[Process]:
        """What runs, in the order it is started."""
        return [self.synapse.process, self.simulator.process, self.loket.process]

    async def start(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Bring everything up; `say` hears each step when it is done."""
        if self.proxy is not None:
            await self.proxy.start()
        self.loket.configure(
            homeserver=self.synapse.url if self.proxy is None else self.proxy.url,
            domain=self.synapse.domain,
            graph=self.simulator.url,
            account=self.account,
            roles=self._roles(),
            team=self._team,
            database=self._database,
        )
        say("configuration written and checked, registration written")
        await self.synapse.start()
        say(f"homeserver (Synapse) answers at {self.synapse.url}")
        for user in self.users.values():
            await self.synapse.register(user.name, user.password, user.display_name)
        say(f"users registered: {', '.join(self.users)}")
        await self.simulator.start()
        webhook = f"{self.loket.webhooks}/{self.account.id}"
        # Before the daemon, which may ask about its number as soon as it starts …
        await self.simulator.add_account(self.account, webhook)
        say(f"simulator answers at {self.simulator.url}")
        await self.loket.start()
        # … and after it, since only a running daemon answers the challenge.
        if not await self.simulator.add_account(self.account, webhook):
            raise AssertionError(f"{webhook} did not answer Meta's challenge")
        say(f"loket is ready, and its webhook verified: {webhook}")

    async def stop(self) -> None:
        """Log the agents out of their syncs and end every process."""
        for agent in self.agents.values():
            await agent.close()
        self.loket.stop()
        await self.simulator.stop()
        self.synapse.stop()
        if self.proxy is not None:
            await self.proxy.stop()

    async def agent(
        self, name: str, *, accepts: Callable[[Room], bool] = lambda _: True
    ) -> Agent:
        """A user's client; logged in at the first call."""
        if name not in self.agents:
            password = self.users[name].password
            agent = await Agent.login(self.synapse.url, name, password, accepts=accepts)
            self.agents[name] = agent
        return self.agents[name]

    async def customer(self, name: str, **details: Any) -> Customer:
        """A new customer with a phone of their own.

        A name that was there before gets a number, so that it finds one room.
        """
        number = len(self._names) + 1
        namesakes = self._names.count(name)
        self._names.append(name)
        if namesakes:
            name = f"{name} {namesakes + 1}"
        details = {"phone": f"1202555{number:04d}", **details}
        return await Customer.arrives(
            self.simulator, self.account, f"c{number}", name, **details
        )

    def _roles(self) -> dict[str, str]:
        """The team's members and their roles, by user id."""
        domain = self.synapse.domain
        return {
            f"@{user.name}:{domain}": user.role
            for user in self.users.values()
            if user.role is not None
        }
