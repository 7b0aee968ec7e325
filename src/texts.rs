//! Text messages of assistants: sends each stored message once, and notes Twilio's answer.
//!
//! ```text
//! call ─ WriteForCall ─> CallWrites ─> StoreActor: the row, waiting ─> claimed by one server ─> TwilioLine ─> what it said, noted
//! ```
//! A message that may have been sent is not sent again: its row says `unknown`, until a status callback knows more. One that could not be claimed, or
//! that Twilio could not take at that moment, is looked for again every few seconds, because its assistant has told the caller that it is on its way.

mod unreported;

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ArbiterHandle, Context, Handler, Recipient, ResponseFuture};
use cordboard_actors::lasting::last_on;
use cordboard_actors::messages::{NotWritten, TwilioLine, WriteDone, WriteForCall};
use cordboard_actors::twilio::RestFault;
use cordboard_actors::world;
use cordboard_schema::dial::{DialPolicy, PhoneNumber};
use cordboard_schema::ids::{MessageId, OrganizationId};
use cordboard_schema::limits::{
    TEXT_POLL_MS, TEXT_QUEUED_MS_MAX, TEXT_STOPS_WAIT_MS, TEXT_TAKEN_WAIT_MS, TEXTS_AT_ONCE,
};
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::rest::{MessageAnswer, MessageSender, RestErrorKind, SendMessage};
use cordboard_schema::wire::twilio::{self, AccountSid};
use cordboard_schema::written::Written;
use futures_util::{StreamExt, stream};
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};

use crate::repeated_failure::RepeatedFailure;
use crate::store::{
    ClaimedText, Connection, DeliveryReport, MessageName, Store, StoreError, TextRefused, TextSaid,
    TextSettings, TextWanted, TextsLeft, change, query,
};

/// How often storing Twilio's answer is tried, because the database may be unreachable for a moment.
const NOTE_TRIES: usize = 5;
/// Pause between two of these attempts.
const NOTE_PAUSE: Duration = Duration::from_secs(2);

/// Converts Twilio's status of a message.
pub fn status_of(reported: twilio::MessageStatus) -> MessageStatus {
    use twilio::MessageStatus as Reported;
    match reported {
        Reported::Accepted | Reported::Scheduled | Reported::Queued | Reported::Sending => {
            MessageStatus::Sending
        }
        Reported::Sent => MessageStatus::Sent,
        Reported::Delivered | Reported::Read | Reported::PartiallyDelivered => MessageStatus::Delivered,
        Reported::Undelivered => MessageStatus::Undelivered,
        Reported::Failed | Reported::Canceled => MessageStatus::Failed,
        Reported::Receiving | Reported::Received => MessageStatus::Received,
    }
}

/// Result of a message, and why it was not sent, if it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendResult {
    /// Its status.
    pub status: MessageStatus,
    /// The reason in words for the assistant.
    pub reason: Option<String>,
}

/// An account that sends text messages. Only this file uses the account, with messages that were claimed in the store.
#[derive(Clone, Debug)]
pub struct TextAccount {
    line: TwilioLine,
    settings: TextSettings,
}

impl TextAccount {
    /// Makes the account that `line` leads to: the installation's, or an organization's own with this name. `caller_id` is the number for an
    /// organization that has none of its own. `policy` is what the installation lets every organization dial.
    pub fn new(
        line: TwilioLine,
        caller_id: Option<&PhoneNumber>,
        account: Option<AccountSid>,
        policy: DialPolicy,
    ) -> Self {
        let caller_id = caller_id.and_then(|number| number.as_str().parse().ok());
        Self { line, settings: TextSettings { caller_id, account, policy } }
    }

    /// The installation's part, for the store.
    pub fn settings(&self) -> TextSettings {
        self.settings.clone()
    }

    /// Sends a claimed message to Twilio.
    async fn give(&self, claimed: &ClaimedText, status_url: String) -> Result<MessageAnswer, RestFault> {
        let Message { to, from, body, .. } = claimed.message();
        let request = SendMessage::new(to.clone(), MessageSender::Number(from.clone()), body.clone());
        let request = request.map_err(|bad| RestFault::Unreachable(bad.to_string()))?;
        self.line.send_message(&request.with_status_callback(status_url)).await
    }
}

