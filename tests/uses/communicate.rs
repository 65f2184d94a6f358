//! The real uses of `communicate`.
