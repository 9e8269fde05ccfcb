//! What the desk says, in English and Indonesian.
