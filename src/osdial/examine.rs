//! Whether the dialler's database has what we read, and lets us change what we change. It is asked by `cordboard doctor`.

use tokio::runtime::Handle;

use super::agents::{self, AGENTS_MAX, LINES_MAX, Which};
use super::connection::Link;
use super::error::OsdialError;
use super::rows::RemoteAgentStatus;
use super::{campaigns, leads, plan};
use crate::config::{Osdial as OsdialSettings, OsdialUrl};

/// What the dialler has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Campaigns.
    pub campaigns: usize,
    /// Remote agents that we may command: their first users are numbers.
    pub remote_agents: usize,
    /// Those of them that take calls.
    pub active: usize,
    /// Their lines that are logged in.
    pub lines: usize,
}

/// Asks for a row of each table, and tries the right to each change on no row.
///
/// # Errors
/// What is wrong first, with its fix.
pub async fn examine(
    url: &OsdialUrl,
    settings: &OsdialSettings,
    runtime: Handle,
) -> Result<Found, OsdialError> {
    let link = Link::new(url, settings, runtime)?;
    let campaigns = campaigns::campaigns(&link).await?.len();
    let mut remote = agents::remote(&link, Which::Behind(0), AGENTS_MAX).await?;
    remote.retain(|agent| plan::not_ours(&agent.user_start).is_none());
    let lines = agents::lines_of(&link, &remote).await?.len().min(LINES_MAX);
    campaigns::lists(&link, None).await?;
    campaigns::statuses(&link, None).await?;
    leads::columns(&link).await?;
    for (table, change) in
        [("remote_agents", "status=status, campaign_id=campaign_id"), ("live_agents", "status=status")]
    {
        link.change(&format!("UPDATE {} SET {change} WHERE 1=0", link.table(table)), ()).await?;
    }
    let active = remote.iter().filter(|agent| agent.status == RemoteAgentStatus::Active).count();
    Ok(Found { campaigns, remote_agents: remote.len(), active, lines })
}
