//! Messages that callers left with Twilio: reported once they can be fetched, stored as the call's recording.
//!
//! The message is journalled before its audio is fetched, so that audio that can't be fetched is still known by its name at Twilio. The call has
//! ended by then, and nobody else writes its journal any more.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::messages::{AskDocument, TwilioLine};
use cordboard_actors::twilio::RestFault;
use cordboard_actors::world;
use cordboard_schema::document::{DocumentQuestion, DocumentStep};
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::fold::{Call, recording_file};
use cordboard_schema::ids::{CallId, OrganizationId, OutsideId};
use cordboard_schema::limits::MESSAGE_AWAITED_MS_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::webhook::{RecordingEvent, RecordingStatus};
use cordboard_schema::wire::twilio::{AccountSid, CallSid, RecordingSid};
use tokio::time::sleep;

use super::accounts::{Webhook, signed};
use super::signing_account::SigningAccount;
use crate::durable_rename::write_durably;
use crate::priority;
use crate::recordings::{NotDeleted, WAV_PART};
use crate::store::{After, Connection, StoreError, query};
use crate::web::WebState;
use crate::web::problem::ApiError;
use crate::web::webhook::after_end::append;

/// The first pause before a message is requested again, in ms.
const MESSAGE_PAUSE_MS: u64 = 5_000;
/// The longest pause.
const MESSAGE_PAUSE_MS_MAX: u64 = 600_000;

