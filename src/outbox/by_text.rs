//! Letters by text message, over the organization's Twilio account or the installation's.

use std::time::Duration;

use cordboard_actors::twilio::RestFault;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{NOTICE_MS_MAX, TWILIO_SMS_CHARS_MAX};
use cordboard_schema::wire::twilio::rest::{MessageSender, RestErrorKind, SendMessage};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::messenger::{Addressed, Messenger, NotBrought};
use crate::store::{Connection, Store, StoreError, query};
use crate::texts::{TextAccount, TextAccounts};

/// Sends notices as text messages, each from its organization's first phone number.
#[derive(Clone)]
pub struct TextNotices {
    /// Where the numbers are.
    pub store: Store,
    /// Which account sends an organization's.
    pub accounts: TextAccounts,
}

impl TextNotices {
    async fn sender(
        &self,
        organization_id: OrganizationId,
        account: &TextAccount,
    ) -> Result<Option<String>, StoreError> {
        let of_account = account.caller_id.clone();
        let read = move |connection: &mut Connection| {
            if let Some(own) = query::phone_numbers(connection, organization_id)?.into_iter().next() {
                return Ok(Some(own.number.to_string()));
            }
            Ok::<_, StoreError>(match of_account {
                // One of the house's is shown only where the organization was granted it.
                Some(number) if query::may_show(connection, organization_id, &number)? => {
                    Some(number.to_string())
                }
                _ => None,
            })
        };
        self.store.reads().run(read).await
    }

    async fn send(self, letter: Addressed) -> Result<String, NotBrought> {
        let Addressed { organization_id, to, letter, .. } = letter;
        let account = (self.accounts)(organization_id)
            .ok_or_else(|| NotBrought::Never("there is no Twilio account that could send it".to_owned()))?;
        let from = self
            .sender(organization_id, &account)
            .await
            .map_err(|error| NotBrought::NotNow(error.to_string()))?;
        let from = from.ok_or_else(|| {
            let fix = "the organization has no phone number to send from: add one at /api/v1/phone-numbers";
            NotBrought::Never(fix.to_owned())
        })?;
        let text = format!("{}\n{}", letter.subject, letter.text);
        let text: String = text.trim_end().chars().take(TWILIO_SMS_CHARS_MAX).collect();
        let message = SendMessage::new(to, MessageSender::Number(from), text)
            .map_err(|bad| NotBrought::Never(bad.to_string()))?;
        let sent = timeout(Duration::from_millis(NOTICE_MS_MAX), account.line.send_message(&message)).await;
        match sent {
            Ok(Ok(answer)) => Ok(format!("Twilio has it as {}", answer.sid)),
            Ok(Err(fault)) => Err(not_brought(&fault)),
            Err(_) => {
                Err(NotBrought::Unclear("Twilio did not answer in time: it may have been sent".to_owned()))
            }
        }
    }
}

/// What a fault of the account means for a letter: tried again is only what certainly was not sent.
fn not_brought(fault: &RestFault) -> NotBrought {
    let why = fault.to_string();
    match fault {
        RestFault::Refused(error) => match error.kind {
            RestErrorKind::TooMany | RestErrorKind::Unauthorized => NotBrought::NotNow(why),
            _ => NotBrought::Never(why),
        },
        RestFault::Unreachable(_) | RestFault::Full | RestFault::Closed => NotBrought::NotNow(why),
        RestFault::Unknown(_) | RestFault::Answer(_) => NotBrought::Unclear(why),
    }
}

impl Messenger for TextNotices {
    fn bring(&self, letter: Addressed) -> BoxFuture<'static, Result<String, NotBrought>> {
        self.clone().send(letter).boxed()
    }
}
