//! The real uses of `ipc-queue`.
