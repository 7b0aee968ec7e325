//! `cordboard token`: replaces the admin token by a new one.

use super::terminal;
use crate::config::Config;
use crate::error::CommandError;
use crate::tokens::Tokens;

pub(super) fn run(config: &Config) -> Result<(), CommandError> {
    let rotated = Tokens::rotate_admin(config)
        .map_err(|cause| CommandError::System { what: "the admin token can't be written", cause })?;
    let Some(token) = rotated else {
        let why = "the admin token is set by the configuration (`admin_token`): change it there";
        return Err(CommandError::Failed(why.to_owned()));
    };
    terminal::print_notice(format_args!(
        "the new admin token is in the file {}; a running server accepts the old one until it is restarted",
        config.data_dir.join("admin_token").display()
    ));
    terminal::print(format_args!("{}\n", token.secret.expose()))
}
