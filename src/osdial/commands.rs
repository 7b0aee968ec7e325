//! Enabling, disabling and assigning remote agents, in a way that works with the dialler's own processes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use super::agents::{self, AGENTS_MAX, Which};
use super::campaigns::demand_campaign;
use super::connection::Link;
use super::error::OsdialError;
use super::plan::{self, Statement};
use super::rows::{RemoteAgent, RemoteAgentStatus, RemoteLineStatus};

/// How long lines are paused repeatedly: longer than a turn of the dialler's process, which sets lines READY that were READY at its beginning.
const PAUSED_FOR: Duration = Duration::from_millis(2_600);
/// Interval of pausing within that time.
const PAUSE_EVERY: Duration = Duration::from_millis(200);
/// When lines that are READY in spite of that are reported.
const PAUSED_AT_MOST: Duration = Duration::from_millis(7_800);

/// A remote agent that a command addressed, as it is afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AffectedAgent {
    /// The remote agent.
    #[serde(flatten)]
    pub agent: RemoteAgent,
    /// Its lines, in order.
    pub lines: Vec<RemoteLine>,
    /// Whether the command has changed it; false if it was in that state already.
    pub was_changed: bool,
}

/// A line of a remote agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemoteLine {
    /// Its user.
    pub user: String,
    /// State of the line; none if the dialler has no row for it.
    pub status: Option<RemoteLineStatus>,
}

/// The agents that a command addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// All remote agents of a campaign.
    Campaign(String),
    /// The remote agent with this first user; one on each server that has it.
    User(String),
}

/// A remote agent, and the campaign to which it is assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its first user.
    pub user_id: String,
    /// The campaign.
    pub campaign_id: String,
}

/// Returns the remote agents that a command addresses. Agents of a campaign that are not ours are left alone.
async fn chosen(link: &Link, whom: &Whom) -> Result<Vec<RemoteAgent>, OsdialError> {
    match whom {
        Whom::Campaign(campaign_id) => {
            demand_campaign(link, campaign_id).await?;
            let found = agents::remote(link, Which::OfCampaign(campaign_id), AGENTS_MAX).await?;
            Ok(found.into_iter().filter(|agent| plan::not_ours(&agent.user_start).is_none()).collect())
        }
        Whom::User(user) => of_user(link, user).await,
    }
}

async fn of_user(link: &Link, user: &str) -> Result<Vec<RemoteAgent>, OsdialError> {
    if let Some(why) = plan::not_ours(user) {
        return Err(OsdialError::NotOurs { user_start: user.to_owned(), why });
    }
    let found = agents::remote(link, Which::OfUser(user), AGENTS_MAX).await?;
    if found.is_empty() { Err(OsdialError::NoAgent(user.to_owned())) } else { Ok(found) }
}

/// Lets the dialler keep the lines of these agents.
pub(super) async fn enable(
    link: &Link,
    writing: &Mutex<()>,
    whom: &Whom,
) -> Result<Vec<AffectedAgent>, OsdialError> {
    let agents = chosen(link, whom).await?;
    activate(link, writing, &agents).await?;
    as_they_are(link, &agents).await
}

async fn activate(link: &Link, writing: &Mutex<()>, agents: &[RemoteAgent]) -> Result<(), OsdialError> {
    let _alone = writing.lock().await;
    for statement in plan::enable(agents) {
        agents::carry_out(link, &statement).await?;
    }
    Ok(())
}

/// Stops the dialler from keeping the lines of these agents. Lines in a call continue, and disappear after it.
pub(super) async fn disable(
    link: &Link,
    writing: &Mutex<()>,
    whom: &Whom,
) -> Result<Vec<AffectedAgent>, OsdialError> {
    let agents = chosen(link, whom).await?;
    deactivate(link, writing, &agents).await?;
    as_they_are(link, &agents).await
}