/// Takes the report that a recording can be fetched. A late or repeated report changes nothing.
#[utoipa::path(
    post,
    operation_id = "twilio_recording",
    path = "/twilio/recording",
    tag = "twilio",
    security(()),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's recording parameters"),
    responses(
        (status = 204, description = "Taken"),
        (status = 400, description = "It names no recording, or no known status"),
        (status = 404, description = "There is no Twilio account, or the call does not belong to the organization whose account signed"),
        (status = 503, description = "It can't be stored at the moment"),
    )
)]
pub(crate) async fn recording(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, fields, .. } = signed(&state, &request, body).await?;
    let event = RecordingEvent::read(&fields)?;
    if let (RecordingStatus::Completed, Some(call)) = (event.status, event.call) {
        let duration_ms = event.duration_s.unwrap_or_default().saturating_mul(1_000);
        keep(&state, &twilio, &call, event.recording, duration_ms).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Journals a message of a finished call without a recording, and fetches it.
async fn keep(
    state: &WebState,
    twilio: &SigningAccount,
    call: &CallSid,
    recording: RecordingSid,
    duration_ms: u64,
) -> Result<(), ApiError> {
    let mut known = found(state, call).await?;
    if known.as_ref().is_none_or(|known| known.ended_at.is_none()) {
        // It may have come before the report that the caller has finished. A call that is gone has had that report.
        let asked = AskDocument { call: OutsideId::twilio(call), question: DocumentQuestion::Recorded };
        let _ = state.ask(asked).await?;
        known = found(state, call).await?;
    }
    let was_asked = match &known {
        Some(known) => was_asked_for_message(state, known).await?,
        None => false,
    };
    if !was_asked {
        tracing::debug!(%call, %recording, "a recording of Twilio's is not a message of a call");
        return Ok(());
    }
    take_message(state, call, recording, duration_ms, twilio.line().cloned()).await
}

/// Journals a message of a finished call that has none, and fetches it from the mailbox `line`.
pub(super) async fn take_message(
    state: &WebState,
    call: &CallSid,
    recording: RecordingSid,
    duration_ms: u64,
    line: Option<TwilioLine>,
) -> Result<(), ApiError> {
    let left = Fact::VoicemailLeft { recording: recording.clone(), duration_ms };
    let facts = [Fact::RecordingStarted { offset_ms: 0 }, left];
    let Some(id) = append(state, &facts, async || without_message(state, call).await).await? else {
        tracing::debug!(%call, %recording, "a caller's message is known already");
        return Ok(());
    };
    let message = PendingMessage { id, call: call.clone(), recording, line };
    actix_web::rt::spawn(message.fetch_with_retries(state.clone()));
    Ok(())
}

/// A message whose audio has not been fetched.
struct PendingMessage {
    id: CallId,
    call: CallSid,
    recording: RecordingSid,
    /// The mailbox of the account that has it; `None` if that can't be asked.
    line: Option<TwilioLine>,
}

/// Why a message was not fetched.
#[derive(Debug)]
enum NotFetched {
    /// It never will be.
    Never(String),
    /// Something is temporarily unavailable.
    Yet(String),
    /// The server is stopping: the next one fetches it.
    GoingDown,
}

impl NotFetched {
    fn because(fault: &RestFault) -> Self {
        match fault {
            RestFault::Closed => Self::GoingDown,
            fault if fault.may_pass() => Self::Yet(fault.to_string()),
            fault => Self::Never(fault.to_string()),
        }
    }
}

impl PendingMessage {
    /// Fetches the message, and journals the result. If something is temporarily unavailable, such as space on a full disk, it tries again with
    /// growing pauses, as long as a message is expected.
    async fn fetch_with_retries(self, state: WebState) {
        let (id, mut pauses, mut outcome) = (self.id, Pauses::default(), None);
        loop {
            let why_not = match self.try_fetch(&state, &mut outcome, pauses.are_over()).await {
                Ok(()) => return,
                Err(why_not) => why_not,
            };
            if pauses.is_first() {
                tracing::warn!(call_id = %id, why_not, "a caller's message is not stored yet: it is tried again");
            }
            sleep(pauses.next()).await;
        }
    }

    /// Tries once; `outcome` is the result, once that is known. Fails with what is unavailable.
    async fn try_fetch(
        &self,
        state: &WebState,
        outcome: &mut Option<Fact>,
        is_last: bool,
    ) -> Result<(), String> {
        if outcome.is_none() {
            let failed = match self.fetch(state).await {
                Ok(duration_ms) => {
                    *outcome = Some(Fact::RecordingFinished { duration_ms });
                    None
                }
                Err(NotFetched::GoingDown) => return Ok(()),
                Err(NotFetched::Yet(reason)) if !is_last => return Err(reason),
                Err(NotFetched::Yet(reason) | NotFetched::Never(reason)) => Some(reason),
            };
            if let Some(reason) = failed {
                tracing::warn!(call_id = %self.id, reason, "a caller's message can't be fetched from Twilio");
                *outcome = Some(Fact::RecordingFailed { reason });
            }
        }
        let facts: Vec<Fact> = outcome.iter().cloned().collect();
        let without_audio = |found: Option<Call>| found.filter(|found| found.recording_ms.is_none());
        match append(state, &facts, async || found(state, &self.call).await.map(without_audio)).await {
            Err(error) if is_last => {
                tracing::error!(call_id = %self.id, %error, "the state of a caller's message can't be stored");
                Ok(())
            }
            Err(error) => Err(error.to_string()),
            Ok(Some(_)) => Ok(()),
            Ok(None) => self.delete_without_call(state).await,
        }
    }

    /// Deletes the audio if its call was deleted meanwhile: no row leads to its file. Fails with what is unavailable.
    async fn delete_without_call(&self, state: &WebState) -> Result<(), String> {
        if found(state, &self.call).await.map_err(|error| error.to_string())?.is_some() {
            return Ok(());
        }
        let (files, name) = (state.recordings.clone(), recording_file(self.id));
        match priority::blocking(move || files.delete(&name)).await {
            Ok(Err(NotDeleted { path, cause, .. })) => {
                Err(format!("its call was deleted, and {} can't be deleted: {cause}", path.display()))
            }
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    /// Fetches the audio into the folder of recordings; returns its length in ms.
    async fn fetch(&self, state: &WebState) -> Result<u64, NotFetched> {
        let line = self.line.as_ref();
        let line = line.ok_or_else(|| {
            NotFetched::Never("no Twilio account is configured that could be asked".to_owned())
        })?;
        let sound = line.sound(&self.recording).await.map_err(|fault| NotFetched::because(&fault))?;
        let (folder, id) = (state.recordings.folder().to_owned(), self.id);
        let kept = priority::blocking(move || keep_sound(&folder, id, &sound));
        kept.await.unwrap_or(Err(NotFetched::GoingDown))
    }
}

/// The pauses between tries, each twice as long as the previous one.
#[derive(Debug, Default)]
struct Pauses {
    tries: u32,
    waited_ms: u64,
}

impl Pauses {
    const fn is_first(&self) -> bool {
        self.tries == 0
    }

    /// Whether the time in which a message is expected is over.
    const fn are_over(&self) -> bool {
        self.waited_ms >= MESSAGE_AWAITED_MS_MAX
    }

    fn next(&mut self) -> Duration {
        let pause_ms = (MESSAGE_PAUSE_MS << self.tries.min(16)).min(MESSAGE_PAUSE_MS_MAX);
        self.tries = self.tries.saturating_add(1);
        self.waited_ms = self.waited_ms.saturating_add(pause_ms);
        Duration::from_millis(pause_ms)
    }
}

/// Fetches the messages that an earlier process left.
pub(in crate::web) async fn catch_up(state: WebState) {
    let mut pauses = Pauses::default();
    let left = loop {
        match all_left(&state).await {
            Ok(left) => break left,
            Err(error) if pauses.is_first() => {
                tracing::error!(%error, "the messages that callers left can't be looked up: it is tried again");
            }
            Err(_) => {}
        }
        sleep(pauses.next()).await;
    };
    for message in left {
        tracing::info!(call_id = %message.id, "fetching a caller's message that an earlier process left");
        actix_web::rt::spawn(message.fetch_with_retries(state.clone()));
    }
}

async fn all_left(state: &WebState) -> Result<Vec<PendingMessage>, ApiError> {
    let since = UnixMs::from(world::now()) - MESSAGE_AWAITED_MS_MAX;
    let read = move |connection: &mut Connection| query::calls_without_audio(connection, since);
    let mut left = Vec::new();
    for call in state.store.reads().run(read).await? {
        let Some(sid) = call.outside_ids.iter().find_map(OutsideId::at_twilio) else { continue };
        let found = skip_unreadable(call.id, message_of(state, &call).await)?.flatten();
        if let Some((recording, account)) = found {
            let line = account_line(state, call.organization_id, account.as_ref());
            left.push(PendingMessage { id: call.id, call: sid, recording, line });
        }
    }
    Ok(left)
}

/// The result of a look at a call; none, with a line in the log, if the call can't be read: it delays no other.
pub(super) fn skip_unreadable<T>(call_id: CallId, found: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match found {
        Err(ApiError::Store(StoreError::BadRow(error))) => {
            tracing::error!(%call_id, %error, "it can't be read whether a caller has left a message");
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// The mailbox of an organization's own account, or of the configuration's if none is named; `None` if it can't be asked.
pub(super) fn account_line(
    state: &WebState,
    organization_id: OrganizationId,
    account: Option<&AccountSid>,
) -> Option<TwilioLine> {
    match account {
        None => state.twilio_calls.clone(),
        Some(sid) => Some(state.outside_accounts.as_ref()?.own_twilio(organization_id, sid)?.line.clone()),
    }
}

/// The message of a call whose audio was neither fetched nor given up, and the organization's own account that has it; `None` for the
/// configuration's.
async fn message_of(
    state: &WebState,
    call: &Call,
) -> Result<Option<(RecordingSid, Option<AccountSid>)>, ApiError> {
    let Call { organization_id, id, .. } = *call;
    let journal =
        move |connection: &mut Connection| query::journal(connection, organization_id, id, After::WHOLE);
    let (mut left, mut account) = (None, None);
    for entry in state.store.reads().run(journal).await? {
        match entry.event {
            Event::Fact(Fact::CallStarted { policy, .. }) => account.clone_from(&policy.twilio.account),
            Event::Fact(Fact::VoicemailLeft { recording, .. }) => left = Some(recording),
            Event::Fact(Fact::RecordingFailed { .. }) => left = None,
            _ => {}
        }
    }
    Ok(left.map(|recording| (recording, account)))
}

/// The call, with everything journalled so far.
async fn found(state: &WebState, call: &CallSid) -> Result<Option<Call>, ApiError> {
    state.store.commit().await?;
    let sid = call.clone();
    Ok(state.store.reads().run(move |connection| query::call_at_twilio(connection, &sid)).await?)
}

/// The call, if it has no recording, and no message is known that could not be fetched.
async fn without_message(state: &WebState, call: &CallSid) -> Result<Option<Call>, ApiError> {
    let Some(found) = found(state, call).await?.filter(|found| found.recording.is_none()) else {
        return Ok(None);
    };
    let is_known = !entries_of(state, &found, "voicemail_left").await?.is_empty();
    Ok((!is_known).then_some(found))
}

/// Whether the caller was asked for a message: others may have Twilio record a call as well.
pub(super) async fn was_asked_for_message(state: &WebState, call: &Call) -> Result<bool, ApiError> {
    let asks = |entry: &JournalEntry| {
        let step = match &entry.event {
            Event::Decision(Decision::DocumentAnswered { step }) => Some(step),
            _ => None,
        };
        matches!(step, Some(DocumentStep::Record { .. }))
    };
    Ok(entries_of(state, call, "document_answered").await?.iter().any(asks))
}

/// The journal entries of a call that are of this kind.
pub(super) async fn entries_of(
    state: &WebState,
    call: &Call,
    kind: &'static str,
) -> Result<Vec<JournalEntry>, ApiError> {
    let Call { organization_id, id, .. } = *call;
    let read =
        move |connection: &mut Connection| query::journal_of_kind(connection, organization_id, id, kind);
    Ok(state.store.reads().run(read).await?)
}

/// Writes a WAV file as a call's recording, completely or not at all. Blocks.
fn keep_sound(folder: &Path, id: CallId, sound: &[u8]) -> Result<u64, NotFetched> {
    let reader = hound::WavReader::new(Cursor::new(sound));
    let reader = reader.map_err(|error| NotFetched::Never(format!("it is no WAV: {error}")))?;
    let spec = reader.spec();
    let is_telephone = spec.bits_per_sample == 16
        && spec.sample_format == hound::SampleFormat::Int
        && (1..=2).contains(&spec.channels)
        && spec.sample_rate > 0;
    if !is_telephone {
        let reason = format!("it is not 16-bit PCM of one or two channels but {spec:?}");
        return Err(NotFetched::Never(reason));
    }
    let duration_ms = u64::from(reader.duration()) * 1_000 / u64::from(spec.sample_rate);
    let whole = folder.join(recording_file(id));
    write_durably(&whole.with_extension(WAV_PART), &whole, sound)
        .map_err(|error| NotFetched::Yet(format!("it can't be written to {}: {error}", whole.display())))?;
    Ok(duration_ms)
}

#[cfg(test)]
mod tests {
    use cordboard_schema::wire::twilio::rest::RestError;

    use super::*;

    #[test]
    fn a_message_is_fetched_later_unless_twilio_has_none() {
        let refused = |status, code| {
            let body = format!(r#"{{"code":{code},"status":{status}}}"#);
            NotFetched::because(&RestFault::Refused(RestError::read(status, None, body.as_bytes())))
        };
        for (status, code) in [(401, 20_003), (429, 20_429), (503, 0)] {
            let why_not = refused(status, code);
            assert!(matches!(why_not, NotFetched::Yet(_)), "{why_not:?}");
        }
        assert!(matches!(refused(404, 20_404), NotFetched::Never(_)));
        assert!(matches!(NotFetched::because(&RestFault::Closed), NotFetched::GoingDown));
    }
}
