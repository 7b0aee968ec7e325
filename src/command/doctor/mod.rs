//! `cordboard doctor`: reports what would keep Cordboard from taking calls, with a fix for each failure.
//!
//! It changes nothing: files that try a folder are removed again, and no folder is created.

mod agent_phones;
mod ami;
mod asterisk;
mod cache;
mod certificate;
mod clock;
mod database;
mod esl;
mod folders;
mod freeswitch;
mod judge;
mod keys;
mod legs;
mod mail;
mod model_ends;
mod open_files;
mod osdial;
mod ports;
mod prices;
mod provider;
mod proxies;
mod recognition;
mod recordings_store;
#[cfg(test)]
mod refusing_provider;
mod running;
mod snippet;
mod sound_threads;
mod switch_socket;
mod twilio;

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use super::terminal::print;
use crate::config::{Config, ConfigError, Loaded, Sources};
use crate::error::CommandError;
use cordboard_schema::switch::SwitchKind;
use cordboard_terminal::Table;
use running::Named;

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Check {
    /// Subject of the check.
    subject: &'static str,
    outcome: Outcome,
}

/// Checks of a kind of switch.
struct SwitchChecks {
    /// Returns the checks of every configured switch of this kind; none if there is none.
    examine: fn(&Config, &Named) -> Vec<Check>,
    /// Prints what the user should copy to them; nothing if no such switch is configured.
    to_copy: fn(&Config) -> Result<(), CommandError>,
}

/// The checks of each kind of switch that has servers to check, in the order in which the kinds are registered.
fn switch_checks(config: &Config) -> Vec<SwitchChecks> {
    let of_kind = |kind| match kind {
        SwitchKind::Freeswitch => Some(freeswitch::CHECKS),
        SwitchKind::Asterisk => Some(asterisk::CHECKS),
        _ => None,
    };
    config.switches.each().into_iter().filter_map(|section| of_kind(section.kind())).collect()
}

/// An address as settings and dialplans write it: IPv6 in brackets, and an IPv4-mapped address as IPv4.
fn address_at(ip: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(ip.to_canonical(), port)
}

/// Result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// There is nothing to do.
    Good {
        /// Finding.
        found: String,
    },
    /// Calls would suffer.
    Bad {
        /// Finding.
        found: String,
        /// The fix.
        fix: String,
    },
}

impl Check {
    fn good(subject: &'static str, found: String) -> Self {
        Self { subject, outcome: Outcome::Good { found } }
    }

    fn bad(subject: &'static str, found: String, fix: String) -> Self {
        Self { subject, outcome: Outcome::Bad { found, fix } }
    }

    fn is_bad(&self) -> bool {
        matches!(self.outcome, Outcome::Bad { .. })
    }
}

/// How the report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A table, and the texts to copy to the switches.
    Table,
    /// JSON only.
    Json,
}

/// All checks, in a form for programs.
#[derive(Debug, Serialize)]
pub(super) struct Examined {
    version: &'static str,
    /// Whether no check failed.
    ok: bool,
    checks: Vec<ReportedCheck>,
}

/// A check, in a form for programs.
#[derive(Debug, Serialize)]
struct ReportedCheck {
    subject: &'static str,
    ok: bool,
    found: String,
    /// The fix; null where none is needed.
    fix: Option<String>,
}

impl Examined {
    fn of(checks: &[Check], shown: impl Fn(&str) -> String) -> Self {
        let reported = |check: &Check| {
            let (found, fix) = match &check.outcome {
                Outcome::Good { found } => (found, None),
                Outcome::Bad { found, fix } => (found, Some(shown(fix))),
            };
            ReportedCheck { subject: check.subject, ok: !check.is_bad(), found: shown(found), fix }
        };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            ok: !checks.iter().any(Check::is_bad),
            checks: checks.iter().map(reported).collect(),
        }
    }
}

/// Runs every check, and passes each of its texts through `shown`.
pub(super) fn examined(config: &Config, shown: impl Fn(&str) -> String) -> Examined {
    Examined::of(&examine(config), shown)
}

