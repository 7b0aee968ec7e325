//! Asks the running server of this configuration for what the files don't show: whether it takes calls, which extensions exist, whether dialplans
//! send the right token, and whether stored rows can be read.

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::switch::SwitchKind;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Check, sound_threads, twilio};
use crate::boot::is_in_use;
use crate::command::running_server::{RunningServer, kind_of_reason};
use crate::command::runtime;
use crate::config::{Config, Secret};
use crate::tokens::Tokens;

const SUBJECT: &str = "dialplan requests";
const READY: &str = "running server";
const RECORDS: &str = "stored records";
const TOKEN: &str = "admin token";
const REFUSED: &str = "refused connections";
/// The server's figures of the connections of switches, each with the setting that lists the networks that may connect.
const CONNECTIONS: [(&str, &str); 3] = [
    ("cordboard_audiosocket_connections", "audiosocket.allow"),
    ("cordboard_esl_connections", "freeswitch.allow"),
    ("cordboard_audio_stream_connections", "freeswitch.allow"),
];
/// The server's figure of addresses whose dialplans are refused.
const DIALPLANS: &str = "cordboard_dialplans_refused ";
/// Name of the server's figure that counts organizations with something unreadable, up to its labels.
const HELD_UP: &str = "cordboard_organizations_held_up{";

/// Names in configuration and organizations that a switch must have.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    /// The token that dialplans must send; none if it is created at the first start.
    pub(super) dialplan_token: Option<Secret>,
    /// Extensions to which calls may be transferred, by name.
    pub(super) extensions: Vec<(String, DialplanTarget)>,
    /// Extensions of a dialler that must lead to this server.
    pub(super) agent_extensions: Vec<String>,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
struct Extension {
    name: String,
    target: DialplanTarget,
}

#[derive(Deserialize)]
struct Switch {
    name: String,
    kind: Option<SwitchKind>,
    fault: Option<String>,
    dialplan_refused: Option<Refused>,
}

