//! The dialler, on the arbiter that reaches others, where no audio is.

use actix::ArbiterHandle;

use super::StartError;
use super::cache::runtime_of;
use crate::config::Config;
use crate::osdial::Dialler;
use crate::store::Store;

/// The dialler that is configured. A database that does not answer keeps nothing from starting.
pub(super) async fn start(
    config: &Config,
    store: &Store,
    arbiter: &ArbiterHandle,
) -> Result<Option<Dialler>, StartError> {
    let Some(url) = &config.osdial.database_url else { return Ok(None) };
    let organization_id = config.osdial.organization.unwrap_or_else(|| store.organization_id());
    let runtime = runtime_of(arbiter).await?;
    let dialler = Dialler::new(url, &config.osdial, organization_id, runtime);
    Ok(Some(dialler.map_err(|error| StartError::Osdial(error.to_string()))?))
}
