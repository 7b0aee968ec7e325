//! `/api/v1/agent-profiles/{id}/voices` and `/voice-preview`: the voices that an assistant can have, and a preview of its first words in one of them.

use actix_web::{HttpResponse, web};
use cordboard_actors::assistant::Account;
use cordboard_actors::assistant::sounds::{Prompt, ShippedSound as _};
use cordboard_actors::assistant::voices::{KnownVoice, PREVIEW_RATE, VoiceFault, Voices};
use cordboard_actors::media::wav as wav_of;
use cordboard_actors::world;
use cordboard_schema::ids::ProfileId;
use cordboard_schema::limits::{VOICE_PREVIEW_CHARS_MAX, VOICE_PREVIEWS_PER_MINUTE};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::profile_version::DraftSlot;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::integration_test::TestOutcome;
use super::profiles::no_such;
use crate::store::{Connection, change, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// Characters of a voice's name, as a profile accepts it.
const VOICE_CHARS_MAX: usize = 79;

/// What a preview says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PreviewSays {
    /// The first words of the draft.
    FirstWords,
    /// The recorded greeting: the built-in assistant says nothing else.
    Recording,
    /// Nothing: the provider's voices can't be heard outside of a call.
    Nothing,
}

/// A voice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoiceView {
    /// Id for a profile's `voice`.
    id: String,
    /// Display name.
    name: String,
    /// The language that it is made for, if known.
    language: Option<String>,
}

/// The voices that an assistant can have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoicesView {
    /// The provider that speaks with its callers, such as `openai`; `builtin` if none does.
    provider: String,
    /// What a preview says.
    says: PreviewSays,
    /// The voice of profiles that name none, if known.
    usual: Option<String>,
    /// The provider's voices in its own order; only the first ones if there are many. None for the built-in assistant, which has one.
    voices: Vec<VoiceView>,
}

/// Voice and words of a preview.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PreviewBody {
    /// The voice; the draft's if left out.
    #[schema(max_length = 79)]
    voice: Option<String>,
    /// Draft whose first words are said; the first draft if left out.
    draft: DraftSlot,
}

impl From<KnownVoice> for VoiceView {
    fn from(KnownVoice { id, name, language }: KnownVoice) -> Self {
        Self { id, name, language }
    }
}

/// Lists the voices of the provider that speaks for an assistant.
#[utoipa::path(
    get,
    operation_id = "list_voices",
    path = "/api/v1/agent-profiles/{id}/voices",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    responses(
        (status = 200, description = "The voices", body = VoicesView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such profile"),
        (status = 409, description = "The provider refuses; `code` is the reason, as in the test of an integration: `unauthorized`, `not_found`, `refused`"),
        (status = 503, description = "The provider does not answer at the moment, or not in the expected form"),
    )
)]
pub(crate) async fn list(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
) -> Result<web::Json<VoicesView>, ApiError> {
    let profile = draft(&state, &caller, (*id, DraftSlot::A)).await?;
    let Some(account) = account(&state, &profile)? else {
        let (provider, says) = ("builtin".to_owned(), PreviewSays::Recording);
        return Ok(web::Json(VoicesView { provider, says, usual: None, voices: Vec::new() }));
    };
    let provider = account.name().to_owned();
    let Some(voices) = account.voices() else {
        let says = PreviewSays::Nothing;
        return Ok(web::Json(VoicesView { provider, says, usual: None, voices: Vec::new() }));
    };
    let room = state.long_answers.room_for(caller.organization_id)?;
    let listed = voices.list().await.map_err(refused)?;
    drop(room);
    let says = if voices.can_say() { PreviewSays::FirstWords } else { PreviewSays::Nothing };
    Ok(web::Json(VoicesView {
        provider,
        says,
        usual: voices.usual().map(str::to_owned),
        voices: listed.into_iter().map(VoiceView::from).collect(),
    }))
}

