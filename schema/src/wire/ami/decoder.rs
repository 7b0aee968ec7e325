//! Bytes to messages.

use super::{Frame, Message};
use crate::limits::{AMI_BANNER_BYTES_MAX, AMI_HEADERS_MAX, AMI_MESSAGE_BYTES_MAX};

/// Beginning of every Asterisk banner.
const BANNER: &[u8] = b"Asterisk Call Manager/";

/// End of a message.
const END: &[u8] = b"\r\n\r\n";

/// Bytes that aren't AMI. Nothing can be decoded after them: close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmiError {
    /// The first line is from another program.
    #[error("no Asterisk manager interface answers there: check that this is the port of AMI (5038)")]
    NotAsterisk,
    /// A block doesn't end.
    #[error("the message at byte {offset} has more than {AMI_MESSAGE_BYTES_MAX} bytes")]
    TooLong {
        /// Offset of its first byte, counted from the connection's start.
        offset: u64,
    },
}

/// Decodes what Asterisk sends on one connection. It is total: any bytes, split anywhere, give the same frames. It holds at most
/// one incomplete message.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The start of a frame whose end hasn't come.
    partial: Vec<u8>,
    /// Bytes of `partial` that were already searched for an end.
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
    /// Returns a decoder at the start of a connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the offset of the next frame, in bytes from the connection's start.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the number of bytes of an incomplete frame that wait for the rest.
    pub fn buffered_bytes(&self) -> usize {
        self.partial.len()
    }

    /// Takes bytes off the front of `input` until a frame is complete and returns it; `None` when `input` is used up.
    ///
    /// # Errors
    /// The stream can't be decoded any further. The rest of `input` is dropped, and later calls give the same error.
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
            // The end may span the buffered and the new bytes.
            let from = self.searched.saturating_sub(END.len() - 1);
            let had = self.partial.len();
            let room = (AMI_MESSAGE_BYTES_MAX + END.len()).saturating_sub(had);
            let taken = input.len().min(room);
            self.partial.extend_from_slice(&input[..taken]);
            let Some((block, end)) = end_of_block(&self.partial, from) else {
                *input = &input[taken..];
                self.searched = self.partial.len();
                // The end may still come after the longest message, wherever the input is split.
                return match self.partial.len() < AMI_MESSAGE_BYTES_MAX + END.len() {
                    true => Ok(None),
                    false => Err(AmiError::TooLong { offset: self.position }),
                };
            };
            *input = &input[end.saturating_sub(had)..];
            self.partial.truncate(end);
            let message = (block > 0).then(|| Message::read(&self.partial[..block], AMI_HEADERS_MAX));
            self.taken_in();
            // An extra empty line is skipped.
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

/// Returns the end of a block's lines, and the start of the next block. Only CR LF twice ends a block: the text of some answers
/// ends with an LF of its own.
fn end_of_block(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    if bytes.starts_with(b"\r\n") {
        return Some((0, 2));
    }
    let found = bytes.get(from..)?.windows(END.len()).position(|window| window == END)?;
    Some((from + found, from + found + END.len()))
}
