//! The broken forms of `communicate`.
