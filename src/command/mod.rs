//! Commands that agents type: trait, registry, parser, help, one file per command.
