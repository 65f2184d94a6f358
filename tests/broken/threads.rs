//! The broken forms of `threads`.
