//! TLS for libpq, which is built without it. libpq connects to our Unix socket, in a folder that only this user can enter, and a thread of ours
//! forwards the connection to the server, encrypted.
//!
//! ```text
//! libpq ──Unix socket──> tunnel ──TCP: SSLRequest, TLS──> PostgreSQL
//! ```
//!
//! libpq gets the cause of a failed connection as an error of the server, so that it is in the operator's log.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use cordboard_schema::limits::{ACCEPT_BACKOFF_MS_MAX, POSTGRES_SEND_MS_MAX, POSTGRES_TLS_S_MAX};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::messages::{
    HEAD_BYTES, NotPostgres, SSL_REQUEST, error_response, is_before_sign_in, message_rest, startup_rest,
    without_channel_binding,
};
use super::tls;
use crate::config::{Encryption, PostgresUrl, Roots};

/// The port in the socket's name, which libpq gets with the folder.
pub(super) const PORT: u16 = 5432;

/// The tunnel to one server. Dropping it ends all its connections.
#[derive(Debug)]
pub(super) struct Tunnel {
    folder: PathBuf,
    /// The locked folder: systemd-tmpfiles deletes old sockets in `/tmp`, and sees neither the owner of one in a private `/tmp` nor its use.
    _lock: Option<File>,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

/// The target of the tunnel.
struct Target {
    host: String,
    port: u16,
    encryption: Encryption,
    /// The configuration of the newest connection.
    config: Mutex<Arc<ClientConfig>>,
}

/// A stream to the server, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Tunnel {
    /// A tunnel to the server at `url`, or none if that is never encrypted. Does not connect yet.
    pub(super) fn open(url: &PostgresUrl) -> Result<Option<Self>, String> {
        if url.is_unix_socket() {
            return Ok(None);
        }
        let Some(config) = tls::client_config(&url.encryption)? else { return Ok(None) };
        let target = Target {
            host: url.host.clone(),
            port: url.port,
            encryption: url.encryption.clone(),
            config: Mutex::new(Arc::new(config)),
        };
        Self::start(target).map(Some).map_err(|cause| {
            let place = std::env::temp_dir();
            let fix = "let TMPDIR name a folder that this user may write";
            format!("the tunnel to it can't be opened in {}: {cause}; {fix}", place.display())
        })
    }

    fn start(target: Target) -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("cordboard-{:016x}", rand::random::<u64>()));
        // Fails if the folder exists.
        DirBuilder::new().mode(0o700).create(&folder)?;
        let (stop, stopped) = oneshot::channel();
        let lock = File::open(&folder).and_then(|folder| folder.lock_shared().map(|()| folder));
        let tunnel = Self { folder, _lock: lock.ok(), _stop: stop };
        let listener =
            std::os::unix::net::UnixListener::bind(tunnel.folder.join(format!(".s.PGSQL.{PORT}")))?;
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let carry = move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = accept(listener, Arc::new(target)) => {}
                    _ = stopped => {}
                }
            });
        };
        thread::Builder::new().name("database-tunnel".to_owned()).spawn(carry)?;
        Ok(tunnel)
    }

    /// The host for libpq.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        if let Err(cause) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %cause, "the folder of the tunnel to the database can't be removed");
        }
    }
}

async fn accept(listener: std::os::unix::net::UnixListener, target: Arc<Target>) {
    let listener = match UnixListener::from_std(listener) {
        Ok(listener) => listener,
        Err(cause) => return tracing::error!(%cause, "the tunnel to the database can't be opened"),
    };
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                tokio::spawn(carry(client, target.clone()));
            }
            // No file descriptor is free: libpq waits.
            Err(_) => tokio::time::sleep(Duration::from_millis(ACCEPT_BACKOFF_MS_MAX)).await,
        }
    }
}

/// Forwards one connection until either side ends it. Both sides are then closed.
async fn carry(mut client: UnixStream, target: Arc<Target>) {
    let me = rustix::process::geteuid().as_raw();
    if !client.peer_cred().is_ok_and(|peer| peer.uid() == me) {
        return;
    }
    let limit = Duration::from_secs(POSTGRES_TLS_S_MAX);
    let Ok(Ok(startup)) = timeout(limit, read_startup(&mut client)).await else { return };
    let late = || Err(format!("it does not answer within {POSTGRES_TLS_S_MAX} s"));
    match timeout(limit, target.reach()).await.unwrap_or_else(|_| late()) {
        // An error ends one side, and closes the other.
        Ok(mut server) => drop(relay(&mut client, &mut server, &startup).await),
        Err(cause) => drop(client.write_all(&error_response(&cause)).await),
    }
}

