//! Changes of the dialler's tables for a command: the lines of a remote agent, and the statements. Pure.
//!
//! The known short forms (`UPDATE r, l SET r.status='INACTIVE', l.status='PAUSED' WHERE l.user=r.user_start ...`) show what the commands mean. Run in
//! this form they reach only the first line of a group, lose calls that a line already has, and change the dialler's own `va...` agents as well.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{LiveAgent, RemoteAgent, RemoteAgentStatus};
use crate::config::Osdial;

/// Maximum ids and users in one statement.
pub(super) const IDS_MAX: usize = 500;

/// Digits of the longest first user. For the dialler, a longer one is no longer a whole number.
const DIGITS_MAX: usize = 15;

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// Sets the status of remote agents.
    SetStatus {
        /// Ids of the agents.
        ids: Vec<u32>,
        /// The new status.
        status: RemoteAgentStatus,
    },
    /// Sets lines READY that are PAUSED, have no call and belong to this campaign and extension.
    Wake {
        /// Their server.
        server_ip: String,
        /// Their campaign.
        campaign_id: String,
        /// Their extension.
        conf_exten: String,
        /// Their users.
        users: Vec<String>,
    },
    /// Sets lines PAUSED that are READY. One that has a call is never touched: its row would be deleted.
    Pause {
        /// Their server.
        server_ip: String,
        /// Their users.
        users: Vec<String>,
    },
    /// Assigns a remote agent to another campaign, if it is still in the known one.
    SetCampaign {
        /// Id of the agent.
        id: u32,
        /// The campaign that it has.
        from: String,
        /// The campaign that it gets.
        to: String,
    },
}

/// Returns why a row is not one of our remote agents; `None` if it is.
///
/// The dialler's own IVR has agents whose first user begins with `va`. It ignores a first user of one digit, and changes a number that is too long
/// for it.
pub(super) fn not_ours(user_start: &str) -> Option<&'static str> {
    let is_number = !user_start.is_empty() && user_start.bytes().all(|byte| byte.is_ascii_digit());
    match user_start.len() {
        _ if !is_number => Some("the first user of a remote agent must have only digits"),
        1 => Some("the dialler ignores a first user of one digit"),
        0..=DIGITS_MAX => None,
        _ => Some("the first user has more digits than the dialler supports"),
    }
}

/// Whether calls of this remote agent come to this server, according to its settings.
pub(super) fn is_of_this_server(agent: &RemoteAgent, settings: &Osdial) -> bool {
    let extensions = settings.agent_extensions.as_ref();
    not_ours(&agent.user_start).is_none() && extensions.is_none_or(|own| own.has(&agent.conf_exten))
}

/// Returns the users of a remote agent's lines: the first and the following numbers. Leading zeros are lost, as in the dialler.
pub(super) fn users(agent: &RemoteAgent) -> Vec<String> {
    let Ok(first) = agent.user_start.parse::<u64>() else { return Vec::new() };
    if not_ours(&agent.user_start).is_some() {
        return Vec::new();
    }
    (0..u64::from(agent.number_of_lines)).map(|number| (first + number).to_string()).collect()
}

/// Returns the users of these agents' lines, by server: the same user on another server is another line.
pub(super) fn users_by_server(agents: &[RemoteAgent]) -> BTreeMap<String, BTreeSet<String>> {
    let mut by_server: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for agent in agents {
        by_server.entry(agent.server_ip.clone()).or_default().extend(users(agent));
    }
    by_server
}

/// Statements that let the dialler keep the lines of these agents.
pub(super) fn enable(agents: &[RemoteAgent]) -> Vec<Statement> {
    let mut statements = set_status(agents, RemoteAgentStatus::Active);
    // Otherwise, lines that were paused a moment ago would return only after the dialler has deleted them.
    let mut alike: BTreeMap<(&str, &str, &str), BTreeSet<String>> = BTreeMap::new();
    for agent in agents {
        let key = (agent.server_ip.as_str(), agent.campaign_id.as_str(), agent.conf_exten.as_str());
        alike.entry(key).or_default().extend(users(agent));
    }
    for ((server_ip, campaign_id, conf_exten), users) in alike {
        statements.extend(parts(users).map(|users| Statement::Wake {
            server_ip: server_ip.to_owned(),
            campaign_id: campaign_id.to_owned(),
            conf_exten: conf_exten.to_owned(),
            users,
        }));
    }
    statements
}

/// Statements that stop the dialler from keeping the lines of these agents. Use them together with [`pause`].
pub(super) fn set_inactive(agents: &[RemoteAgent]) -> Vec<Statement> {
    set_status(agents, RemoteAgentStatus::Inactive)
}

/// Statements that pause free lines of inactive agents. A running turn of the dialler may set them READY again, so this is repeated.
pub(super) fn pause(agents: &[RemoteAgent]) -> Vec<Statement> {
    let of_server = |(server_ip, users): (String, BTreeSet<String>)| {
        parts(users)
            .map(move |users| Statement::Pause { server_ip: server_ip.clone(), users })
            .collect::<Vec<_>>()
    };
    users_by_server(agents).into_iter().flat_map(of_server).collect()
}

/// Statements that assign agents to campaigns; none for those that are there already.
pub(super) fn assign(wanted: &[(RemoteAgent, String)]) -> Vec<Statement> {
    let moved = wanted.iter().filter(|(agent, to)| agent.campaign_id != *to);
    moved
        .map(|(agent, to)| Statement::SetCampaign {
            id: agent.remote_agent_id,
            from: agent.campaign_id.clone(),
            to: to.clone(),
        })
        .collect()
}

