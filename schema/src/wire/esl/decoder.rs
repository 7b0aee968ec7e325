//! Bytes to frames.

use super::event::{Event, HeaderLine, HeaderLines, utf8};
use super::{Frame, Notice, Reply};
use crate::limits::{ESL_BODY_BYTES_MAX, ESL_HEADER_BYTES_MAX, SWITCH_WORDS_BYTES_MAX};

/// Bytes of memory that a decoder keeps between frames; the memory of a larger frame is released after it.
const BUFFER_KEPT_BYTES: usize = 16 * 1_024;

/// Bytes that aren't a frame. No other frame can be found after them: close the connection. Offsets are in bytes from the
/// connection's start, and refer to the first byte of the frame.
///
/// Any other error still gives a frame with the readable part: a header line without a colon, an event whose own length is wrong,
/// truncated JSON, text that isn't UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EslError {
    /// The connection's first line isn't a header.
    #[error("the connection doesn't start with a header line: this isn't a FreeSWITCH event socket")]
    NotFreeswitch,
    /// The header block doesn't end.
    #[error("the header block at byte {offset} has more than {max} bytes")]
    HeadersTooLong {
        /// Offset of the frame's first byte.
        offset: u64,
        /// [`ESL_HEADER_BYTES_MAX`].
        max: usize,
    },
    /// A `Content-Length` that isn't a number.
    #[error("the frame at byte {offset} has a Content-Length that isn't a number")]
    BadLength {
        /// Offset of the frame's first byte.
        offset: u64,
    },
    /// The announced body is longer than this decoder accepts.
    #[error("the frame at byte {offset} announces a body of {len} bytes, at most {max} are accepted")]
    BodyTooLong {
        /// Offset of the frame's first byte.
        offset: u64,
        /// Bytes, as announced.
        len: u64,
        /// Maximum bytes that the decoder accepts.
        max: usize,
    },
}

/// Decodes what FreeSWITCH sends on one connection.
///
/// It is total: any bytes, split anywhere, give the same frames. Frames are found by their length alone, because nothing
/// separates a body from the next frame. It holds at most one incomplete frame.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// The start of a frame whose end hasn't come.
    partial: Vec<u8>,
    /// Bytes of all frames before `partial`.
    position: u64,
    stage: Stage,
    body_bytes_max: usize,
}

/// The missing part of `partial`.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The end of the header block.
    Headers,
    /// Bytes of the body.
    Body { header_bytes: usize, frame_bytes: usize },
    /// Nothing: no further frame can be found.
    Lost(EslError),
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_body_bytes_max(ESL_BODY_BYTES_MAX)
    }
}

impl Decoder {
    /// Returns a decoder at the start of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a decoder that accepts bodies of up to this many bytes, where [`ESL_BODY_BYTES_MAX`] is too much.
    pub fn with_body_bytes_max(body_bytes_max: usize) -> Self {
        Self { partial: Vec::new(), position: 0, stage: Stage::Headers, body_bytes_max }
    }

    /// Returns the offset of the next frame, in bytes from the connection's start.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the number of bytes of an incomplete frame that wait for the rest.
    pub fn buffered_bytes(&self) -> usize {
        self.partial.len()
    }

    /// Takes bytes off the front of `input` until a frame is complete and returns it; `None` when `input` is used up. Call it
    /// until it returns `None`, then read from the connection again.
    ///
    /// # Errors
    /// The stream can't be decoded any further. The rest of `input` is dropped, and later calls give the same error.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, EslError> {
        if let Stage::Lost(error) = self.stage {
            return if std::mem::take(input).is_empty() { Ok(None) } else { Err(error) };
        }
        let frame = self.next_frame(input);
        if let Err(error) = frame {
            self.stage = Stage::Lost(error);
            self.partial = Vec::new();
            *input = &[];
        }
        frame
    }

    fn next_frame(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, EslError> {
        if matches!(self.stage, Stage::Headers) {
            if !self.take_headers(input)? {
                return Ok(None);
            }
            let header_bytes = self.partial.len();
            let frame_bytes = header_bytes + self.body_bytes()?;
            self.stage = Stage::Body { header_bytes, frame_bytes };
        }
        let Stage::Body { header_bytes, frame_bytes } = self.stage else { return Ok(None) };
        let missing = (frame_bytes - self.partial.len()).min(input.len());
        let (taken, rest) = input.split_at(missing);
        self.partial.extend_from_slice(taken);
        *input = rest;
        if self.partial.len() < frame_bytes {
            return Ok(None);
        }
        let (headers, body) = self.partial.split_at(header_bytes);
        let frame = frame(headers, body);
        self.position += frame_bytes as u64;
        self.partial.clear();
        self.partial.shrink_to(BUFFER_KEPT_BYTES);
        self.stage = Stage::Headers;
        Ok(Some(frame))
    }

    /// Moves lines from `input` up to and including the empty one that ends a header block; returns whether it was there. Empty
    /// lines before a block are skipped: `getvar` of a text that ends in a newline leaves one.
    fn take_headers(&mut self, input: &mut &[u8]) -> Result<bool, EslError> {
        while !input.is_empty() {
            let newline = input.iter().position(|byte| *byte == b'\n');
            let (line, rest) = input.split_at(newline.map_or(input.len(), |index| index + 1));
            self.partial.extend_from_slice(line);
            *input = rest;
            if self.partial.len() > ESL_HEADER_BYTES_MAX {
                return Err(EslError::HeadersTooLong { offset: self.position, max: ESL_HEADER_BYTES_MAX });
            }
            if newline.is_none() {
                break;
            }
            if self.partial == b"\n" {
                self.partial.clear();
                self.position += 1;
            } else if self.partial.ends_with(b"\n\n") {
                return Ok(true);
            } else if self.position == 0 && is_one_line(&self.partial) && is_loose_line(&self.partial) {
                return Err(EslError::NotFreeswitch);
            }
        }
        Ok(false)
    }

    /// Returns the bytes of the body that the header block in `partial` announces. A reply has none, whatever its text looks
    /// like.
    fn body_bytes(&self) -> Result<usize, EslError> {
        let offset = self.position;
        let block = utf8(&self.partial);
        let length = match outer(&block, "Content-Length") {
            Some(length) if outer(&block, "Content-Type") != Some(REPLY) => length.trim(),
            _ => return Ok(0),
        };
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(EslError::BadLength { offset });
        }
        // Digits that don't fit into a u64 are too large.
        let len = length.parse().unwrap_or(u64::MAX);
        let max = self.body_bytes_max;
        usize::try_from(len).ok().filter(|len| *len <= max).ok_or(EslError::BodyTooLong { offset, len, max })
    }
}

