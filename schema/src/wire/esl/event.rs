//! An event: its headers and its body.

use std::borrow::Cow;
use std::fmt;

use super::event_json;
use super::event_name::{EventName, Subclass};
use crate::limits::ESL_HEADERS_MAX;

/// A FreeSWITCH event, or another block of its headers, decoded.
///
/// An event has 150 to 250 headers, of which we read a few. All decoded names and values are in one text, and a header is found
/// by searching it. Invalid UTF-8 becomes U+FFFD.
///
/// A value with `%` and two hex digits is ambiguous in the plain format, because FreeSWITCH doesn't escape it: `a%0Ab` is read
/// with a newline.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Names and values, one after the other without a gap.
    text: String,
    headers: Vec<Span>,
    body: Option<String>,
}

/// End of a header in the text; it starts at the end of the previous header. Texts are shorter than 4 GB: a body has at most
/// [`ESL_BODY_BYTES_MAX`](crate::limits::ESL_BODY_BYTES_MAX) bytes, each of which becomes at most three.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Span {
    name_end: u32,
    value_end: u32,
}

impl Event {
    /// Reads the headers of a `text/event-plain`, and the body, which is everything after them. The event's own `Content-Length`
    /// is ignored, because the frame's is the valid one.
    pub fn plain(bytes: &[u8]) -> Self {
        let text = utf8(bytes);
        let mut writer = EventWriter::with_capacity(text.len());
        let mut lines = HeaderLines::new(&text);
        for line in &mut lines {
            if let HeaderLine::Header { name, value } = line {
                writer.encoded_header(name, value);
            }
        }
        if !lines.rest.is_empty() {
            writer.body(lines.rest.to_owned());
        }
        writer.finish()
    }

    /// Reads a `text/event-json`, or the answer to `uuid_dump ... json`. The part before an error in the JSON is kept.
    pub fn json(bytes: &[u8]) -> Self {
        event_json::read(&utf8(bytes))
    }

    /// Returns the value of the first header of that name, ignoring case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers().find_map(|(other, value)| other.eq_ignore_ascii_case(name).then_some(value))
    }

    /// Returns the same, if it isn't empty.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Returns the value of a header that is a number.
    pub fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.get(name)?.parse().ok()
    }

    /// Returns a channel variable: the header `variable_NAME`.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables().find_map(|(other, value)| other.eq_ignore_ascii_case(name).then_some(value))
    }

    /// Returns all headers in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.headers.iter().map(move |span| {
            let (name_end, value_end) = (span.name_end as usize, span.value_end as usize);
            let header = (&self.text[start..name_end], &self.text[name_end..value_end]);
            start = value_end;
            header
        })
    }

    /// Returns all channel variables in their order, without the `variable_`.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers().filter_map(|(name, value)| Some((name.strip_prefix("variable_")?, value)))
    }

    /// Returns the name of the event; `None` for an event that we don't use.
    pub fn name(&self) -> Option<EventName> {
        self.get("Event-Name").and_then(EventName::of)
    }

    /// Returns the subclass of a `CUSTOM` event.
    pub fn subclass(&self) -> Option<Subclass> {
        self.get("Event-Subclass").and_then(Subclass::of)
    }

    /// Returns the channel that the event is about. Heartbeats and jobs have none.
    pub fn unique_id(&self) -> Option<&str> {
        self.text_of("Unique-ID")
    }

    /// Returns the caller's number, unless it is withheld: the trunk may send it to the switch in that case too
    /// (`P-Asserted-Identity` with `Privacy: id`).
    pub fn caller_number(&self) -> Option<&str> {
        self.text_of("Caller-Caller-ID-Number").filter(|_| !self.says("Caller-Privacy-Hide-Number"))
    }

    /// Returns the caller's name, unless it is withheld.
    pub fn caller_name(&self) -> Option<&str> {
        self.text_of("Caller-Caller-ID-Name").filter(|_| !self.says("Caller-Privacy-Hide-Name"))
    }

    fn says(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// Returns the body after the headers.
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }
}

/// Shows the event and its channel, and no other value: the others are numbers, names and secrets of callers.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("name", &self.get("Event-Name").unwrap_or_default())
            .field("subclass", &self.get("Event-Subclass"))
            .field("unique_id", &self.unique_id())
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.as_ref().map(String::len))
            .finish()
    }
}

