//! One connection to the mail server, limited in bytes and time. The library reads an answer up to the end of its line before it checks the length,
//! and a session has a dozen answers, so it uses a limited stream from here.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

use cordboard_schema::limits::{MAIL_MS_MAX, MAIL_TALK_BYTES_MAX, MAIL_TALK_MS_MAX};
use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::runtime::Builder;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_rustls::TlsConnector;

use super::NotMailed;

/// How long closing the session may take. The mail is accepted by then, or not.
const GOODBYE_WAIT: Duration = Duration::from_secs(1);

/// How a mail server is reached.
#[derive(Clone)]
pub(super) struct Route {
    /// Its name or address.
    pub(super) host: String,
    /// Its port.
    pub(super) port: u16,
    /// How the connection is encrypted.
    pub(super) security: Security,
    /// Our name and password there; none if it needs none.
    pub(super) credentials: Option<Credentials>,
    /// Our name in the greeting.
    pub(super) greets_as: ClientId,
}

/// Encryption of the connection to a mail server.
#[derive(Clone)]
pub(super) enum Security {
    /// None.
    Nothing,
    /// From the command STARTTLS on.
    StartTls(TlsParameters),
    /// From the first byte on.
    Wrapper(Arc<ClientConfig>, ServerName<'static>),
}

impl Route {
    /// Sends a mail. Blocks.
    pub(super) fn bring(&self, envelope: &Envelope, mail: &[u8]) -> Result<Response, NotMailed> {
        // On a separate thread, because the caller may be inside a runtime, which can't contain a second one.
        let talks = || {
            let runtime = Builder::new_current_thread().enable_all().build().map_err(not_now)?;
            let brought = runtime.block_on(self.brought(envelope, mail));
            // Otherwise it would wait for the name lookup of the system, however long that takes.
            runtime.shutdown_background();
            brought
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "it is joined before this returns, so a world waits for it as for any blocking work"
        )]
        thread::scope(|scope| {
            let talking =
                thread::Builder::new().name("mail".to_owned()).spawn_scoped(scope, talks).map_err(not_now)?;
            talking.join().unwrap_or_else(|_| {
                Err(NotMailed::NotNow("the session with the mail server broke off".to_owned()))
            })
        })
    }

    async fn brought(&self, envelope: &Envelope, mail: &[u8]) -> Result<Response, NotMailed> {
        let limit = Duration::from_millis(MAIL_TALK_MS_MAX);
        let brought = timeout(limit, self.talk(envelope, mail)).await;
        let (mut connection, response) = brought.unwrap_or_else(|_| {
            Err(NotMailed::NotNow(format!(
                "the mail server has not accepted it within {} s: check that smtp.host and smtp.port are those of a mail server",
                limit.as_secs()
            )))
        })?;
        // It does not matter whether it receives the goodbye.
        let _ = timeout(GOODBYE_WAIT, connection.abort()).await;
        Ok(response)
    }

    async fn talk(
        &self,
        envelope: &Envelope,
        mail: &[u8],
    ) -> Result<(AsyncSmtpConnection, Response), NotMailed> {
        let mut connection = self.sign_in().await?;
        let response = connection.send(envelope, mail).await.map_err(refused)?;
        Ok((connection, response))
    }

    /// Checks whether the mail server accepts us, without sending a mail.
    pub(super) async fn check(&self) -> Result<(), NotMailed> {
        let mut connection = self.sign_in().await?;
        // It does not matter whether it receives the goodbye.
        let _ = timeout(GOODBYE_WAIT, connection.abort()).await;
        Ok(())
    }

    /// Connects, encrypts the connection, and signs in. A refusal here says nothing about a mail: it may be accepted later, for example after our
    /// password was changed there.
    async fn sign_in(&self) -> Result<AsyncSmtpConnection, NotMailed> {
        let us = &self.greets_as;
        let stream = self.connect().await.map_err(not_now)?;
        let mut connection =
            AsyncSmtpConnection::connect_with_transport(stream, us).await.map_err(not_let_in)?;
        if let Security::StartTls(parameters) = &self.security {
            connection.starttls(parameters.clone(), us).await.map_err(not_let_in)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(not_let_in)?;
        }
        Ok(connection)
    }

    async fn connect(&self) -> io::Result<Box<dyn AsyncTokioStream>> {
        let wait = Duration::from_millis(MAIL_MS_MAX);
        let until = Instant::now() + wait;
        let connecting = async {
            let addresses: Vec<SocketAddr> = lookup_host((self.host.as_str(), self.port)).await?.collect();
            first_to_answer(&addresses, until, TcpStream::connect).await
        };
        let stream = timeout(wait, connecting).await.map_err(|_| silent())??;
        let peer = stream.peer_addr()?;
        match &self.security {
            Security::Nothing | Security::StartTls(_) => Ok(Box::new(Bounded::of(stream, peer))),
            Security::Wrapper(config, name) => {
                let connector = TlsConnector::from(Arc::clone(config));
                let encrypting = connector.connect(name.clone(), stream);
                let encrypted = timeout(wait, encrypting).await.map_err(|_| silent())??;
                Ok(Box::new(Bounded::of(encrypted, peer)))
            }
        }
    }
}

