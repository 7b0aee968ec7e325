//! `cordboard token`: replaces the admin token by a new one.

use super::terminal;
use crate::config::Config;
use crate::error::CommandError;
use crate::tokens::Tokens;

pub(super) fn run(config: &Config) -> Result<(), CommandError> {
    refuse_missing_folder(config)?;
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

/// Refuses to make a token in a folder that no server uses: the server would still accept the old one after its restart.
fn refuse_missing_folder(config: &Config) -> Result<(), CommandError> {
    if config.admin_token.is_some() || config.data_dir.is_dir() {
        return Ok(());
    }
    let folder = config.data_dir.display();
    Err(CommandError::Failed(format!("there is no data folder {folder}; set data_dir to the server's")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_data_folder_is_named_and_gets_no_token() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().join("none"), ..Config::default() };
        let refused = run(&config).unwrap_err().to_string();
        assert!(refused.starts_with("there is no data folder "), "{refused}");
        assert!(!config.data_dir.exists());
    }
}
