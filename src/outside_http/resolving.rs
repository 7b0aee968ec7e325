//! Looking names up: by us, so that the address that was checked is the one that is connected to.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::reach::Reach;

/// Looks names up, and refuses those of which one address may not be connected to: a name that has addresses here and there is
/// made to get past us.
pub(super) struct Lookup {
    pub(super) reach: Reach,
}

/// An address may not be connected to for a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{host}` is no address of the public internet; the setting outbound.allow can admit its network")]
pub(super) struct Inside {
    pub(super) host: String,
}

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach.clone();
        Box::pin(async move {
            // The port is the connection's.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| !reach.admits(address.ip())) {
                return Err(Inside { host: name.as_str().to_owned() }.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