/// Does the same for known agents.
pub(super) async fn disable_these(
    link: &Link,
    writing: &Mutex<()>,
    agents: Vec<RemoteAgent>,
) -> Result<Vec<AffectedAgent>, OsdialError> {
    deactivate(link, writing, &agents).await?;
    as_they_are(link, &agents).await
}

async fn deactivate(link: &Link, writing: &Mutex<()>, agents: &[RemoteAgent]) -> Result<(), OsdialError> {
    if agents.is_empty() {
        return Ok(());
    }
    for statement in plan::set_inactive(agents) {
        agents::carry_out(link, &statement).await?;
    }
    let began = Instant::now();
    loop {
        let ours = pause_inactive(link, writing, agents).await?;
        if began.elapsed() >= PAUSED_FOR {
            let lines = agents::lines_of(link, &ours).await?;
            let ready: Vec<String> = lines
                .into_iter()
                .filter(|line| line.status == RemoteLineStatus::Ready)
                .map(|line| line.user)
                .collect();
            if ready.is_empty() {
                return Ok(());
            }
            if began.elapsed() >= PAUSED_AT_MOST {
                return Err(OsdialError::StillReady { users: ready });
            }
        }
        sleep(PAUSE_EVERY).await;
    }
}

/// Pauses the free lines of agents that are still inactive: some may have been enabled in the meantime, by us or on the dialler's pages.
async fn pause_inactive(
    link: &Link,
    writing: &Mutex<()>,
    agents: &[RemoteAgent],
) -> Result<Vec<RemoteAgent>, OsdialError> {
    let ids: Vec<u32> = agents.iter().map(|agent| agent.remote_agent_id).collect();
    let _alone = writing.lock().await;
    let inactive = agents::inactive(link, &ids).await?;
    let ours: Vec<RemoteAgent> =
        agents.iter().filter(|agent| inactive.contains(&agent.remote_agent_id)).cloned().collect();
    for statement in plan::pause(&ours) {
        agents::carry_out(link, &statement).await?;
    }
    Ok(ours)
}

/// Assigns remote agents to campaigns: all, or none. Fails if one of them has a line in a call.
///
/// A change of the campaign sets lines READY in mid-call, so active agents are set inactive first, in the way that lets no line get a call in the
/// meantime, and active again after the change.
pub(super) async fn assign(
    link: &Link,
    writing: &Mutex<()>,
    wanted: &[Assignment],
) -> Result<Vec<AffectedAgent>, OsdialError> {
    let wanted = resolved(link, wanted).await?;
    let agents: Vec<RemoteAgent> = wanted.iter().map(|(agent, _)| agent.clone()).collect();
    let moved: Vec<RemoteAgent> = wanted
        .iter()
        .filter(|(agent, to)| agent.campaign_id != *to)
        .map(|(agent, _)| agent.clone())
        .collect();
    demand_free(link, &moved).await?;
    let active: Vec<RemoteAgent> =
        moved.iter().filter(|agent| agent.status == RemoteAgentStatus::Active).cloned().collect();
    let mut done = Vec::new();
    let outcome = give(link, writing, (&active, &moved), &plan::assign(&wanted), &mut done).await;
    if let Err(cause) = outcome {
        return Err(taken_back(link, writing, &active, &done, cause).await);
    }
    let now: Vec<RemoteAgent> = wanted
        .into_iter()
        .filter(|(agent, _)| active.iter().any(|active| active.remote_agent_id == agent.remote_agent_id))
        .map(|(agent, campaign_id)| RemoteAgent { campaign_id, ..agent })
        .collect();
    if let Err(cause) = activate(link, writing, &now).await {
        return Err(taken_back(link, writing, &active, &done, cause).await);
    }
    as_they_are(link, &agents).await
}

