//! Messages that we send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Mark;
use crate::wire::twilio::StreamSid;

/// Appends sound to `text`, which is not cleared: mu-law octets of 8 kHz, at least one, without any file's header. Twilio
/// plays what it gets in order, and keeps whatever it gets early.
pub fn write_media(text: &mut String, stream: &StreamSid, octets: &[u8]) {
    text.reserve(96 + octets.len().div_ceil(3) * 4);
    head(text, "media", stream);
    text.push_str(r#","media":{"payload":""#);
    STANDARD.encode_string(octets, text);
    text.push_str(r#""}}"#);
}

/// Appends a mark to `text`: it is echoed once all sound before it was played.
pub fn write_mark(text: &mut String, stream: &StreamSid, mark: Mark) {
    head(text, "mark", stream);
    text.push_str(&format!(r#","mark":{{"name":"{mark}"}}}}"#));
}

/// Appends a `clear` to `text`: sound that was not played is discarded, and all marks are echoed.
pub fn write_clear(text: &mut String, stream: &StreamSid) {
    head(text, "clear", stream);
    text.push('}');
}

/// A stream's name holds letters and digits alone, so nothing has to be escaped.
fn head(text: &mut String, event: &str, stream: &StreamSid) {
    text.push_str(r#"{"event":""#);
    text.push_str(event);
    text.push_str(r#"","streamSid":""#);
    text.push_str(stream.as_str());
    text.push('"');
}
