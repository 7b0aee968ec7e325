//! `cordboard support-bundle`: writes what support has to know about an installation into one file, without secrets, numbers and words of callers.
//!
//! It includes only what is listed here, never rows of the database or files of the data folder. All of it is filtered by
//! [`redacted`].

mod redacted;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::Utc;
use clap::Args;
use serde::Serialize;

use super::backup::{is_stream, write_out};
use super::doctor;
use super::running_server::RunningServer;
use super::runtime;
use super::terminal::print_notice;
use crate::archive::Archive;
use crate::config::{Config, Database, Loaded, Sight, Sources};
use crate::error::CommandError;
use crate::store::copying::Contents;
use crate::store::{DatabaseState, StoreSettings, check};
use crate::tokens::Tokens;
use redacted::Redaction;

#[derive(Debug, Args)]
#[command(after_help = "\
It can run alongside the server. The file is a gzipped tar of texts: read it before you give it away. It holds \
what `doctor` finds, the settings, the machine, rows counted by table, and the figures of the running server. Secrets, \
telephone numbers, mail addresses and the words of calls are left out. The log is not in it.

Examples:
  cordboard support-bundle support.tar.gz
  cordboard support-bundle - > support.tar.gz
  tar -xzOf support.tar.gz doctor.json")]
pub(super) struct SupportBundleArguments {
    /// The file to write, or - for standard output
    file: PathBuf,
}

/// Description of the machine.
#[derive(Serialize)]
struct About {
    version: &'static str,
    made_at: String,
    system: String,
    architecture: &'static str,
    cores: usize,
    pages: bool,
}

#[derive(Serialize)]
struct Setting {
    value: String,
    origin: String,
}

#[derive(Serialize)]
struct OfDatabase {
    kind: &'static str,
    state: String,
    migrations: Vec<String>,
    /// Number of rows of each table.
    rows: BTreeMap<String, u64>,
}

pub(super) fn run(sources: &Sources, arguments: &SupportBundleArguments) -> Result<(), CommandError> {
    let loaded = Config::load(sources)?;
    let config = &loaded.config;
    let redaction = Redaction::of(config);
    let made_at = Utc::now();
    let (readiness, metrics) = ask(config)?;
    let path = &arguments.file;
    write_out(path, |to| {
        let mut archive = Archive::to(to, made_at);
        archive.json("about.json", &about(made_at.to_rfc3339()))?;
        archive.json("doctor.json", &doctor::examined(config, |text| redaction.of_text(text)))?;
        archive.json("settings.json", &settings(&loaded, &redaction))?;
        archive.json("database.json", &of_database(config, &redaction))?;
        let answers =
            [("readyz.json", readiness), ("metrics.txt", metrics.map(|text| redaction.of_metrics(&text)))];
        for (name, text) in answers {
            if let Some(text) = text {
                archive.member(name, text.len() as u64, text.as_bytes())?;
            }
        }
        archive.end()
    })?;
    let made = if is_stream(path) { "the bundle".to_owned() } else { path.display().to_string() };
    print_notice(format_args!(
        "{made}: written for support; secrets, numbers and words are left out, but read it before you give it away"
    ));
    Ok(())
}

fn about(made_at: String) -> About {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    About {
        version: env!("CARGO_PKG_VERSION"),
        made_at,
        system: format!("{} {}", std::env::consts::OS, release.trim()),
        architecture: std::env::consts::ARCH,
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        pages: cfg!(feature = "pages"),
    }
}

fn settings(loaded: &Loaded, redaction: &Redaction) -> BTreeMap<String, Setting> {
    let shown = loaded.settings.iter().map(|setting| {
        let value = match setting.sight {
            Sight::Secret => setting.redacted(),
            Sight::Open => redaction.of_text(&setting.value),
        };
        (redaction.of_text(&setting.name), Setting { value, origin: setting.origin.to_string() })
    });
    shown.collect()
}

/// Describes the database. If it can't be read, that is reported, because it may be why the user needs help.
fn of_database(config: &Config, redaction: &Redaction) -> OfDatabase {
    let settings = StoreSettings::of(config.database());
    let state = check(&settings);
    let kind = match config.database() {
        Database::Sqlite(_) => "sqlite",
        Database::Postgres(_) => "postgres",
    };
    let shown = match &state {
        Ok(DatabaseState::Missing) => "missing".to_owned(),
        Ok(DatabaseState::Current) => "current".to_owned(),
        Ok(DatabaseState::Pending(pending)) => format!("behind: {}", pending.join(", ")),
        Ok(DatabaseState::Newer(unknown)) => format!("newer: {unknown}"),
        Err(error) => redaction.of_text(&error.to_string()),
    };
    let (migrations, rows) = match state {
        Ok(DatabaseState::Missing) | Err(_) => Default::default(),
        Ok(_) => Contents::open(&settings).and_then(Contents::count).unwrap_or_default(),
    };
    OfDatabase { kind, state: shown, migrations, rows }
}

/// Returns the running server's own report; nothing if none runs. The database's text about why the server is not ready is left out, because it may
/// repeat a row. If the token can't be read, `doctor.json` says so, and the server is asked without it.
fn ask(config: &Config) -> Result<(Option<String>, Option<String>), CommandError> {
    let token = Tokens::admin_of(config).ok().flatten();
    let Some(server) = RunningServer::of(config, token) else { return Ok((None, None)) };
    let answers = runtime()?.block_on(async {
        let readiness = server.get("/readyz").await.ok()?;
        let metrics = server.get("/metrics").await.ok().filter(|answer| answer.status == 200);
        Some((redacted::readiness(&readiness.text), metrics.map(|answer| answer.text)))
    });
    Ok(answers.unwrap_or_default())
}