async fn give(
    link: &Link,
    writing: &Mutex<()>,
    (active, moved): (&[RemoteAgent], &[RemoteAgent]),
    statements: &[Statement],
    done: &mut Vec<Statement>,
) -> Result<(), OsdialError> {
    deactivate(link, writing, active).await?;
    // A line may have got a call before it was paused.
    demand_free(link, moved).await?;
    for statement in statements {
        // A statement that may have been executed must be undone, too.
        done.push(statement.clone());
        let found = agents::carry_out(link, statement).await?;
        if found == 0
            && let Statement::SetCampaign { id, .. } = statement
        {
            done.pop();
            return Err(OsdialError::ChangedMeanwhile { remote_agent_id: *id });
        }
    }
    Ok(())
}

/// Restores agents to their earlier state, and returns the reason.
async fn taken_back(
    link: &Link,
    writing: &Mutex<()>,
    active: &[RemoteAgent],
    done: &[Statement],
    cause: OsdialError,
) -> OsdialError {
    let mut left = Vec::new();
    for statement in done.iter().rev() {
        if let Some(back) = plan::undo(statement)
            && let Err(error) = agents::carry_out(link, &back).await
            && let Statement::SetCampaign { id, to, .. } = statement
        {
            tracing::warn!(remote_agent_id = id, %error, "a remote agent could not be assigned to its campaign again");
            left.push(format!("row {id} in campaign {to}"));
        }
    }
    if let Err(error) = activate(link, writing, active).await {
        tracing::warn!(%error, "remote agents could not be made active again");
        left.extend(active.iter().map(|agent| format!("{} inactive", agent.user_start)));
    }
    if left.is_empty() { cause } else { OsdialError::NotUndone { cause: Box::new(cause), left } }
}

/// Returns the agents of assignments, each with its campaign.
async fn resolved(link: &Link, wanted: &[Assignment]) -> Result<Vec<(RemoteAgent, String)>, OsdialError> {
    let campaigns: BTreeSet<&str> = wanted.iter().map(|one| one.campaign_id.as_str()).collect();
    for campaign_id in campaigns {
        demand_campaign(link, campaign_id).await?;
    }
    let mut resolved = Vec::new();
    for Assignment { user_id, campaign_id } in wanted {
        let found = of_user(link, user_id).await?;
        resolved.extend(found.into_iter().map(|agent| (agent, campaign_id.clone())));
    }
    Ok(resolved)
}

async fn demand_free(link: &Link, agents: &[RemoteAgent]) -> Result<(), OsdialError> {
    let users = plan::in_call(&agents::lines_of(link, agents).await?);
    if users.is_empty() { Ok(()) } else { Err(OsdialError::InCall { users }) }
}

/// Returns the current state of these agents, with their lines.
async fn as_they_are(link: &Link, before: &[RemoteAgent]) -> Result<Vec<AffectedAgent>, OsdialError> {
    let ids: Vec<u32> = before.iter().map(|agent| agent.remote_agent_id).collect();
    let now = agents::remote(link, Which::Ids(&ids), AGENTS_MAX).await?;
    let lines = agents::lines_of(link, &now).await?;
    let status_of: BTreeMap<(&str, &str), RemoteLineStatus> =
        lines.iter().map(|line| ((line.server_ip.as_str(), line.user.as_str()), line.status)).collect();
    let known: BTreeMap<u32, &RemoteAgent> =
        before.iter().map(|agent| (agent.remote_agent_id, agent)).collect();
    let shown = |agent: RemoteAgent| {
        let line = |user: String| {
            let status = status_of.get(&(agent.server_ip.as_str(), user.as_str())).copied();
            RemoteLine { user, status }
        };
        let lines = plan::users(&agent).into_iter().map(line).collect();
        let before = known.get(&agent.remote_agent_id);
        let was_changed =
            before.is_none_or(|was| (was.status, &was.campaign_id) != (agent.status, &agent.campaign_id));
        AffectedAgent { lines, was_changed, agent }
    };
    Ok(now.into_iter().map(shown).collect())
}
