//! The Matrix side: trait `Homeserver`, client, registration, transactions, rooms.
