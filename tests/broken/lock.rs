//! The broken forms of `lock`.
