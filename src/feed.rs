//! Reading a conversation by its `seq`.
