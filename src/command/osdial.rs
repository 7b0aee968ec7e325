//! `cordboard osdial`: operations on a dialler's database by hand.

mod watchdog;

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use cordboard_schema::ids::OrganizationId;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::runtime;
use super::terminal::print;
use crate::config::Config;
use crate::error::CommandError;
use crate::osdial::{Dialler, OsdialError, Repair};

/// Longest line of an undo file: the longest field has 64 kB, and each byte takes two digits in each of two texts.
const LINE_BYTES_MAX: usize = 300_000;

#[derive(Debug, Args)]
pub(super) struct OsdialArguments {
    #[command(subcommand)]
    command: OsdialCommand,
}

#[derive(Debug, Subcommand)]
enum OsdialCommand {
    /// Repair text of leads that was encoded twice
    #[command(after_help = "\
The database is osdial.database_url. The command changes text that was encoded as UTF-8 twice, and control characters that were \
windows-1252. Correct text stays, and so does windows-1252 text, which every client reads. The old content of a field \
is written to the undo file before the field is changed. --undo reverts the changes of fields that have not changed since.

Examples:
  cordboard osdial repair-charset --dry-run
  cordboard osdial repair-charset --undo-file leads.undo
  cordboard osdial repair-charset --undo leads.undo")]
    RepairCharset(RepairArguments),
    /// Set this server's remote agents inactive when the server dies; runs until it is stopped
    #[command(after_help = "\
It asks the server of this configuration every second whether it is up. After 3 s without an answer, the dialler is told to send \
no more calls to the remote agents whose extension leads here (osdial.agent_extensions): within 10 s of the server's death. Running calls \
continue. No agent is set active again: enable them when the server is back.

Run it alongside the server, preferably by deploy/osdial/cordboard-osdial-watchdog.service.

Example:
  cordboard osdial watchdog")]
    Watchdog,
}

#[derive(Debug, Args)]
struct RepairArguments {
    /// Show what would be changed, and change nothing
    #[arg(long, conflicts_with_all = ["undo", "undo_file"])]
    dry_run: bool,

    /// New file for the old content of the fields
    #[arg(long, value_name = "FILE", required_unless_present_any = ["dry_run", "undo"])]
    undo_file: Option<PathBuf>,

    /// Revert the changes in this file
    #[arg(long, value_name = "FILE", conflicts_with = "undo_file")]
    undo: Option<PathBuf>,
}

pub(super) fn run(config: &Config, arguments: &OsdialArguments) -> Result<(), CommandError> {
    let arguments = match &arguments.command {
        OsdialCommand::RepairCharset(arguments) => arguments,
        OsdialCommand::Watchdog => return watchdog::run(config),
    };
    runtime()?.block_on(async {
        let dialler = dialler(config)?;
        match (&arguments.undo, &arguments.undo_file) {
            (Some(file), _) => undo(&dialler, file).await,
            (None, Some(file)) => repair(&dialler, Some(file)).await,
            (None, None) => repair(&dialler, None).await,
        }
    })
}

/// Returns the dialler of this configuration, on the current runtime.
fn dialler(config: &Config) -> Result<Dialler, CommandError> {
    let unset = || CommandError::Failed("there is no dialler: set osdial.database_url".to_owned());
    let url = config.osdial.database_url.as_ref().ok_or_else(unset)?;
    // The organization is not used here.
    let organization_id = config.osdial.organization.unwrap_or(OrganizationId(Uuid::nil()));
    Dialler::new(url, &config.osdial, organization_id, Handle::current()).map_err(|error| failed(&error))
}

/// Shows each field before and after. With an undo file, keeps the old content there and changes the fields.
async fn repair(dialler: &Dialler, undo_file: Option<&Path>) -> Result<(), CommandError> {
    let mut kept = undo_file.map(new_file).transpose()?;
    let (mut after_id, mut leads, mut fields, mut left) = (0, 0, 0, 0);
    loop {
        let batch = dialler.find_repairs(after_id).await.map_err(|error| failed(&error))?;
        let Some(last) = batch.last else { break };
        (after_id, leads) = (last, leads + batch.leads);
        if let Some(file) = &mut kept {
            keep(file, &batch.repairs).map_err(unwritable)?;
        }
        for repair in batch.repairs {
            let (before, after) = repair.shown();
            print(format_args!("lead {} {}: {before} -> {after}\n", repair.lead_id, repair.column))?;
            fields += 1;
            if kept.is_some() && !dialler.repair(repair).await.map_err(|error| failed(&error))? {
                left += 1;
            }
        }
    }
    if kept.is_some() {
        print(format_args!("{leads} leads were checked, {} fields were repaired", fields - left))?;
        print(format_args!("; {left} were changed by another program in the meantime and left alone\n"))
    } else {
        print(format_args!(
            "{leads} leads were checked, {fields} fields would be repaired; nothing was changed\n"
        ))
    }
}

/// Reverts the changes in a file, the last one first.
async fn undo(dialler: &Dialler, file: &Path) -> Result<(), CommandError> {
    let unreadable = |why: String| CommandError::Failed(format!("{} can't be read: {why}", file.display()));
    let opened = File::open(file).map_err(|error| unreadable(error.to_string()))?;
    let mut repairs: Vec<Repair> = Vec::new();
    for line in BufReader::new(opened).lines() {
        let line = line.map_err(|error| unreadable(error.to_string()))?;
        if line.len() > LINE_BYTES_MAX {
            return Err(unreadable(format!("line {} is too long", repairs.len() + 1)));
        }
        let repair = serde_json::from_str(&line);
        repairs.push(repair.map_err(|error| unreadable(format!("line {}: {error}", repairs.len() + 1)))?);
    }
    let (mut undone, mut left) = (0, 0);
    for repair in repairs.into_iter().rev() {
        match dialler.undo_repair(repair).await.map_err(|error| failed(&error))? {
            true => undone += 1,
            false => left += 1,
        }
    }
    print(format_args!(
        "{undone} fields were reverted; {left} have changed since the repair and were left alone\n"
    ))
}

/// Creates a file that does not exist yet.
fn new_file(path: &Path) -> Result<File, CommandError> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    opened.map_err(|error| {
        CommandError::Failed(format!(
            "{} can't be created: {error}; name a file that does not exist yet",
            path.display()
        ))
    })
}

/// Writes the old content of the fields to the disk, before they are changed.
fn keep(file: &mut File, repairs: &[Repair]) -> io::Result<()> {
    let mut text = String::new();
    for repair in repairs {
        text.push_str(&serde_json::to_string(repair)?);
        text.push('\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

fn unwritable(error: io::Error) -> CommandError {
    CommandError::Failed(format!(
        "the undo file can't be written: {error}; no field of this batch was changed"
    ))
}

fn failed(error: &OsdialError) -> CommandError {
    CommandError::Failed(error.to_string())
}
