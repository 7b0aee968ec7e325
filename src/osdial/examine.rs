//! Checks for `cordboard doctor` whether the dialler's database has what we read, and lets us change what we change.

use std::collections::BTreeSet;

use tokio::runtime::Handle;

use super::agent_api::AgentApi;
use super::agents::{self, AGENTS_MAX, LINES_MAX, Which};
use super::connection::Link;
use super::error::OsdialError;
use super::rows::{OsdialCampaign, OsdialStatus, RemoteAgent, RemoteAgentStatus};
use super::{call_backs, campaigns, leads, no_calls, plan};
use crate::config::{Osdial as OsdialSettings, OsdialUrl};

/// Tables and columns that we change. Named columns must exist as well.
const CHANGES: [(&str, &str); 6] = [
    ("remote_agents", "status=status, campaign_id=campaign_id"),
    ("live_agents", "status=status"),
    ("list", "status=status, user=user"),
    (
        "log",
        "status=status, user=user, comments=comments, term_reason=term_reason, end_epoch=end_epoch, length_in_sec=length_in_sec",
    ),
    ("auto_calls", "last_update_time=last_update_time"),
    ("callbacks", "status=status"),
];

/// Maximum users of lines that one line of the report names.
const USERS_SHOWN_MAX: usize = 5;

/// State of the dialler's database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiallerState {
    /// Campaigns.
    pub campaigns: usize,
    /// Remote agents that we may command: their first users are numbers.
    pub remote_agents: usize,
    /// Those of them that are active.
    pub active: usize,
    /// Their lines that are logged in.
    pub lines: usize,
    /// Faults that would affect calls, each with its fix.
    pub faults: Vec<DiallerFault>,
    /// The extensions of the active ones that lead to this server.
    pub extensions: Vec<String>,
}

/// A fault that would affect calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiallerFault {
    /// Finding.
    pub found: String,
    /// The fix.
    pub fix: String,
}

/// Reads a row of each table, and tries the right to each change on no row.
///
/// # Errors
/// The first fault, with its fix.
pub async fn examine(
    url: &OsdialUrl,
    settings: &OsdialSettings,
    calls_max: u32,
    runtime: Handle,
) -> Result<DiallerState, OsdialError> {
    let link = Link::new(url, settings, runtime)?;
    let campaigns = campaigns::campaigns(&link).await?;
    let mut remote = agents::remote(&link, Which::After(0), AGENTS_MAX).await?;
    remote.retain(|agent| plan::not_ours(&agent.user_start).is_none());
    let lines = agents::lines_of(&link, &remote).await?.len().min(LINES_MAX);
    campaigns::lists(&link, None).await?;
    let statuses = campaigns::statuses(&link, None).await?;
    leads::columns(&link).await?;
    for (table, change) in CHANGES {
        link.change(&format!("UPDATE {} SET {change} WHERE 1=0", link.table(table)), ()).await?;
    }
    let made = no_calls::tables(&link).await?;
    for (table, columns) in [("callbacks", call_backs::COLUMNS)].into_iter().chain(made) {
        let table = link.table(table);
        link.change(&format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE 1=0"), ())
            .await?;
    }
    let active = remote.iter().filter(|agent| agent.status == RemoteAgentStatus::Active).count();
    let mut faults = faults(settings, calls_max, &remote, &campaigns, &statuses);
    faults.extend(faults_of_campaigns(settings, &remote, &campaigns));
    let taking: Vec<RemoteAgent> = taking_calls(settings, &remote).cloned().collect();
    let users = plan::users_by_server(&taking).into_values().flatten().collect();
    faults.extend(fault_of_users(&agents::without_row(&link, users).await?));
    let called: BTreeSet<&str> =
        taking_calls(settings, &remote).map(|agent| agent.campaign_id.as_str()).collect();
    for campaign_id in called {
        if !no_calls::lists(&link, campaign_id).await?.are_used {
            faults.push(DiallerFault {
                found: format!(
                    "the campaign {campaign_id} uses no do-not-call list: people who ask for no calls are protected only by the status of their lead"
                ),
                fix: "set \"Use Internal DNC List\" (use_internal_dnc) of the campaign to Y".to_owned(),
            });
        }
    }
    let mut extensions: Vec<String> =
        taking_calls(settings, &remote).map(|agent| agent.conf_exten.clone()).collect();
    extensions.sort();
    extensions.dedup();
    let campaigns = campaigns.len();
    Ok(DiallerState { campaigns, remote_agents: remote.len(), active, lines, faults, extensions })
}

/// Checks whether the dialler's agent API, if configured, lets us control calls.
///
/// # Errors
/// The fault, with its fix.
pub async fn examine_agent_api(settings: &OsdialSettings) -> Result<(), OsdialError> {
    match AgentApi::of(settings)? {
        Some(api) => api.examine().await,
        None => Ok(()),
    }
}

/// Returns the remote agents whose calls come to this server.
fn taking_calls<'a>(
    settings: &'a OsdialSettings,
    remote: &'a [RemoteAgent],
) -> impl Iterator<Item = &'a RemoteAgent> {
    let is_active = |agent: &&RemoteAgent| agent.status == RemoteAgentStatus::Active;
    remote.iter().filter(is_active).filter(|agent| plan::is_of_this_server(agent, settings))
}

