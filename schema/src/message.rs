//! A text message, sent or received.

use serde::{Deserialize, Serialize};

use crate::call::Direction;
use crate::ids::{CallId, CustomerId, MessageId, OrganizationId, UserId};
use crate::time::{UnixMs, rfc3339};

/// A text message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The customer who sent or received it, if known.
    pub customer_id: Option<CustomerId>,
    /// The call on which it was sent.
    pub call_id: Option<CallId>,
    /// Inbound: from the customer; outbound: to the customer.
    pub direction: Direction,
    /// The number that it comes from.
    pub from: String,
    /// The number that it goes to.
    pub to: String,
    /// Its text.
    pub body: String,
    /// The template that the text was made from.
    pub template: Option<String>,
    /// Status of the message.
    pub status: MessageStatus,
    /// The provider's name for it.
    pub sid: Option<String>,
    /// The provider's error code.
    pub error_code: Option<i64>,
    /// Number of parts in which the network sends it.
    pub segments: Option<i64>,
    /// When a user marked a received message as done.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub done_at: Option<UnixMs>,
    /// The user who marked it as done.
    pub done_by: Option<UserId>,
    /// When it was written.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When its status last changed.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: UnixMs,
}

/// Status of a message. It never returns to an earlier one, in whatever order a provider reports them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// It waits to be given to the provider.
    Queued,
    /// The provider has accepted it.
    Sending,
    /// The provider was asked to send it, and did not answer: it is not sent again.
    Unknown,
    /// The provider has sent it.
    Sent,
    /// It was received.
    Received,
    /// The network could not deliver it.
    Undelivered,
    /// It could not be sent.
    Failed,
    /// It has arrived on the phone.
    Delivered,
}

impl MessageStatus {
    /// All statuses, in order.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sending,
        Self::Unknown,
        Self::Sent,
        Self::Received,
        Self::Undelivered,
        Self::Failed,
        Self::Delivered,
    ];

    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
        }
    }
}
