//! `cordboard migrate`: brings the database up to this version.

use super::terminal::say;
use crate::config::Config;
use crate::error::CommandError;
use crate::store::{self, StoreSettings};

pub(super) fn run(config: &Config) -> Result<(), CommandError> {
    let path = config.database_path();
    let ran = store::migrate(&StoreSettings::file(&path))
        .map_err(|error| CommandError::Failed(error.to_string()))?;
    for migration in &ran {
        say(format_args!("ran {migration}\n"))?;
    }
    let state = if ran.is_empty() { "was current already" } else { "is current" };
    say(format_args!("{} {state}\n", path.display()))
}
