//! `cordboard reference`: the settings and requests of this version as Markdown, and its command line as a manual page. The files of `docs/` that say
//! so are its output, and so is `deploy/debian/cordboard.1`.

mod control_socket;
mod http_api;
mod manual;
mod markdown;
mod settings;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::terminal::print;
use crate::error::CommandError;
use crate::web;

#[derive(Debug, Args)]
#[command(after_help = "\
The whole documents, with every field, are served at /api/openapi.json and /api/asyncapi.json.

Examples:
  cordboard reference settings
  cordboard reference http-api > http-api.md
  cordboard reference man | man -l -")]
pub(super) struct ReferenceArguments {
    /// Subject of the reference
    #[arg(value_enum)]
    subject: Subject,
}

/// Subject of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Every setting: what it does, what it takes, its default
    Settings,
    /// Every request of the HTTP API
    HttpApi,
    /// Every command and event of the control socket
    ControlSocket,
    /// The command line, as a manual page
    Man,
}

/// Prints the reference of the subject.
pub(super) fn run(arguments: &ReferenceArguments) -> Result<(), CommandError> {
    print(text(arguments.subject)?)
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
        Subject::Man => manual::text(),
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
            (Subject::Settings, "docs/configuration.md"),
            (Subject::HttpApi, "docs/http-api.md"),
            (Subject::ControlSocket, "docs/control-socket.md"),
            (Subject::Man, "deploy/debian/cordboard.1"),
        ] {
            let name = subject.to_possible_value().unwrap();
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let committed = fs::read_to_string(path).unwrap_or_default();
            assert!(
                committed == text(subject).unwrap(),
                "{file} is outdated, run: cargo run -- reference {} > {file}",
                name.get_name()
            );
        }
    }
}
