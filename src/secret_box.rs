//! The server's secret key, and what is encrypted with it: secrets that the database stores and that nobody can read there.
//!
//! The key is the setting `secret_key`, or a file that the first start creates. From it, a key for encryption (ChaCha20-Poly1305, RFC 8439) and one
//! for each other purpose are derived (HKDF with SHA-256, RFC 5869), so that no two purposes share one.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand::Rng;
use sha2::Sha256;

use crate::config::{Config, Secret};
use crate::durable_rename::rename_durably;

/// Name of the key's file in the data folder.
const KEY_FILE: &str = "secret.key";
/// Minimum length of a configured key: 32 characters of base64 or hex are 128 bits and more.
pub const SECRET_KEY_CHARS_MIN: usize = 32;
/// Prefix of an encrypted text. Another method will have another prefix.
const FORM: &str = "s1";
/// Bytes of a nonce. XChaCha20's may be random without collisions.
const NONCE_BYTES: usize = 24;
/// Bytes that tell keys apart. They reveal nothing about the key.
const KEY_ID_BYTES: usize = 6;

/// Why there is no secret key.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// The key's file can't be read or created.
    #[error("the secret key in {} can't be read or created: {cause}; give the server that file, or set `secret_key`", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// The key is short enough to be guessed.
    #[error(
        "`secret_key` has fewer than {SECRET_KEY_CHARS_MIN} characters; make one with `openssl rand -base64 32`"
    )]
    TooShort,
}

/// Why an encrypted text can't be decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// It was encrypted with another key.
    #[error(
        "it was sealed with another secret key; give back the `secret_key` (or the file secret.key in data_dir) that this \
         database was used with, or enter the secret again"
    )]
    OtherKey,
    /// It is not an encrypted text, or was changed, or was moved here from another row.
    #[error("it is damaged, or was sealed for another row; enter the secret again")]
    Damaged,
}

/// Encrypts and decrypts secrets. Cheap to clone. It reveals nothing of its key.
#[derive(Clone)]
pub struct SecretBox {
    cipher: XChaCha20Poly1305,
    derive: Hkdf<Sha256>,
    key_id: [u8; KEY_ID_BYTES],
}

impl fmt::Debug for SecretBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBox")
    }
}

impl SecretBox {
    /// Opens it with the configured key, or with that of the data folder, which is created if there is none. The folder must exist. Servers that
    /// share a database must share the key, so it must be configured there.
    ///
    /// # Errors
    /// Fails if a file can't be read or written, or a key is too short.
    pub fn open(config: &Config) -> Result<Self, SecretKeyError> {
        if let Some(secret) = &config.secret_key {
            return match secret.expose() {
                key if key.len() < SECRET_KEY_CHARS_MIN => Err(SecretKeyError::TooShort),
                key => Ok(Self::with_key(key.as_bytes())),
            };
        }
        let path = config.data_dir.join(KEY_FILE);
        let key = kept_or_made(&path).map_err(|cause| SecretKeyError::File { path, cause })?;
        Ok(Self::with_key(key.expose().as_bytes()))
    }

    /// Opens it as [`Self::open`] does, but creates no key: a command must not make one that the server doesn't have.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn existing(config: &Config) -> Result<Option<Self>, SecretKeyError> {
        if config.secret_key.is_some() {
            return Self::open(config).map(Some);
        }
        let path = config.data_dir.join(KEY_FILE);
        let key = kept(&path).map_err(|cause| SecretKeyError::File { path, cause })?;
        Ok(key.map(|key| Self::with_key(key.expose().as_bytes())))
    }

    /// Checks whether the key's file can be used, if it exists. Creates none.
    ///
    /// # Errors
    /// Fails if the file can't be read, or contains no key.
    pub(crate) fn check(config: &Config) -> Result<(), SecretKeyError> {
        if config.secret_key.is_some() {
            return Ok(());
        }
        Self::existing(config).map(drop)
    }

    /// The beginning of each text that is encrypted with this key.
    pub(crate) fn mark(&self) -> String {
        format!("{}{}.", Self::common_mark(), BASE64_STANDARD_NO_PAD.encode(self.key_id))
    }

    /// The beginning of each encrypted text, whatever the key.
    pub(crate) fn common_mark() -> String {
        format!("{FORM}.")
    }

    /// Makes one with this key.
    fn with_key(key: &[u8]) -> Self {
        let derive = Hkdf::<Sha256>::new(None, key);
        let cipher = XChaCha20Poly1305::new(&Key::from(expand(&derive, "seal")));
        let mut key_id = [0; KEY_ID_BYTES];
        key_id.iter_mut().zip(expand(&derive, "key id")).for_each(|(to, from)| *to = from);
        Self { cipher, derive, key_id }
    }

    /// Returns the key for a purpose, always the same.
    pub fn key_for(&self, purpose: &str) -> [u8; 32] {
        expand(&self.derive, &format!("for {purpose}"))
    }

    /// Encrypts `plain` for `context`, which says where it belongs, such as `integration:018f...:api_key`. It can be decrypted only there. The text
    /// is visible ASCII.
    pub fn seal(&self, context: &str, plain: &[u8]) -> String {
        let nonce: [u8; NONCE_BYTES] = rand::rng().random();
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        // This fails only beyond 256 GB, which no memory holds. If it does, nothing is written in the clear.
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        let bytes = [&nonce[..], &sealed].concat();
        format!("{}{}", self.mark(), BASE64_STANDARD_NO_PAD.encode(bytes))
    }

    /// Decrypts what was encrypted for `context`.
    ///
    /// # Errors
    /// Fails if it was encrypted with another key or for another context, or was changed.
    pub fn unseal(&self, context: &str, sealed: &str) -> Result<Vec<u8>, UnsealError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(FORM), Some(key_id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(UnsealError::Damaged);
        };
        let decode = |text| BASE64_STANDARD_NO_PAD.decode(text).map_err(|_| UnsealError::Damaged);
        if decode(key_id)? != self.key_id {
            return Err(UnsealError::OtherKey);
        }
        let bytes = decode(bytes)?;
        let (nonce, msg) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(UnsealError::Damaged)?;
        let payload = Payload { msg, aad: context.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| UnsealError::Damaged)
    }
}

