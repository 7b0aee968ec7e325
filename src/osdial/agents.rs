//! Queries about remote agents and live agents. Text is read as bytes, ids are bound as strings.

use std::collections::BTreeSet;

use mysql_async::Value;

use super::connection::Link;
use super::error::OsdialError;
use super::plan::{self, IDS_MAX, Statement};
use super::rows::{Cells, LiveAgent, RemoteAgent, RemoteAgentStatus};

/// Maximum remote agents that one query returns.
pub(super) const AGENTS_MAX: usize = 20_000;
/// Maximum lines that one query returns: 10,000 remote agents may have several each.
pub(super) const LINES_MAX: usize = 50_000;

const REMOTE: &str = "remote_agent_id, CAST(user_start AS BINARY), number_of_lines, CAST(server_ip AS BINARY), \
                      CAST(conf_exten AS BINARY), CAST(status AS BINARY), CAST(campaign_id AS BINARY), \
                      CAST(closer_campaigns AS BINARY)";
const LIVE: &str = "live_agent_id, CAST(user AS BINARY), CAST(server_ip AS BINARY), CAST(conf_exten AS BINARY), \
                    CAST(extension AS BINARY), CAST(status AS BINARY), CAST(campaign_id AS BINARY), lead_id, \
                    CAST(uniqueid AS BINARY), CAST(callerid AS BINARY), CAST(channel AS BINARY), calls_today";

