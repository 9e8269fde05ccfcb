"""Everything together: homeserver, simulator, daemon and the people of a team."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .account import Account
from .agent import Agent
from .customer import Customer
from .gateway import Gateway
from .loket import Loket
from .process import Process
from .proxy import Proxy
from .replicas import Replicas
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
        behind_proxies: bool = False,
        behind_gateway: bool = False,
        database: str | None = None,
        loket: Replicas | None = None,
    ) -> None:
        """`team` and `homeserver` are laid over the daemon's and Synapse's configuration.

        `ports` fixes the port of `synapse` or of `simulator`. With `behind_proxies`
        daemon and homeserver reach each other only through `to_loket` and `to_synapse`;
        `behind_gateway` puts a gateway that can fail before the homeserver. `database`
        is its URL; a file of its own without. `loket` stands for several daemons
        instead of one.
        """
        ports = ports or {}
        self.account = Account()
        self.users = {user.name: user for user in users}
        self.agents: dict[str, Agent] = {}
        self.loket = loket or Loket(binary, folder / "loket")
        self.simulator = Simulator(binary, folder / "simulator", port=ports.get("simulator"))
        self.synapse = Synapse(
            folder / "synapse",
            registrations=[self.loket.registration],
            port=ports.get("synapse"),
            extra=homeserver,
        )
        self.to_loket = Proxy(self.loket.appservice)
        self.to_synapse = Proxy(f"127.0.0.1:{self.synapse.port}")
        self._behind_proxies = behind_proxies
        self.gateway = Gateway(self.synapse.port) if behind_gateway else None
        self._database = database
        self._team = team or {}
        self._names: list[str] = []

    @property
    def processes(self) -> list[Process]:
        """What runs, in the order it is started."""
        return [self.synapse.process, self.simulator.process, *self.loket.processes]

    async def start(self, say: Callable[[str], None] = lambda _: None) -> None:
        """Bring everything up; `say` hears each step when it is done."""
        homeserver = self.synapse.url
        if self._behind_proxies:
            self.loket.address = self.to_loket.url
            await self.to_loket.start()
            await self.to_synapse.start()
            homeserver = self.to_synapse.url
        if self.gateway is not None:
            await self.gateway.start()
            homeserver = self.gateway.url
        self.loket.configure(
            homeserver=homeserver,
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
        await self.to_loket.stop()
        await self.to_synapse.stop()
        if self.gateway is not None:
            await self.gateway.stop()

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
