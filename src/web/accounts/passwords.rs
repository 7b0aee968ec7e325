//! Passwords: argon2id on blocking threads, a few at once.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use cordboard_schema::limits::{
    FAMILIAR_PASSWORDS_AT_ONCE, PASSWORD_BYTES_MAX, PASSWORD_WAIT_MS, PASSWORDS_AT_ONCE,
};
use rand::Rng;
use tokio::sync::Semaphore;

use crate::priority;
use crate::web::problem::ApiError;

/// Queue in which a password waits to be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// With users who have signed in from the same place before.
    Familiar,
    /// With all others.
    Stranger,
}

/// Hash that the password of an unknown account is compared with, so that the answer takes as long.
static UNKNOWN_HASH: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").unwrap_or_default());

/// Limits how many passwords a server hashes at once. Each takes 19 MiB and about 20 ms of a core (OWASP's parameters, the crate's defaults).
#[derive(Debug)]
pub(crate) struct PasswordRoom {
    /// For everybody.
    strangers: Arc<Semaphore>,
    /// In addition, for users who have signed in from the same place before, so a crowd of strangers can't block them.
    familiar: Arc<Semaphore>,
}

impl PasswordRoom {
    pub(super) fn new() -> Self {
        Self {
            strangers: Arc::new(Semaphore::new(PASSWORDS_AT_ONCE)),
            familiar: Arc::new(Semaphore::new(FAMILIAR_PASSWORDS_AT_ONCE)),
        }
    }

    /// Returns the hash to store for a password.
    ///
    /// # Errors
    /// Too many passwords are being hashed.
    pub(crate) async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.blocking(Turn::Stranger, move || hash_now(&password)).await?.ok_or_else(busy)
    }

    /// Whether this is the password with the hash `kept`. Without a hash it takes as long and is always wrong.
    ///
    /// # Errors
    /// Too many passwords are being hashed.
    pub(crate) async fn is_right(
        &self,
        password: String,
        kept: Option<String>,
        turn: Turn,
    ) -> Result<bool, ApiError> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        self.blocking(turn, move || {
            let is_known = kept.is_some();
            let kept = kept.unwrap_or_else(|| UNKNOWN_HASH.clone());
            let matches = PasswordHash::new(&kept)
                .is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok());
            matches && is_known
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let room = match turn {
            Turn::Familiar => &self.familiar,
            Turn::Stranger => &self.strangers,
        };
        let wait = Duration::from_millis(PASSWORD_WAIT_MS);
        let permit = tokio::time::timeout(wait, Arc::clone(room).acquire_owned());
        let permit = permit.await.map_err(|_| busy())?.map_err(|_| busy())?;
        // The work keeps the permit, because it goes on even if the client has gone.
        priority::blocking(move || {
            let done = work();
            drop(permit);
            done
        })
        .await
        .map_err(|_| busy())
    }
}

/// Returns the hash to store for a password. Blocks: for commands and blocking threads.
pub(crate) fn hash_now(password: &str) -> Option<String> {
    let salt: [u8; 16] = rand::rng().random();
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

fn busy() -> ApiError {
    ApiError::Unavailable("too many sign in at the moment".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_only_its_own_hash() {
        let room = PasswordRoom::new();
        let kept = room.hash("correct horse battery".to_owned()).await.unwrap();
        assert!(kept.starts_with("$argon2id$"), "{kept}");
        let is_right = |password: &str, kept: Option<&String>| {
            room.is_right(password.to_owned(), kept.cloned(), Turn::Stranger)
        };
        assert!(is_right("correct horse battery", Some(&kept)).await.unwrap());
        assert!(!is_right("correct horse batterY", Some(&kept)).await.unwrap());
        assert!(!is_right("nobody's password", None).await.unwrap());
        assert!(!is_right("anything", Some(&"no hash".to_owned())).await.unwrap());
    }

    async fn tries(room: &PasswordRoom, turn: Turn) -> Result<bool, ApiError> {
        room.is_right("anything".to_owned(), None, turn).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_strangers_leaves_room_for_familiar_users() {
        let (room, another) = (PasswordRoom::new(), PasswordRoom::new());
        let crowd = u32::try_from(PASSWORDS_AT_ONCE).unwrap();
        let _crowd = room.strangers.acquire_many(crowd).await.unwrap();
        assert!(tries(&room, Turn::Stranger).await.is_err());
        assert!(!tries(&room, Turn::Familiar).await.unwrap());
        assert!(!tries(&another, Turn::Stranger).await.unwrap());
    }
}
