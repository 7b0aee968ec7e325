//! An event: its headers and its body.

use std::borrow::Cow;
use std::fmt;

use super::event_json;
use super::event_name::{EventName, Subclass};
use crate::limits::ESL_HEADERS_MAX;

/// An event of FreeSWITCH, or another block of its headers, decoded.
///
/// Some 150 to 250 headers of which we read a few: their decoded names and values stand behind each other in one text, and
/// a header is found by looking through it. Text that is no UTF-8 has U+FFFD in place of what is none.
///
/// A value that holds `%` and two hex digits is ambiguous in the plain format, since FreeSWITCH does not escape it again:
/// `a%0Ab` is read with a newline in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Names and values, one behind the other without a gap.
    text: String,
    headers: Vec<Span>,
    body: Option<String>,
}

/// Where a header ends in the text; it starts where the one before it ends. Texts are shorter than 4 GB: a body has at
/// most [`ESL_BODY_BYTES_MAX`](crate::limits::ESL_BODY_BYTES_MAX) bytes, each of which becomes three at most.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Span {
    name_end: u32,
    value_end: u32,
}

impl Event {
    /// Reads the headers of a `text/event-plain`, and the body behind them where there is one. The inner `Content-Length`
    /// says how long that is; where it is missing or does not fit, the body is what is there.
    pub fn plain(bytes: &[u8]) -> Self {
        let (headers, rest) = split_at_empty_line(bytes);
        let mut writer = EventWriter::with_capacity(headers.len());
        for line in header_lines(headers) {
            if let HeaderLine::Header { name, value } = line {
                writer.encoded_header(name, value);
            }
        }
        let mut event = writer.finish();
        if !rest.is_empty() {
            let announced = event.number::<usize>("Content-Length").unwrap_or(rest.len());
            event.body = Some(String::from_utf8_lossy(&rest[..announced.min(rest.len())]).into_owned());
        }
        event
    }

    /// Reads a `text/event-json`, or the answer to `uuid_dump ... json`. Of JSON that breaks off it keeps what came before.
    pub fn json(bytes: &[u8]) -> Self {
        event_json::read(&String::from_utf8_lossy(bytes))
    }

    /// The value of the first header of that name, in whatever case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers().find_map(|(other, value)| other.eq_ignore_ascii_case(name).then_some(value))
    }

    /// The same, where it is there and has text.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The value of a header that is a number.
    pub fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.get(name)?.parse().ok()
    }

    /// A channel variable; the header `variable_NAME`.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables().find_map(|(other, value)| other.eq_ignore_ascii_case(name).then_some(value))
    }

    /// All headers in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.headers.iter().map(move |span| {
            let (name_end, value_end) = (span.name_end as usize, span.value_end as usize);
            let header = (&self.text[start..name_end], &self.text[name_end..value_end]);
            start = value_end;
            header
        })
    }

    /// All channel variables in their order, without the `variable_`.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers().filter_map(|(name, value)| Some((name.strip_prefix("variable_")?, value)))
    }

    /// What happened; `None` for an event that we have no use for.
    pub fn name(&self) -> Option<EventName> {
        self.get("Event-Name").and_then(EventName::of)
    }

    /// What happened, of a `CUSTOM` event.
    pub fn subclass(&self) -> Option<Subclass> {
        self.get("Event-Subclass").and_then(Subclass::of)
    }

    /// The channel that it happened to. Heartbeats and jobs have none.
    pub fn unique_id(&self) -> Option<&str> {
        self.text_of("Unique-ID")
    }

    /// Its number, which grows over the whole switch; gaps are normal with filters.
    pub fn sequence(&self) -> Option<u64> {
        self.number("Event-Sequence")
    }

    /// When it happened, in microseconds since 1970 on the switch's clock.
    pub fn at_us(&self) -> Option<u64> {
        self.number("Event-Date-Timestamp")
    }

    /// The body behind the headers.
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }
}

/// Names what happened and to whom, and no value else: they are numbers, names and secrets of callers.
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

/// Puts an event together, header by header.
pub(super) struct EventWriter {
    event: Event,
    /// A value while it is decoded.
    scratch: Vec<u8>,
}

