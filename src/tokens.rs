//! The installation's tokens: configured, or created at the first start and kept in the data folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

use crate::config::{Config, Secret};
use crate::durable_rename::rename_durably;
use crate::random_secret;

/// The tokens of the HTTP interface.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For programs and people: opens the whole API.
    pub admin: Token,
    /// For the dialplan: announces calls and asks for the next step, nothing else.
    pub dialplan: Token,
}

/// A token, and whether it is new.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub secret: Secret,
    /// Its source.
    pub origin: TokenOrigin,
}

/// Source of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOrigin {
    /// The configuration.
    Configured,
    /// A file in the data folder, from an earlier start.
    Kept,
    /// Created at this start. The operator must be told.
    Made,
}

impl Tokens {
    /// Returns the admin token of a server with this configuration, if it is configured or was created. Creates none.
    ///
    /// # Errors
    /// Fails if a file can't be read.
    pub fn admin_of(config: &Config) -> io::Result<Option<Secret>> {
        let found = Token::find(config.admin_token.as_ref(), &config.data_dir.join("admin_token"))?;
        Ok(found.map(|token| token.secret))
    }

    /// Returns the dialplan token in the same way.
    ///
    /// # Errors
    /// Fails if a file can't be read.
    pub fn dialplan_of(config: &Config) -> io::Result<Option<Secret>> {
        let found = Token::find(config.dialplan_token.as_ref(), &config.data_dir.join("dialplan_token"))?;
        Ok(found.map(|token| token.secret))
    }

    /// Replaces the admin token in the data folder by a new one. Returns none if the configuration sets the token, which must be changed there.
    ///
    /// # Errors
    /// Fails if a file can't be written.
    pub fn rotate_admin(config: &Config) -> io::Result<Option<Token>> {
        if config.admin_token.is_some() {
            return Ok(None);
        }
        Token::make(&config.data_dir.join("admin_token")).map(Some)
    }

    /// Takes the tokens from the configuration or the data folder, and creates those that don't exist.
    ///
    /// # Errors
    /// Fails if a file can't be read or written.
    pub fn load(config: &Config) -> io::Result<Self> {
        Ok(Self {
            admin: Token::load(config.admin_token.as_ref(), &config.data_dir.join("admin_token"))?,
            dialplan: Token::load(config.dialplan_token.as_ref(), &config.data_dir.join("dialplan_token"))?,
        })
    }
}

impl Token {
    /// Returns the existing token.
    fn find(configured: Option<&Secret>, path: &Path) -> io::Result<Option<Self>> {
        if let Some(secret) = configured {
            return Ok(Some(Self { secret: secret.clone(), origin: TokenOrigin::Configured }));
        }
        match fs::read_to_string(path) {
            Ok(text) if !text.trim().is_empty() => {
                Ok(Some(Self { secret: Secret::new(text.trim()), origin: TokenOrigin::Kept }))
            }
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn load(configured: Option<&Secret>, path: &Path) -> io::Result<Self> {
        match Self::find(configured, path)? {
            Some(found) => Ok(found),
            None => Self::make(path),
        }
    }

    fn make(path: &Path) -> io::Result<Self> {
        let text = random_secret::secret();
        // Programs depend on it: a power cut leaves the old one or this one, never half a file.
        let draft = path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        writeln!(file, "{text}")?;
        give_to_owner_of_folder(&file, &draft);
        rename_durably(&draft, path)?;
        Ok(Self { secret: Secret::new(text), origin: TokenOrigin::Made })
    }
}

/// Gives a file that root has created, for example with `cordboard token`, to the owner of its folder: that is the server's user, who otherwise could
/// not read the token. Only root can give a file away, and only then is it needed.
fn give_to_owner_of_folder(file: &File, path: &Path) {
    let owner = path.parent().and_then(|folder| fs::metadata(folder).ok());
    if let (Some(owner), Ok(made)) = (owner, file.metadata())
        && owner.uid() != made.uid()
    {
        let _ = fchown(file, Some(owner.uid()), Some(owner.gid()));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_is_created_once_and_private_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        assert_eq!(Tokens::admin_of(&config).unwrap(), None, "asking creates none");
        let first = Tokens::load(&config).unwrap();
        assert_eq!(first.admin.origin, TokenOrigin::Made);
        assert_eq!(Tokens::admin_of(&config).unwrap(), Some(first.admin.secret.clone()));
        assert_ne!(first.admin.secret, first.dialplan.secret);
        let second = Tokens::load(&config).unwrap();
        assert_eq!(second.admin.origin, TokenOrigin::Kept);
        assert_eq!(second.admin.secret, first.admin.secret);
        let mode = fs::metadata(folder.path().join("admin_token")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_rotated_token_replaces_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let first = Tokens::load(&config).unwrap().admin.secret;
        let second = Tokens::rotate_admin(&config).unwrap().unwrap().secret;
        assert_ne!(first, second);
        assert_eq!(Tokens::load(&config).unwrap().admin.secret, second);
        let configured = Config { admin_token: Some(first), ..config };
        assert!(Tokens::rotate_admin(&configured).unwrap().is_none());
    }

    #[test]
    fn a_configured_token_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Some(Secret::new("from the configuration"));
        let config = Config { data_dir: folder.path().to_owned(), admin_token: secret, ..Config::default() };
        let tokens = Tokens::load(&config).unwrap();
        assert_eq!(tokens.admin.origin, TokenOrigin::Configured);
        assert!(!folder.path().join("admin_token").exists());
    }
}
