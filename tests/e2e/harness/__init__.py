"""A whole desk on loopback: homeserver, daemon, simulator, agents and customers.

The end-to-end tests and ``bin/demo`` drive the same classes. `Stack` puts the
processes together; `Agent` and `Customer` are the people who use them.
"""

from .account import Account
from .agent import Agent
from .conversation import Conversation
from .customer import Customer
from .database import Database
from .gateway import Gateway
from .loket import Loket
from .postgres import Postgres
from .process import Process
from .proxy import Proxy
from .relay import Relay
from .replicas import Replicas
from .room import Room
from .simulator import Simulator
from .stack import Stack, User
from .synapse import Synapse
from .wait import eventually

__all__ = [
    "Account",
    "Agent",
    "Conversation",
    "Customer",
    "Database",
    "Gateway",
    "Loket",
    "Postgres",
    "Process",
    "Proxy",
    "Relay",
    "Replicas",
    "Room",
    "Simulator",
    "Stack",
    "Synapse",
    "User",
    "eventually",
]
