"""A customer, the room of the conversation, and the agent who looks at it."""

from dataclasses import dataclass

from .agent import Agent
from .customer import Customer
from .room import Room
from .stack import Stack


@dataclass
class Conversation:
    """A conversation that a customer has just opened; the queue owns it."""

    customer: Customer
    #: The portal as `agent` sees it.
    room: Room
    agent: Agent
    #: The customer's Matrix user.
    ghost: str
    #: The customer's first line in the room, and its id on WhatsApp.
    first_event: str
    first_id: str

    @classmethod
    async def opens(
        cls, stack: Stack, agent: Agent, name: str, text: str = "Halo, ada orang?"
    ) -> "Conversation":
        """Let a new customer write, and wait until the agent sees the line."""
        customer = await stack.customer(name)
        first_id = await customer.says(text)
        room = await agent.finds(
            lambda room: f" {customer.name} · " in room.name,
            what=f"the room of {customer.name}",
            within=30,
        )
        event = await agent.sees_text(room, text)
        return cls(customer, room, agent, event["sender"], event["event_id"], first_id)

    async def seen_by(self, agent: Agent) -> Room:
        """The portal as another agent sees it."""
        return await agent.finds(lambda room: room.id == self.room.id, what=self.room.name)

    async def barrier(self, agent: Agent | None = None) -> list[str]:
        """Send a last line and wait for it; every text the customer has got before it.

        Lines of a conversation never overtake each other, so whatever was going
        to be sent before has arrived by then.
        """
        agent = agent or self.agent
        room = await self.seen_by(agent)
        last = f"barrier {len(await self.customer.received())}"
        await agent.says(room, last)
        await self.customer.gets_text(last, within=30)
        texts = await self.customer.texts()
        return [text for text in texts if not text.startswith("barrier ")]
