//! What `SQLite` says in its own way: one transaction writes at a time.

use crate::store::dialect::{Dialect, dialect};

/// Nobody else takes anything meanwhile.
pub(in crate::store) const DIALECT: Dialect = dialect!(" IN (", ")", "$3", None);
