//! The broken forms of `pool`.
