"""A customer: a person with a phone, played through the simulator."""

import json
from collections.abc import Callable
from typing import Any

from .account import Account
from .simulator import Simulator
from .wait import eventually

Message = dict[str, Any]


class Customer:
    """One phone that knows one business number."""

    def __init__(self, simulator: Simulator, account: Account, key: str, name: str) -> None:
        self.key = key
        self.name = name
        self._simulator = simulator
        self._account = account

    @classmethod
    async def arrives(
        cls, simulator: Simulator, account: Account, key: str, name: str, **details: Any
    ) -> "Customer":
        """Add a customer to the simulator. `details`: phone, user_id, username, hide_phone."""
        await simulator.control("PUT", f"customers/{key}", {"name": name, **details})
        return cls(simulator, account, key, name)

    async def says(self, text: str, *, reply_to: str | None = None) -> str:
        """Send a text to the business; the message's id."""
        body = {"to": self._account.phone_number_id, "text": text}
        if reply_to is not None:
            body["reply_to"] = reply_to
        answer = await self._simulator.control("POST", self._path("messages"), body)
        return answer["id"]

    async def is_heard(self, message_id: str, *, times: int = 1, within: float = 20.0) -> None:
        """Wait until the business has taken the message's webhook, `times` times.

        Webhooks that are on their way at once may overtake each other, as Meta's do. A
        line that is written after this one was heard comes behind it.
        """

        async def probe() -> bool:
            taken = [
                delivery
                for delivery in await self._simulator.deliveries()
                if delivery["status"] == 200 and message_id in json.dumps(delivery["body"])
            ]
            return len(taken) >= times

        await eventually(probe, what=f"{message_id} is taken {times} times", within=within)

    async def reads(self) -> None:
        """Open the chat, so that everything in it is read."""
        body = {"to": self._account.phone_number_id}
        await self._simulator.control("POST", self._path("read"), body)

    async def received(self) -> list[Message]:
        """What the business has sent to this phone, oldest first."""
        answer = await self._simulator.control("GET", self._path("received"))
        return answer["messages"]

    async def texts(self) -> list[str]:
        """The texts the business has sent to this phone, oldest first."""
        return [message["text"] for message in await self.received()]

    async def knows_as_read(self, message_id: str, *, within: float = 20.0) -> None:
        """Wait until a message of the customer's shows as read on their phone."""

        async def probe() -> bool:
            answer = await self._simulator.control("GET", self._path("conversation"))
            return any(m["id"] == message_id and m["seen"] for m in answer["messages"])

        await eventually(probe, what=f"{message_id} shows as read", within=within)

    async def gets(
        self, where: Callable[[Message], Any], *, what: str, within: float = 20.0
    ) -> Message:
        """Wait for a message of the business."""

        async def probe() -> Message | None:
            return next(filter(where, await self.received()), None)

        return await eventually(probe, what=f"{self.name} gets {what}", within=within)

    async def gets_text(self, text: str, *, within: float = 20.0) -> Message:
        """Wait for a message whose text is exactly `text`."""
        return await self.gets(
            lambda message: message["text"] == text, what=f"«{text}»", within=within
        )

    def _path(self, action: str) -> str:
        """The control API's path of something this customer does."""
        return f"customers/{self.key}/{action}"
