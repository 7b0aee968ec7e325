//! The voices of an assistant: listed, and heard before callers hear them. The services are stand-ins that accept what their documentation describes.

use std::sync::Arc;
use std::time::Duration;

use cordboard_actors::assistant::deepgram::DeepgramSettings;
use cordboard_actors::assistant::elevenlabs::ElevenLabsSettings;
use cordboard_actors::assistant::gemini::GeminiSettings;
use cordboard_actors::assistant::openai::{AudioChoice, DialectChoice, OpenAiSettings};
use cordboard_actors::assistant::openai_live::OpenAiLiveSettings;
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::assistant::{Account, Deepgram, ElevenLabs, Gemini, OpenAi, OpenAiLive};
use cordboard_actors::outside_access::OutsideAccess;
use cordboard_test_support::speech::{SpeechStandIn, TOO_MANY, UNKNOWN};
use serde_json::{Value, json};

use crate::setup::{Answer, MODEL, Setup};

const KEY: &str = "key-of-the-tests";
const FIRST: &str = "Good day, this is Lovelace Plumbing.";
const STALL: Duration = Duration::from_secs(4);

fn prompts() -> Arc<SoundSet<Prompt>> {
    Arc::new(SoundSet::embedded().unwrap())
}

fn openai(base_url: String, key: &str) -> OpenAi {
    openai_with(base_url, key, Vec::new())
}

fn openai_with(base_url: String, key: &str, headers: Vec<(String, String)>) -> OpenAi {
    let settings = OpenAiSettings {
        api_key: Some(key.to_owned()),
        base_url,
        model: MODEL.to_owned(),
        headers,
        query: Vec::new(),
        dialect: DialectChoice::Auto,
        transcription_model: String::new(),
        audio: AudioChoice::Auto,
        stall_timeout: STALL,
        append_ms: 20,
    };
    OpenAi::new(settings, prompts()).unwrap()
}

fn elevenlabs(base_url: String) -> ElevenLabs {
    let settings = ElevenLabsSettings {
        api_key: Some(KEY.to_owned()),
        base_url,
        agent_id: None,
        overrides: false,
        stall_timeout: STALL,
    };
    ElevenLabs::by_way(OutsideAccess::anywhere().unwrap(), settings, prompts()).unwrap()
}

fn deepgram(base_url: String) -> Deepgram {
    let settings = DeepgramSettings {
        api_key: Some(KEY.to_owned()),
        base_url,
        listen_model: "nova-3".to_owned(),
        think_provider: "open_ai".to_owned(),
        think_model: "gpt-4o-mini".to_owned(),
        voice: "aura-2-thalia-en".to_owned(),
        stall_timeout: STALL,
    };
    Deepgram::by_way(OutsideAccess::anywhere().unwrap(), settings, prompts()).unwrap()
}

fn gemini(base_url: String) -> Gemini {
    let settings = GeminiSettings {
        api_key: Some(KEY.to_owned()),
        base_url,
        model: "gemini-2.5-flash-native-audio-preview-09-2025".to_owned(),
        voice: "Kore".to_owned(),
        stall_timeout: STALL,
    };
    Gemini::by_way(OutsideAccess::anywhere().unwrap(), settings, prompts()).unwrap()
}

fn openai_live(base_url: String) -> OpenAiLive {
    let settings = OpenAiLiveSettings {
        api_key: Some(KEY.to_owned()),
        base_url,
        headers: Vec::new(),
        model: "gpt-live-1".to_owned(),
        voice: "marin".to_owned(),
        task_model: "gpt-4.1-mini".to_owned(),
        stall_timeout: STALL,
    };
    OpenAiLive::by_way(OutsideAccess::anywhere().unwrap(), settings, prompts()).unwrap()
}

fn speaks(setup: &Setup, account: impl Account + 'static) {
    *setup.voice.lock().unwrap() = Some(Arc::new(account));
}

