//! Messages that callers left with Twilio: told of once they can be fetched, kept as the call's recording.
//!
//! That there is one is journalled before its sound is fetched, so a sound that can't be fetched is still known by its name at
//! Twilio. The call has ended by then, and nobody else writes its journal any more.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use actix_web::{HttpRequest, HttpResponse, web};
use cordboard_actors::messages::{AskDocument, TwilioLine};
use cordboard_actors::world;
use cordboard_schema::document::{DocumentQuestion, DocumentStep};
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::fold::{Call, recording_file};
use cordboard_schema::ids::{CallId, OrganizationId, OutsideId};
use cordboard_schema::limits::MESSAGE_AWAITED_MS_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::webhook::{RecordingEvent, RecordingStatus};
use cordboard_schema::wire::twilio::{AccountSid, CallSid, RecordingSid};

use super::accounts::{Webhook, signed};
use super::house::TwilioHouse;
use crate::priority;
use crate::store::{After, Connection, query};
use crate::web::WebState;
use crate::web::problem::ApiError;

/// How often it is tried to journal something behind the end of a call.
const APPEND_TRIES: usize = 5;

/// Takes that a recording can be fetched. What is told late or twice changes nothing.
#[utoipa::path(
    post,
    operation_id = "twilio_recording",
    path = "/twilio/recording",
    tag = "twilio",
    security(()),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "Twilio's recording parameters"),
    responses(
        (status = 204, description = "Taken"),
        (status = 400, description = "It names no recording, or no status that is known"),
        (status = 403, description = "`bad_signature`: it is not Twilio's"),
        (status = 404, description = "There is no Twilio account, or the call is not of the organization whose account has signed"),
        (status = 413, description = "The form is too long"),
        (status = 503, description = "It can't be stored at the moment"),
    )
)]
pub(crate) async fn recording(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let Webhook { twilio, told, .. } = signed(&state, &request, body).await?;
    let event = RecordingEvent::read(&told)?;
    if let (RecordingStatus::Completed, Some(call)) = (event.status, event.call) {
        let duration_ms = event.duration_s.unwrap_or_default().saturating_mul(1_000);
        keep(&state, &twilio, &call, event.recording, duration_ms).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Journals a message of a call that is over and has no recording, and has it fetched.
async fn keep(
    state: &WebState,
    twilio: &TwilioHouse,
    call: &CallSid,
    recording: RecordingSid,
    duration_ms: u64,
) -> Result<(), ApiError> {
    if found(state, call).await?.is_none_or(|found| found.ended_at.is_none()) {
        // It has overtaken the word that the caller has finished. A call that is gone has heard that.
        let asked = AskDocument { call: call.clone(), question: DocumentQuestion::Recorded };
        let _ = state.ask(asked).await?;
    }
    if !was_asked_for_message(state, call).await? {
        tracing::debug!(%call, %recording, "a recording of Twilio's is nobody's message");
        return Ok(());
    }
    let left = Fact::VoicemailLeft { recording: recording.clone(), duration_ms };
    let facts = [Fact::RecordingStarted { offset_ms: 0 }, left];
    let Some(id) = append(state, call, &facts, |found| found.recording.is_some()).await? else {
        tracing::debug!(%call, %recording, "a caller's message is known");
        return Ok(());
    };
    let (state, line, call) = (state.clone(), twilio.line().cloned(), call.clone());
    actix_web::rt::spawn(async move { bring(&state, line, id, &call, recording).await });
    Ok(())
}

/// Fetches a message that is journalled, and journals what became of that.
async fn bring(
    state: &WebState,
    line: Option<TwilioLine>,
    id: CallId,
    call: &CallSid,
    recording: RecordingSid,
) {
    let told = match fetch(state, line, id, recording).await {
        Ok(duration_ms) => Fact::RecordingFinished { duration_ms },
        Err(reason) => {
            tracing::warn!(call_id = %id, reason, "a caller's message can't be fetched from Twilio");
            Fact::RecordingFailed { reason }
        }
    };
    if let Err(error) = append(state, call, &[told], |found| found.recording_ms.is_some()).await {
        tracing::error!(call_id = %id, %error, "what became of a caller's message can't be stored");
    }
}

/// Fetches the messages whose sounds a process that ended has not fetched. Ends by itself.
pub(in crate::web) async fn catch_up(state: WebState) {
    let since = UnixMs::from(world::now()) - MESSAGE_AWAITED_MS_MAX;
    let look = move |connection: &mut Connection| query::calls_lacking_sound(connection, since);
    let owed = async {
        for call in state.store.reads().run(look).await? {
            let Some(sid) = call.outside_ids.iter().find_map(OutsideId::at_twilio) else { continue };
            if let Some((recording, account)) = message_of(&state, &call).await? {
                tracing::info!(call_id = %call.id, "a caller's message is fetched that a process which ended has left");
                let line = account_line(&state, call.organization_id, account.as_ref());
                bring(&state, line, call.id, &sid, recording).await;
            }
        }
        Ok::<_, ApiError>(())
    };
    if let Err(error) = owed.await {
        tracing::error!(%error, "callers' messages that were left are not fetched: they are at the next start");
    }
}

/// The way to an account of the organization's own, or to the configuration's where none is named; none where it can't be asked.
fn account_line(
    state: &WebState,
    organization_id: OrganizationId,
    account: Option<&AccountSid>,
) -> Option<TwilioLine> {
    match account {
        None => state.twilio_calls.clone(),
        Some(sid) => Some(state.outside_accounts.as_ref()?.own_twilio(organization_id, sid)?.line.clone()),
    }
}

/// The message of a call whose sound was neither fetched nor given up, and the organization's own account that has it; none
/// where that is the configuration's.
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

/// The call, with all that was journalled of it so far.
async fn found(state: &WebState, call: &CallSid) -> Result<Option<Call>, ApiError> {
    state.store.commit().await?;
    let sid = call.clone();
    Ok(state.store.reads().run(move |connection| query::call_at_twilio(connection, &sid)).await?)
}

/// Whether the caller was asked for a message: others may have Twilio record a call as well.
async fn was_asked_for_message(state: &WebState, call: &CallSid) -> Result<bool, ApiError> {
    let Some(Call { organization_id, id, .. }) = found(state, call).await? else { return Ok(false) };
    let journal =
        move |connection: &mut Connection| query::journal(connection, organization_id, id, After::WHOLE);
    let asks = |entry: &JournalEntry| {
        let step = match &entry.event {
            Event::Decision(Decision::DocumentAnswered { step }) => Some(step),
            _ => None,
        };
        matches!(step, Some(DocumentStep::Record { .. }))
    };
    Ok(state.store.reads().run(journal).await?.iter().any(asks))
}

/// Journals facts of a call that is over, behind all that is known of it; its id. None where there is no such call, or these
/// facts are known. Whoever else journals something of it at the same moment may come before: then it is done once more.
async fn append(
    state: &WebState,
    call: &CallSid,
    facts: &[Fact],
    is_known: impl Fn(&Call) -> bool,
) -> Result<Option<CallId>, ApiError> {
    for _ in 0..APPEND_TRIES {
        let is_new = |found: &Call| found.ended_at.is_some() && !is_known(found);
        let Some(found) = found(state, call).await?.filter(is_new) else { return Ok(None) };
        let Call { organization_id, id: call_id, last_seq, .. } = found;
        let entries: Vec<JournalEntry> = (last_seq + 1..)
            .zip(facts)
            .map(|(seq, fact)| {
                let event = fact.clone().into();
                JournalEntry { organization_id, call_id, seq, at: world::now().into(), event }
            })
            .collect();
        let written: Vec<Event> = entries.iter().map(|entry| entry.event.clone()).collect();
        state.store.journal(entries);
        state.store.commit().await?;
        let after = After { seq: last_seq, limit: i64::try_from(facts.len()).unwrap_or(i64::MAX) };
        let stored = state
            .store
            .reads()
            .run(move |connection| query::journal(connection, organization_id, call_id, after));
        let stored: Vec<Event> = stored.await?.into_iter().map(|entry| entry.event).collect();
        if stored == written {
            return Ok(Some(call_id));
        }
    }
    Err(ApiError::Unavailable("the journal of the call does not settle: ask again".to_owned()))
}

/// Fetches the sound into the folder of recordings; its length in ms.
async fn fetch(
    state: &WebState,
    line: Option<TwilioLine>,
    id: CallId,
    recording: RecordingSid,
) -> Result<u64, String> {
    let line = line.ok_or("no Twilio account is configured that could be asked")?;
    let sound = line.sound(&recording).await.map_err(|fault| fault.to_string())?;
    let folder = state.recordings_dir.clone();
    let kept = priority::blocking(move || keep_sound(&folder, id, &sound));
    kept.await.map_err(|_| "the server is going down".to_owned())?
}

/// Writes a WAV file as a call's recording, whole or not at all. Blocks.
fn keep_sound(folder: &Path, id: CallId, sound: &[u8]) -> Result<u64, String> {
    let reader =
        hound::WavReader::new(Cursor::new(sound)).map_err(|error| format!("it is no WAV: {error}"))?;
    let spec = reader.spec();
    let is_telephone = spec.bits_per_sample == 16
        && spec.sample_format == hound::SampleFormat::Int
        && (1..=2).contains(&spec.channels)
        && spec.sample_rate > 0;
    if !is_telephone {
        return Err(format!("it is not 16-bit PCM of one or two channels but {spec:?}"));
    }
    let duration_ms = u64::from(reader.duration()) * 1_000 / u64::from(spec.sample_rate);
    let name = recording_file(id);
    let (part, whole) = (folder.join(format!("{name}.part")), folder.join(&name));
    let written = fs::write(&part, sound).and_then(|()| fs::rename(&part, &whole));
    written.map_err(|error| format!("it can't be written to {}: {error}", whole.display()))?;
    Ok(duration_ms)
}