/// Connects to the first of some addresses that answers. Each gets a share of the remaining time: a name may have an IPv6 address that is
/// unreachable, and then the next one works.
async fn first_to_answer<S, F: Future<Output = io::Result<S>>>(
    addresses: &[SocketAddr],
    until: Instant,
    connect: impl Fn(SocketAddr) -> F,
) -> io::Result<S> {
    let mut fault = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
    for (number, address) in addresses.iter().enumerate() {
        let to_try = u32::try_from(addresses.len() - number).unwrap_or(u32::MAX);
        let share = until.saturating_duration_since(Instant::now()) / to_try;
        match timeout(share, connect(*address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => fault = error,
            Err(_) => fault = silent(),
        }
    }
    Err(fault)
}

fn not_now(error: io::Error) -> NotMailed {
    NotMailed::NotNow(format!("no connection to the mail server: {error}"))
}

fn not_let_in(error: SmtpError) -> NotMailed {
    NotMailed::NotNow(error.to_string())
}

fn refused(error: SmtpError) -> NotMailed {
    if error.is_permanent() {
        NotMailed::Never(error.to_string())
    } else {
        NotMailed::NotNow(error.to_string())
    }
}

fn silent() -> io::Error {
    let said = format!("the mail server has sent nothing for {} s", MAIL_MS_MAX / 1_000);
    io::Error::new(io::ErrorKind::TimedOut, said)
}

/// A connection that fails if the other side sends too much, or nothing for too long.
struct Bounded<S> {
    stream: S,
    peer: SocketAddr,
    /// Bytes that may still arrive.
    left: usize,
    /// When it has been silent for too long.
    silence: Pin<Box<Sleep>>,
}

impl<S> Bounded<S> {
    fn of(stream: S, peer: SocketAddr) -> Self {
        let silence = Box::pin(sleep(Duration::from_millis(MAIL_MS_MAX)));
        Self { stream, peer, left: MAIL_TALK_BYTES_MAX, silence }
    }

    /// Limits a step in time: a pending one fails when the silence is too long.
    fn in_time<T>(&mut self, step: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if step.is_ready() {
            self.silence.as_mut().reset(Instant::now() + Duration::from_millis(MAIL_MS_MAX));
            return step;
        }
        ready!(self.silence.as_mut().poll(cx));
        Poll::Ready(Err(silent()))
    }
}

impl<S> fmt::Debug for Bounded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounded").field("peer", &self.peer).field("left", &self.left).finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> AsyncTokioStream for Bounded<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let had = buffer.filled().len();
        let step = Pin::new(&mut this.stream).poll_read(cx, buffer);
        ready!(this.in_time(step, cx))?;
        match this.left.checked_sub(buffer.filled().len() - had) {
            Some(left) => {
                this.left = left;
                Poll::Ready(Ok(()))
            }
            None => {
                let said = format!("the mail server has sent more than {MAIL_TALK_BYTES_MAX} bytes");
                Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, said)))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let step = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.in_time(step, cx)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let step = Pin::new(&mut this.stream).poll_flush(cx);
        this.in_time(step, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let step = Pin::new(&mut this.stream).poll_shutdown(cx);
        this.in_time(step, cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;

    /// Starts a mail server that sends this greeting, repeatedly if `again`. The thread returns how many bytes it could send.
    fn greeting(with: &'static [u8], again: bool) -> (Route, JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut sent = 0;
            while client.write_all(with).is_ok() {
                sent += with.len();
                if !again {
                    // Until the client has closed.
                    let _ = client.read_to_end(&mut Vec::new());
                    break;
                }
            }
            sent
        });
        let host = "127.0.0.1".to_owned();
        let greets_as = ClientId::default();
        (Route { host, port, security: Security::Nothing, credentials: None, greets_as }, server)
    }

    fn brought(route: &Route) -> NotMailed {
        let address = || "ben@example.com".parse().unwrap();
        let envelope = Envelope::new(Some(address()), vec![address()]).unwrap();
        route.bring(&envelope, b"Subject: Hi\r\n\r\nHi\r\n").unwrap_err()
    }

    #[tokio::test(start_paused = true)]
    async fn an_unreachable_address_leaves_time_for_the_next() {
        let addresses: [SocketAddr; 2] =
            ["[2001:db8::1]:25", "192.0.2.1:25"].map(|address| address.parse().unwrap());
        let connect = |address: SocketAddr| async move {
            if address.is_ipv6() {
                std::future::pending::<()>().await;
            }
            Ok::<_, io::Error>(address)
        };
        let until = Instant::now() + Duration::from_millis(MAIL_MS_MAX);
        assert_eq!(first_to_answer(&addresses, until, connect).await.unwrap(), addresses[1]);
        assert!(Instant::now() < until);
        let error = first_to_answer(&addresses[..1], until, connect).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn an_answer_without_a_line_end_fills_no_memory() {
        let (route, server) = greeting(&[b'2'; 65_536], true);
        let error = brought(&route);
        let NotMailed::NotNow(said) = &error else { panic!("{error:?}") };
        assert!(said.contains("more than 65536 bytes"), "{said}");
        // The rest is in the kernel's buffers.
        let sent = server.join().unwrap();
        assert!(sent < 64 << 20, "{sent}");
    }

    #[test]
    fn an_answer_of_lines_without_end_fills_no_memory() {
        let (route, server) = greeting(b"220-and another thing\r\n", true);
        let error = brought(&route);
        assert!(matches!(error, NotMailed::NotNow(_)), "{error:?}");
        server.join().unwrap();
    }

    #[test]
    fn mail_waits_while_the_server_refuses_sign_ins() {
        let (route, server) = greeting(b"554 go away\r\n", false);
        let error = brought(&route);
        let NotMailed::NotNow(said) = &error else { panic!("{error:?}") };
        assert!(said.contains("554"), "{said}");
        server.join().unwrap();
    }

    #[test]
    fn an_address_without_a_mail_server_is_reported() {
        let (route, server) = greeting(b"HTTP/1.1 400 Bad Request\r\n\r\n", false);
        let error = brought(&route);
        assert!(matches!(error, NotMailed::NotNow(_)), "{error:?}");
        server.join().unwrap();
    }
}
