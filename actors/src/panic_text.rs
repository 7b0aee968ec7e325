//! Text of a panic, for the code that contains it.

use std::any::Any;

/// The text that a panic was raised with, from its payload.
pub fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}
