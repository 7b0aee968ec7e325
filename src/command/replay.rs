//! `cordboard replay`: shows a stored call's journal, as a timeline or as it is. It changes nothing, so it can run alongside a server.

use std::fmt::Write as _;

use clap::Args;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::ids::CallId;

use super::migrate::is_of_running_server;
use super::terminal::{paint, print};
use super::timeline::Timeline;
use crate::config::Config;
use crate::error::CommandError;
use crate::store::{self, DatabaseState, Reads, StoreError, StoreSettings, query};

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Id of the call, as listed by /api/v1/calls
    #[arg(value_name = "CALL_ID")]
    call: CallId,

    /// Print the journal itself: one JSON object per line, as stored
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: &Config, arguments: &ReplayArguments) -> Result<(), CommandError> {
    let entries = read(config, arguments.call)?;
    let text = if arguments.json { json_lines(&entries)? } else { timeline(&entries) };
    print(text)
}

/// Reads the call's whole journal.
fn read(config: &Config, call_id: CallId) -> Result<Vec<JournalEntry>, CommandError> {
    let settings = StoreSettings::of(config.database());
    let database = &settings.database;
    match store::check(&settings).map_err(failed)? {
        DatabaseState::Current => {}
        DatabaseState::Missing => {
            let why =
                format!("there is no database {database}; set data_dir or DATABASE_URL to the right one");
            return Err(CommandError::Failed(why));
        }
        DatabaseState::Pending(_) => {
            let fix = if is_of_running_server(config, database) {
                "its server runs: use `replay` of that version, or start the server of this version first"
            } else {
                "run `cordboard migrate`"
            };
            let why = format!("the database {database} is of an older version; {fix}");
            return Err(CommandError::Failed(why));
        }
        DatabaseState::Newer(unknown) => return Err(failed(StoreError::Newer(unknown))),
    }
    let reads = Reads::open(&settings).map_err(failed)?;
    let entries =
        reads.run_blocking(|connection| query::whole_journal(connection, call_id)).map_err(failed)?;
    if entries.is_empty() {
        let why =
            format!("the database {database} has no call {call_id}; GET /api/v1/calls lists those it has");
        return Err(CommandError::Failed(why));
    }
    Ok(entries)
}

fn failed(error: StoreError) -> CommandError {
    CommandError::Failed(error.to_string())
}

fn json_lines(entries: &[JournalEntry]) -> Result<String, CommandError> {
    let mut lines = String::new();
    for entry in entries {
        let line = serde_json::to_string(entry).map_err(|error| CommandError::Failed(error.to_string()))?;
        lines.push_str(&line);
        lines.push('\n');
    }
    Ok(lines)
}

fn timeline(entries: &[JournalEntry]) -> String {
    let mut timeline = Timeline::new(paint());
    let mut text: String = entries.iter().map(|entry| timeline.lines(entry)).collect();
    let _ = write!(text, "\n{}", timeline.figures());
    text
}
