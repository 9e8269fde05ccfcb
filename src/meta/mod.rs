//! Meta's Graph API as a library: client, signature, errors, wire types.