fn at(setup: &Setup, rest: &str) -> String {
    let id = setup.json("/api/v1/agent-profiles")["items"][0]["id"].as_str().unwrap().to_owned();
    format!("/api/v1/agent-profiles/{id}{rest}")
}

/// The draft's first words; callers hear others.
fn draft(setup: &Setup, first: &str) {
    let change = json!({ "greeting": first, "publish": false });
    assert_eq!(setup.send("PATCH", &at(setup, ""), &change).status, 200);
}

fn heard(setup: &Setup, voice: &str) -> Answer {
    setup.send("POST", &at(setup, "/voice-preview"), &json!({ "voice": voice }))
}

/// Returns the rate and the samples of a WAV file.
fn samples(answer: &Answer) -> (u32, Vec<i16>) {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("audio/wav")), "{answer:?}");
    let mut reader = hound::WavReader::new(&answer.body[..]).unwrap();
    (reader.spec().sample_rate, reader.samples().collect::<Result<_, _>>().unwrap())
}

fn previews(setup: &Setup) -> Vec<Value> {
    let log = setup.json("/api/v1/audit-log?limit=200");
    let is_one = |entry: &&Value| entry["action"] == "profile.voice_previewed";
    log["items"].as_array().unwrap().iter().filter(is_one).cloned().collect()
}

