//! A call that the dialler has given to one of our lines: the call, its lead, and the facts for the assistant.
//!
//! Anything missing or inconsistent is an error: such a call goes back to the dialler, and never to an assistant that does not know its lead.

use std::collections::BTreeMap;

use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialler_call::DiallerCall;
use cordboard_schema::limits::{DIALLER_FIELD_CHARS_MAX, DIALLER_FIELDS_MAX};

use super::call_backs;
use super::campaigns;
use super::connection::Link;
use super::error::OsdialError;
use super::leads;
use super::plan;
use super::rows::{Cells, OsdialCampaign, OsdialLead, OsdialStatus, RemoteLineStatus};
use super::tool;

/// Length of a call's name: `V`, ten digits of its time, nine of its lead. A newer VICIdial has nine and ten.
const KEY_CHARS: usize = 20;
/// Index of the digits that belong to the lead's number in either form, and how many numbers they distinguish.
const LEAD_AT: usize = 11;
const LEADS: u32 = 1_000_000_000;

/// A call that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenCall {
    /// The call.
    pub call: DiallerCall,
    /// Variables for an assistant, by their names.
    pub variables: BTreeMap<String, String>,
    /// Tools of its assistant: the one that sets the lead's status, if there is a status to choose, and those for callbacks and transfers by the
    /// dialler, if it supports them.
    pub tools: Vec<OfferedTool>,
}

/// A line that has the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    user: String,
    server: String,
    unique_id: String,
    key: String,
    lead_id: u32,
    campaign_id: String,
    status: RemoteLineStatus,
}

/// Looks up a call by its name.
pub(super) async fn find(link: &Link, key: &str, usual: &str) -> Result<GivenCall, OsdialError> {
    if !is_key(key) {
        return Err(not_given(key, "it is not a name of a dialler's call: V and 19 digits"));
    }
    let line = the_one(key, lines(link, key).await?)?;
    let (lead, campaigns, statuses, call_back) = tokio::try_join!(
        leads::lead(link, line.lead_id),
        campaigns::campaigns(link),
        campaigns::statuses(link, Some(&line.campaign_id)),
        call_back(link, &line),
    )?;
    let campaign = campaigns.into_iter().find(|campaign| campaign.campaign_id == line.campaign_id);
    let campaign = campaign.ok_or_else(|| OsdialError::NoCampaign(line.campaign_id.clone()))?;
    let mut found = given(line, &lead, &campaign, &statuses, usual);
    found.tools.extend(call_back);
    Ok(found)
}

/// Returns the tool for callbacks by the dialler; none if the campaign does not support that, or we lack a right for it.
async fn call_back(link: &Link, line: &Line) -> Result<Option<OfferedTool>, OsdialError> {
    Ok(call_backs::tool(link, &line.campaign_id, line.lead_id).await.unwrap_or_else(|error| {
        tracing::warn!(campaign_id = line.campaign_id, %error, "an assistant can't arrange callbacks by the dialler");
        None
    }))
}

/// Returns lines that have a call with this name. People's lines have none of ours.
async fn lines(link: &Link, key: &str) -> Result<Vec<Line>, OsdialError> {
    let table = link.table("live_agents");
    // The call's server is the one that dialled it, which may differ from the line's.
    let sql = format!(
        "SELECT CAST(user AS BINARY), CAST(IF(COALESCE(call_server_ip, '') = '', server_ip, call_server_ip) AS BINARY), \
         CAST(uniqueid AS BINARY), CAST(callerid AS BINARY), lead_id, CAST(campaign_id AS BINARY), CAST(status AS BINARY) \
         FROM {table} WHERE callerid = ? AND extension LIKE 'R/%' LIMIT 3"
    );
    let line_of = |row| {
        let mut cells = Cells::of(row);
        Ok(Line {
            user: cells.text(),
            server: cells.text(),
            unique_id: cells.text(),
            key: cells.text(),
            lead_id: cells.number()?,
            campaign_id: cells.text(),
            status: cells.line_status(),
        })
    };
    link.rows(&sql, (key,)).await?.into_iter().map(line_of).collect()
}

/// Returns the line that has the call at this moment.
fn the_one(key: &str, lines: Vec<Line>) -> Result<Line, OsdialError> {
    let mut own = lines.into_iter().filter(|line| line.key == key && plan::not_ours(&line.user).is_none());
    let line = own.next().ok_or_else(|| not_given(key, "no line has it (any more)"))?;
    if own.next().is_some() {
        return Err(not_given(key, "several lines have it"));
    }
    let is_in_call = matches!(line.status, RemoteLineStatus::Queue | RemoteLineStatus::Incall);
    let of_key = key.get(LEAD_AT..).and_then(|digits| digits.parse().ok());
    match () {
        () if !is_in_call => Err(not_given(key, "its line has no call any more")),
        () if is_too_long(&line) => Err(not_given(key, "its line has a name that no column has room for")),
        () if line.unique_id.is_empty() => Err(not_given(key, "its line names no channel")),
        () if of_key != Some(line.lead_id % LEADS) => {
            Err(not_given(key, "its line has another lead than its name says"))
        }
        () => Ok(line),
    }
}

