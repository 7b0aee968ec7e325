//! Deliveries: messages to webhooks and people, with their attempts and the time of the next one.

use serde::{Deserialize, Serialize};

use crate::ids::{DeliveryId, OrganizationId, WebhookId};
use crate::limits::{DELIVERY_PAUSE_MS_MAX, DELIVERY_PAUSE_MS_MIN, NOTICE_TEXT_PARTS_MAX};
use crate::sms;
use crate::time::{UnixMs, rfc3339};

/// Channels of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = DeliveryChannel))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A request to a webhook.
    Webhook,
    /// An e-mail.
    Email,
    /// A text message.
    Sms,
    /// The result of a dialler's call, written into the dialler's database.
    Dialler,
}

impl Channel {
    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Dialler => "dialler",
        }
    }
}

/// State of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits for its next attempt.
    Waiting,
    /// The recipient accepted it.
    Delivered,
    /// It failed, and is no longer tried.
    Failed,
}

impl DeliveryState {
    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// One message to one webhook or person, however often it is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its id, which a webhook gets as `webhook-id`.
    pub id: DeliveryId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// Its channel.
    pub channel: Channel,
    /// The webhook, for a delivery to one.
    pub webhook_id: Option<WebhookId>,
    /// The webhook's id, or the person's address or number.
    pub target: String,
    /// The event, such as `call.ended` or `new_lead`.
    pub event: String,
    /// Body that a webhook receives; for a message to a person, JSON of a [`Letter`].
    #[serde(skip)]
    pub body: String,
    /// State of the delivery.
    pub state: DeliveryState,
    /// Attempts that were started since a retry was last requested.
    pub attempts: u32,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When it is tried next; null if it is finished.
    #[serde(rename = "next_attempt_at", with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub due_at: Option<UnixMs>,
    /// Whether an attempt is under way. If it has no result by `due_at`, it counts as lost.
    #[serde(skip)]
    pub claimed: bool,
    /// When it is no longer tried.
    #[serde(skip)]
    pub give_up_at: UnixMs,
    /// When it was last tried.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub tried_at: Option<UnixMs>,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// The last answer, shortened, or why there was none.
    pub answer: Option<String>,
}

/// A message to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Number of notices that it combines.
    #[serde(default = "one")]
    pub stands_for: u32,
}

fn one() -> u32 {
    1
}

impl Letter {
    /// Returns a letter for one notice.
    pub const fn new(subject: String, text: String) -> Self {
        Self { subject, text, stands_for: 1 }
    }

    /// Returns it as a text message: as many words as fit into the parts that a notice may have.
    pub fn as_text_message(&self) -> String {
        let text = format!("{}\n{}", self.subject, self.text);
        sms::within(text.trim_end(), NOTICE_TEXT_PARTS_MAX)
    }
}

/// Retry schedule of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Time until the second attempt, in ms.
    pub pause_ms_min: u64,
    /// Maximum pause between two attempts, in ms.
    pub pause_ms_max: u64,
}

impl Default for Retries {
    fn default() -> Self {
        Self { pause_ms_min: DELIVERY_PAUSE_MS_MIN, pause_ms_max: DELIVERY_PAUSE_MS_MAX }
    }
}

impl Retries {
    /// Returns the time until the next attempt after `attempts` of them, in ms. Each pause is three times as long as the previous
    /// one. `chance` (0 to 1) makes it up to a fifth shorter or longer, so that deliveries that failed together are not retried
    /// together.
    pub fn pause_ms(self, attempts: u32, chance: f64) -> u64 {
        let times = 3_u64.saturating_pow(attempts.saturating_sub(1));
        let pause = self.pause_ms_min.saturating_mul(times).min(self.pause_ms_max);
        (pause as f64 * (0.8 + 0.4 * chance.clamp(0.0, 1.0))) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::DELIVERY_GIVE_UP_MS;

    #[test]
    fn pauses_grow_to_four_hours_over_a_dozen_attempts() {
        let retries = Retries::default();
        let middle: Vec<u64> = (1..=4).map(|attempts| retries.pause_ms(attempts, 0.5) / 1_000).collect();
        assert_eq!(middle, [5, 15, 45, 135]);
        assert_eq!(retries.pause_ms(u32::MAX, 0.5), DELIVERY_PAUSE_MS_MAX);
        let (mut waited, mut attempts) = (0, 1);
        while waited < DELIVERY_GIVE_UP_MS {
            waited += retries.pause_ms(attempts, 0.5);
            attempts += 1;
        }
        assert_eq!(attempts, 14);
    }

    #[test]
    fn pauses_vary_randomly_by_at_most_a_fifth() {
        let retries = Retries { pause_ms_min: 1_000, pause_ms_max: 10_000 };
        assert_eq!([0.0, 1.0, 7.0].map(|chance| retries.pause_ms(1, chance)), [800, 1_200, 1_200]);
    }
}
