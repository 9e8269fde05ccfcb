//! All SQL, a file per noun.