/// The part of the answer of `/readyz` that is reported.
#[derive(Deserialize)]
struct Readiness {
    ready: bool,
    reasons: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Refused {
    address: String,
    requests: u64,
}

/// Asks the running server. If none runs, only the configuration is used.
pub(super) fn examine(config: &Config) -> (Named, Vec<Check>) {
    let dialplan_token = Tokens::dialplan_of(config).ok().flatten();
    let configured = config.extensions.iter().map(|(name, target)| (name.to_string(), target.clone()));
    let mut named = Named { dialplan_token, extensions: configured.collect(), agent_extensions: Vec::new() };
    let server =
        Tokens::admin_of(config).ok().flatten().and_then(|token| RunningServer::of(config, Some(token)));
    let asked = server.and_then(|server| runtime().ok()?.block_on(ask(&server)));
    let Answers { readiness, extensions, switches, figures } = match asked {
        Some(Asked::Answered(answers)) => answers,
        // A server of another folder has its own token. The check of the ports reports that server.
        Some(Asked::Refused) if is_in_use(&config.data_dir) => {
            return (named, vec![token_refused(), sound_threads::examine(None)]);
        }
        Some(Asked::Refused) | None => return (named, vec![sound_threads::examine(None)]),
    };
    if let Some(extensions) = extensions {
        named.extensions = extensions.items.into_iter().map(|one| (one.name, one.target)).collect();
    }
    let mut checks = vec![judge(&switches.items, figures.as_deref())];
    checks.extend(readiness.as_ref().and_then(takes_no_calls));
    checks.extend(account(&switches.items));
    checks.extend(figures.as_deref().map(records));
    checks.extend(figures.as_deref().and_then(refused));
    checks.push(sound_threads::examine(figures.as_deref()));
    (named, checks)
}

/// How the server has reacted to the requests.
enum Asked {
    /// It has answered them.
    Answered(Answers),
    /// It expects another admin token.
    Refused,
}

/// The server's answers.
struct Answers {
    readiness: Option<Readiness>,
    extensions: Option<Page<Extension>>,
    switches: Page<Switch>,
    /// The answer of `/metrics`.
    figures: Option<String>,
}

async fn ask(server: &RunningServer) -> Option<Asked> {
    let answer = server.get("/api/v1/switches").await.ok()?;
    if answer.status == 401 {
        return Some(Asked::Refused);
    }
    let switches = serde_json::from_str(&answer.text).ok()?;
    let readiness = fetched(server, "/readyz").await;
    let extensions = fetched(server, "/api/v1/extensions").await;
    let figures = server.get("/metrics").await.ok().filter(|answer| answer.status == 200);
    let figures = figures.map(|answer| answer.text);
    Some(Asked::Answered(Answers { readiness, extensions, switches, figures }))
}

/// Returns the server's answer; none if it does not run, or is another installation's.
async fn fetched<T: DeserializeOwned>(server: &RunningServer, path: &str) -> Option<T> {
    serde_json::from_str(&server.get(path).await.ok()?.text).ok()
}

fn token_refused() -> Check {
    Check::bad(
        TOKEN,
        "the running server expects another admin token, so it could not be asked what only it knows".to_owned(),
        "restart it if `cordboard token` has made a new one since its start; otherwise give `doctor` its admin_token".to_owned(),
    )
}

/// Reports whether Twilio has refused the newest request to it. Returns nothing if it accepts them, or there is no account.
fn account(switches: &[Switch]) -> Option<Check> {
    let mut accounts = switches.iter().filter(|switch| switch.kind == Some(SwitchKind::Twilio));
    let fault = accounts.find_map(|switch| switch.fault.as_ref())?;
    Some(Check::bad(
        twilio::SUBJECT,
        format!("Twilio refused the running server's newest request: {fault}"),
        "check that TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or twilio.api_key and its secret, are of one account, and that this \
         machine reaches twilio.api_base_url"
            .to_owned(),
    ))
}

/// Reports that the server takes no new calls. Of each reason only the kind is shown, because the database's words about it may repeat a row, and
/// reports are passed on. Returns nothing if the server takes calls.
fn takes_no_calls(readiness: &Readiness) -> Option<Check> {
    if readiness.ready {
        return None;
    }
    let reasons = readiness.reasons.iter().flatten();
    let kinds: Vec<&str> = reasons.map(|reason| kind_of_reason(reason)).collect();
    let found = match kinds.is_empty() {
        true => "it is not ready for calls".to_owned(),
        false => format!("it is not ready for calls: {}", kinds.join("; ")),
    };
    let fix = "`cordboard health --ready` says why; docs/operations.md, \"Up, and ready\", lists the reasons";
    Some(Check::bad(READY, found, fix.to_owned()))
}

/// Reports refused requests of dialplans. Those of an address that is no switch's are no failure: a stranger can cause them as well as an Asterisk
/// without a manager user.
fn judge(switches: &[Switch], figures: Option<&str>) -> Check {
    let addresses = figures.and_then(|figures| counted(figures, DIALPLANS));
    let refused = switches.iter().find_map(|switch| Some((&switch.name, switch.dialplan_refused.as_ref()?)));
    match refused {
        Some((name, Refused { address, requests })) => Check::bad(
            SUBJECT,
            format!("the running server has refused {requests} of {name}'s dialplan, from {address}, with 401"),
            "set CORDBOARD_TOKEN in its [globals] to the dialplan token, then `asterisk -rx 'dialplan reload'`".to_owned(),
        ),
        None => Check::good(
            SUBJECT,
            match addresses {
                None => "the running server refuses none".to_owned(),
                Some(addresses) => format!(
                    "the running server refuses some with 401 (addresses: {addresses}); if one is your Asterisk's, which the log shows, set \
                     CORDBOARD_TOKEN in its [globals] to the dialplan token, then `asterisk -rx 'dialplan reload'`"
                ),
            },
        ),
    }
}

/// Reports organizations that the server leaves out because stored rows of them can't be read.
fn records(figures: &str) -> Check {
    let held_up = figures.lines().filter_map(|line| {
        let (label, number) = line.strip_prefix(HELD_UP)?.split_once("} ")?;
        let number: u64 = number.trim().parse().ok()?;
        Some((label.strip_prefix("work=\"")?.strip_suffix('"')?, number))
    });
    let left_out: Vec<String> = held_up
        .filter(|(_, number)| *number > 0)
        .map(|(work, number)| format!("{work} of {number} organizations"))
        .collect();
    match left_out.is_empty() {
        true => Check::good(RECORDS, "the running server could read everything that it needed".to_owned()),
        false => Check::bad(
            RECORDS,
            format!("the running server can't read something that it needs for {}", left_out.join(", ")),
            "look for `can't be read` in its log, which names the organization and the row; restore it from a backup, or report it"
                .to_owned(),
        ),
    }
}

/// Reports connections from addresses that may not connect. They are no failure: a stranger can cause them as well as a switch.
fn refused(figures: &str) -> Option<Check> {
    let refused_at = |metric: &str| counted(figures, &format!("{metric}_total{{outcome=\"not_allowed\"}} "));
    let counted: Vec<String> = CONNECTIONS
        .iter()
        .filter_map(|(metric, setting)| Some(format!("{} by {setting}", refused_at(metric)?)))
        .collect();
    (!counted.is_empty()).then(|| {
        let found = format!(
            "the running server has refused connections because of their address: {}; if one was your switch's, which the log shows, add it there",
            counted.join(", ")
        );
        Check::good(REFUSED, found)
    })
}

/// Returns the figure in the line that begins so, if it is there and not 0.
fn counted(figures: &str, start: &str) -> Option<u64> {
    let number = figures.lines().find_map(|line| line.strip_prefix(start))?;
    number.trim().parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn records_that_the_server_cant_read_are_reported() {
        let figures = |number: u64| {
            format!(
                "# TYPE cordboard_organizations_held_up gauge\n\
                 cordboard_organizations_held_up{{work=\"export\"}} 0\n\
                 cordboard_organizations_held_up{{work=\"figures\"}} {number}\n# EOF\n"
            )
        };
        let said = format!("{:?}", records(&figures(2)));
        assert!(said.contains("Bad") && said.contains("needs for figures of 2 organizations\""), "{said}");
        assert!(!records(&figures(0)).is_bad());
    }

    #[test]
    fn a_server_that_takes_no_calls_is_reported() {
        let found = |json: &str| takes_no_calls(&serde_json::from_str(json).unwrap());
        assert_eq!(found(r#"{"ready":true,"reasons":[],"calls":{}}"#), None);
        let reasons =
            r#"["the audio stream port is closed","the database can't be read: bad row: calls of Ada"]"#;
        let check = found(&format!(r#"{{"ready":false,"reasons":{reasons}}}"#)).unwrap();
        let said = format!("{check:?}");
        assert!(check.is_bad() && said.contains("cordboard health --ready"), "{said}");
        assert!(said.contains("the audio stream port is closed; the database can't be read\""), "{said}");
        assert!(!said.contains("Ada"), "{said}");
        // A server that takes this machine for a client from outside gives no reasons.
        assert!(found(r#"{"ready":false,"reasons":null}"#).unwrap().is_bad());
    }

    #[test]
    fn connections_refused_for_their_address_are_reported() {
        let figures = |number: u64| {
            format!(
                "# TYPE cordboard_audiosocket_connections counter\n\
                 cordboard_audiosocket_connections_total{{outcome=\"arrived\"}} 9\n\
                 cordboard_audiosocket_connections_total{{outcome=\"not_allowed\"}} {number}\n\
                 cordboard_esl_connections_total{{outcome=\"not_allowed\"}} 0\n# EOF\n"
            )
        };
        let said = format!("{:?}", refused(&figures(3)));
        assert!(said.contains("Good") && said.contains("address: 3 by audiosocket.allow;"), "{said}");
        assert_eq!(refused(&figures(0)), None);
    }

    #[test]
    fn a_server_with_another_token_is_reported() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let admin_token = Some(Secret::new("of-yesterday"));
        let data_dir = folder.path().to_owned();
        let mut config = Config { data_dir, admin_token, ..Config::default() };
        config.http.listen = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
            }
        });
        let bad = |config: &Config| examine(config).1.into_iter().find(Check::is_bad);
        assert_eq!(bad(&config), None, "a server of another folder");
        let lock = File::create(folder.path().join("lock")).unwrap();
        lock.lock().unwrap();
        assert_eq!(bad(&config).map(|check| check.subject), Some(TOKEN));
    }

    #[test]
    fn an_account_that_twilio_refuses_is_reported() {
        let complaint = |kind: &str| {
            let json =
                format!(r#"{{"items":[{{"name":"a","kind":"{kind}","fault":"20003: Authenticate"}}]}}"#);
            let switches: Page<Switch> = serde_json::from_str(&json).unwrap();
            account(&switches.items)
        };
        let said = format!("{:?}", complaint("twilio"));
        assert!(said.contains("20003") && said.contains("TWILIO_AUTH_TOKEN"), "{said}");
        assert_eq!(complaint("asterisk"), None);
    }

    #[test]
    fn a_refused_dialplan_is_reported() {
        let json = r#"{"items":[{"name":"pbx1","dialplan_refused":null},
            {"name":"pbx2","dialplan_refused":{"address":"10.0.0.5","requests":7,"last_at":"2027-05-04T09:00:00Z"}}]}"#;
        let switches: Page<Switch> = serde_json::from_str(json).unwrap();
        let said = format!("{:?}", judge(&switches.items, None));
        assert!(
            said.contains("Bad") && said.contains("refused 7 of pbx2's dialplan, from 10.0.0.5"),
            "{said}"
        );
        let figures = |addresses: u64| format!("cordboard_dialplans_refused {addresses}\n");
        let of_others = judge(&switches.items[..1], Some(&figures(2)));
        assert!(!of_others.is_bad() && format!("{of_others:?}").contains("with 401 (addresses: 2)"));
        let none = format!("{:?}", judge(&switches.items[..1], Some(&figures(0))));
        assert!(none.contains("refuses none"), "{none}");
    }
}
