//! A stream that can send bytes before anything else that is written.
//!
//! A WebSocket keeps the buffer of its longest message for good. So a long one, such as the instructions and tools at the
//! beginning of a session, does not go through it: its frame is written here, from memory that is freed afterwards.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Error, Utf8Bytes};

/// A stream, and the bytes that are sent before anything else that is written to it.
#[derive(Debug)]
pub(in crate::assistant) struct Ahead<S> {
    stream: S,
    waiting: Bytes,
}

impl<S> Ahead<S> {
    pub(in crate::assistant) fn of(stream: S) -> Self {
        Self { stream, waiting: Bytes::new() }
    }

    /// Puts a client's complete text message before everything that is written from now on. No earlier write may be pending in
    /// the WebSocket: the rest of it would come after.
    ///
    /// # Errors
    /// The frame can't be made.
    #[expect(clippy::disallowed_methods, reason = "outsiders must not be able to guess a frame's mask")]
    pub(in crate::assistant) fn put(&mut self, text: Utf8Bytes) -> Result<(), Error> {
        let mut frame = Frame::message(text, OpCode::Data(Data::Text), true);
        frame.header_mut().mask = Some(rand::random());
        let mut bytes = Vec::with_capacity(self.waiting.len() + frame.len());
        bytes.extend_from_slice(&self.waiting);
        frame.format(&mut bytes)?;
        self.waiting = bytes.into();
        Ok(())
    }
}

impl<S: AsyncWrite + Unpin> Ahead<S> {
    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.waiting.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.waiting))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            // Dropping the last slice frees the memory.
            self.waiting = self.waiting.slice(written..);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Ahead<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Ahead<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_waiting(cx))?;
        Pin::new(&mut this.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_waiting(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_waiting(cx))?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::*;

    /// Returns a WebSocket and its other end, over a stream that accepts only this many bytes at once.
    async fn pair(
        takes: usize,
    ) -> (WebSocketStream<Ahead<tokio::io::DuplexStream>>, WebSocketStream<tokio::io::DuplexStream>) {
        let (ours, theirs) = tokio::io::duplex(takes);
        let ours = WebSocketStream::from_raw_socket(Ahead::of(ours), Role::Client, None).await;
        (ours, WebSocketStream::from_raw_socket(theirs, Role::Server, None).await)
    }

    #[tokio::test]
    async fn messages_put_ahead_arrive_first_and_whole_despite_small_writes() {
        for takes in [1, 100, 100_000] {
            let (mut ours, mut theirs) = pair(takes).await;
            let long = "words ".repeat(2_000);
            let sent = async {
                ours.get_mut().put(long.as_str().into()).unwrap();
                ours.get_mut().put("more".into()).unwrap();
                ours.send(Message::text("last")).await.unwrap();
                ours
            };
            let came = async {
                let mut texts = Vec::new();
                while texts.len() < 3 {
                    texts.push(theirs.next().await.unwrap().unwrap().into_text().unwrap().to_string());
                }
                texts
            };
            let (mut ours, texts) = tokio::join!(sent, came);
            assert_eq!(texts, [long.as_str(), "more", "last"], "{takes} bytes at once");
            assert_eq!(ours.get_mut().waiting.len(), 0);
        }
    }
}
