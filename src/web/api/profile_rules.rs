//! Rules for an agent profile. Tools, keys and words are checked by their types.

use std::collections::HashSet;

use cordboard_actors::assistant::VOICES;
use cordboard_actors::assistant::kind::voice_kind;
use cordboard_schema::business::is_language_tag;
use cordboard_schema::extraction;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    DTMF_ACTIONS_MAX, HANDOFF_LANGUAGES_MAX, HANDOFF_PHRASE_CHARS_MAX, HANDOFF_PHRASES_MAX,
    KEY_SAY_CHARS_MAX, PROFILE_GREETING_CHARS_MAX, PROFILE_INSTRUCTIONS_CHARS_MAX, PROFILE_NAME_CHARS_MAX,
    PROFILE_NOTICE_CHARS_MAX,
};
use cordboard_schema::profile::{AgentProfile, DtmfAction, HostedAgent, KeyAction, TurnDetection};
use cordboard_schema::shadow::ShadowSettings;
use cordboard_schema::voice_chain::{VoiceName, check_chain};

use super::given::Faults;
use crate::configured_voices;
use crate::outside_accounts::OutsideAccounts;
use crate::web::WebState;
use crate::web::problem::{ApiError, Fault};

/// Characters of a voice's or an extension's name.
const NAME_CHARS_MAX: usize = 79;

/// Reports everything that is wrong at once, as a form shows it.
pub(super) fn check(profile: &AgentProfile) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    check_words(&mut faults, profile);
    check_speech(&mut faults, profile);
    check_conduct(&mut faults, profile);
    check_tools_and_keys(&mut faults, profile);
    let mut faults = faults.into_list();
    faults.extend(key_faults("dtmf_actions", &profile.dtmf_actions));
    let asked = extraction::faults(&profile.extraction, &profile.topics);
    faults.extend(asked.into_iter().map(|(place, reason)| Fault::of(place, reason)));
    if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// Name, language, and the first words.
fn check_words(faults: &mut Faults, profile: &AgentProfile) {
    let name = profile.name.trim();
    let is_plain = !name.chars().any(char::is_control);
    faults.demand(
        (1..=PROFILE_NAME_CHARS_MAX).contains(&chars(name)) && is_plain,
        "name",
        format!("must have 1 to {PROFILE_NAME_CHARS_MAX} characters, in one line"),
    );
    let is_language = is_language_tag(&profile.language);
    faults.demand(is_language, "language", "must be a BCP 47 tag, as `en` or `pt-BR`");
    faults.demand(
        chars(&profile.instructions) <= PROFILE_INSTRUCTIONS_CHARS_MAX,
        "instructions",
        format!("must have at most {PROFILE_INSTRUCTIONS_CHARS_MAX} characters"),
    );
    faults.demand(
        profile.greeting.as_deref().is_none_or(|text| chars(text) <= PROFILE_GREETING_CHARS_MAX),
        "greeting",
        format!("must have at most {PROFILE_GREETING_CHARS_MAX} characters"),
    );
    // The database can't store it, and would store another character.
    let keeps = |text: &str| !text.contains('\0');
    faults.demand(keeps(&profile.instructions), "instructions", "must have no control characters");
    let is_kept = profile.greeting.as_deref().is_none_or(keeps);
    faults.demand(is_kept, "greeting", "must have no control characters");
}

/// Voices, and the settings for speaking and listening.
fn check_speech(faults: &mut Faults, profile: &AgentProfile) {
    let speech = &profile.speech;
    faults.demand(
        speech.voice.as_deref().is_none_or(is_name),
        "voice",
        format!("must be a name of 1 to {NAME_CHARS_MAX} characters without spaces"),
    );
    faults.demand((25..=150).contains(&speech.speed_percent), "speed_percent", "must be 25 to 150");
    faults.demand(
        speech.max_output_tokens.is_none_or(|tokens| (1..=100_000).contains(&tokens)),
        "max_output_tokens",
        "must be 1 to 100000",
    );
    faults.demand(
        speech.agent.as_ref().is_none_or(|agent| HostedAgent::is_id(&agent.agent_id)),
        "agent",
        format!("must have an agent_id of 1 to {} letters, digits, - and _", HostedAgent::ID_CHARS_MAX),
    );
    let chain = check_chain(speech);
    faults.demand(chain.is_ok(), "voices", chain.err().map(|error| error.to_string()).unwrap_or_default());
    let shadow = speech.shadow.as_ref().map_or(Ok(()), ShadowSettings::check);
    faults.demand(shadow.is_ok(), "shadow", shadow.err().map(|error| error.to_string()).unwrap_or_default());
    if let TurnDetection::ServerVad { threshold_percent, prefix_padding_ms, silence_duration_ms } =
        speech.turn_detection
    {
        faults.demand(
            threshold_percent <= 100
                && prefix_padding_ms <= 5_000
                && (1..=10_000).contains(&silence_duration_ms),
            "turn_detection",
            "must have a threshold_percent of 0 to 100, a prefix_padding_ms of 0 to 5000 and a \
             silence_duration_ms of 1 to 10000",
        );
    }
}