/// Returns faults that would affect calls. Pure.
fn faults(
    settings: &OsdialSettings,
    calls_max: u32,
    remote: &[RemoteAgent],
    campaigns: &[OsdialCampaign],
    statuses: &[OsdialStatus],
) -> Vec<DiallerFault> {
    let mut faults = Vec::new();
    let mut report_fault = |found: String, fix: String| faults.push(DiallerFault { found, fix });
    let lines: u32 = taking_calls(settings, remote).map(|agent| u32::from(agent.number_of_lines)).sum();
    if lines > calls_max {
        report_fault(
            format!(
                "the active remote agents have {lines} lines, and calls.max is {calls_max}: calls beyond that are refused"
            ),
            format!("give them {calls_max} lines in all (number_of_lines), or raise calls.max"),
        );
    }
    for agent in taking_calls(settings, remote) {
        if let Some(why) = bad_extension(&agent.conf_exten) {
            report_fault(
                format!("the remote agent {} has the external extension {:?}: {why}", agent.user_start, agent.conf_exten),
                "set it to an extension of the dialler's dialplan that leads to cordboard-osdial (deploy/osdial)".to_owned(),
            );
        }
    }
    let usual = settings.usual_status.as_str();
    if !statuses.iter().any(|status| status.status == usual) {
        report_fault(
            format!("the dialler has no status {usual}: leads without a result stay as they are"),
            "create it on the dialler's own pages, or set osdial.usual_status to one that it has".to_owned(),
        );
    }
    for named in settings.profiles.iter().flat_map(|profiles| profiles.campaigns()) {
        if !campaigns.iter().any(|campaign| campaign.campaign_id == named) {
            report_fault(
                format!("osdial.profiles names the campaign {named}, which the dialler does not have"),
                "write its id exactly as the dialler does, with capitals and leading zeros".to_owned(),
            );
        }
    }
    for agent in taking_calls(settings, remote) {
        let is_named = settings.profiles.as_ref().is_none_or(|all| all.of(&agent.campaign_id).is_some());
        if !is_named {
            report_fault(
                format!(
                    "the remote agent {} is active in the campaign {}, which osdial.profiles does not name: its calls go back to the dialler",
                    agent.user_start, agent.campaign_id
                ),
                "name the campaign there, or give the agent to another".to_owned(),
            );
        }
    }
    faults
}

/// Returns settings of campaigns because of which remote agents of this server get no calls, or answered calls are dropped. Pure.
fn faults_of_campaigns(
    settings: &OsdialSettings,
    remote: &[RemoteAgent],
    campaigns: &[OsdialCampaign],
) -> Vec<DiallerFault> {
    let called: BTreeSet<&str> =
        taking_calls(settings, remote).map(|agent| agent.campaign_id.as_str()).collect();
    let mut faults = Vec::new();
    let mut report_fault =
        |found: String, fix: &str| faults.push(DiallerFault { found, fix: fix.to_owned() });
    for OsdialCampaign { campaign_id, is_active, dial_method, auto_dial_level, .. } in
        campaigns.iter().filter(|campaign| called.contains(campaign.campaign_id.as_str()))
    {
        if !is_active {
            report_fault(
                format!("the campaign {campaign_id} is not active: its remote agents get no calls"),
                "set \"Active\" of the campaign to Y",
            );
        }
        // A level that is not a number is left to the dialler.
        let level: f64 = auto_dial_level.trim().parse().unwrap_or(1.0);
        if dial_method == "MANUAL" {
            report_fault(
                format!(
                    "the campaign {campaign_id} has the dial method MANUAL, which dials nobody by itself"
                ),
                "set \"Dial Method\" of the campaign to RATIO, and \"Auto Dial Level\" to 1",
            );
        } else if dial_method.starts_with("ADAPT") {
            report_fault(
                format!(
                    "the campaign {campaign_id} has the dial method {dial_method}, which learns from people"
                ),
                "set \"Dial Method\" of the campaign to RATIO: assistants are always available",
            );
        } else if level <= 0.0 {
            report_fault(
                format!("the campaign {campaign_id} has the auto dial level {level}: it dials nobody"),
                "set \"Auto Dial Level\" of the campaign to 1: a call for each free line",
            );
        } else if level > 1.0 {
            report_fault(
                format!(
                    "the campaign {campaign_id} dials {level} calls for each free line: answered calls are dropped when none is free"
                ),
                "set \"Auto Dial Level\" of the campaign to 1",
            );
        }
    }
    faults
}

