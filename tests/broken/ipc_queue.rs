//! The broken forms of `ipc-queue`.
