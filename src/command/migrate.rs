//! `cordboard migrate`: brings the database up to this version, or says what that would take.

use clap::Args;

use super::terminal::say;
use crate::boot::{is_database_in_use, is_in_use};
use crate::config::{Config, Database};
use crate::error::CommandError;
use crate::store::{self, DatabaseState, StoreError, StoreSettings};

#[derive(Debug, Args)]
#[command(after_help = "\
A server that starts does it too. --plan may be asked beside a running server, also one of an older version; its exit \
code is 1 where the records are too new for this version.

Examples:
  cordboard migrate --plan
  cordboard backup before.tar.gz && cordboard migrate")]
pub(super) struct MigrateArguments {
    /// Say what would be done, and change nothing
    #[arg(long)]
    plan: bool,
}

pub(super) fn run(config: &Config, arguments: &MigrateArguments) -> Result<(), CommandError> {
    let database = config.database();
    let settings = StoreSettings::of(database.clone());
    if arguments.plan {
        return plan(&database, &settings, store::check(&settings).map_err(failed)?);
    }
    refuse_beside_server(config, &settings)?;
    let ran = store::migrate(&settings).map_err(failed)?;
    for migration in &ran {
        say(format_args!("ran {migration}\n"))?;
    }
    let state = if ran.is_empty() { "was current already" } else { "is current" };
    say(format_args!("{database} {state}\n"))
}

/// Refuses to bring the SQLite file of a running server up to this version: for commands that do so and are no server. A current file, and a
/// PostgreSQL, are let pass.
pub(super) fn refuse_beside_server(config: &Config, settings: &StoreSettings) -> Result<(), CommandError> {
    let database = &settings.database;
    if is_of_running_server(config, database)
        && matches!(store::check(settings).map_err(failed)?, DatabaseState::Pending(_))
    {
        return Err(CommandError::Failed(format!(
            "a running server writes its calls to {database}, which this version would have to change: stop it first; the new version migrates as it starts"
        )));
    }
    Ok(())
}

/// Whether a server writes to this SQLite file. A migration has the file to itself for longer than a server that ends keeps its journal in
/// memory. Beside the server of a PostgreSQL it may run: that goes on with its calls, and so no lock is looked at.
pub(super) fn is_of_running_server(config: &Config, database: &Database) -> bool {
    matches!(database, Database::Sqlite(_)) && (is_in_use(&config.data_dir) || is_database_in_use(database))
}

fn plan(database: &Database, settings: &StoreSettings, state: DatabaseState) -> Result<(), CommandError> {
    match state {
        DatabaseState::Newer(unknown) => Err(failed(StoreError::Newer(unknown))),
        DatabaseState::Missing => say(format_args!("{database} is not there: it would be made\n")),
        DatabaseState::Current => say(format_args!("{database} is current: nothing would be done\n")),
        DatabaseState::Pending(pending) => {
            for migration in &pending {
                say(format_args!("would run {migration}\n"))?;
            }
            match store::count_calls(settings) {
                Ok(calls) => say(format_args!(
                    "{calls} calls are kept: migrations that change calls take up to a minute for a million of them\n"
                ))?,
                // Too many to be counted in the time that a read has.
                Err(error) => say(format_args!("the calls that are kept can't be counted: {error}\n"))?,
            }
            say(format_args!("{database} would have {} migrations run; nothing was changed\n", pending.len()))
        }
    }
}

fn failed(error: StoreError) -> CommandError {
    CommandError::Failed(error.to_string())
}
