//! A stream that passes incoming data to a WebSocket frame by frame.
//!
//! A WebSocket allocates room for a frame after everything that it has read, even if the frame's bytes are part of that. So it
//! would need twice the room of a typical message, or of several that arrive at once, and keep it. Here the bytes are read into a
//! buffer that connections share. A long frame's header is passed on first, and its content once there is room for it; nothing
//! after a frame is passed on with it.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of one read: about three pieces of a telephone's sound as providers send them.
const READ_BYTES: usize = 8 * 1_024;
/// Content that is passed on together with its header if all of it has arrived: it needs little room, and saves a step.
const SHORT_BYTES: u64 = 1_024;
/// Bytes of the longest header.
const HEADER_BYTES_MAX: usize = 14;
/// Beginning of the answer after which frames follow.
const SWITCHING: &[u8] = b"HTTP/1.1 101";
/// End of an answer's head.
const HEAD_END: &[u8] = b"\r\n\r\n";

thread_local! {
    /// Buffer of each read: a waiting connection holds none.
    static BUFFER: Cell<Option<Box<[u8; READ_BYTES]>>> = const { Cell::new(None) };
}

/// Bytes that were read, and are not all passed on.
#[derive(Debug)]
struct Came {
    buffer: Box<[u8; READ_BYTES]>,
    begin: usize,
    end: usize,
}

/// The position in the peer's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the answer to the WebSocket request.
    Answer,
    /// In a frame's header, of which this many bytes are known.
    Header { bytes: [u8; HEADER_BYTES_MAX], known: usize },
    /// In a frame's content, of which this many bytes follow.
    Content { left: u64 },
    /// Unknown: data is passed on as it arrives.
    Anywhere,
}

impl Place {
    /// Between two frames.
    const BETWEEN: Self = Self::Header { bytes: [0; HEADER_BYTES_MAX], known: 0 };

    /// Advances, and returns how many of these bytes are to be passed on now: all that there is room for, or fewer.
    fn pass(&mut self, bytes: &[u8], room: usize) -> usize {
        let bytes = &bytes[..bytes.len().min(room)];
        let (place, given) = match *self {
            Self::Answer => after_answer(bytes),
            Self::Header { bytes: begun, known } => after_header(begun, known, bytes),
            Self::Content { left } => {
                let given = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                (Self::before_content(left - given as u64), given)
            }
            Self::Anywhere => (Self::Anywhere, bytes.len()),
        };
        *self = place;
        given
    }

    fn before_content(left: u64) -> Self {
        if left == 0 { Self::BETWEEN } else { Self::Content { left } }
    }
}

/// Handles the handshake's answer. A refusal has a body after its head. An answer that arrives in pieces is rare, and the
/// position after it stays unknown.
fn after_answer(bytes: &[u8]) -> (Place, usize) {
    let end = bytes.windows(HEAD_END.len()).position(|part| part == HEAD_END);
    match end {
        Some(end) if bytes.starts_with(SWITCHING) => (Place::BETWEEN, end + HEAD_END.len()),
        _ => (Place::Anywhere, bytes.len()),
    }
}

fn after_header(begun: [u8; HEADER_BYTES_MAX], known: usize, bytes: &[u8]) -> (Place, usize) {
    let mut header = begun;
    let added = bytes.len().min(HEADER_BYTES_MAX - known);
    header[known..known + added].copy_from_slice(&bytes[..added]);
    let Some((header_len, content)) = lengths(&header[..known + added]) else {
        return (Place::Header { bytes: header, known: known + added }, added);
    };
    let rest = header_len - known;
    match usize::try_from(content) {
        Ok(short) if content <= SHORT_BYTES && bytes.len() - rest >= short => (Place::BETWEEN, rest + short),
        _ => (Place::before_content(content), rest),
    }
}

/// Returns the lengths of a header and of its content, once the header is complete.
fn lengths(header: &[u8]) -> Option<(usize, u64)> {
    let [_, second, after @ ..] = header else { return None };
    let (length_bytes, content) = match second & 0x7f {
        126 => (2, u64::from(u16::from_be_bytes(*after.first_chunk()?))),
        127 => (8, u64::from_be_bytes(*after.first_chunk()?)),
        short => (0, u64::from(short)),
    };
    let mask_bytes = if second & 0x80 == 0 { 0 } else { 4 };
    let header_len = 2 + length_bytes + mask_bytes;
    (header.len() >= header_len).then_some((header_len, content))
}

/// See the module's description.
#[derive(Debug)]
pub(in crate::assistant) struct ByFrame<S> {
    stream: S,
    place: Place,
    came: Option<Came>,
}

impl<S> ByFrame<S> {
    /// Returns a client's stream that has not requested the WebSocket yet.
    pub(in crate::assistant) fn of(stream: S) -> Self {
        Self { stream, place: Place::Answer, came: None }
    }
}