const REPLY: &str = "command/reply";

/// Whether these complete lines are just one. It checks no more than that: a block has many lines, and each triggers the check.
fn is_one_line(lines: &[u8]) -> bool {
    lines.iter().position(|byte| *byte == b'\n').is_some_and(|end| end + 1 == lines.len())
}

/// Whether this line isn't a header.
fn is_loose_line(line: &[u8]) -> bool {
    matches!(HeaderLines::new(&utf8(line)).next(), Some(HeaderLine::Loose(_)))
}

/// Returns the first header of that name in an outer header block, unchanged.
fn outer<'a>(block: &'a str, wanted: &str) -> Option<&'a str> {
    HeaderLines::new(block).find_map(|line| match line {
        HeaderLine::Header { name, value } if name == wanted => Some(value),
        _ => None,
    })
}

fn text(bytes: &[u8]) -> String {
    utf8(bytes).into_owned()
}

/// Returns the switch's text, for people who read the log.
fn words(body: &[u8]) -> String {
    let body = body.trim_ascii();
    text(&body[..body.len().min(SWITCH_WORDS_BYTES_MAX)])
}

fn frame(headers: &[u8], body: &[u8]) -> Frame {
    let block = utf8(headers);
    match outer(&block, "Content-Type").unwrap_or_default() {
        REPLY if is_channel_data(&block) => Frame::ChannelData(Event::plain(headers)),
        REPLY => {
            let job_uuid = outer(&block, "Job-UUID").map(str::to_owned);
            Frame::Reply(Reply { text: reply_text(&block), job_uuid })
        }
        "auth/request" => Frame::AuthRequest,
        "api/response" => Frame::ApiResponse(text(body)),
        "text/event-plain" => Frame::Event(Event::plain(body)),
        "text/event-json" => Frame::Event(Event::json(body)),
        "text/disconnect-notice" => Frame::Disconnect(notice(&block, body)),
        "text/rude-rejection" => Frame::Rejected(words(body)),
        other => Frame::Other { content_type: other.to_owned(), body: text(body) },
    }
}

/// Whether it is the answer to `connect`, the only block that starts with an event's name.
fn is_channel_data(block: &str) -> bool {
    block.starts_with("Event-Name: CHANNEL_DATA\n")
}

/// Returns the value of `Reply-Text` with the following lines that aren't headers.
fn reply_text(block: &str) -> String {
    let mut joined = String::new();
    let mut is_reply = false;
    for line in HeaderLines::new(block) {
        match line {
            HeaderLine::Header { name, value } => {
                is_reply = name == "Reply-Text";
                if is_reply {
                    value.clone_into(&mut joined);
                }
            }
            HeaderLine::Loose(line) if is_reply => {
                joined.push('\n');
                joined.push_str(line);
            }
            HeaderLine::Loose(_) => {}
        }
    }
    joined
}

fn notice(block: &str, body: &[u8]) -> Notice {
    let channel = outer(block, "Controlled-Session-UUID").map(str::to_owned);
    if outer(block, "Content-Disposition") == Some("linger") {
        // Without a limit the value is -1.
        let seconds = outer(block, "Linger-Time").and_then(|number| number.parse().ok());
        Notice::Linger { channel, seconds }
    } else {
        Notice::Final { channel, text: words(body) }
    }
}