/// Returns the statement that reverts a [`Statement::SetCampaign`].
pub(super) fn undo(statement: &Statement) -> Option<Statement> {
    match statement {
        Statement::SetCampaign { id, from, to } => {
            Some(Statement::SetCampaign { id: *id, from: to.clone(), to: from.clone() })
        }
        Statement::SetStatus { .. } | Statement::Wake { .. } | Statement::Pause { .. } => None,
    }
}

/// The users of lines that may have a call.
pub(super) fn in_call(lines: &[LiveAgent]) -> Vec<String> {
    lines.iter().filter(|line| line.status.may_have_call()).map(|line| line.user.clone()).collect()
}

fn set_status(agents: &[RemoteAgent], status: RemoteAgentStatus) -> Vec<Statement> {
    let ids: Vec<u32> = agents.iter().map(|agent| agent.remote_agent_id).collect();
    ids.chunks(IDS_MAX).map(|ids| Statement::SetStatus { ids: ids.to_vec(), status }).collect()
}

/// Splits users into parts for one statement each.
fn parts(users: BTreeSet<String>) -> impl Iterator<Item = Vec<String>> {
    let users: Vec<String> = users.into_iter().collect();
    let parts: Vec<Vec<String>> = users.chunks(IDS_MAX).map(<[String]>::to_vec).collect();
    parts.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osdial::rows::RemoteLineStatus;

    fn agent(id: u32, user_start: &str, lines: u8, campaign_id: &str) -> RemoteAgent {
        RemoteAgent {
            remote_agent_id: id,
            user_start: user_start.to_owned(),
            number_of_lines: lines,
            server_ip: "10.0.0.1".to_owned(),
            conf_exten: "8801".to_owned(),
            status: RemoteAgentStatus::Active,
            campaign_id: campaign_id.to_owned(),
            closer_campaigns: String::new(),
        }
    }

    fn line(user: &str, status: RemoteLineStatus) -> LiveAgent {
        LiveAgent {
            live_agent_id: 1,
            user: user.to_owned(),
            server_ip: "10.0.0.1".to_owned(),
            conf_exten: "8801".to_owned(),
            extension: format!("R/{user}"),
            status,
            campaign_id: "TEST1".to_owned(),
            lead_id: 0,
            uniqueid: String::new(),
            callerid: String::new(),
            channel: String::new(),
            calls_today: 0,
        }
    }

    #[test]
    fn lines_are_the_numbers_from_the_first_user_on() {
        assert_eq!(users(&agent(1, "1001", 3, "A")), ["1001", "1002", "1003"]);
        assert_eq!(
            users(&agent(1, "0998", 3, "A")),
            ["998", "999", "1000"],
            "the dialler loses leading zeros"
        );
        assert_eq!(users(&agent(1, "1001", 0, "A")), [""; 0]);
        for other in ["", "7", "vaTEST1001", "10 1", "1001 ", "-12", "１２", "1234567890123456"] {
            assert!(not_ours(other).is_some(), "{other}");
            assert_eq!(users(&agent(1, other, 3, "A")), [""; 0], "{other}");
        }
    }

    #[test]
    fn enabling_sets_all_lines_and_wakes_each_campaigns_own() {
        let statements = enable(&[agent(7, "1001", 2, "A"), agent(8, "2001", 1, "B")]);
        let wake = |campaign_id: &str, users: &[&str]| Statement::Wake {
            server_ip: "10.0.0.1".to_owned(),
            campaign_id: campaign_id.to_owned(),
            conf_exten: "8801".to_owned(),
            users: users.iter().map(|user| (*user).to_owned()).collect(),
        };
        let status = Statement::SetStatus { ids: vec![7, 8], status: RemoteAgentStatus::Active };
        assert_eq!(statements, [status, wake("A", &["1001", "1002"]), wake("B", &["2001"])]);
    }

    #[test]
    fn the_same_user_on_two_servers_is_two_lines() {
        let mut other = agent(2, "1001", 1, "A");
        other.server_ip = "10.0.0.2".to_owned();
        let statements = pause(&[agent(1, "1001", 1, "A"), other]);
        let of = |server_ip: &str| Statement::Pause {
            server_ip: server_ip.to_owned(),
            users: vec!["1001".to_owned()],
        };
        assert_eq!(statements, [of("10.0.0.1"), of("10.0.0.2")]);
    }

    #[test]
    fn many_lines_are_paused_in_parts() {
        let agents: Vec<RemoteAgent> =
            (0..10).map(|n| agent(n, &(10_000 + n * 200).to_string(), 200, "A")).collect();
        let statements = pause(&agents);
        assert_eq!(statements.len(), 4);
        let total: usize = statements
            .iter()
            .map(|statement| if let Statement::Pause { users, .. } = statement { users.len() } else { 0 })
            .sum();
        assert_eq!(total, 2_000);
    }

    #[test]
    fn agents_already_assigned_are_skipped_and_others_are_undoable() {
        let statements =
            assign(&[(agent(1, "1001", 1, "A"), "A".to_owned()), (agent(2, "1002", 1, "A"), "a".to_owned())]);
        let there = Statement::SetCampaign { id: 2, from: "A".to_owned(), to: "a".to_owned() };
        let back = Statement::SetCampaign { id: 2, from: "a".to_owned(), to: "A".to_owned() };
        assert_eq!(statements, [there]);
        assert_eq!(undo(&statements[0]), Some(back));
    }

    #[test]
    fn lines_in_an_unknown_state_may_have_a_call() {
        let lines = [
            line("1", RemoteLineStatus::Ready),
            line("2", RemoteLineStatus::Queue),
            line("3", RemoteLineStatus::Incall),
            line("4", RemoteLineStatus::Paused),
            line("5", RemoteLineStatus::Other),
            line("6", RemoteLineStatus::Closer),
        ];
        assert_eq!(in_call(&lines), ["2", "3", "5"]);
    }
}
