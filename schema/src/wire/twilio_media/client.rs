//! Messages that we send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Mark;
use crate::wire::twilio::StreamSid;

/// Appends sound to `text`, without clearing it: mu-law octets at 8 kHz, at least one, without a file header. Twilio plays sound
/// in order, and buffers what it gets early.
pub fn write_media(text: &mut String, stream: &StreamSid, octets: &[u8]) {
    text.reserve(96 + octets.len().div_ceil(3) * 4);
    head(text, "media", stream);
    text.push_str(r#","media":{"payload":""#);
    STANDARD.encode_string(octets, text);
    text.push_str(r#""}}"#);
}

/// Appends a mark to `text`: Twilio echoes it once all earlier sound was played.
pub fn write_mark(text: &mut String, stream: &StreamSid, mark: Mark) {
    head(text, "mark", stream);
    text.push_str(&format!(r#","mark":{{"name":"{mark}"}}}}"#));
}

/// Appends a `clear` to `text`: sound that wasn't played is discarded, and all marks are echoed.
pub fn write_clear(text: &mut String, stream: &StreamSid) {
    head(text, "clear", stream);
    text.push('}');
}

/// Writes the start of a message. A stream's name has only letters and digits, so nothing has to be escaped.
fn head(text: &mut String, event: &str, stream: &StreamSid) {
    text.push_str(r#"{"event":""#);
    text.push_str(event);
    text.push_str(r#"","streamSid":""#);
    text.push_str(stream.as_str());
    text.push('"');
}
