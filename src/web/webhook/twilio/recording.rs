//! Messages that callers left with Twilio: told of once they can be fetched, kept as the call's recording.
//!
//! That there is one is journalled before its sound is fetched, so a sound that can't be fetched is still known by its name at
//! Twilio. The call has ended by then, and nobody else writes its journal any more.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use cordboard_actors::messages::AskDocument;
use cordboard_schema::document::DocumentQuestion;
use cordboard_schema::event::{Fact, JournalEntry};
use cordboard_schema::fold::{Call, recording_file};
use cordboard_schema::ids::CallId;
use cordboard_schema::wire::twilio::webhook::{RecordingEvent, RecordingStatus};
use cordboard_schema::wire::twilio::{CallSid, RecordingSid};

use super::house;
use crate::store::{Store, query};
use crate::web::WebState;
use crate::web::problem::ApiError;

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
        (status = 404, description = "No Twilio account is configured"),
        (status = 413, description = "The form is too long"),
        (status = 503, description = "It can't be stored at the moment"),
    )
)]
pub(crate) async fn recording(
    state: web::Data<WebState>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let twilio = house(&state)?;
    let form = twilio.form(&request, body).await?;
    let event = RecordingEvent::read(&form)?;
    if let (RecordingStatus::Completed, Some(call)) = (event.status, event.call) {
        let duration_ms = event.duration_s.unwrap_or_default().saturating_mul(1_000);
        keep(&state, &call, event.recording, duration_ms).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Journals a message of a call that is over and has no recording, and has it fetched.
async fn keep(
    state: &WebState,
    call: &CallSid,
    recording: RecordingSid,
    duration_ms: u64,
) -> Result<(), ApiError> {
    // It may overtake the word that the caller has finished. A call that is gone has heard that.
    let _ = state.ask(AskDocument { call: call.clone(), question: DocumentQuestion::Recorded }).await?;
    state.store.commit().await?;
    let sid = call.clone();
    let found = state.store.reads().run(move |connection| query::call_at_twilio(connection, &sid)).await?;
    let Some(found) = found.filter(|found| found.ended_at.is_some() && found.recording.is_none()) else {
        tracing::debug!(%call, %recording, "a recording of Twilio's is nobody's message, or known");
        return Ok(());
    };
    let left = Fact::VoicemailLeft { recording: recording.clone(), duration_ms };
    append(&state.store, &found, 1, [Fact::RecordingStarted { offset_ms: 0 }, left]);
    state.store.commit().await?;
    let (state, folder) = (state.clone(), state.recordings_dir.clone());
    actix_web::rt::spawn(async move {
        let fetched = fetch(&state, found.id, recording, folder).await;
        let told = match fetched {
            Ok(duration_ms) => Fact::RecordingFinished { duration_ms },
            Err(reason) => {
                tracing::warn!(call_id = %found.id, reason, "a caller's message can't be fetched from Twilio");
                Fact::RecordingFailed { reason }
            }
        };
        append(&state.store, &found, 3, [told]);
    });
    Ok(())
}

/// Journals facts of a call that is over, from so many places behind its end on. What stands there already is kept.
fn append<const N: usize>(store: &Store, call: &Call, behind: u64, facts: [Fact; N]) {
    let Call { organization_id, id: call_id, last_seq, .. } = *call;
    let entries = (last_seq + behind..).zip(facts).map(|(seq, fact)| {
        let at = Utc::now().into();
        JournalEntry { organization_id, call_id, seq, at, event: fact.into() }
    });
    store.journal(entries.collect());
}

/// Fetches the sound into the folder of recordings; its length in ms.
async fn fetch(
    state: &WebState,
    id: CallId,
    recording: RecordingSid,
    folder: PathBuf,
) -> Result<u64, String> {
    let line = state.twilio_calls.as_ref().ok_or("no Twilio account is configured that could be asked")?;
    let sound = line.sound(&recording).await.map_err(|fault| fault.to_string())?;
    let kept = web::block(move || keep_sound(&folder, id, &sound));
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
