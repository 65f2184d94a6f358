//! The real uses of `thread-local`.