/// The complete first message of libpq.
async fn read_startup(client: &mut UnixStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    client.read_exact(&mut length).await?;
    let mut rest = vec![0; startup_rest(length).map_err(strange)?];
    client.read_exact(&mut rest).await?;
    Ok([&length[..], &rest].concat())
}

async fn relay(client: &mut UnixStream, server: &mut Box<dyn Stream>, startup: &[u8]) -> io::Result<()> {
    server.write_all(startup).await?;
    server.flush().await?;
    loop {
        let mut head = [0; HEAD_BYTES];
        server.read_exact(&mut head).await?;
        let mut body = vec![0; message_rest(head).map_err(strange)?];
        server.read_exact(&mut body).await?;
        client.write_all(&without_channel_binding(head, &body)).await?;
        if !is_before_sign_in(head) {
            break;
        }
    }
    copy_bidirectional(client, server).await.map(drop)
}

fn strange(fault: NotPostgres) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault)
}

impl Target {
    /// Whether to fall back to an unencrypted connection.
    fn is_optional(&self) -> bool {
        self.encryption == Encryption::WherePossible
    }

    /// The TLS configuration of a new connection. A file of issuers is read again, because it may have been replaced since. While it can't be used,
    /// those that it named before are still trusted.
    fn config(&self) -> Arc<ClientConfig> {
        let mut config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(self.encryption, Encryption::ByIssuer(_) | Encryption::ByName(Roots::File(_))) {
            match tls::client_config(&self.encryption) {
                Ok(Some(new)) => *config = Arc::new(new),
                Ok(None) => {}
                Err(cause) => {
                    tracing::warn!(%cause, "a new connection to the database trusts the issuers that were read before")
                }
            }
        }
        config.clone()
    }

    /// Opens a connection to the server, encrypted if required. The error is a text for operators.
    async fn reach(&self) -> Result<Box<dyn Stream>, String> {
        let mut tcp = self.connect().await?;
        let asked = async {
            tcp.write_all(&SSL_REQUEST).await?;
            tcp.read_u8().await
        };
        // Exactly one byte is read: unencrypted data after it would be read as part of the handshake, which then fails.
        match asked.await.map_err(|cause| format!("it closed the connection: {cause}"))? {
            b'S' => {}
            b'N' if self.is_optional() => return Ok(Box::new(tcp)),
            b'N' => return Err("it does not speak TLS (ssl = off), and sslmode requires it".to_owned()),
            _ => return Err(NotPostgres.to_string()),
        }
        let name = ServerName::try_from(self.host.clone())
            .map_err(|_| format!("{:?} is not a host name or address", self.host))?;
        match TlsConnector::from(self.config()).connect(name, tcp).await {
            Ok(encrypted) => Ok(Box::new(encrypted)),
            // Like libpq: tries once more, without TLS.
            Err(_) if self.is_optional() => Ok(Box::new(self.connect().await?)),
            Err(cause) => Err(format!("no TLS with it: {cause}")),
        }
    }

    async fn connect(&self) -> Result<TcpStream, String> {
        let tcp =
            TcpStream::connect((self.host.as_str(), self.port)).await.map_err(|cause| cause.to_string())?;
        let wait = Duration::from_millis(POSTGRES_SEND_MS_MAX);
        let keepalive = TcpKeepalive::new().with_time(wait).with_interval(wait / 5).with_retries(3);
        let socket = SockRef::from(&tcp);
        let set = socket
            .set_tcp_nodelay(true)
            .and_then(|()| socket.set_tcp_keepalive(&keepalive))
            .and_then(|()| socket.set_tcp_user_timeout(Some(wait)));
        set.map_err(|cause| cause.to_string())?;
        Ok(tcp)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::TryLockError;

    use super::*;

    #[test]
    fn the_tunnels_folder_is_not_cleaned_up_while_in_use() {
        let url = PostgresUrl::parse("postgres://db.example/calls").unwrap();
        let tunnel = Tunnel::open(&url).unwrap().unwrap();
        let folder = tunnel.folder().to_owned();
        // systemd-tmpfiles skips a folder that it can't lock.
        let locked = File::open(&folder).unwrap().try_lock();
        assert!(matches!(locked, Err(TryLockError::WouldBlock)), "{locked:?}");
        drop(tunnel);
        assert!(!folder.exists());
    }
}