/// Whether a value of the line is longer than in any dialler. It would be in each entry of the call.
fn is_too_long(line: &Line) -> bool {
    let names = [&line.user, &line.server, &line.unique_id, &line.campaign_id];
    names.into_iter().any(|name| name.chars().count() > DIALLER_FIELD_CHARS_MAX)
}

/// Returns the call with its lead and campaign.
fn given(
    line: Line,
    lead: &OsdialLead,
    campaign: &OsdialCampaign,
    statuses: &[OsdialStatus],
    usual: &str,
) -> GivenCall {
    let usual = statuses.iter().find(|status| status.status == usual).map(|status| status.status.clone());
    let call = DiallerCall {
        key: line.key,
        server: line.server,
        unique_id: line.unique_id,
        user: line.user,
        lead_id: line.lead_id,
        campaign_id: line.campaign_id,
        usual_status: usual,
    };
    let cut = |text: &String| -> String { text.chars().take(DIALLER_FIELD_CHARS_MAX).collect() };
    let mut variables = BTreeMap::from([
        ("lead.lead_id".to_owned(), lead.lead_id.to_string()),
        ("lead.list_id".to_owned(), lead.list_id.to_string()),
        ("lead.status".to_owned(), cut(&lead.status)),
        ("campaign.id".to_owned(), campaign.campaign_id.clone()),
        ("campaign.name".to_owned(), campaign.campaign_name.clone()),
    ]);
    let fields = lead.fields.iter().take(DIALLER_FIELDS_MAX);
    variables.extend(fields.map(|(name, value)| (format!("lead.{name}"), cut(value))));
    variables.extend(call.variables());
    GivenCall { call, variables, tools: tool::offered(statuses).into_iter().collect() }
}

fn is_key(key: &str) -> bool {
    let digits = key.strip_prefix('V');
    key.len() == KEY_CHARS && digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn not_given(key: &str, why: &'static str) -> OsdialError {
    // It comes from the dialplan, and may be anything.
    OsdialError::NotGiven { key: key.chars().filter(|c| !c.is_control()).take(KEY_CHARS).collect(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "V0102030405000000002";

    fn line() -> Line {
        Line {
            user: "1002".to_owned(),
            server: "10.0.0.1".to_owned(),
            unique_id: "1400000000.12".to_owned(),
            key: KEY.to_owned(),
            lead_id: 2,
            campaign_id: "TEST1".to_owned(),
            status: RemoteLineStatus::Queue,
        }
    }

    #[test]
    fn only_a_call_that_one_line_has_now_is_taken() {
        let why = |lines: Vec<Line>| the_one(KEY, lines).unwrap_err().to_string();
        assert_eq!(the_one(KEY, vec![line()]), Ok(line()));
        assert!(why(Vec::new()).contains("no line has it"));
        assert!(why(vec![line(), line()]).contains("several lines"));
        for status in [RemoteLineStatus::Ready, RemoteLineStatus::Paused, RemoteLineStatus::Other] {
            assert!(why(vec![Line { status, ..line() }]).contains("no call any more"));
        }
        assert!(why(vec![Line { unique_id: String::new(), ..line() }]).contains("no channel"));
        assert!(why(vec![Line { unique_id: "1".repeat(70_000), ..line() }]).contains("no column has room"));
        assert!(why(vec![Line { lead_id: 3, ..line() }]).contains("another lead"));
        // The database compares without case and trailing blanks. The dialler's own agents are not ours.
        assert!(why(vec![Line { key: KEY.to_lowercase(), ..line() }]).contains("no line has it"));
        assert!(why(vec![Line { user: "vaTEST1001".to_owned(), ..line() }]).contains("no line has it"));
    }

    #[test]
    fn a_key_is_v_and_19_digits_and_nothing_else() {
        assert!(is_key(KEY));
        for other in [
            "",
            "V",
            "M0102030405000000002",
            "V01020304050000000021",
            "V010203040500000000x",
            "V' OR 1=1 -- ",
        ] {
            assert!(!is_key(other), "{other}");
        }
    }

    #[test]
    fn an_assistant_gets_all_lead_fields_including_custom_ones() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = [
            field("first_name", "J\u{fc}rgen"),
            field("shoe_size", "43"),
            field("comments", &"c".repeat(300)),
        ];
        let lead = OsdialLead { lead_id: 2, list_id: 1001, status: "NEW".to_owned(), fields: fields.into() };
        let campaign = OsdialCampaign {
            campaign_id: "TEST1".to_owned(),
            campaign_name: "R\u{fc}ckruf".to_owned(),
            is_active: true,
            dial_method: "RATIO".to_owned(),
            auto_dial_level: "1".to_owned(),
        };
        let found = given(line(), &lead, &campaign, &[], "XFER");
        let variable = |name: &str| found.variables[name].as_str();
        assert_eq!([variable("lead.first_name"), variable("lead.shoe_size")], ["J\u{fc}rgen", "43"]);
        assert_eq!([variable("campaign.name"), variable("lead.lead_id")], ["R\u{fc}ckruf", "2"]);
        assert_eq!(variable("lead.comments").len(), DIALLER_FIELD_CHARS_MAX);
        assert_eq!(found.call.usual_status, None, "a status that does not exist is never written");
        assert!(found.tools.is_empty(), "{:?}", found.tools);
    }
}
