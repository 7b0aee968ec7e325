//! `cordboard migrate`: migrates the database to this version, or shows what that would take.

use clap::Args;

use super::terminal::print;
use crate::boot::{is_database_in_use, is_in_use};
use crate::config::{Config, Database};
use crate::error::CommandError;
use crate::store::{self, DatabaseState, StoreError, StoreSettings};

#[derive(Debug, Args)]
#[command(after_help = "\
A server also does this when it starts. --plan can run alongside a server, also one of an older version. Its exit \
code is 1 if the records are too new for this version.

Examples:
  cordboard migrate --plan
  cordboard backup before.tar.gz && cordboard migrate")]
pub(super) struct MigrateArguments {
    /// Show what would be done, and change nothing
    #[arg(long)]
    plan: bool,
}

pub(super) fn run(config: &Config, arguments: &MigrateArguments) -> Result<(), CommandError> {
    let database = config.database();
    let settings = StoreSettings::of(database.clone());
    if arguments.plan {
        return plan(&database, &settings, store::check(&settings).map_err(failed)?);
    }
    refuse_while_server_runs(config, &settings)?;
    let ran = store::migrate(&settings).map_err(failed)?;
    for migration in &ran {
        print(format_args!("ran {migration}\n"))?;
    }
    let state = if ran.is_empty() { "was up to date already" } else { "is up to date" };
    print(format_args!("{database} {state}\n"))
}

/// Refuses to migrate the SQLite file of a running server, for commands that would migrate it without being a server. An up-to-date file, and
/// PostgreSQL, are accepted.
pub(super) fn refuse_while_server_runs(
    config: &Config,
    settings: &StoreSettings,
) -> Result<(), CommandError> {
    let database = &settings.database;
    if is_of_running_server(config, database)
        && matches!(store::check(settings).map_err(failed)?, DatabaseState::Pending(_))
    {
        return Err(CommandError::Failed(format!(
            "a running server writes its calls to {database}, which this version would have to migrate: stop that server first; the new version migrates when it starts"
        )));
    }
    Ok(())
}

/// Returns whether a server writes to this SQLite file. A migration locks the file for longer than a running server buffers its journal in memory.
/// With PostgreSQL, a migration can run alongside the server, so no lock is checked.
pub(super) fn is_of_running_server(config: &Config, database: &Database) -> bool {
    matches!(database, Database::Sqlite(_)) && (is_in_use(&config.data_dir) || is_database_in_use(database))
}

fn plan(database: &Database, settings: &StoreSettings, state: DatabaseState) -> Result<(), CommandError> {
    match state {
        DatabaseState::Newer(unknown) => Err(failed(StoreError::Newer(unknown))),
        DatabaseState::Missing => print(format_args!("{database} does not exist: it would be created\n")),
        DatabaseState::Current => print(format_args!("{database} is up to date: nothing would be done\n")),
        DatabaseState::Pending(pending) => {
            for migration in &pending {
                print(format_args!("would run {migration}\n"))?;
            }
            match store::count_calls(settings) {
                Ok(calls) => print(format_args!(
                    "it holds {calls} calls: migrations that change calls take up to a minute for a million of them\n"
                ))?,
                // There are too many to count in the time limit of a read.
                Err(error) => print(format_args!("the calls can't be counted: {error}\n"))?,
            }
            print(format_args!("{} migrations would run on {database}; nothing was changed\n", pending.len()))
        }
    }
}

fn failed(error: StoreError) -> CommandError {
    CommandError::Failed(error.to_string())
}