#[test]
fn providers_say_the_drafts_first_words_in_the_chosen_voice() {
    let (setup, service) = (Setup::open(), SpeechStandIn::start(KEY).unwrap());
    draft(&setup, FIRST);
    for (name, voice) in [("openai", "marin"), ("elevenlabs", "v0iceOne"), ("deepgram", "aura-2-thalia-en")] {
        match name {
            "openai" => speaks(&setup, openai(service.url("/v1"), KEY)),
            "elevenlabs" => speaks(&setup, elevenlabs(service.url(""))),
            _ => speaks(&setup, deepgram(service.url(""))),
        }
        let (rate, samples) = samples(&heard(&setup, voice));
        assert_eq!((rate, &samples), (24_000, &service.sound_of(voice, FIRST)), "{name}");
        let entry = &previews(&setup)[0];
        let expected = format!("{voice} of {name}, {} characters", FIRST.chars().count());
        assert_eq!(entry["detail"], expected.as_str(), "{entry}");
    }
    let wrong = service.faults();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn voices_are_from_the_providers_list_or_documentation() {
    let (setup, service) = (Setup::open(), SpeechStandIn::start(KEY).unwrap());
    let listed = || {
        let shown = setup.json(&at(&setup, "/voices"));
        let voices = shown["voices"].as_array().unwrap();
        let ids: Vec<String> = voices.iter().map(|voice| voice["id"].as_str().unwrap().to_owned()).collect();
        (shown, ids)
    };
    let (shown, ids) = listed();
    assert_eq!((&shown["provider"], &shown["says"], ids.len()), (&json!("builtin"), &json!("recording"), 0));
    speaks(&setup, openai(service.url("/v1"), KEY));
    assert!(listed().1.contains(&"marin".to_owned()));
    speaks(&setup, elevenlabs(service.url("")));
    let (shown, ids) = listed();
    assert_eq!(ids, ["v0iceOne", "v0iceTwo"]);
    assert_eq!(shown["voices"][0], json!({ "id": "v0iceOne", "name": "Ada", "language": "en" }));
    speaks(&setup, deepgram(service.url("")));
    let (shown, ids) = listed();
    assert_eq!((ids, &shown["usual"]), (vec!["aura-2-thalia-en".to_owned()], &json!("aura-2-thalia-en")));
    // Its key no longer works.
    speaks(&setup, deepgram(service.url("/refuses")));
    assert_eq!(setup.get(&at(&setup, "/voices")).problem_code(409), "unauthorized");
}

#[test]
fn voices_without_a_preview_are_still_listed() {
    let (setup, service) = (Setup::open(), SpeechStandIn::start(KEY).unwrap());
    draft(&setup, FIRST);
    speaks(&setup, gemini(service.url("")));
    let shown = setup.json(&at(&setup, "/voices"));
    assert_eq!((&shown["says"], &shown["usual"]), (&json!("nothing"), &json!("Kore")));
    let voices = shown["voices"].as_array().unwrap();
    assert_eq!(voices.len(), 30);
    assert!(voices.contains(&json!({ "id": "Puck", "name": "Puck", "language": null })), "{shown}");
    assert_eq!(heard(&setup, "Puck").problem_code(409), "no_preview");
    speaks(&setup, openai_live(service.url("")));
    let shown = setup.json(&at(&setup, "/voices"));
    assert_eq!((&shown["says"], &shown["usual"]), (&json!("nothing"), &json!("marin")));
    assert_eq!(shown["voices"].as_array().unwrap().len(), 23);
    assert_eq!(previews(&setup).len(), 0, "a service was asked");
}

#[test]
fn the_built_in_assistants_preview_calls_no_service() {
    let setup = Setup::open();
    draft(&setup, FIRST);
    let (rate, samples) = samples(&setup.send("POST", &at(&setup, "/voice-preview"), &json!({})));
    assert_eq!(rate, 16_000);
    assert!(samples.iter().any(|sample| sample.unsigned_abs() > 3_000), "it is silent");
    assert_eq!(previews(&setup)[0]["detail"], "the recorded greeting");
}

#[test]
fn a_missing_preview_says_why_and_costs_nothing() {
    let (setup, service) = (Setup::open(), SpeechStandIn::start(KEY).unwrap());
    speaks(&setup, openai(service.url("/v1"), KEY));
    let code = |voice: &str| heard(&setup, voice).problem_code(409);
    draft(&setup, " ");
    assert_eq!(code("marin"), "no_first_words");
    draft(&setup, FIRST);
    let unnamed = setup.send("POST", &at(&setup, "/voice-preview"), &json!({}));
    assert_eq!(unnamed.problem_code(409), "no_voice");
    assert_eq!(heard(&setup, "two words").problem_code(422), "invalid");
    assert_eq!(heard(&setup, &"x".repeat(80)).problem_code(422), "invalid");
    assert_eq!((service.asked(), previews(&setup).len()), (0, 0));

    assert_eq!(code(UNKNOWN), "refused");
    assert_eq!(heard(&setup, TOO_MANY).problem_code(503), "unavailable");
    speaks(&setup, openai(service.url("/v1"), "another-key"));
    assert_eq!(code("marin"), "unauthorized");
    speaks(&setup, elevenlabs(service.url("")));
    assert_eq!(code("../../v1/user"), "not_found");
    // Azure has its key in a different header: its deployments have no such endpoint.
    let azure = vec![("api-key".to_owned(), KEY.to_owned())];
    speaks(&setup, openai_with(service.url("/openai"), KEY, azure));
    assert_eq!(code("marin"), "no_preview");
    assert_eq!(setup.json(&at(&setup, "/voices"))["says"], "nothing");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    speaks(&setup, openai(format!("http://{nobody}/v1"), KEY));
    assert_eq!(heard(&setup, "marin").problem_code(503), "unavailable");
}

#[test]
fn long_previews_are_cut_and_organizations_get_twenty_a_minute() {
    let (setup, service) = (Setup::open(), SpeechStandIn::start(KEY).unwrap());
    speaks(&setup, openai(service.url("/v1"), KEY));
    draft(&setup, &"Word ".repeat(200));
    for _ in 0..20 {
        let (_, samples) = samples(&heard(&setup, "marin"));
        assert_eq!(samples, service.sound_of("marin", "Word ".repeat(80).trim_end()));
    }
    let refused = heard(&setup, "marin");
    assert_eq!(refused.problem_code(429), "share_used_up");
    let wait_s: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(refused.problem(429).contains(&format!("in {wait_s} s")), "{}", refused.problem(429));
    assert_eq!((service.asked(), previews(&setup).len()), (20, 20));
}
