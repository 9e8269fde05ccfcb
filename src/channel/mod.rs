//! Channels to customers: the trait, its capabilities, the registry.
