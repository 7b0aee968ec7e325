//! `cordboard migrate`: brings the database up to this version.

use super::terminal::say;
use crate::config::Config;
use crate::error::CommandError;
use crate::store::{self, StoreSettings};

pub(super) fn run(config: &Config) -> Result<(), CommandError> {
    let database = config.database();
    let ran = store::migrate(&StoreSettings::of(database.clone()))
        .map_err(|error| CommandError::Failed(error.to_string()))?;
    for migration in &ran {
        say(format_args!("ran {migration}\n"))?;
    }
    let state = if ran.is_empty() { "was current already" } else { "is current" };
    say(format_args!("{database} {state}\n"))
}
