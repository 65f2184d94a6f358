//! The broken forms of `subprocess-call`.
