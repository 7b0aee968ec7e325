//! A connection that is only a check: whether a call would find the provider there.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::provider::ProviderFailure;
use tokio::time::timeout;

use super::TargetError;
use super::connection::{Connection, Packet};
use super::loss::Loss;
use super::target::Target;
use crate::assistant::provider::ProviderFault;
use crate::outside_access::OutsideAccess;

/// Time that a provider has for its first message.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

/// Connects as a call would, over any way.
///
/// # Errors
/// The fault that a call would meet.
pub(in crate::assistant) async fn dialled(
    target: impl FnOnce(OutsideAccess) -> Result<Target, TargetError>,
) -> Result<Connection, ProviderFault> {
    let there = OutsideAccess::anywhere()
        .map_err(TargetError::Tls)
        .and_then(target)
        .map_err(|error| ProviderFault::new(ProviderFailure::Unreachable, error.to_string()))?;
    Arc::new(there).dial().await.map_err(|Loss { fault, .. }| fault)
}

/// Sends a greeting, if the provider expects one, waits for its first message, and closes the connection. `word` decides by a
/// message whether the provider works or refuses; it returns `None` if the message shows neither.
///
/// # Errors
/// The fault that a call would meet.
pub(in crate::assistant) async fn check_connection(
    mut connection: Connection,
    hello: Option<String>,
    word: impl Fn(&Packet) -> Option<Result<(), ProviderFault>>,
) -> Result<(), ProviderFault> {
    let secrets = connection.secrets().clone();
    let first_word = async {
        if let Some(hello) = hello {
            connection.send(hello).map_err(|Loss { fault, .. }| fault)?;
        }
        loop {
            let packet =
                poll_fn(|cx| connection.poll_packet(cx)).await.map_err(|Loss { fault, .. }| fault)?;
            if let Some(said) = word(&packet) {
                return said.map_err(|fault| secrets.out_of_fault(fault));
            }
        }
    };
    let checked = timeout(CHECK_TIMEOUT, first_word).await;
    connection.close().await;
    checked.unwrap_or_else(|_| {
        let reason = "connected, but the provider says nothing";
        Err(ProviderFault::new(ProviderFailure::Stalled, reason))
    })
}
