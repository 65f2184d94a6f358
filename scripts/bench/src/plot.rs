//! stub
use crate::Done;
use crate::curves::Drawn;
use crate::rows::Compared;
pub fn draw(_: &[Compared], _: &[Drawn]) -> Done<String> { Ok(String::new()) }
