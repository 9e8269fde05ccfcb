//! Lanes at work on a real store.
