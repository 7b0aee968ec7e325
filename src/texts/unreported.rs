//! Messages whose delivery was not reported: Twilio does not repeat a report that no server took, for example during a restart. So Twilio is asked.

use std::convert::Infallible;
use std::time::Duration;

use cordboard_actors::world;
use cordboard_schema::limits::{TEXT_ASKED_ABOUT_MS_MAX, TEXT_REPORT_MS_MAX};
use cordboard_schema::message::MessageStatus;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::MessageSid;
use cordboard_schema::wire::twilio::rest::{MessageAnswer, RestRequest};
use tokio::time::sleep;

use super::{TextSender, status_of};
use crate::repeated_failure::RepeatedFailure;
use crate::store::{Connection, DeliveryReport, StoreError, UnreportedText, query};

impl TextSender {
    /// Asks for the status of messages that have had none that is final for an hour: at once for those of the last day, and then each hour.
    pub(super) async fn ask_about_unreported(&self) -> Infallible {
        let mut sent_since = UnixMs::from(world::now()) - TEXT_ASKED_ABOUT_MS_MAX;
        let mut failures = RepeatedFailure::of("asking about text messages");
        loop {
            let now = UnixMs::from(world::now());
            let (sending_since, until) = (now - TEXT_ASKED_ABOUT_MS_MAX, now - TEXT_REPORT_MS_MAX);
            // Some networks never report that a message has arrived: one that was sent is asked about once.
            let which = [(MessageStatus::Sending, sending_since), (MessageStatus::Sent, sent_since)];
            let asked = failures.note(self.ask_about_these(which, until).await, |error| {
                tracing::error!(%error, "text messages without a report can't be looked for; Twilio is asked about them later");
            });
            if asked.is_some() {
                sent_since = until;
            }
            sleep(Duration::from_millis(TEXT_REPORT_MS_MAX)).await;
        }
    }

    /// Asks about messages with these statuses, each since a time, and until the same time.
    async fn ask_about_these(
        &self,
        which: [(MessageStatus, UnixMs); 2],
        until: UnixMs,
    ) -> Result<(), StoreError> {
        for (status, since) in which {
            let mut after = None;
            loop {
                let read = move |connection: &mut Connection| {
                    query::unreported_texts(connection, status, (since, until), after)
                };
                let texts = self.store.reads().run(read).await?;
                let Some(last) = texts.last() else { break };
                after = Some(last.id);
                // One after the other: calls need the account more.
                for text in &texts {
                    self.ask_about(text, status).await;
                }
            }
        }
        Ok(())
    }

    /// Asks Twilio about a message, and notes a status that is later than the known one.
    async fn ask_about(&self, text: &UnreportedText, known: MessageStatus) {
        let UnreportedText { organization_id, id, sid } = text;
        let Ok(sid) = sid.parse::<MessageSid>() else { return };
        let Some(account) = (self.accounts)(*organization_id) else { return };
        match account.line.ask::<MessageAnswer>(RestRequest::fetch_message(&sid)).await {
            Ok(MessageAnswer { status, error_code, .. }) => {
                let status = status_of(status);
                if status > known {
                    let error_code = error_code.map(i64::from);
                    let heard = DeliveryReport { status, sid: None, error_code };
                    self.note((*organization_id, *id), heard, None).await;
                }
            }
            // Another account may have sent it.
            Err(fault) => tracing::debug!(%id, %fault, "nothing new is known of a text message"),
        }
    }
}
