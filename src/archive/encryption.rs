//! Backups that a passphrase or a private key opens, in the form of the tool `age` (age-encryption.org/v1): it reads ours, and we read its.

use std::io::{self, Cursor, Read, Write};
use std::iter;

use age::secrecy::SecretString;
use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, Encryptor};

use super::ArchiveError;

/// First bytes of everything that is encrypted so.
const BEGIN: &[u8] = b"age-encryption.org/v1\n";

/// Whoever can open a backup.
pub enum Readers {
    /// Everybody with the private key of one of these; there is one at least.
    Recipients(Vec<Recipient>),
    /// Everybody with this passphrase.
    Passphrase(SecretString),
}

/// The means to open a backup.
pub enum Keys {
    /// Private keys.
    Identities(Vec<Identity>),
    /// The passphrase.
    Passphrase(SecretString),
}

/// Encrypts for `readers` whatever `write` writes, and writes it to `to`.
///
/// # Errors
/// Those of `write` and of `to`. Nothing that was written to `to` counts.
pub fn encrypt<T>(
    readers: Readers,
    to: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> Result<T, ArchiveError>,
) -> Result<T, ArchiveError> {
    let encryptor = match readers {
        Readers::Passphrase(passphrase) => Encryptor::with_user_passphrase(passphrase),
        Readers::Recipients(recipients) => {
            let recipients = recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
            Encryptor::with_recipients(recipients).map_err(|error| io::Error::other(error.to_string()))?
        }
    };
    let mut encrypted = encryptor.wrap_output(to)?;
    let made = write(&mut encrypted)?;
    encrypted.finish()?.flush()?;
    Ok(made)
}

/// The backup itself: decrypted where it is encrypted.
///
/// # Errors
/// It is encrypted and `keys` are none or of another backup, or it is not encrypted although there are keys: somebody else may have
/// put it there.
pub fn decrypt<'a>(
    mut from: Box<dyn Read + 'a>,
    keys: Option<&Keys>,
) -> Result<Box<dyn Read + 'a>, ArchiveError> {
    let mut begin = Vec::new();
    from.by_ref().take(BEGIN.len() as u64).read_to_end(&mut begin)?;
    let is_encrypted = begin == BEGIN;
    let whole = Cursor::new(begin).chain(from);
    let keys = match (is_encrypted, keys) {
        (false, None) => return Ok(Box::new(whole)),
        (false, Some(_)) => {
            return Err(ArchiveError::Key("the backup is not encrypted: restore it without a key"));
        }
        (true, None) => {
            let fix = "the backup is encrypted: name its --passphrase-file or --identity-file";
            return Err(ArchiveError::Key(fix));
        }
        (true, Some(keys)) => keys,
    };
    let decryptor = Decryptor::new(whole).map_err(closed)?;
    let opened = match keys {
        Keys::Passphrase(passphrase) => {
            let identity = age::scrypt::Identity::new(passphrase.clone());
            decryptor.decrypt(iter::once(&identity as &dyn age::Identity))
        }
        Keys::Identities(identities) => {
            decryptor.decrypt(identities.iter().map(|identity| identity as &dyn age::Identity))
        }
    };
    Ok(Box::new(opened.map_err(closed)?))
}

fn closed(error: DecryptError) -> ArchiveError {
    match error {
        DecryptError::NoMatchingKeys | DecryptError::DecryptionFailed => ArchiveError::Key(
            "this passphrase or key does not open the backup: name the one that it was made with",
        ),
        DecryptError::ExcessiveWork { .. } => {
            ArchiveError::Key("the passphrase asks for more work than this machine can do in some 16 s")
        }
        DecryptError::Io(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => {
            ArchiveError::Stream(cause)
        }
        _ => ArchiveError::Bad(
            "its encryption is damaged, or of a form that this version does not know".to_owned(),
        ),
    }
}
