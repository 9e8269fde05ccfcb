//! Named tasks and the orderly stop.