/// Returns the first words of a draft as spoken by a voice, up to 400 characters. The provider charges for it. The built-in assistant returns its
/// recorded greeting.
#[utoipa::path(
    post,
    operation_id = "preview_voice",
    path = "/api/v1/agent-profiles/{id}/voice-preview",
    tag = "agent profiles",
    params(("id" = ProfileId, Path, description = "The profile")),
    request_body = PreviewBody,
    responses(
        (status = 200, description = "The spoken words: a WAV file, 16 bit, mono", body = Vec<u8>, content_type = "audio/wav"),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such profile, or it has no second draft"),
        (status = 409, description = "There is no preview; `code` is the reason. `no_preview`: the provider's voices can't be heard outside of a call. `no_first_words`: the draft has none. `no_voice`: the draft names none, and the provider chooses. Others as in the test of an integration: `unauthorized`, `not_found`, `refused`"),
        (status = 422, description = "The voice's name is invalid"),
        (status = 429, description = "Too many previews by the organization"),
        (status = 503, description = "The provider does not answer at the moment, or not in the expected form"),
    )
)]
pub(crate) async fn preview(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<ProfileId>,
    body: Body<PreviewBody>,
) -> Result<HttpResponse, ApiError> {
    let PreviewBody { voice, draft: slot } = body.into_inner();
    let is_name = |voice: &str| {
        let is_text = |c: char| !c.is_control() && !c.is_whitespace();
        (1..=VOICE_CHARS_MAX).contains(&voice.chars().count()) && voice.chars().all(is_text)
    };
    if !voice.as_deref().is_none_or(is_name) {
        let reason = format!("must be a name of 1 to {VOICE_CHARS_MAX} characters without blanks");
        return Err(ApiError::Invalid(vec![Fault::of("voice", reason)]));
    }
    let profile = draft(&state, &caller, (*id, slot)).await?;
    let Some(account) = account(&state, &profile)? else {
        did(&state, &caller, *id, "the recorded greeting".to_owned()).await?;
        return Ok(wav(Prompt::Greeting.wav().to_vec()));
    };
    let (voices, voice, text) = asked(&*account, &profile, voice)?;
    let all = format!("heard {VOICE_PREVIEWS_PER_MINUTE} previews");
    state.voice_previews.take(caller.organization_id, Instant::now(), all)?;
    // Noted before the request, so that a cost is recorded even if the server ends meanwhile.
    let detail = format!("{} of {}, {} characters", voice, account.name(), text.chars().count());
    did(&state, &caller, *id, detail).await?;
    let samples = voices.say(&voice, text).await.map_err(refused)?;
    let file = wav_of(&samples, PREVIEW_RATE);
    file.map(wav).map_err(|_| ApiError::Unavailable("the audio can't be written".to_owned()))
}

/// The voice and its text.
fn asked<'a>(
    account: &'a dyn Account,
    profile: &'a AgentProfile,
    wanted: Option<String>,
) -> Result<(&'a Voices, String, &'a str), ApiError> {
    let Some(voices) = account.voices().filter(|voices| voices.can_say()) else {
        let detail =
            format!("the voices of {} can't be heard outside of a call: begin a test call", account.name());
        return Err(ApiError::conflict("no_preview", detail));
    };
    let Some(text) = profile.greeting.as_deref().map(shortened).filter(|text| !text.is_empty()) else {
        return Err(ApiError::conflict(
            "no_first_words",
            "the draft has no first words for a voice to say: write some",
        ));
    };
    let voice = wanted.or_else(|| profile.speech.voice.clone()).or_else(|| voices.usual().map(str::to_owned));
    match voice {
        Some(voice) => Ok((voices, voice, text)),
        None => Err(ApiError::conflict(
            "no_voice",
            "the draft names no voice, and the provider chooses one: name one",
        )),
    }
}

/// Cuts a text at a word to the length of a preview.
fn shortened(text: &str) -> &str {
    let text = text.trim();
    let Some((end, _)) = text.char_indices().nth(VOICE_PREVIEW_CHARS_MAX) else { return text };
    let head = &text[..end];
    head.rfind(char::is_whitespace).map_or(head, |blank| head[..blank].trim_end())
}

async fn draft(
    state: &WebState,
    caller: &Caller,
    (id, slot): (ProfileId, DraftSlot),
) -> Result<AgentProfile, ApiError> {
    let organization_id = caller.organization_id;
    let read =
        move |connection: &mut Connection| query::profile_for_trial(connection, organization_id, id, slot);
    let found = state.store.reads().run(read).await?;
    // As a call that begins now would copy it, so that the voice says what callers hear.
    found.map(|tried| tried.for_call(world::now())).ok_or_else(|| no_such(slot))
}

fn account(
    state: &WebState,
    profile: &AgentProfile,
) -> Result<Option<std::sync::Arc<dyn Account>>, ApiError> {
    let Some(replays) = &state.replays else {
        return Err(ApiError::Unavailable("this server has no provider of voices".to_owned()));
    };
    Ok(replays.account(profile))
}

async fn did(state: &WebState, caller: &Caller, id: ProfileId, detail: String) -> Result<(), ApiError> {
    let entry = caller.did("profile.voice_previewed", id, detail);
    Ok(state.store.change(move |connection| change::record_audit(connection, &entry)).await?)
}

fn refused(fault: VoiceFault) -> ApiError {
    let detail = fault.to_string();
    let outcome = match fault {
        VoiceFault::Status(status) => TestOutcome::of_status(status),
        VoiceFault::NoSuchVoice => TestOutcome::NotFound,
        VoiceFault::Unreachable | VoiceFault::TimedOut | VoiceFault::BadAnswer => TestOutcome::Failing,
    };
    match outcome {
        TestOutcome::Failing | TestOutcome::RateLimited => ApiError::Unavailable(detail),
        outcome => ApiError::conflict(outcome.as_str(), detail),
    }
}

fn wav(file: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().content_type("audio/wav").body(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_word() {
        assert_eq!(shortened("  Good day. "), "Good day.");
        let long = "Überall ".repeat(60);
        let short = shortened(&long);
        assert!(short.chars().count() <= VOICE_PREVIEW_CHARS_MAX && short.ends_with("Überall"), "{short}");
        assert_eq!(shortened(&"x".repeat(500)).len(), VOICE_PREVIEW_CHARS_MAX);
    }
}