/// Returns the account that sends an organization's text messages; none if there is none.
pub type TextAccounts = Arc<dyn Fn(OrganizationId) -> Option<TextAccount> + Send + Sync>;

/// Why a person gets no text message.
#[derive(Debug, thiserror::Error)]
pub enum NotNotified {
    /// No account can send it.
    #[error("there is no Twilio account that could send it")]
    NoAccount,
    /// It is not allowed to be sent.
    #[error(transparent)]
    Refused(#[from] TextRefused),
    /// It was stored, and could not be sent to Twilio.
    #[error("{0}")]
    Never(String),
    /// Another server sends it.
    #[error("another server sends it")]
    Taken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Twilio's answer.
    #[error(transparent)]
    Twilio(RestFault),
}

/// Sends waiting messages. Clones use the same accounts.
#[derive(Clone)]
pub struct TextSender {
    store: Store,
    accounts: TextAccounts,
    /// Without a trailing slash.
    public_base: String,
}

impl TextSender {
    /// Makes a sender for accounts whose webhooks are sent to this address, which has no slash at its end.
    pub fn new(store: Store, accounts: TextAccounts, public_base: &str) -> Self {
        Self { store, accounts, public_base: public_base.to_owned() }
    }

    /// Sends messages that were left when a server ended, and from then on those that could not be sent when they were stored. Notes the state of the
    /// rest, and asks for that of messages without a report. It runs on this arbiter until the other half of `stopping` is dropped. Returns false if
    /// there is no such arbiter. Somebody may have sent STOP while no server ran: nothing is sent for a moment until `stops_known` is true, or nobody
    /// sets it any more.
    pub fn keep_sending(
        self,
        arbiter: &ArbiterHandle,
        mut stops_known: watch::Receiver<bool>,
        mut stopping: oneshot::Receiver<()>,
    ) -> bool {
        last_on(arbiter, "text messages that wait", async move || {
            tokio::select! {
                biased;
                () = self.send_waiting(&mut stops_known, &mut stopping) => {}
                never = self.ask_about_unreported() => match never {},
            }
        })
    }

    async fn send_waiting(
        &self,
        stops_known: &mut watch::Receiver<bool>,
        stopping: &mut oneshot::Receiver<()>,
    ) {
        let known = stops_known.wait_for(|is_known| *is_known);
        tokio::select! {
            biased;
            _ = &mut *stopping => return,
            // Late, or with an error: those who ask are gone. The messages must not come too late because of that.
            _ = timeout(Duration::from_millis(TEXT_STOPS_WAIT_MS), known) => {}
        }
        // Only this sends what an earlier server has left.
        let mut age_ms = 0;
        let mut failures = RepeatedFailure::of("sending of waiting text messages");
        loop {
            failures.note(self.send_overdue(age_ms).await, |error| {
                tracing::error!(%error, "waiting text messages can't be looked for; they are sent later");
            });
            age_ms = TEXT_POLL_MS;
            tokio::select! {
                biased;
                _ = &mut *stopping => return,
                () = sleep(Duration::from_millis(TEXT_POLL_MS)) => {}
            }
        }
    }

    /// Sends messages that have waited this long, and gives up those that have waited too long.
    async fn send_overdue(&self, age_ms: u64) -> Result<(), StoreError> {
        let now = UnixMs::from(world::now());
        let (until, since) = (now - age_ms, now - TEXT_QUEUED_MS_MAX);
        let read = move |connection: &mut Connection| query::texts_left(connection, since, until);
        let TextsLeft { waiting, is_any_late } = self.store.reads().run(read).await?;
        if is_any_late {
            let give_up = move |connection: &mut Connection| change::give_up_texts(connection, since, now);
            let given_up = self.store.change(give_up).await?;
            if given_up > 0 {
                tracing::error!(given_up, "text messages could not be sent in their time and are given up");
            }
        }
        let sending = stream::iter(waiting);
        sending
            .for_each_concurrent(TEXTS_AT_ONCE, |(organization_id, id)| async move {
                self.clone().send(organization_id, id).await;
            })
            .await;
        Ok(())
    }

