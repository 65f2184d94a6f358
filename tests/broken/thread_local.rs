//! The broken forms of `thread-local`.
