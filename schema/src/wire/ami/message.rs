//! One block of headers that Asterisk sent.

use std::ops::Range;

use super::AmiEvent;
use crate::limits::AMI_WORD_BYTES_MAX;

/// An answer or an event. Names may repeat (`Variable`, `Output`) and keep their order.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    text: Box<str>,
    headers: Box<[Header]>,
}

#[derive(Clone, PartialEq, Eq)]
struct Header {
    name: Range<u32>,
    value: Range<u32>,
}

impl Message {
    /// Reads a block without its final empty line. Lines without a colon are skipped. A line is split at its first `": "`; a
    /// value may be empty, with or without the space.
    ///
    /// A line that isn't UTF-8 is read as Latin-1, so that a caller's name from an old telephone keeps its letters.
    pub(super) fn read(block: &[u8], headers_max: usize) -> Self {
        let mut text = String::with_capacity(block.len());
        let mut headers = Vec::new();
        for line in block.split(|byte| *byte == b'\n').map(without_cr).take(headers_max) {
            let begins = text.len();
            match std::str::from_utf8(line) {
                Ok(line) => text.push_str(line),
                Err(_) => text.extend(line.iter().map(|byte| char::from(*byte))),
            }
            match header(&text[begins..]) {
                Some((name, value)) => headers.push(Header {
                    name: place(begins + name.start, begins + name.end),
                    value: place(begins + value.start, begins + value.end),
                }),
                None => text.truncate(begins),
            }
        }
        Self { text: text.into(), headers: headers.into() }
    }

    /// Returns the bytes of memory that it takes.
    pub fn memory_bytes(&self) -> usize {
        self.text.len() + self.headers.len() * size_of::<Header>()
    }

    /// Like [`Self::text_of`], if the text is short and plain, as ids, channel names and numbers are: such words are stored.
    pub(super) fn word_of(&self, name: &str) -> Option<&str> {
        let is_word = |value: &&str| value.len() <= AMI_WORD_BYTES_MAX && !value.contains(char::is_control);
        self.text_of(name).filter(is_word)
    }

    fn at(&self, range: &Range<u32>) -> &str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    /// Returns all headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|header| (self.at(&header.name), self.at(&header.value)))
    }

    /// Returns the first value of that name; names are case-insensitive.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Like [`Self::get`], but none if the value is empty or `<unknown>`.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty() && *value != "<unknown>")
    }

    /// Returns a value that is a number.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.parse().ok()
    }

    /// Returns all values of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers().filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns the event; none for an answer, and for an event that we don't use.
    pub fn event(&self) -> Option<AmiEvent> {
        AmiEvent::of(self.get("Event")?)
    }

    /// Whether it answers an action.
    pub fn is_answer(&self) -> bool {
        self.get("Response").is_some() && self.get("Event").is_none()
    }

    /// Returns the id of the action that it belongs to. In some entries of lists it is the last line.
    pub fn action_id(&self) -> Option<&str> {
        self.get("ActionID")
    }

    /// Whether it ends a list.
    pub fn ends_list(&self) -> bool {
        self.get("EventList").is_some_and(|list| list.eq_ignore_ascii_case("complete"))
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.headers()).finish()
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Returns the positions of name and value in a line.
fn header(line: &str) -> Option<(Range<usize>, Range<usize>)> {
    let (name, value) = match line.find(": ") {
        Some(colon) => (0..colon, colon + 2..line.len()),
        None => (0..line.strip_suffix(':')?.len(), line.len()..line.len()),
    };
    (!name.is_empty()).then_some((name, value))
}

/// Returns a range of a block, which has far fewer bytes than 4 GiB.
fn place(from: usize, to: usize) -> Range<u32> {
    u32::try_from(from).unwrap_or(u32::MAX)..u32::try_from(to).unwrap_or(u32::MAX)
}
