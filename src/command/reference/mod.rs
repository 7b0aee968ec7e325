//! `cordboard reference`: what this version can be told and asked, as Markdown. The files of `docs/` that say they are made by it are its
//! output.

mod control_socket;
mod http_api;
mod markdown;
mod settings;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::terminal::say;
use crate::error::CommandError;
use crate::web;

#[derive(Debug, Args)]
#[command(after_help = "\
The whole documents, with every field, are served at /api/openapi.json and /api/asyncapi.json.

Examples:
  cordboard reference settings
  cordboard reference http-api > http-api.md")]
pub(super) struct ReferenceArguments {
    /// What to describe
    #[arg(value_enum)]
    subject: Subject,
}

/// What can be described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Every setting: what it does, what it takes, its default
    Settings,
    /// Every request of the HTTP API
    HttpApi,
    /// Every command and event of the control socket
    ControlSocket,
}

/// Prints the reference of the subject.
pub(super) fn run(arguments: &ReferenceArguments) -> Result<(), CommandError> {
    say(text(arguments.subject)?)
}

fn text(subject: Subject) -> Result<String, CommandError> {
    let [api, socket] = web::documents();
    let parsed = |document: &[u8]| -> Result<Value, CommandError> {
        serde_json::from_slice(document)
            .map_err(|e| CommandError::Failed(format!("the document can't be read: {e}")))
    };
    Ok(match subject {
        Subject::Settings => settings::text(),
        Subject::HttpApi => http_api::text(&parsed(&api)?),
        Subject::ControlSocket => control_socket::text(&parsed(&socket)?),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_references_in_the_repository_are_the_generated_ones() {
        for (subject, file) in [
            (Subject::Settings, "configuration"),
            (Subject::HttpApi, "http-api"),
            (Subject::ControlSocket, "control-socket"),
        ] {
            let name = subject.to_possible_value().unwrap();
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/{file}.md"));
            let committed = fs::read_to_string(path).unwrap_or_default();
            assert!(
                committed == text(subject).unwrap(),
                "docs/{file}.md is not of this version, run: cargo run -- reference {} > docs/{file}.md",
                name.get_name()
            );
        }
    }
}