/// The notice, the style, and the words that ask for a person.
fn check_conduct(faults: &mut Faults, profile: &AgentProfile) {
    let is_odd = |c: char| c.is_control() && !c.is_whitespace();
    faults.demand(
        profile
            .notice
            .as_deref()
            .is_none_or(|text| chars(text) <= PROFILE_NOTICE_CHARS_MAX && !text.chars().any(is_odd)),
        "notice",
        format!("must have at most {PROFILE_NOTICE_CHARS_MAX} characters"),
    );
    faults.demand(
        profile.style.is_sound(),
        "style",
        "must have sliders of 0 to 100, a response_delay_ms of at most 5000 and a silence_reminder_s of 3 to 120",
    );
    faults.demand(
        profile.handoff_words.is_sound() && profile.handoff_words.target.as_deref().is_none_or(is_name),
        "handoff_words",
        format!(
            "must name an extension, and have phrases of 1 to {HANDOFF_PHRASE_CHARS_MAX} characters with a word, at most \
             {HANDOFF_PHRASES_MAX} of a language, by BCP 47 tags, at most {HANDOFF_LANGUAGES_MAX}"
        ),
    );
}

/// Each tool and each key may occur once.
fn check_tools_and_keys(faults: &mut Faults, profile: &AgentProfile) {
    let tools: HashSet<_> = profile.tools.iter().collect();
    faults.demand(profile.tools.len() == tools.len(), "tools", "must name each tool once");
    let keys: HashSet<_> = profile.dtmf_actions.iter().map(|on| &on.digits).collect();
    let each_once = profile.dtmf_actions.len() == keys.len();
    faults.demand(each_once, "dtmf_actions", "must name each key or sequence of keys once");
    faults.demand(
        profile.dtmf_actions.len() <= DTMF_ACTIONS_MAX,
        "dtmf_actions",
        format!("must have at most {DTMF_ACTIONS_MAX} rows"),
    );
}

/// Voices for which an organization has accounts.
#[derive(Clone)]
pub(super) struct VoicesThere {
    organization_id: OrganizationId,
    accounts: Option<OutsideAccounts>,
    of_house: Vec<VoiceName>,
}

impl VoicesThere {
    pub(super) fn of(state: &WebState, organization_id: OrganizationId) -> Self {
        let config = &state.configuration.config;
        let voices = VOICES.iter().map(|kind| kind.name);
        let of_house = voices.filter(|voice| configured_voices::is_set_up(config, *voice));
        Self { organization_id, accounts: state.outside_accounts.clone(), of_house: of_house.collect() }
    }

    /// Demands that each voice of a chain, and that of the shadow, has a provider that exists, and an account there. Voices that are unchanged since
    /// `before` are not checked: an account that was removed meanwhile must not prevent other changes.
    ///
    /// # Errors
    /// The missing provider or account of a voice.
    pub(super) fn check(
        &self,
        profile: &AgentProfile,
        before: Option<&AgentProfile>,
    ) -> Result<(), ApiError> {
        let (speech, before) = (&profile.speech, before.map(|before| &before.speech));
        let lacks = |voice: VoiceName, otherwise: &str| {
            if voice_kind(voice).is_none() {
                return Some(unknown(voice));
            }
            let own = self.accounts.as_ref().map_or(Ok(None), |accounts| {
                configured_voices::own_account(accounts, self.organization_id, voice)
            });
            match own {
                Ok(None) if !self.of_house.contains(&voice) => Some(configured_voices::no_account(voice)),
                Ok(_) => None,
                Err(why) => Some(why),
            }
            .map(|why| format!("{why}: set it up under Integrations, or {otherwise}"))
        };
        let is_same_chain = before.is_some_and(|before| before.voices == speech.voices);
        let links = speech.voices.iter().filter(|_| !is_same_chain);
        let chain = links.filter_map(|link| lacks(link.provider, "leave it out of the chain"));
        let of_chain = chain.map(|reason| Fault::of("voices", reason));
        let is_same_shadow = before.is_some_and(|before| before.shadow == speech.shadow);
        let shadow = speech.shadow.as_ref().filter(|_| !is_same_shadow);
        let of_shadow = shadow.and_then(|shadow| lacks(shadow.provider, "choose another shadow"));
        let of_shadow = of_shadow.map(|reason| Fault::of("shadow", reason));
        let faults: Vec<Fault> = of_chain.chain(of_shadow).collect();
        if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
    }
}

/// Error for an unknown provider, with the known ones.
fn unknown(voice: VoiceName) -> String {
    let known: Vec<&str> = VOICES.iter().map(|kind| kind.name.as_str()).collect();
    format!("names {voice}, which is no provider: {}", known.join(", "))
}

/// The same for keys alone.
pub(super) fn check_keys(actions: &[DtmfAction]) -> Result<(), ApiError> {
    let faults = key_faults("action", actions);
    if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
}

/// Faults of the keys' actions; `field` is their name in the body.
fn key_faults(field: &'static str, actions: &[DtmfAction]) -> Vec<Fault> {
    let targets = actions.iter().all(|on| match &on.action {
        KeyAction::TransferCall { target } | KeyAction::RequestHandoff { target } => is_name(target),
        _ => true,
    });
    let words = actions.iter().all(|on| match &on.action {
        KeyAction::Say { text } => {
            let is_odd = |c: char| c.is_control() && !c.is_whitespace();
            (1..=KEY_SAY_CHARS_MAX).contains(&text.trim().chars().count()) && !text.chars().any(is_odd)
        }
        _ => true,
    });
    let demands = [
        (targets, "must lead to the name of an extension".to_owned()),
        (words, format!("must say 1 to {KEY_SAY_CHARS_MAX} characters")),
    ];
    demands.into_iter().filter(|(holds, _)| !holds).map(|(_, reason)| Fault::of(field, reason)).collect()
}

/// One word of printable characters.
fn is_name(text: &str) -> bool {
    (1..=NAME_CHARS_MAX).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}
