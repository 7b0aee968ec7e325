//! Checks whether the dialler's database answers and is set up properly, and whether its agent API answers.

use tokio::runtime::Handle;

use super::Check;
use crate::command::runtime;
use crate::config::Config;
use crate::osdial::{self, DiallerState};

const SUBJECT: &str = "dialler";

/// Returns all its checks, and the extensions of its dialplan that must lead to this server; nothing if there is no dialler.
pub(super) fn examine(config: &Config) -> (Vec<Check>, Vec<String>) {
    let Some(url) = config.osdial.database_url.as_ref() else { return (Vec::new(), Vec::new()) };
    let outcome = match runtime() {
        Ok(runtime) => runtime.block_on(async {
            let calls_max = config.calls.max.get();
            let found = osdial::examine(url, &config.osdial, calls_max, Handle::current()).await;
            found.map_err(|error| error.to_string())
        }),
        Err(error) => Err(error.to_string()),
    };
    let (faults, extensions) = match &outcome {
        Ok(found) => (found.faults.clone(), found.extensions.clone()),
        Err(_) => (Vec::new(), Vec::new()),
    };
    let mut checks = vec![match outcome {
        Ok(DiallerState { campaigns, remote_agents: 0, .. }) => Check::bad(
            SUBJECT,
            format!("{url} answers; {campaigns} campaigns, and no remote agent whose first user is a number"),
            "make remote agents on the dialler's own pages, with users of two digits or more".to_owned(),
        ),
        Ok(DiallerState { campaigns, remote_agents, active, lines, .. }) => Check::good(
            SUBJECT,
            format!(
                "{url} answers; {campaigns} campaigns, {remote_agents} remote agents ({active} active), {lines} lines logged in"
            ),
        ),
        Err(error) => refused(&url.to_string(), &error),
    }];
    checks.extend(faults.into_iter().map(|fault| Check::bad(SUBJECT, fault.found, fault.fix)));
    checks.extend(agent_api(config));
    (checks, extensions)
}

/// The check of the dialler's agent API; none if it is not configured.
fn agent_api(config: &Config) -> Option<Check> {
    let url = config.osdial.agent_api_url.as_ref()?;
    let outcome = match runtime() {
        Ok(runtime) => {
            let asked = runtime.block_on(osdial::examine_agent_api(&config.osdial));
            asked.map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    Some(match outcome {
        Ok(()) => Check::good(SUBJECT, format!("{url} answers, and lets us control calls")),
        Err(error) => refused(&url.to_string(), &error),
    })
}

/// The check of a service that answered with an error. Its fix follows its first semicolon.
fn refused(url: &str, error: &str) -> Check {
    let (found, fix) = error.split_once("; ").unwrap_or((error, "check the dialler's own log"));
    Check::bad(SUBJECT, format!("{url}: {found}"), fix.to_owned())
}
