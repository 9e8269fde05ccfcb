//! The workers of the lanes: the only code that opens transactions.
