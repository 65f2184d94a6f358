//! The real uses of `pool`.
