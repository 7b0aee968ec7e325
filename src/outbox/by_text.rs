//! Letters by text message: sent as the organization's own text messages, with their limits.

use std::time::Duration;

use cordboard_schema::limits::NOTICE_MS_MAX;
use cordboard_schema::phone::E164;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::messenger::{Addressed, Messenger, NotBrought};
use crate::store::TextRefused;
use crate::texts::{NotNotified, TextSender, may_pass_today};

/// Sends notices as text messages, each from its organization's first phone number.
#[derive(Clone)]
pub struct TextNotices {
    /// Sends them.
    pub sender: TextSender,
}

impl TextNotices {
    async fn send(self, letter: Addressed) -> Result<String, NotBrought> {
        let Addressed { organization_id, to, letter, .. } = letter;
        let to: E164 = to.parse().map_err(|_| NotBrought::Never(format!("{to} is not a number")))?;
        let sending = self.sender.notify(organization_id, to, letter.as_text_message());
        match timeout(Duration::from_millis(NOTICE_MS_MAX), sending).await {
            Ok(sent) => sent.map_err(not_brought),
            Err(_) => {
                Err(NotBrought::Unclear("Twilio did not answer in time: it may have been sent".to_owned()))
            }
        }
    }
}

/// Converts the reason for an unsent message: only a message that certainly was not sent, and may be sent later, is tried again.
fn not_brought(why: NotNotified) -> NotBrought {
    let said = why.to_string();
    match why {
        NotNotified::Store(_) => NotBrought::NotNow(said),
        NotNotified::Refused(TextRefused::NoSender) => NotBrought::Never(
            "the organization has no phone number to send from: add one at /api/v1/phone-numbers".to_owned(),
        ),
        // The next day begins before it is given up.
        NotNotified::Refused(TextRefused::DayFull) => NotBrought::NotNow(said),
        NotNotified::NoAccount | NotNotified::Refused(_) | NotNotified::Never(_) => NotBrought::Never(said),
        NotNotified::Taken => NotBrought::Unclear(said),
        NotNotified::Twilio(fault) if may_pass_today(&fault) => NotBrought::NotNow(said),
        NotNotified::Twilio(fault) if fault.did_nothing() => NotBrought::Never(said),
        NotNotified::Twilio(_) => NotBrought::Unclear(said),
    }
}

impl Messenger for TextNotices {
    fn bring(&self, letter: Addressed) -> BoxFuture<'static, Result<String, NotBrought>> {
        self.clone().send(letter).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_waits_for_tomorrow_if_today_is_full() {
        let outcome = |why| not_brought(NotNotified::Refused(why));
        assert!(matches!(outcome(TextRefused::DayFull), NotBrought::NotNow(_)));
        assert!(matches!(outcome(TextRefused::OptedOut), NotBrought::Never(_)));
    }
}
