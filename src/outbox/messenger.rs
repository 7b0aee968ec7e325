//! Delivery of a letter to a person: by e-mail, or by text message.

use cordboard_schema::delivery::Letter;
use cordboard_schema::ids::{DeliveryId, OrganizationId};
use futures_util::future::BoxFuture;

/// A letter and its recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// Id of the delivery, the same for each attempt.
    pub id: DeliveryId,
    /// Organization that sends it.
    pub organization_id: OrganizationId,
    /// An e-mail address, or a number: `+` and digits.
    pub to: String,
    /// Its letter.
    pub letter: Letter,
}

/// Why a letter was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBrought {
    /// It never will be: the address is invalid, or nothing can send it. It is not tried again.
    #[error("{0}")]
    Never(String),
    /// It certainly was not sent. It is tried again.
    #[error("{0}")]
    NotNow(String),
    /// It may have been sent. It is not tried again.
    #[error("{0}")]
    Unclear(String),
}

/// Delivers letters by one channel.
pub trait Messenger: Send + Sync {
    /// Delivers a letter. Returns a short answer of the next hop. Limits its own time.
    fn bring(&self, letter: Addressed) -> BoxFuture<'static, Result<String, NotBrought>>;
}