/// Selection of remote agents.
pub(super) enum Which<'a> {
    /// All with greater ids.
    After(u32),
    /// Those of a campaign.
    OfCampaign(&'a str),
    /// Those whose first user is this one.
    OfUser(&'a str),
    /// Those with these ids.
    Ids(&'a [u32]),
    /// Those for which our own condition holds.
    Where(String),
}

/// Returns remote agents, ordered by id.
pub(super) async fn remote(
    link: &Link,
    which: Which<'_>,
    most: usize,
) -> Result<Vec<RemoteAgent>, OsdialError> {
    let table = link.table("remote_agents");
    let read = async |condition: &str, params: Vec<Value>| {
        let sql =
            format!("SELECT {REMOTE} FROM {table} WHERE {condition} ORDER BY remote_agent_id LIMIT {most}");
        link.rows(&sql, params).await?.into_iter().map(remote_of).collect::<Result<Vec<_>, _>>()
    };
    match which {
        Which::Where(condition) => read(&condition, Vec::new()).await,
        Which::After(id) => read("remote_agent_id > ?", vec![id.into()]).await,
        // The database compares without case, accents and trailing blanks.
        Which::OfCampaign(id) => {
            let found = read("campaign_id = ?", vec![id.into()]).await?;
            Ok(found.into_iter().filter(|agent| agent.campaign_id == id).collect())
        }
        Which::OfUser(user) => {
            let found = read("user_start = ?", vec![user.into()]).await?;
            Ok(found.into_iter().filter(|agent| agent.user_start == user).collect())
        }
        Which::Ids(ids) => {
            let mut found = Vec::new();
            for some in ids.chunks(IDS_MAX) {
                let condition = format!("remote_agent_id IN ({})", marks(some.len()));
                found.extend(read(&condition, some.iter().map(|id| (*id).into()).collect()).await?);
            }
            Ok(found)
        }
    }
}

fn remote_of(row: mysql_async::Row) -> Result<RemoteAgent, OsdialError> {
    let mut cells = Cells::of(row);
    Ok(RemoteAgent {
        remote_agent_id: cells.number()?,
        user_start: cells.text(),
        number_of_lines: cells.number()?,
        server_ip: cells.text(),
        conf_exten: cells.text(),
        status: cells.agent_status(),
        campaign_id: cells.text(),
        closer_campaigns: cells.text(),
    })
}

/// Returns live agents after an id, of all campaigns or one.
pub(super) async fn live(
    link: &Link,
    campaign_id: Option<&str>,
    after_id: u32,
    most: usize,
) -> Result<Vec<LiveAgent>, OsdialError> {
    // Exact in the statement as well: rows that are filtered out afterwards would make the page seem the last one.
    let exactly = "AND campaign_id = ? AND CAST(campaign_id AS BINARY) = ?";
    let of_campaign = if campaign_id.is_some() { exactly } else { "" };
    let mut params: Vec<Value> = vec![after_id.into()];
    params.extend(campaign_id.into_iter().flat_map(|id| [id.into(), id.into()]));
    let rows = live_where(link, &format!("live_agent_id > ? {of_campaign}"), params, most).await?;
    let is_of_it = |line: &LiveAgent| campaign_id.is_none_or(|id| line.campaign_id == id);
    Ok(rows.into_iter().filter(is_of_it).collect())
}

/// Returns the existing lines of these remote agents.
pub(super) async fn lines_of(link: &Link, agents: &[RemoteAgent]) -> Result<Vec<LiveAgent>, OsdialError> {
    let mut found = Vec::new();
    for (server_ip, users) in plan::users_by_server(agents) {
        let users: Vec<String> = users.into_iter().collect();
        for some in users.chunks(IDS_MAX) {
            let condition =
                format!("server_ip = ? AND user IN ({}) AND extension LIKE 'R/%'", marks(some.len()));
            let lines = live_where(link, &condition, with_users(&[&server_ip], some), LINES_MAX).await?;
            let wanted: BTreeSet<&str> = some.iter().map(String::as_str).collect();
            found.extend(
                lines
                    .into_iter()
                    .filter(|line| line.server_ip == server_ip && wanted.contains(line.user.as_str())),
            );
        }
    }
    Ok(found)
}

/// Returns rows of live agents for which a condition holds.
pub(super) async fn live_where(
    link: &Link,
    condition: &str,
    params: Vec<Value>,
    most: usize,
) -> Result<Vec<LiveAgent>, OsdialError> {
    let table = link.table("live_agents");
    let sql = format!("SELECT {LIVE} FROM {table} WHERE {condition} ORDER BY live_agent_id LIMIT {most}");
    let line_of = |row| {
        let mut cells = Cells::of(row);
        Ok(LiveAgent {
            live_agent_id: cells.number()?,
            user: cells.text(),
            server_ip: cells.text(),
            conf_exten: cells.text(),
            extension: cells.text(),
            status: cells.line_status(),
            campaign_id: cells.text(),
            lead_id: cells.number()?,
            uniqueid: cells.text(),
            callerid: cells.text(),
            channel: cells.text(),
            calls_today: cells.number()?,
        })
    };
    link.rows(&sql, params).await?.into_iter().map(line_of).collect()
}

/// Runs a statement of a plan. Returns how many rows were found.
pub(super) async fn carry_out(link: &Link, statement: &Statement) -> Result<u64, OsdialError> {
    let (remote, live) = (link.table("remote_agents"), link.table("live_agents"));
    match statement {
        Statement::SetStatus { ids, status } => {
            let sql =
                format!("UPDATE {remote} SET status = ? WHERE remote_agent_id IN ({})", marks(ids.len()));
            let mut params: Vec<Value> = vec![status.as_str().into()];
            params.extend(ids.iter().map(|id| Value::from(*id)));
            link.change(&sql, params).await
        }
        Statement::Wake { server_ip, campaign_id, conf_exten, users } => {
            let sql = format!(
                "UPDATE {live} SET status = 'READY' WHERE server_ip = ? AND campaign_id = ? AND conf_exten = ? AND user IN ({}) \
                 AND extension LIKE 'R/%' AND status = 'PAUSED' AND lead_id = 0 AND COALESCE(uniqueid, '') = '' AND COALESCE(callerid, '') = ''",
                marks(users.len())
            );
            link.change(&sql, with_users(&[server_ip, campaign_id, conf_exten], users)).await
        }
        Statement::Pause { server_ip, users } => {
            let sql = format!(
                "UPDATE {live} SET status = 'PAUSED' WHERE server_ip = ? AND user IN ({}) AND extension LIKE 'R/%' \
                 AND status = 'READY'",
                marks(users.len())
            );
            link.change(&sql, with_users(&[server_ip], users)).await
        }
        Statement::SetCampaign { id, from, to } => {
            let sql =
                format!("UPDATE {remote} SET campaign_id = ? WHERE remote_agent_id = ? AND campaign_id = ?");
            let params: Vec<Value> = vec![to.as_str().into(), (*id).into(), from.as_str().into()];
            link.change(&sql, params).await
        }
    }
}

/// Returns which of these ids are inactive, whoever made them so.
pub(super) async fn inactive(link: &Link, ids: &[u32]) -> Result<BTreeSet<u32>, OsdialError> {
    let agents = remote(link, Which::Ids(ids), AGENTS_MAX).await?;
    let inactive = agents.into_iter().filter(|agent| agent.status == RemoteAgentStatus::Inactive);
    Ok(inactive.map(|agent| agent.remote_agent_id).collect())
}

/// Returns which of these users the dialler does not have.
pub(super) async fn without_row(link: &Link, users: BTreeSet<String>) -> Result<Vec<String>, OsdialError> {
    let users: Vec<String> = users.into_iter().collect();
    let table = link.table("users");
    let mut known = BTreeSet::new();
    for some in users.chunks(IDS_MAX) {
        let sql = format!("SELECT CAST(user AS BINARY) FROM {table} WHERE user IN ({})", marks(some.len()));
        let rows = link.rows(&sql, with_users(&[], some)).await?;
        known.extend(rows.into_iter().map(|row| Cells::of(row).text()));
    }
    Ok(users.into_iter().filter(|user| !known.contains(user)).collect())
}

/// Returns `count` question marks.
pub(super) fn marks(count: usize) -> String {
    vec!["?"; count].join(",")
}

fn with_users(before: &[&str], users: &[String]) -> Vec<Value> {
    before
        .iter()
        .map(|text| Value::from(*text))
        .chain(users.iter().map(|user| Value::from(user.as_str())))
        .collect()
}