/// Runs every check and prints the results.
///
/// # Errors
/// Fails if a check failed.
pub(super) fn run(sources: &Sources, form: Form) -> Result<(), CommandError> {
    let loaded = Config::load(sources);
    let checks = match &loaded {
        Ok(loaded) => examine(&loaded.config),
        Err(error) => complaints(error),
    };
    match form {
        Form::Table => print_table(&loaded, &checks)?,
        Form::Json => {
            let text = serde_json::to_string_pretty(&Examined::of(&checks, str::to_owned))
                .map_err(|error| CommandError::Failed(error.to_string()))?;
            print(format_args!("{text}\n"))?;
        }
    }
    match checks.iter().filter(|check| check.is_bad()).count() {
        0 => Ok(()),
        1 => Err(CommandError::Failed("one check failed; its fix is next to it".to_owned())),
        failed => Err(CommandError::Failed(format!("{failed} checks failed; the fixes are next to them"))),
    }
}

/// Prints the table, and the texts to copy to the configured switches.
fn print_table(loaded: &Result<Loaded, ConfigError>, checks: &[Check]) -> Result<(), CommandError> {
    print(report(checks))?;
    if let Ok(Loaded { config, .. }) = loaded {
        for switches in switch_checks(config) {
            (switches.to_copy)(config)?;
        }
    }
    Ok(())
}

/// Prints the FreeSWITCH dialplan of the configured mode.
pub(super) fn print_snippet(config: &Config) -> Result<(), CommandError> {
    print(snippet::fill(config))
}

fn examine(config: &Config) -> Vec<Check> {
    let mut checks = vec![Check::good("configuration", "valid".to_owned())];
    checks.extend(ports::examine(config));
    checks.extend(legs::examine(config));
    checks.extend(certificate::examine(config));
    checks.extend(proxies::examine(config));
    let (folders, file_clock) = folders::examine(config);
    checks.extend(folders);
    checks.extend(keys::examine(config));
    checks.extend(recordings_store::examine(config));
    checks.push(database::examine(config));
    checks.extend(database::taken(config, || ports::is_held_by_ours(config)));
    checks.extend(database::settings(config));
    let stored = database::settings_of_calls(config);
    checks.extend(cache::examine(config));
    checks.extend(clock::examine(file_clock));
    checks.push(open_files::examine(config));
    checks.extend(provider::examine(config, stored.as_ref()));
    checks.extend(recognition::examine(config));
    checks.extend(judge::examine(config));
    checks.extend(prices::examine(config, stored.as_ref()));
    checks.extend(model_ends::examine(config, stored.as_ref()));
    checks.extend(mail::examine(config));
    checks.extend(mail::links(config));
    checks.extend(twilio::examine(config));
    checks.extend(stored.iter().flat_map(|stored| agent_phones::examine(config, stored)));
    let (dialler, agent_extensions) = osdial::examine(config);
    checks.extend(dialler);
    let (mut named, requests) = running::examine(config);
    named.agent_extensions = agent_extensions;
    checks.extend(requests);
    checks.extend(switch_checks(config).iter().flat_map(|switches| (switches.examine)(config, &named)));
    checks
}

/// A bad configuration is all that can be reported: the other checks depend on it.
fn complaints(error: &ConfigError) -> Vec<Check> {
    let complaint =
        |problem: &crate::config::Problem| Check::bad("configuration", problem.to_string(), problem.fix());
    error.problems.iter().map(complaint).collect()
}

fn report(checks: &[Check]) -> Table<4> {
    let mut table = Table::titled(["CHECK", "RESULT", "FOUND", "FIX"]);
    for check in checks {
        let (result, found, fix) = match &check.outcome {
            Outcome::Good { found } => ("ok", found, ""),
            Outcome::Bad { found, fix } => ("FAILED", found, fix.as_str()),
        };
        table.push([check.subject.to_owned(), result.to_owned(), found.clone(), fix.to_owned()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_and_its_fix_share_a_line() {
        let checks = [
            Check::good("configuration", "valid".to_owned()),
            Check::bad("http port", "held".to_owned(), "stop the holder".to_owned()),
        ];
        assert_eq!(
            report(&checks).to_string(),
            "CHECK          RESULT  FOUND  FIX\n\
             configuration  ok      valid\n\
             http port      FAILED  held   stop the holder\n"
        );
    }

    #[test]
    fn a_bad_configuration_is_reported_with_its_fix() {
        let environment = vec![("CORDBOARD_CALLS__MAX".into(), "many".into())];
        let error = Config::load(&Sources { environment, ..Sources::default() }).unwrap_err();
        let checks = complaints(&error);
        assert_eq!(checks.len(), 1);
        let text = report(&checks).to_string();
        assert!(text.contains("calls.max") && text.contains("give a whole number"), "{text}");
    }
}