fn expand(derive: &Hkdf<Sha256>, purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    // This fails only beyond 255 blocks; this is one.
    let expanded = derive.expand_multi_info(&[b"cordboard 1 ", purpose.as_bytes()], &mut key);
    debug_assert!(expanded.is_ok());
    key
}

/// Reads the key from the file; none if there is no file.
fn kept(path: &Path) -> io::Result<Option<Secret>> {
    match fs::read_to_string(path) {
        Ok(text) if text.trim().len() >= SECRET_KEY_CHARS_MIN => Ok(Some(Secret::new(text.trim()))),
        Ok(_) => {
            let what = "it contains no key; restore it from a backup, or remove it if nothing was ever encrypted with it";
            Err(io::Error::new(io::ErrorKind::InvalidData, what))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the key from the file, which is created with one if there is none. Only its owner can read it.
fn kept_or_made(path: &Path) -> io::Result<Secret> {
    if let Some(key) = kept(path)? {
        return Ok(key);
    }
    let bytes: [u8; 32] = rand::rng().random();
    let key = BASE64_STANDARD_NO_PAD.encode(bytes);
    // Written completely or not at all: half a key would encrypt, and nothing could ever decrypt again.
    let draft = path.with_extension("key.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    writeln!(file, "{key}")?;
    rename_durably(&draft, path)?;
    Ok(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn secret_box(key: &str) -> SecretBox {
        SecretBox::with_key(key.as_bytes())
    }

    #[test]
    fn an_encrypted_secret_opens_only_in_its_place() {
        let ours = secret_box("the key of this installation");
        let sealed = ours.seal("row 1", b"sk-very-secret");
        assert!(!sealed.contains("secret") && sealed.bytes().all(|byte| byte.is_ascii_graphic()), "{sealed}");
        assert_eq!(ours.unseal("row 1", &sealed).unwrap(), b"sk-very-secret");
        assert_ne!(sealed, ours.seal("row 1", b"sk-very-secret"), "the same secret twice looks the same");
        assert_eq!(ours.unseal("row 2", &sealed), Err(UnsealError::Damaged));
        assert_eq!(ours.unseal("empty", &ours.seal("empty", b"")).unwrap(), b"");
    }

    #[test]
    fn another_key_is_named_as_the_cause() {
        let sealed = secret_box("the key of this installation").seal("row", b"x");
        let error = secret_box("the key of another one").unseal("row", &sealed).unwrap_err();
        assert_eq!(error, UnsealError::OtherKey);
        assert!(error.to_string().contains("secret_key"), "{error}");
    }

    #[test]
    fn changed_or_unencrypted_text_is_refused() {
        let ours = secret_box("the key of this installation");
        let sealed = ours.seal("row", b"a secret");
        for cut in 0..sealed.len() {
            assert_ne!(ours.unseal("row", &sealed[..cut]).ok().as_deref(), Some(&b"a secret"[..]), "{cut}");
        }
        let last = sealed.len() - 2;
        let changed = format!("{}{}", &sealed[..last], if &sealed[last..] == "AA" { "BB" } else { "AA" });
        assert_eq!(ours.unseal("row", &changed), Err(UnsealError::Damaged));
        for text in ["", "s1", "s1..", "plain", "s2.AAAA.AAAA", "s1.\u{1F511}.\u{1F511}"] {
            assert!(ours.unseal("row", text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let (ours, theirs) = (secret_box("one"), secret_box("two"));
        assert_eq!(ours.key_for("a"), ours.key_for("a"));
        assert_ne!(ours.key_for("a"), ours.key_for("b"));
        assert_ne!(ours.key_for("a"), theirs.key_for("a"));
    }

    #[test]
    fn a_key_is_created_once_and_private_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let sealed = SecretBox::open(&config).unwrap().seal("row", b"kept");
        assert_eq!(SecretBox::open(&config).unwrap().unseal("row", &sealed).unwrap(), b"kept");
        let path = folder.path().join(KEY_FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "").unwrap();
        let error = SecretBox::open(&config).unwrap_err().to_string();
        assert!(error.contains("restore it from a backup"), "a new key in place of a lost one: {error}");
    }

    #[test]
    fn a_configured_key_leaves_no_file_and_cannot_be_short() {
        let folder = tempfile::tempdir().unwrap();
        let with = |key: &str| Config {
            data_dir: folder.path().to_owned(),
            secret_key: Some(Secret::new(key)),
            ..Config::default()
        };
        assert!(matches!(SecretBox::open(&with("short")), Err(SecretKeyError::TooShort)));
        SecretBox::open(&with("0123456789abcdef0123456789abcdef")).unwrap();
        assert!(!folder.path().join(KEY_FILE).exists());
    }
}