    /// Sends a message if it waits. Returns what is known of it now.
    pub async fn send(self, organization_id: OrganizationId, id: MessageId) -> SendResult {
        let now = UnixMs::from(world::now());
        let claim = move |connection: &mut Connection| {
            let claimed = change::claim_text(connection, organization_id, id, now)?;
            let present = query::message(connection, organization_id, id)?;
            Ok((claimed, present))
        };
        match self.store.change(claim).await {
            Ok((Some(claimed), _)) => self.give_or_put_back(claimed).await,
            Ok((None, present)) => SendResult {
                status: present.map_or(MessageStatus::Failed, |message| message.status),
                reason: None,
            },
            Err(error) => {
                tracing::warn!(%id, %error, "a text message is not sent yet; trying again soon");
                if matches!(error, StoreError::OutcomeUnknown) {
                    self.end_claim(organization_id, id, now).await;
                }
                SendResult { status: MessageStatus::Queued, reason: None }
            }
        }
    }

    /// Stores a text message to a person and sends it, as one of the organization's. Returns Twilio's id of it.
    ///
    /// # Errors
    /// Fails if it was not sent, or if that is not known.
    pub async fn notify(
        self,
        organization_id: OrganizationId,
        to: E164,
        body: String,
    ) -> Result<String, NotNotified> {
        let account = (self.accounts)(organization_id).ok_or(NotNotified::NoAccount)?;
        let (settings, at) = (account.settings(), UnixMs::from(world::now()));
        let numbers = self.store.configured_numbers().clone();
        let write = move |connection: &mut Connection| {
            let wanted = TextWanted { organization_id, to, call_id: None, from: None, at };
            let admitted = match change::admit_text(connection, &settings, &numbers, wanted)? {
                Ok(admitted) => admitted,
                Err(refused) => return Ok(Err(refused)),
            };
            let said = TextSaid { body, template: None, customer_id: None };
            let id = match change::queue_text(connection, admitted, said)? {
                Ok(id) => id,
                Err(refused) => return Ok(Err(refused)),
            };
            change::claim_text(connection, organization_id, id, at).map(Ok)
        };
        let Some(claimed) = self.store.change(write).await?? else { return Err(NotNotified::Taken) };
        let id = claimed.message().id;
        match self.give(claimed).await {
            (_, Some(fault)) => {
                if may_pass_today(&fault) {
                    self.forget_unsent(organization_id, id).await;
                }
                Err(NotNotified::Twilio(fault))
            }
            (SendResult { reason: Some(why), .. }, None) => Err(NotNotified::Never(why)),
            (SendResult { status, .. }, None) => Ok(format!("Twilio has it: {}", status.as_str())),
        }
    }

    /// Deletes a message that Twilio has not taken, because the notice in it is tried again with a message of its own: its people would see a failed text
    /// for each attempt. What became of an attempt is in its delivery.
    async fn forget_unsent(&self, organization_id: OrganizationId, id: MessageId) {
        let forget =
            move |connection: &mut Connection| change::forget_unsent_text(connection, organization_id, id);
        if let Err(error) = self.store.change(forget).await {
            tracing::warn!(%id, %error, "a text message that was not sent stays in the list, although it is tried again");
        }
    }

    /// Sends a claimed message to Twilio. If Twilio can't take it at present, the message waits again. Returns its status now.
    async fn give_or_put_back(&self, claimed: ClaimedText) -> SendResult {
        let Message { id, organization_id, updated_at: claimed_at, .. } = *claimed.message();
        let outcome = self.offer(&claimed).await;
        if let Some(Err(fault)) = &outcome
            && may_pass(fault)
            && self.put_back(organization_id, id, claimed_at).await.unwrap_or(false)
        {
            tracing::info!(%id, %fault, "Twilio can't take a text message at present; trying again soon");
            return SendResult { status: MessageStatus::Queued, reason: None };
        }
        self.note_outcome(&claimed, outcome).await.0
    }

    /// Lets a message wait again that was claimed at this moment and not sent. Returns false if that claim is over.
    async fn put_back(
        &self,
        organization_id: OrganizationId,
        id: MessageId,
        claimed_at: UnixMs,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &mut Connection| {
            change::put_text_back(connection, organization_id, id, claimed_at)
        };
        self.store.change(write).await
    }