/// Builds an event, header by header.
pub(super) struct EventWriter {
    event: Event,
    /// Buffer for a value that is being decoded.
    scratch: Vec<u8>,
}

impl EventWriter {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        // A short header has 40 bytes; most have more.
        let headers = Vec::with_capacity((bytes / 40).min(ESL_HEADERS_MAX));
        Self { event: Event { text: String::with_capacity(bytes), headers, body: None }, scratch: Vec::new() }
    }

    /// Adds a header in the plain format's encoding.
    fn encoded_header(&mut self, name: &str, value: &str) {
        if value.contains('%') {
            self.scratch.clear();
            decode_percent_into(value, &mut self.scratch);
            let decoded = std::mem::take(&mut self.scratch);
            self.header(name, &utf8(&decoded));
            self.scratch = decoded;
        } else {
            self.header(name, value);
        }
    }

    /// Adds a header that needs no decoding. Headers above the limit are skipped.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        if self.event.headers.len() >= ESL_HEADERS_MAX {
            return;
        }
        self.event.text.push_str(name);
        let name_end = self.event.text.len();
        self.event.text.push_str(value);
        let value_end = self.event.text.len();
        if let (Ok(name_end), Ok(value_end)) = (u32::try_from(name_end), u32::try_from(value_end)) {
            self.event.headers.push(Span { name_end, value_end });
        }
    }

    pub(super) fn body(&mut self, body: String) {
        self.event.body = Some(body);
    }

    pub(super) fn finish(self) -> Event {
        self.event
    }
}

/// Returns the bytes as text, with U+FFFD for invalid UTF-8. Nearly all bytes are valid, and the standard library's
/// `from_utf8_lossy` reads valid ones byte by byte: that took longer than all the rest of an event.
pub(super) fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// One line of a header block.
#[derive(Clone, Copy)]
pub(super) enum HeaderLine<'a> {
    /// `Name: value`.
    Header { name: &'a str, value: &'a str },
    /// A line that isn't a header: part of a text of several lines.
    Loose(&'a str),
}

/// Iterator over the lines of a header block, up to the empty one that ends it.
pub(super) struct HeaderLines<'a> {
    /// The text after the lines already read; in the end, the text after the block.
    rest: &'a str,
    is_at_end: bool,
}

impl<'a> HeaderLines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, is_at_end: false }
    }
}

impl<'a> Iterator for HeaderLines<'a> {
    type Item = HeaderLine<'a>;

    fn next(&mut self) -> Option<HeaderLine<'a>> {
        if self.is_at_end || self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.is_at_end = line.is_empty();
        (!line.is_empty()).then(|| HeaderLine::of(line))
    }
}

impl<'a> HeaderLine<'a> {
    fn of(line: &'a str) -> Self {
        let Some((name, value)) = line.split_once(':') else { return Self::Loose(line) };
        let is_name = !name.is_empty() && !name.bytes().any(|byte| byte.is_ascii_whitespace());
        match value.strip_prefix(' ') {
            Some(value) if is_name => Self::Header { name, value },
            None if is_name && value.is_empty() => Self::Header { name, value },
            _ => Self::Loose(line),
        }
    }
}

/// Undoes the percent-encoding of a plain event's value. A `%` without two hex digits after it stays unchanged.
pub fn decode_percent(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let mut decoded = Vec::with_capacity(value.len());
    decode_percent_into(value, &mut decoded);
    Cow::Owned(utf8(&decoded).into_owned())
}

fn decode_percent_into(encoded: &str, decoded: &mut Vec<u8>) {
    let mut rest = encoded;
    while let Some((plain, escape)) = rest.split_once('%') {
        decoded.extend_from_slice(plain.as_bytes());
        let byte = match escape.as_bytes() {
            [high, low, ..] => hex_digit(*high).zip(hex_digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        decoded.push(byte.unwrap_or(b'%'));
        rest = if byte.is_some() { &escape[2..] } else { escape };
    }
    decoded.extend_from_slice(rest.as_bytes());
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|number| u8::try_from(number).ok())
}

/// Returns the items of an array variable (`ARRAY::a|:b`); any other value is a single item.
pub fn array_items(value: &str) -> impl Iterator<Item = &str> {
    let items = value.strip_prefix("ARRAY::");
    let lone = items.is_none().then_some(value);
    items.into_iter().flat_map(|items| items.split("|:")).chain(lone)
}
