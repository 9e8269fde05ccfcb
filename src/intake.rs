//! The door through which everything from outside is stored.
