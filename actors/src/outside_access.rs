//! The way to servers of others: whom TLS trusts, and, where users typed the address, which addresses are connected to.
//!
//! An address that a user typed may be made to reach what only we can reach. So its name is looked up here, each address is
//! checked before it is connected to, and the connection goes to what was checked: nothing is looked up twice.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::ClientConfig;
use tokio::net::TcpStream;

use crate::tls;

/// Access to servers outside. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OutsideAccess {
    /// Certificates that TLS trusts.
    pub tls: Arc<ClientConfig>,
    /// Guard of the addresses that are connected to; none if the operator wrote the address.
    pub guard: Option<AddressGuard>,
}

impl OutsideAccess {
    /// To any address, with the system's certificates. Reads them, which may take some 10 ms.
    ///
    /// # Errors
    /// TLS can't be set up; why, in words.
    pub fn anywhere() -> Result<Self, String> {
        Ok(Self { tls: tls::client_config()?, guard: None })
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

/// Decides which addresses may be connected to, and looks names up by that. Clones decide the same.
#[derive(Clone)]
pub struct AddressGuard(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl fmt::Debug for AddressGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressGuard")
    }
}

/// An address may not be connected to for a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{host}` is no address of the public internet; the setting outbound.allow can admit its network")]
pub struct Inside {
    /// The host that was to be connected to.
    pub host: String,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// It may not be made.
    #[error(transparent)]
    Inside(#[from] Inside),
    /// The name can't be looked up, or nobody takes it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl AddressGuard {
    /// A guard that admits these addresses.
    pub fn new(admits: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(admits))
    }

    /// The addresses of a name, or an address as it is written. A name that has addresses here and there is made to get past
    /// us: all have to be admitted.
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
    /// An address that is written as one is not looked up: the owner of a reqwest client checks those.
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            // The port is the connection's.
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
    use tokio::net::TcpListener;

    use super::*;

    fn guarded(admits: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> OutsideAccess {
        OutsideAccess { guard: Some(AddressGuard::new(admits)), ..OutsideAccess::anywhere().unwrap() }
    }

    #[tokio::test]
    async fn what_is_not_admitted_is_not_connected_to_by_name_or_number() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost"] {
            let refused = guarded(|address| !address.is_loopback()).connect(host, port).await.unwrap_err();
            assert!(matches!(&refused, ConnectError::Inside(inside) if inside.host == host), "{refused}");
            guarded(|_| true).connect(host, port).await.unwrap();
        }
    }
}
