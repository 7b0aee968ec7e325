//! Bytes to messages.

use super::{Frame, Message};
use crate::limits::{AMI_BANNER_BYTES_MAX, AMI_HEADERS_MAX, AMI_MESSAGE_BYTES_MAX};

/// Beginning of every Asterisk's banner.
const BANNER: &[u8] = b"Asterisk Call Manager/";

/// End of a message.
const END: &[u8] = b"\r\n\r\n";

/// Bytes that are no AMI, and behind which nothing can be found: the connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmiError {
    /// The first line is another program's.
    #[error("no Asterisk manager interface answers there: is this the port of AMI (5038)?")]
    NotAsterisk,
    /// A block does not end.
    #[error("the message at byte {offset} has more than {AMI_MESSAGE_BYTES_MAX} bytes")]
    TooLong {
        /// Offset of its first byte, counted from the connection's start.
        offset: u64,
    },
}

/// Reads what Asterisk sends on one connection. It is total: any bytes, cut anywhere, give the same frames. It holds no
/// more than one incomplete message.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The start of a frame whose end has not come.
    partial: Vec<u8>,
    /// Of `partial`, in which no end was found.
    searched: usize,
    /// Bytes of all frames before `partial`.
    position: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    #[default]
    Banner,
    Messages,
    Lost(AmiError),
}

impl Decoder {
    /// A decoder at the start of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Offset of the next frame, in bytes from the connection's start.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes of an incomplete frame that wait for the rest.
    pub fn buffered_bytes(&self) -> usize {
        self.partial.len()
    }

    /// Takes bytes off the front of `input` until a frame is complete and returns it; `None` when `input` is used up.
    ///
    /// # Errors
    /// The stream can't be followed. The rest of `input` is dropped, and whatever comes later gives the same error.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, AmiError> {
        let frame = match self.stage {
            Stage::Lost(error) => {
                return if std::mem::take(input).is_empty() { Ok(None) } else { Err(error) };
            }
            Stage::Banner => self.banner(input),
            Stage::Messages => self.message(input),
        };
        if let Err(error) = frame {
            self.stage = Stage::Lost(error);
            self.partial = Vec::new();
            *input = &[];
        }
        frame
    }

    fn banner(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, AmiError> {
        let line_end = input.iter().position(|byte| *byte == b'\n');
        let taken = line_end.map_or(input.len(), |at| at + 1);
        self.partial.extend_from_slice(&input[..taken]);
        *input = &input[taken..];
        let compared = self.partial.len().min(BANNER.len());
        if self.partial[..compared] != BANNER[..compared] || self.partial.len() > AMI_BANNER_BYTES_MAX {
            return Err(AmiError::NotAsterisk);
        }
        if line_end.is_none() {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&self.partial).trim_end().to_owned();
        self.stage = Stage::Messages;
        self.taken_in();
        Ok(Some(Frame::Banner(line)))
    }

    fn message(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, AmiError> {
        loop {
            // The end may lie across what was there and what has come.
            let from = self.searched.saturating_sub(END.len() - 1);
            let had = self.partial.len();
            let room = (AMI_MESSAGE_BYTES_MAX + END.len()).saturating_sub(had);
            let taken = input.len().min(room);
            self.partial.extend_from_slice(&input[..taken]);
            let Some((block, end)) = end_of_block(&self.partial, from) else {
                *input = &input[taken..];
                self.searched = self.partial.len();
                // Its end may come yet behind the longest message, wherever that is cut.
                return match self.partial.len() < AMI_MESSAGE_BYTES_MAX + END.len() {
                    true => Ok(None),
                    false => Err(AmiError::TooLong { offset: self.position }),
                };
            };
            *input = &input[end.saturating_sub(had)..];
            self.partial.truncate(end);
            let message = (block > 0).then(|| Message::read(&self.partial[..block], AMI_HEADERS_MAX));
            self.taken_in();
            // An empty line more is nothing.
            if let Some(message) = message {
                return Ok(Some(Frame::Message(message)));
            }
        }
    }

    fn taken_in(&mut self) {
        self.position += self.partial.len() as u64;
        self.searched = 0;
        if self.partial.capacity() > AMI_MESSAGE_BYTES_MAX / 8 {
            self.partial = Vec::new();
        } else {
            self.partial.clear();
        }
    }
}

/// End of a block's lines, and start of the next block. Only CR LF twice ends it: the text of some answers ends with an LF
/// of its own.
fn end_of_block(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    if bytes.starts_with(b"\r\n") {
        return Some((0, 2));
    }
    let found = bytes.get(from..)?.windows(END.len()).position(|window| window == END)?;
    Some((from + found, from + found + END.len()))
}