/// Returns the fault of lines that have no user; none if all have one. Pure.
fn fault_of_users(missing: &[String]) -> Option<DiallerFault> {
    if missing.is_empty() {
        return None;
    }
    let shown: Vec<&str> = missing.iter().take(USERS_SHOWN_MAX).map(String::as_str).collect();
    let more = if shown.len() < missing.len() { " and others" } else { "" };
    Some(DiallerFault {
        found: format!("lines of the active remote agents have no user: {}{more}", shown.join(", ")),
        fix: "make them on the dialler's page of users (level 7), or with deploy/osdial/register-agents.sh"
            .to_owned(),
    })
}

/// Returns why the dialler would not send a call to this extension as it is.
fn bad_extension(extension: &str) -> Option<&'static str> {
    let is_digits = !extension.is_empty() && extension.bytes().all(|byte| byte.is_ascii_digit());
    match extension {
        _ if !is_digits => Some("the shipped dialplan takes digits alone"),
        _ if extension.len() >= 8 && extension.starts_with("87") => {
            Some("the dialler takes it for its own IVR")
        }
        _ if extension.contains("999999999999") => Some("the dialler takes it for something else"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn agent(user_start: &str, lines: u8, conf_exten: &str, campaign_id: &str) -> RemoteAgent {
        RemoteAgent {
            remote_agent_id: 1,
            user_start: user_start.to_owned(),
            number_of_lines: lines,
            server_ip: "10.0.0.1".to_owned(),
            conf_exten: conf_exten.to_owned(),
            status: RemoteAgentStatus::Active,
            campaign_id: campaign_id.to_owned(),
            closer_campaigns: String::new(),
        }
    }

    #[test]
    fn faults_that_affect_calls_are_reported_with_their_fix() {
        let settings = Config::default().osdial;
        let remote = [
            agent("1001", 100, "8801", "A"),
            agent("2001", 101, "87123456", "A"),
            agent("va3001", 50, "87000001", "A"),
            RemoteAgent { status: RemoteAgentStatus::Inactive, ..agent("4001", 100, "x", "A") },
        ];
        let faults: Vec<String> =
            faults(&settings, 200, &remote, &[], &[]).into_iter().map(|fault| fault.found).collect();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].contains("201 lines") && faults[0].contains("calls.max is 200"), "{faults:?}");
        assert!(faults[1].contains("2001") && faults[1].contains("IVR"), "{faults:?}");
        assert!(faults[2].contains("no status XFER"), "{faults:?}");
    }

    #[test]
    fn campaigns_giving_assistants_no_calls_or_too_many_are_reported() {
        let settings = Config::default().osdial;
        let remote = [agent("1001", 1, "8801", "A")];
        let campaign = |campaign_id: &str, is_active: bool, dial_method: &str, level: &str| OsdialCampaign {
            campaign_id: campaign_id.to_owned(),
            campaign_name: String::new(),
            is_active,
            dial_method: dial_method.to_owned(),
            auto_dial_level: level.to_owned(),
        };
        for (is_active, dial_method, level, expected) in [
            (true, "RATIO", "1", ""),
            (true, "SHARED_RATIO", "1.0", ""),
            (false, "RATIO", "1", "is not active"),
            (true, "MANUAL", "0", "dials nobody by itself"),
            (true, "ADAPT_TAPERED", "3", "learns from people"),
            (true, "RATIO", "0", "it dials nobody"),
            (true, "RATIO", "2.5", "dials 2.5 calls for each free line"),
        ] {
            // Nothing is reported about a campaign without agents of ours.
            let all = [campaign("A", is_active, dial_method, level), campaign("B", false, "MANUAL", "0")];
            let faults = faults_of_campaigns(&settings, &remote, &all);
            let found: Vec<&str> = faults.iter().map(|fault| fault.found.as_str()).collect();
            assert_eq!(found.len(), usize::from(!expected.is_empty()), "{dial_method} {level}: {found:?}");
            assert!(found.iter().all(|found| found.contains(expected)), "{expected}: {found:?}");
        }
    }

    #[test]
    fn lines_without_a_user_are_named_five_at_most() {
        assert_eq!(fault_of_users(&[]), None);
        let missing: Vec<String> = (1_001..1_008).map(|user: u32| user.to_string()).collect();
        let message = |count: usize| fault_of_users(&missing[..count]).unwrap().found;
        assert!(message(2).ends_with("have no user: 1001, 1002"), "{}", message(2));
        assert!(message(7).ends_with("1001, 1002, 1003, 1004, 1005 and others"), "{}", message(7));
    }
}