    /// Ends a claim of which nobody knows whether it was stored: nothing was sent, and while it lasts, nobody else sends the message.
    async fn end_claim(&self, organization_id: OrganizationId, id: MessageId, claimed_at: UnixMs) {
        for _ in 1..NOTE_TRIES {
            if self.put_back(organization_id, id, claimed_at).await.is_ok() {
                return;
            }
            sleep(NOTE_PAUSE).await;
        }
        if let Err(error) = self.put_back(organization_id, id, claimed_at).await {
            tracing::error!(%id, %error, "a text message may not be sent: the database does not take its state");
        }
    }

    /// Sends a claimed message to Twilio. Returns what is known of it now, and the fault if there was one.
    async fn give(&self, claimed: ClaimedText) -> (SendResult, Option<RestFault>) {
        let outcome = self.offer(&claimed).await;
        self.note_outcome(&claimed, outcome).await
    }

    /// Sends a claimed message to Twilio. Returns none if no account can send it.
    async fn offer(&self, claimed: &ClaimedText) -> Option<Result<MessageAnswer, RestFault>> {
        let Message { id, organization_id, .. } = *claimed.message();
        let status_url = format!("{}/twilio/message/status?message={id}", self.public_base);
        let account = (self.accounts)(organization_id)?;
        Some(account.give(claimed, status_url).await)
    }

    async fn note_outcome(
        &self,
        claimed: &ClaimedText,
        outcome: Option<Result<MessageAnswer, RestFault>>,
    ) -> (SendResult, Option<RestFault>) {
        let Message { id, organization_id, .. } = *claimed.message();
        let Some(outcome) = outcome else {
            let heard = DeliveryReport { status: MessageStatus::Failed, sid: None, error_code: None };
            let why = "the organization has no Twilio account that can be used".to_owned();
            return (self.note((organization_id, id), heard, Some(why)).await, None);
        };
        let (heard, reason) = heard(&outcome);
        if let Some(reason) = &reason {
            tracing::warn!(%id, status = heard.status.as_str(), reason, "a text message may not have been sent");
        }
        (self.note((organization_id, id), heard, reason).await, outcome.err())
    }

    /// Notes what is known of a message, even if the database is unreachable for some seconds.
    async fn note(
        &self,
        (organization_id, id): (OrganizationId, MessageId),
        heard: DeliveryReport,
        reason: Option<String>,
    ) -> SendResult {
        let status = heard.status;
        for tries in 1..=NOTE_TRIES {
            let (heard, at) = (heard.clone(), UnixMs::from(world::now()));
            let configured = self.store.configured_numbers().clone();
            let write = move |connection: &mut Connection| {
                let name = MessageName::Id(id);
                change::hear_of_text(connection, Some(organization_id), &name, &heard, (&configured, at))
            };
            match self.store.change(write).await {
                Ok(_) => break,
                Err(error) if tries == NOTE_TRIES => {
                    tracing::error!(%id, %error, "the result of a text message could not be stored");
                }
                Err(_) => sleep(NOTE_PAUSE).await,
            }
        }
        SendResult { status, reason }
    }
}

/// Tells whether Twilio has certainly not taken a message, and may take it within a day: for so long a notice is tried.
pub(crate) fn may_pass_today(fault: &RestFault) -> bool {
    match fault {
        RestFault::Refused(error) => {
            matches!(error.kind, RestErrorKind::TooMany | RestErrorKind::Unauthorized)
        }
        RestFault::Unreachable(_) | RestFault::Full | RestFault::Closed => true,
        RestFault::Unknown(_) | RestFault::Answer(_) => false,
    }
}

/// Tells whether Twilio has certainly not taken a message, and may take it in a moment.
fn may_pass(fault: &RestFault) -> bool {
    match fault {
        RestFault::Unreachable(_) | RestFault::Full => true,
        RestFault::Refused(error) => error.kind == RestErrorKind::TooMany,
        RestFault::Unknown(_) | RestFault::Answer(_) | RestFault::Closed => false,
    }
}

/// Returns the delivery state in Twilio's answer to a message, and why it was not sent.
fn heard(outcome: &Result<MessageAnswer, RestFault>) -> (DeliveryReport, Option<String>) {
    let failed = |status, error_code| DeliveryReport { status, sid: None, error_code };
    match outcome {
        Ok(MessageAnswer { sid, status, error_code, .. }) => {
            let error_code = error_code.map(i64::from);
            (DeliveryReport { status: status_of(*status), sid: Some(sid.to_string()), error_code }, None)
        }
        Err(RestFault::Refused(error)) => {
            let reason = match error.kind {
                RestErrorKind::OptedOut => "they have asked for no text messages".to_owned(),
                RestErrorKind::BadNumber => "text messages can't be sent to that number".to_owned(),
                RestErrorKind::NotPermitted => "the business may not send text messages there".to_owned(),
                _ => error.to_string(),
            };
            (failed(MessageStatus::Failed, error.code.map(i64::from)), Some(reason))
        }
        Err(fault) if fault.did_nothing() => (failed(MessageStatus::Failed, None), Some(fault.to_string())),
        Err(fault) => (failed(MessageStatus::Unknown, None), Some(fault.to_string())),
    }
}

/// The store to which calls write, with the steps that follow a text message.
pub struct CallWrites {
    store: Recipient<WriteForCall>,
    sender: Option<TextSender>,
}

impl CallWrites {
    /// Makes one in front of the store. Without a sender no message is stored.
    pub fn new(store: Recipient<WriteForCall>, sender: Option<TextSender>) -> Self {
        Self { store, sender }
    }
}

impl Actor for CallWrites {
    type Context = Context<Self>;
}

impl Handler<WriteForCall> for CallWrites {
    type Result = ResponseFuture<Result<WriteDone, NotWritten>>;

