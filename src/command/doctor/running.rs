//! The server of this configuration, where it runs: what it knows and the files do not say. Which extensions there are, and whether
//! dialplans bring the right token.

use cordboard_schema::dialplan::DialplanTarget;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Check;
use crate::command::running_server::RunningServer;
use crate::command::runtime;
use crate::config::{Config, Secret};
use crate::tokens::Tokens;

const SUBJECT: &str = "dialplan requests";

/// Names in configuration and organization that a switch has to have.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    /// Token that dialplans have to send; none where it is made at the first start.
    pub(super) dialplan_token: Option<Secret>,
    /// Extensions that calls may be passed to, by name.
    pub(super) extensions: Vec<(String, DialplanTarget)>,
    /// Extensions of a dialler that have to lead to this server.
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
    dialplan_refused: Option<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    address: String,
    requests: u64,
}

/// Asks the running server what it knows; where none runs, the configuration is all.
pub(super) fn examine(config: &Config) -> (Named, Option<Check>) {
    let dialplan_token = Tokens::dialplan_of(config).ok().flatten();
    let configured = config.extensions.iter().map(|(name, target)| (name.to_string(), target.clone()));
    let mut named = Named { dialplan_token, extensions: configured.collect(), agent_extensions: Vec::new() };
    let server =
        Tokens::admin_of(config).ok().flatten().and_then(|token| RunningServer::of(config, Some(token)));
    let told = server.and_then(|server| runtime().ok()?.block_on(ask(&server)));
    let Some((extensions, switches)) = told else { return (named, None) };
    if let Some(extensions) = extensions {
        named.extensions = extensions.items.into_iter().map(|one| (one.name, one.target)).collect();
    }
    (named, Some(judge(&switches.items)))
}

async fn ask(server: &RunningServer) -> Option<(Option<Page<Extension>>, Page<Switch>)> {
    let switches = told(server, "/api/v1/switches").await?;
    Some((told(server, "/api/v1/extensions").await, switches))
}

/// The server's answer; none where it does not run, or is another's.
async fn told<T: DeserializeOwned>(server: &RunningServer, path: &str) -> Option<T> {
    serde_json::from_str(&server.get(path).await.ok()?.text).ok()
}

fn judge(switches: &[Switch]) -> Check {
    let refused = switches.iter().find_map(|switch| Some((&switch.name, switch.dialplan_refused.as_ref()?)));
    match refused {
        Some((name, Refused { address, requests })) => Check::bad(
            SUBJECT,
            format!("the running server has refused {requests} of {name}'s dialplan, from {address}, with 401"),
            "set CORDBOARD_TOKEN in its [globals] to the dialplan token, then `asterisk -rx 'dialplan reload'`".to_owned(),
        ),
        None => Check::good(SUBJECT, "the running server refuses none".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialplan_that_is_refused_is_told() {
        let told = r#"{"items":[{"name":"pbx1","dialplan_refused":null},
            {"name":"pbx2","dialplan_refused":{"address":"10.0.0.5","requests":7,"last_at":"2027-05-04T09:00:00Z"}}]}"#;
        let switches: Page<Switch> = serde_json::from_str(told).unwrap();
        let said = format!("{:?}", judge(&switches.items));
        assert!(
            said.contains("Bad") && said.contains("refused 7 of pbx2's dialplan, from 10.0.0.5"),
            "{said}"
        );
        assert!(!judge(&switches.items[..1]).is_bad());
    }
}
