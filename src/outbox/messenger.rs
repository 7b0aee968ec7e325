//! Delivers a letter to a person: by e-mail, or by text message.

use cordboard_schema::delivery::Letter;
use cordboard_schema::ids::{DeliveryId, OrganizationId};
use futures_util::future::BoxFuture;

/// A letter and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// The delivery that it is; the same at each attempt.
    pub id: DeliveryId,
    /// Organization that sends it.
    pub organization_id: OrganizationId,
    /// An e-mail address, or a number: `+` and digits.
    pub to: String,
    /// Its letter.
    pub letter: Letter,
}

/// Why a letter was not brought.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBrought {
    /// It never will be: the address is none, or nobody can send it. It is not tried again.
    #[error("{0}")]
    Never(String),
    /// It certainly was not sent. It is tried again.
    #[error("{0}")]
    NotNow(String),
    /// It may have been sent. It is not tried again.
    #[error("{0}")]
    Unclear(String),
}

/// Brings letters by one channel.
pub trait Messenger: Send + Sync {
    /// Brings a letter; answers with what the next one on its way said, in few words. Bounded in time by itself.
    fn bring(&self, letter: Addressed) -> BoxFuture<'static, Result<String, NotBrought>>;
}