impl EventWriter {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        // 40 bytes are a short header's; most have more.
        let headers = Vec::with_capacity((bytes / 40).min(ESL_HEADERS_MAX));
        Self { event: Event { text: String::with_capacity(bytes), headers, body: None }, scratch: Vec::new() }
    }

    /// A header as the plain format has it.
    fn encoded_header(&mut self, name: &[u8], value: &[u8]) {
        self.event.text.push_str(&String::from_utf8_lossy(name));
        let name_end = self.event.text.len();
        if value.contains(&b'%') {
            self.scratch.clear();
            decode_percent_into(value, &mut self.scratch);
            self.event.text.push_str(&String::from_utf8_lossy(&self.scratch));
        } else {
            self.event.text.push_str(&String::from_utf8_lossy(value));
        }
        self.close(name_end);
    }

    /// A header that needs no decoding.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.event.text.push_str(name);
        let name_end = self.event.text.len();
        self.event.text.push_str(value);
        self.close(name_end);
    }

    pub(super) fn body(&mut self, body: String) {
        self.event.body = Some(body);
    }

    /// Keeps the header whose value was just written, or takes it back where there are too many.
    fn close(&mut self, name_end: usize) {
        let value_end = self.event.text.len();
        match (u32::try_from(name_end), u32::try_from(value_end)) {
            (Ok(name_end), Ok(value_end)) if self.event.headers.len() < ESL_HEADERS_MAX => {
                self.event.headers.push(Span { name_end, value_end });
            }
            _ => {
                let kept = self.event.headers.last().map_or(0, |span| span.value_end as usize);
                self.event.text.truncate(kept);
            }
        }
    }

    pub(super) fn finish(self) -> Event {
        self.event
    }
}

/// One line of a header block.
#[derive(Clone, Copy)]
pub(super) enum HeaderLine<'a> {
    /// `Name: value`.
    Header { name: &'a [u8], value: &'a [u8] },
    /// A line that is no header: part of a text of several lines.
    Loose(&'a [u8]),
}

/// The lines of a block up to its empty one.
pub(super) fn header_lines(block: &[u8]) -> impl Iterator<Item = HeaderLine<'_>> {
    let lines = block.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    lines.map(|line| {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return HeaderLine::Loose(line) };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let is_name = !name.is_empty() && !name.iter().any(u8::is_ascii_whitespace);
        match value {
            [] if is_name => HeaderLine::Header { name, value },
            [b' ', value @ ..] if is_name => HeaderLine::Header { name, value },
            _ => HeaderLine::Loose(line),
        }
    })
}

/// The header lines, and what is behind the empty line that ends them.
fn split_at_empty_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").map_or(bytes.len(), |newline| newline + 2);
    bytes.split_at(end)
}

/// Undoes the percent-encoding of a plain event's value. A `%` that two hex digits do not follow stays as it is.
pub fn decode_percent(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let mut decoded = Vec::with_capacity(value.len());
    decode_percent_into(value.as_bytes(), &mut decoded);
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

fn decode_percent_into(encoded: &[u8], decoded: &mut Vec<u8>) {
    let mut rest = encoded;
    while let Some(percent) = rest.iter().position(|byte| *byte == b'%') {
        let (plain, escape) = rest.split_at(percent);
        decoded.extend_from_slice(plain);
        let byte = match escape {
            [_, high, low, ..] => hex_digit(*high).zip(hex_digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        let (byte, escape_bytes) = byte.map_or((b'%', 1), |byte| (byte, 3));
        decoded.push(byte);
        rest = &escape[escape_bytes..];
    }
    decoded.extend_from_slice(rest);
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|number| u8::try_from(number).ok())
}

/// The items of an array variable (`ARRAY::a|:b`); a value that is none is one item.
pub fn array_items(value: &str) -> impl Iterator<Item = &str> {
    let items = value.strip_prefix("ARRAY::");
    let lone = items.is_none().then_some(value);
    items.into_iter().flat_map(|items| items.split("|:")).chain(lone)
}
