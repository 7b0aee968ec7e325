//! `cordboard config`: lists every setting with its value, its source and its meaning.

use clap::Args;

use super::terminal::print;
use crate::config::{Config, Listed, Sources, env_example};
use crate::error::CommandError;
use cordboard_terminal::Table;

/// Shown for a setting without a value.
const UNSET: &str = "(unset)";

#[derive(Debug, Args)]
#[command(after_help = "\
A secret is shown as ********. A setting that is unknown or bad is named, with the fix, and the exit code is 2.

Examples:
  cordboard config | grep calls
  CORDBOARD_CALLS__MAX=50 cordboard config | grep calls.max
  cordboard config --example > .env.example")]
pub(super) struct ConfigArguments {
    /// Print .env.example: every setting with its default
    #[arg(long)]
    example: bool,
}

/// Lists the settings, with secrets masked.
pub(super) fn run(sources: &Sources, arguments: &ConfigArguments) -> Result<(), CommandError> {
    if arguments.example {
        return print(env_example());
    }
    let loaded = Config::load(sources)?;
    print(listing(&loaded.settings))
}

fn listing(settings: &[Listed]) -> Table<4> {
    let mut table = Table::titled(["SETTING", "VALUE", "SOURCE", "WHAT IT DOES"]);
    for setting in settings {
        let value = if setting.value.is_empty() { UNSET } else { &setting.value };
        table.push([setting.name.clone(), value.to_owned(), setting.origin.to_string(), setting.doc.clone()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    #[test]
    fn the_list_shows_value_source_and_meaning_but_no_secret() {
        let environment = [("CORDBOARD_ADMIN_TOKEN", "hidden-tiger"), ("CORDBOARD_CALLS__MAX", "7")]
            .map(|(variable, value)| (OsString::from(variable), OsString::from(value)))
            .to_vec();
        let loaded = Config::load(&Sources { environment, ..Sources::default() }).unwrap();
        let text = listing(&loaded.settings).to_string();
        let cells = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
            line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
        };
        let meaning = "Maximum calls at the same time; further ones are refused.";
        assert_eq!(
            cells("calls.max"),
            ["calls.max", "7", "CORDBOARD_CALLS__MAX in the environment", meaning]
        );
        assert_eq!(cells("http.listen")[1..3], ["127.0.0.1:8080", "default"]);
        assert_eq!(cells("audiosocket.allow")[1], UNSET);
        assert_eq!(cells("admin_token")[1], "********");
        assert!(!text.contains("hidden"), "{text}");
    }
}
