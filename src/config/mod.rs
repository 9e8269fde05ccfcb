//! Configuration: a file per section, defaults compiled in, every error with key and line.
