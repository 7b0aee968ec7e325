//! Access to servers of others: which certificates TLS trusts and, if users typed the address, which addresses may be
//! connected to.
//!
//! An address that a user typed could be chosen to reach hosts that only this server can reach. So its name is
//! resolved here, each address is checked before the connection, and the connection goes to the checked address:
//! nothing is resolved twice.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Response};
use rustls::ClientConfig;
use tokio::net::TcpStream;

use crate::tls;

/// Our name in the `User-Agent` header.
const USER_AGENT: &str = concat!("Cordboard/", env!("CARGO_PKG_VERSION"));

/// Access to servers outside. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OutsideAccess {
    /// Certificates that TLS trusts.
    pub tls: Arc<ClientConfig>,
    /// Decides which addresses may be connected to; none if the operator wrote the address.
    pub guard: Option<AddressGuard>,
}

impl OutsideAccess {
    /// Access to any address, with the system's certificates. Reads them, which may take some 10 ms.
    ///
    /// # Errors
    /// TLS can't be set up; the text says why.
    pub fn anywhere() -> Result<Self, String> {
        Ok(Self { tls: tls::client_config()?, guard: None })
    }

    /// An HTTP client with this access; its owner sets the timeouts. It follows no redirects, which would carry keys
    /// and passwords elsewhere, and uses no proxy.
    pub fn client(&self) -> ClientBuilder {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(&self.tls))
            .redirect(Policy::none())
            .no_proxy()
            .http1_only()
            .referer(false)
            .user_agent(USER_AGENT);
        match &self.guard {
            Some(guard) => client.dns_resolver(Arc::new(guard.clone())),
            None => client,
        }
    }

    /// Connects to a server.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub(crate) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, ConnectError> {
        match &self.guard {
            None => Ok(TcpStream::connect((host, port)).await?),
            Some(guard) => Ok(TcpStream::connect(&guard.look_up(host, port).await?[..]).await?),
        }
    }
}

/// The body of an answer, up to a limit.
#[derive(Debug)]
pub struct BoundedBody {
    /// Its first bytes.
    pub bytes: Vec<u8>,
    /// Whether the body was longer.
    pub is_cut: bool,
}

impl BoundedBody {
    /// Reads the body of an answer, at most `bytes_max` of it.
    ///
    /// # Errors
    /// The body breaks off, or does not arrive within the client's timeout.
    pub async fn read(mut response: Response, bytes_max: usize) -> reqwest::Result<Self> {
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await? {
            let room = bytes_max - bytes.len();
            bytes.extend(piece.iter().take(room));
            if piece.len() > room {
                return Ok(Self { bytes, is_cut: true });
            }
        }
        Ok(Self { bytes, is_cut: false })
    }
}

/// Decides which addresses may be connected to, and resolves names accordingly. Clones decide the same.
#[derive(Clone)]
pub struct AddressGuard(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl fmt::Debug for AddressGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressGuard")
    }
}

/// An address may not be connected to for a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{host}` is not an address of the public internet; the setting outbound.allow can admit its network"
)]
pub struct Inside {
    /// The host that was to be connected to.
    pub host: String,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// It is not allowed.
    #[error(transparent)]
    Inside(#[from] Inside),
    /// The name can't be resolved, or the connection is refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl AddressGuard {
    /// Creates a guard that admits these addresses.
    pub fn new(admits: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(admits))
    }

    /// The addresses of a name, or an address as it is written. A name with both inside and outside addresses may be
    /// an attempt to get past the guard: all of them have to be admitted.
    async fn look_up(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
        let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
        if found.iter().all(|address| (self.0)(address.ip())) {
            Ok(found)
        } else {
            Err(Inside { host: host.to_owned() }.into())
        }
    }
}

impl Resolve for AddressGuard {
    /// A literal address is not resolved: the owner of a reqwest client checks it.
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            // The connection sets the port.
            match guard.look_up(name.as_str(), 0).await {
                Ok(found) => Ok(Box::new(found.into_iter()) as Addrs),
                Err(ConnectError::Inside(inside)) => Err(inside.into()),
                Err(ConnectError::Io(error)) => Err(error.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn guarded(admits: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> OutsideAccess {
        OutsideAccess { guard: Some(AddressGuard::new(admits)), ..OutsideAccess::anywhere().unwrap() }
    }

    #[tokio::test]
    async fn addresses_not_admitted_get_no_connection_by_name_or_number() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost"] {
            let refused = guarded(|address| !address.is_loopback()).connect(host, port).await.unwrap_err();
            assert!(matches!(&refused, ConnectError::Inside(inside) if inside.host == host), "{refused}");
            guarded(|_| true).connect(host, port).await.unwrap();
        }
    }

    /// A server that gives each request this answer, and its address.
    async fn answering(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut asked, _)) = listener.accept().await {
                let mut head = [0; 1_024];
                let _ = asked.read(&mut head).await;
                let _ = asked.write_all(answer.as_bytes()).await;
            }
        });
        format!("http://{address}/")
    }

    #[tokio::test]
    async fn an_answer_is_read_up_to_its_limit() {
        let url = answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello").await;
        let client = OutsideAccess::anywhere().unwrap().client().build().unwrap();
        for (bytes_max, bytes, is_cut) in
            [(0, "", true), (4, "hell", true), (5, "hello", false), (9, "hello", false)]
        {
            let answer = client.get(&url).send().await.unwrap();
            let body = BoundedBody::read(answer, bytes_max).await.unwrap();
            assert_eq!((body.bytes.as_slice(), body.is_cut), (bytes.as_bytes(), is_cut), "{bytes_max}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let elsewhere = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let url = answering(elsewhere).await;
        let client = OutsideAccess::anywhere().unwrap().client().build().unwrap();
        assert_eq!(client.get(&url).send().await.unwrap().status().as_u16(), 302);
    }
}