impl<S: AsyncRead + Unpin> ByFrame<S> {
    /// Polls the next bytes; `None` once the peer has sent its last.
    fn poll_came(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Came>>> {
        let mut buffer = BUFFER.take().unwrap_or_else(|| Box::new([0; READ_BYTES]));
        let mut room = ReadBuf::new(&mut buffer[..]);
        let polled = Pin::new(&mut self.stream).poll_read(cx, &mut room);
        let end = room.filled().len();
        match polled {
            Poll::Ready(Ok(())) if end > 0 => Poll::Ready(Ok(Some(Came { buffer, begin: 0, end }))),
            nothing => {
                BUFFER.set(Some(buffer));
                nothing.map_ok(|()| None)
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ByFrame<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.came.is_none() {
            this.came = ready!(this.poll_came(cx))?;
        }
        let Some(came) = &mut this.came else { return Poll::Ready(Ok(())) };
        let bytes = &came.buffer[came.begin..came.end];
        let given = this.place.pass(bytes, buffer.remaining());
        buffer.put_slice(&bytes[..given]);
        came.begin += given;
        if came.begin == came.end {
            BUFFER.set(this.came.take().map(|came| came.buffer));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ByFrame<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

    use super::*;

    /// Memory of a call: each message's text stays where it was read.
    #[tokio::test]
    async fn messages_arriving_together_are_read_into_one_buffer() {
        const ROOM: usize = 4_096;
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let ours = ByFrame { place: Place::BETWEEN, ..ByFrame::of(ours) };
        let config = WebSocketConfig::default().read_buffer_size(ROOM);
        let mut ours = WebSocketStream::from_raw_socket(ours, Role::Client, Some(config)).await;
        let mut theirs = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
        let lengths = [2_200, 300, 2_400, 0, 1_100, 4_000];
        let (mut first, mut last) = (usize::MAX, 0);
        for _ in 0..20 {
            for length in lengths {
                theirs.feed(Message::text("a".repeat(length))).await.unwrap();
            }
            theirs.flush().await.unwrap();
            for length in lengths {
                let text = ours.next().await.unwrap().unwrap().into_text().unwrap();
                assert_eq!(text.as_str(), "a".repeat(length));
                if length > 0 {
                    let at = text.as_str().as_ptr().addr();
                    (first, last) = (first.min(at), last.max(at + length));
                }
            }
        }
        assert!(last - first <= ROOM, "the texts lay in {} bytes", last - first);
    }

    fn frame(content: usize, mask: bool) -> Vec<u8> {
        let bit = if mask { 0x80 } else { 0 };
        let mut frame = match content {
            0..126 => vec![0x81, bit | content as u8],
            126..65_536 => [&[0x81, bit | 126][..], &(content as u16).to_be_bytes()].concat(),
            _ => [&[0x81, bit | 127][..], &(content as u64).to_be_bytes()].concat(),
        };
        let mask_bytes = if mask { 4 } else { 0 };
        frame.resize(frame.len() + mask_bytes + content, b'a');
        frame
    }

    #[test]
    fn a_read_never_crosses_the_end_of_a_frame() {
        let contents = [0, 1, 125, 126, 1_024, 1_025, 65_535, 65_536, 3];
        for (mask, piece, room) in
            [(false, 1, 9), (true, 3, 100), (false, 7_000, 4_096), (true, 200_000, 200_000)]
        {
            let frames: Vec<Vec<u8>> = contents.map(|content| frame(content, mask)).into();
            let ends: Vec<usize> = frames
                .iter()
                .scan(0, |end, frame| {
                    *end += frame.len();
                    Some(*end)
                })
                .collect();
            let mut place = Place::BETWEEN;
            let mut at = 0;
            for mut bytes in frames.concat().chunks(piece) {
                while !bytes.is_empty() {
                    let given = place.pass(bytes, room);
                    assert!(given > 0, "at {at}");
                    let crossed = ends.iter().find(|end| (at + 1..at + given).contains(*end));
                    assert_eq!(crossed, None, "{given} bytes from {at} on");
                    at += given;
                    bytes = &bytes[given..];
                    assert_eq!(place == Place::BETWEEN, ends.contains(&at), "at {at}");
                }
            }
            assert_eq!(Some(&at), ends.last());
        }
    }

    #[test]
    fn a_long_frames_header_comes_alone_and_short_frames_whole() {
        let mut place = Place::BETWEEN;
        assert_eq!(place.pass(&frame(2_000, false), 4_096), 4);
        assert_eq!(place, Place::Content { left: 2_000 });
        let mut place = Place::BETWEEN;
        assert_eq!(place.pass(&[frame(500, false), frame(1, false)].concat(), 4_096), 504);
    }

    /// A server may split a message, send something in between, and close after a long one.
    #[tokio::test]
    async fn messages_in_pieces_pings_and_goodbyes_arrive_as_sent() {
        let long = "b".repeat(70_000);
        let mut sent = b"\x01\x03one\x89\x02hi\x80\x03two\x81\x7f".to_vec();
        sent.extend((long.len() as u64).to_be_bytes());
        sent.extend(long.as_bytes());
        sent.extend(b"\x88\x02\x03\xe8");
        let (ours, mut theirs) = tokio::io::duplex(1 << 17);
        theirs.write_all(&sent).await.unwrap();
        let ours = ByFrame { place: Place::BETWEEN, ..ByFrame::of(ours) };
        let mut ours = WebSocketStream::from_raw_socket(ours, Role::Client, None).await;
        let mut came = Vec::new();
        for _ in 0..4 {
            came.push(ours.next().await.unwrap().unwrap());
        }
        let goodbye = came.pop().unwrap();
        assert!(matches!(goodbye, Message::Close(Some(_))), "{goodbye:?}");
        let ping = Message::Ping(b"hi".as_slice().into());
        assert!(
            came == [ping, Message::text("onetwo"), Message::text(long)],
            "the messages differ in order or words"
        );
    }

    /// A refusal's body comes after its head.
    #[tokio::test]
    async fn handshake_answers_stop_at_their_end_and_refusals_come_whole() {
        let accepted = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
        let refused = b"HTTP/1.1 401 Unauthorized\r\n\r\n{\"error\":\"no\"}";
        let accepted_and_more = [&accepted[..], &frame(5, false)].concat();
        for (came, first) in [(&accepted_and_more[..], accepted.len()), (&refused[..], refused.len())] {
            let mut stream = ByFrame::of(came);
            let mut given = vec![0; 1_000];
            assert_eq!(stream.read(&mut given).await.unwrap(), first);
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.unwrap();
            assert_eq!([&given[..first], &rest].concat(), came);
        }
    }
}