    fn handle(&mut self, request: WriteForCall, _: &mut Context<Self>) -> Self::Result {
        let (writing, sender) = (self.store.clone(), self.sender.clone());
        let organization_id = request.organization_id;
        Box::pin(async move {
            let closed = || NotWritten::Store(cordboard_actors::messages::StoreFault::Closed);
            let done = writing.send(request).await.map_err(|_| closed())??;
            match (done.written, sender) {
                (Some(Written::TextQueued(id)), Some(sender)) => {
                    sent(sender, organization_id, id, done).await
                }
                _ => Ok(done),
            }
        })
    }
}

/// Sends a stored message. The assistant waits a moment for Twilio's answer; the sending continues without it.
async fn sent(
    sender: TextSender,
    organization_id: OrganizationId,
    id: MessageId,
    done: WriteDone,
) -> Result<WriteDone, NotWritten> {
    let sending = actix::spawn(sender.send(organization_id, id));
    let Ok(Ok(SendResult { status, reason })) =
        timeout(Duration::from_millis(TEXT_TAKEN_WAIT_MS), sending).await
    else {
        return Ok(done);
    };
    let noted = |note: &str| Ok(WriteDone { note: note.to_owned(), ..done.clone() });
    match status {
        MessageStatus::Failed | MessageStatus::Undelivered => {
            let reason = reason.unwrap_or_else(|| "the text message could not be sent".to_owned());
            Err(NotWritten::Refused(format!("the text message was not sent: {reason}")))
        }
        MessageStatus::Unknown => noted(
            "nobody knows whether the text message was sent: do not send it again, and say that it may not come",
        ),
        MessageStatus::Queued => Ok(done),
        MessageStatus::Sending | MessageStatus::Sent | MessageStatus::Received | MessageStatus::Delivered => {
            noted("the text message is sent")
        }
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::wire::twilio::rest::RestError;

    use super::*;

    #[test]
    fn messages_possibly_sent_are_unknown_and_those_not_sent_failed() {
        let refused = |status, body: &[u8]| RestFault::Refused(RestError::read(status, None, body));
        for (fault, status, code) in [
            (RestFault::Unknown("timed out".to_owned()), MessageStatus::Unknown, None),
            (RestFault::Unreachable("refused".to_owned()), MessageStatus::Failed, None),
            (RestFault::Full, MessageStatus::Failed, None),
            (refused(400, br#"{"code":21610}"#), MessageStatus::Failed, Some(21_610)),
            (refused(429, b""), MessageStatus::Failed, None),
        ] {
            let (heard, reason) = heard(&Err(fault));
            assert_eq!((heard.status, heard.error_code), (status, code), "{reason:?}");
            assert!(reason.is_some());
        }
    }
}
