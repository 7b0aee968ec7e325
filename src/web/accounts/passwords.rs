//! Passwords: argon2id on blocking threads, a few at once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    FAMILIAR_PASSWORDS_AT_ONCE, PASSWORD_BYTES_MAX, PASSWORD_WAIT_MS, PASSWORDS_AT_ONCE,
};
use rand::Rng;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::priority;
use crate::web::problem::ApiError;

/// Queue in which a password waits to be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// With users who have signed in from the same place before, or are signed in, after those of their organization.
    Familiar(OrganizationId),
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
    /// The queues of organizations before `familiar`. Right passwords have no limit, so one user could keep it busy with their own: each organization
    /// has at most its turn there, and its others wait in its own queue.
    by_organization: Mutex<HashMap<OrganizationId, Arc<Semaphore>>>,
}

impl PasswordRoom {
    pub(super) fn new() -> Self {
        Self {
            strangers: Arc::new(Semaphore::new(PASSWORDS_AT_ONCE)),
            familiar: Arc::new(Semaphore::new(FAMILIAR_PASSWORDS_AT_ONCE)),
            by_organization: Mutex::default(),
        }
    }

    /// Returns the hash to store for a password.
    ///
    /// # Errors
    /// Too many passwords are being hashed.
    pub(crate) async fn hash(&self, password: String, turn: Turn) -> Result<String, ApiError> {
        self.blocking(turn, move || hash_now(&password)).await?.ok_or_else(busy)
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
        let until = Instant::now() + Duration::from_millis(PASSWORD_WAIT_MS);
        let permits = match turn {
            Turn::Familiar(organization_id) => {
                // The organization's own turn first: a password that waits for it is in nobody else's way.
                let own = permit(self.own(organization_id), until).await?;
                vec![permit(Arc::clone(&self.familiar), until).await?, own]
            }
            Turn::Stranger => vec![permit(Arc::clone(&self.strangers), until).await?],
        };
        // The work keeps the permits, because it goes on even if the client has gone.
        priority::blocking(move || {
            let done = work();
            drop(permits);
            done
        })
        .await
        .map_err(|_| busy())
    }

    /// The queue of an organization.
    fn own(&self, organization_id: OrganizationId) -> Arc<Semaphore> {
        let mut known = self.by_organization.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = known.get(&organization_id) {
            return Arc::clone(own);
        }
        // There is no limit to organizations: only those whose users wait are kept.
        known.retain(|_, own| Arc::strong_count(own) > 1);
        let own = Arc::new(Semaphore::new(FAMILIAR_PASSWORDS_AT_ONCE));
        known.insert(organization_id, Arc::clone(&own));
        own
    }
}

/// A permit of this queue, if there is one in time.
async fn permit(queue: Arc<Semaphore>, until: Instant) -> Result<OwnedSemaphorePermit, ApiError> {
    timeout_at(until, queue.acquire_owned()).await.map_err(|_| busy())?.map_err(|_| busy())
}

/// Returns the hash to store for a password. Blocks: for commands and blocking threads.
pub(crate) fn hash_now(password: &str) -> Option<String> {
    let salt: [u8; 16] = rand::rng().random();
    let hash = hasher().hash_password_with_salt(password.as_bytes(), &salt).ok()?;
    Some(hash.to_string())
}

/// Makes new hashes. A program with `fault-injection` is never released, and its tests sign in some thousand times: its hashes have the lowest cost.
/// Each hash names its cost, so either program can check the other's.
fn hasher() -> Argon2<'static> {
    if cfg!(feature = "fault-injection") {
        let lowest = Params::new(Params::MIN_M_COST, Params::MIN_T_COST, Params::MIN_P_COST, None);
        return Argon2::new(Algorithm::default(), Version::default(), lowest.unwrap_or_default());
    }
    Argon2::default()
}

fn busy() -> ApiError {
    ApiError::Unavailable("too many sign in at the moment".to_owned())
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_password_matches_only_its_own_hash() {
        let room = PasswordRoom::new();
        let kept = room.hash("correct horse battery".to_owned(), Turn::Stranger).await.unwrap();
        assert!(kept.starts_with("$argon2id$"), "{kept}");
        let is_right = |password: &str, kept: Option<&String>| {
            room.is_right(password.to_owned(), kept.cloned(), Turn::Stranger)
        };
        assert!(is_right("correct horse battery", Some(&kept)).await.unwrap());
        assert!(!is_right("correct horse batterY", Some(&kept)).await.unwrap());
        assert!(!is_right("nobody's password", None).await.unwrap());
        assert!(!is_right("anything", Some(&"no hash".to_owned())).await.unwrap());
        // OWASP's parameters.
        let released = released_hash("correct horse battery");
        assert!(released.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{released}");
        assert!(is_right("correct horse battery", Some(&released)).await.unwrap());
        assert!(!is_right("correct horse batterY", Some(&released)).await.unwrap());
    }

    const ONE: Turn = Turn::Familiar(OrganizationId(Uuid::from_u128(1)));
    const OTHER: Turn = Turn::Familiar(OrganizationId(Uuid::from_u128(2)));

    /// A hash with the cost of a released program.
    fn released_hash(password: &str) -> String {
        Argon2::default().hash_password_with_salt(password.as_bytes(), &[7; 16]).unwrap().to_string()
    }

    /// Takes as long as in a released program.
    async fn tries(room: &PasswordRoom, turn: Turn) -> Result<bool, ApiError> {
        static KEPT: LazyLock<String> = LazyLock::new(|| released_hash("a password"));
        room.is_right("anything".to_owned(), Some(KEPT.clone()), turn).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_strangers_leaves_room_for_familiar_users() {
        let (room, another) = (PasswordRoom::new(), PasswordRoom::new());
        let crowd = u32::try_from(PASSWORDS_AT_ONCE).unwrap();
        let _crowd = room.strangers.acquire_many(crowd).await.unwrap();
        assert!(tries(&room, Turn::Stranger).await.is_err());
        assert!(!tries(&room, ONE).await.unwrap());
        assert!(!tries(&another, Turn::Stranger).await.unwrap());
    }

    #[tokio::test]
    async fn a_crowd_of_one_organization_leaves_turns_to_others() {
        let room = Arc::new(PasswordRoom::new());
        let try_for = |turn| {
            let room = Arc::clone(&room);
            tokio::spawn(async move { tries(&room, turn).await })
        };
        let under_way = Arc::clone(&room.familiar).acquire_owned().await.unwrap();
        let crowd: Vec<_> = (0..100).map(|_| try_for(ONE)).collect();
        yield_now().await;
        let other = try_for(OTHER);
        yield_now().await;
        drop(under_way);
        assert!(!other.await.unwrap().unwrap());
        let before = crowd.iter().filter(|one| one.is_finished()).count();
        assert!(before <= 2, "{before} of the crowd came first");
        for one in crowd {
            one.abort();
        }
    }

    #[test]
    fn only_organizations_whose_users_wait_are_kept() {
        let room = PasswordRoom::new();
        for number in 0..100 {
            drop(room.own(OrganizationId(Uuid::from_u128(number))));
        }
        assert_eq!(room.by_organization.lock().unwrap().len(), 1);
    }
}
