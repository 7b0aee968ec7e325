//! How an agent is set up, and the facts that it gets.

use cordboard_test_support::elevenlabs::{Agent, ElevenLabsStandIn};
use cordboard_test_support::openai::{Answer, Pace, Script};
use cordboard_test_support::server::Token;
use serde_json::json;
use tokio::join;

use super::stage::{AGENT, KEY, Stage};
use crate::openai::ears::tone_length;
use crate::openai::stage::{RATE, Talk, ms, words};
use crate::suites::voice::VoiceStage;
use crate::world::{World, virtually};

fn script() -> Script {
    Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600))).turn(Answer::say(
        "We open at nine.",
        700.0,
        ms(800),
    ))
}

#[test]
fn every_audio_format_of_the_agent_works_both_ways() {
    for (input, output) in [("pcm_16000", "pcm_24000"), ("pcm_8000", "ulaw_8000"), ("pcm_48000", "pcm_16000")]
    {
        virtually(async || {
            let agent = Agent { input, output, ..Agent::new(AGENT, Some(KEY)) };
            let stage = Stage::of(agent, script(), &[]).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            talk.ask(700.0).await;
            talk.wait_tone_end(700.0).await;
            let heard = tone_length(&talk.heard(), 700.0);
            assert!(heard.abs_diff(ms(800)) <= ms(20), "{output}: {heard:?}");
            let caller = &stage.provider.connection(0).unwrap().heard;
            assert!(caller.length() > ms(1500), "{input}: the agent heard {:?}", caller.length());
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn an_unknown_audio_format_is_refused_with_its_remedy() {
    virtually(async || {
        let agent = Agent { output: "pcm_22050", ..Agent::new(AGENT, Some(KEY)) };
        let stage = Stage::of(agent, script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_prompt("assistant_away").await;
        let failed = talk.event("assistant_failed").await;
        assert_eq!(failed["failure"], "bad_protocol");
        assert!(failed["reason"].as_str().unwrap().contains("ulaw_8000"), "{failed}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_public_agent_needs_no_signed_address() {
    virtually(async || {
        let stage = Stage::of(Agent::new(AGENT, None), script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        assert_eq!(stage.provider.signed_urls(), 0);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn profile_and_call_reach_an_agent_as_variables_not_overrides() {
    virtually(async || {
        let agent =
            Agent { variables: vec!["instructions", "caller_number"], ..Agent::new(AGENT, Some(KEY)) };
        let stage = Stage::of(agent, script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let begun = stage.provider.connection(0).unwrap();
        let begun = &begun.from_client("conversation_initiation_client_data").next().unwrap().event;
        assert_eq!(begun["dynamic_variables"]["language"], "en");
        assert_eq!(begun["dynamic_variables"]["call_id"], talk.row().await["id"]);
        assert!(begun.get("conversation_config_override").is_none(), "{begun}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn an_agent_that_refuses_overrides_is_used_as_it_is() {
    for allows_overrides in [true, false] {
        virtually(async || {
            let agent = Agent { allows_overrides, ..Agent::new(AGENT, Some(KEY)) };
            let stage = Stage::of(agent, script(), &[("elevenlabs.overrides", "true")]).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            let first = stage.provider.connection(0).unwrap();
            let begun = &first.from_client("conversation_initiation_client_data").next().unwrap().event;
            let overrides = &begun["conversation_config_override"];
            assert!(
                overrides["agent"]["prompt"]["prompt"].as_str().unwrap().contains("telephone"),
                "{begun}"
            );
            assert_eq!(overrides["agent"]["language"], "en");
            assert_eq!(stage.connections(), if allows_overrides { 1 } else { 2 });
            assert_eq!(talk.events_of("assistant_replaced").await.len(), 0);
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn a_missing_variable_is_named_in_the_failure_reason() {
    virtually(async || {
        let agent = Agent { variables: vec!["user_name"], ..Agent::new(AGENT, Some(KEY)) };
        let stage = Stage::of(agent, script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_prompt("assistant_away").await;
        let failed = talk.event("assistant_failed").await;
        assert!(failed["reason"].as_str().unwrap().contains("user_name"), "{failed}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn an_agent_waiting_for_the_caller_is_asked_to_greet() {
    virtually(async || {
        let agent = Agent { speaks_first: false, ..Agent::new(AGENT, Some(KEY)) };
        let stage = Stage::of(agent, script(), &[]).await;
        let talk = stage.caller().await;
        let greeted = talk.wait_tone_end(1000.0).await;
        talk.assert_no_dead_air(talk.caller.connected_at(), greeted.start);
        let asked = stage.provider.connection(0).unwrap();
        let asked = &asked.from_client("user_message").next().unwrap().event;
        assert!(asked["text"].as_str().unwrap().contains("Greet the caller"), "{asked}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn without_a_correction_the_heard_words_follow_the_alignment() {
    virtually(async || {
        let story = "Once upon a time there was an operator who connected everybody with everybody else";
        let agent = Agent { aligns: true, corrects: false, ..Agent::new(AGENT, Some(KEY)) };
        let script = Script::new()
            .greeting(Answer::say(story, 1000.0, ms(8000)).paced(Pace::Times(1.1)))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = Stage::of(agent, script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(2000)).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        let heard_ms = talk.event("barge_in").await["heard_ms"].as_u64().unwrap() as usize;
        let line = talk.transcript().await.remove(0);
        let line = line.strip_prefix("assistant: ").unwrap();
        assert!(story.starts_with(line), "{line:?}");
        assert!(line.len().abs_diff(story.len() * heard_ms / 8000) < 14, "{heard_ms} ms: {line:?}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn the_agents_own_correction_is_in_the_transcript() {
    virtually(async || {
        let story = "Once upon a time there was an operator who connected everybody with everybody else";
        let agent = Agent { corrects: false, ..Agent::new(AGENT, Some(KEY)) };
        let script = Script::new()
            .greeting(Answer::say(story, 1000.0, ms(8000)).paced(Pace::Times(1.1)))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = Stage::of(agent, script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(4000)).await;
        talk.caller.say(&words());
        talk.wait("an interruption", async || {
            let begun = stage.provider.connection(0)?;
            begun.from_server("interruption").next().map(drop)
        })
        .await;
        // Far less than half of it, by any estimate.
        let correction = json!({ "original_agent_response": story, "corrected_agent_response": "Once upon a...",
                                 "event_id": 99 });
        let event =
            json!({ "type": "agent_response_correction", "agent_response_correction_event": correction });
        stage.provider.say_raw(&event.to_string());
        talk.wait_tone_end(700.0).await;
        assert_eq!(talk.transcript().await[0], "assistant: Once upon a");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn late_words_of_a_cut_answer_are_those_heard() {
    virtually(async || {
        let story = "Once upon a time there was an operator who connected everybody with everybody else";
        let agent = Agent { corrects: false, tells_words: false, ..Agent::new(AGENT, Some(KEY)) };
        let script = Script::new().greeting(Answer::say(story, 1000.0, ms(8000))).turn(Answer::say(
            "Yes?",
            700.0,
            ms(500),
        ));
        let stage = Stage::of(agent, script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(4000)).await;
        talk.caller.say(&words());
        talk.wait("an interruption", async || {
            stage.provider.connection(0)?.from_server("interruption").next().map(drop)
        })
        .await;
        // It is reported twice, and said once.
        for _ in 0..2 {
            let response = json!({ "agent_response": story, "event_id": 1 });
            let event = json!({ "type": "agent_response", "agent_response_event": response });
            stage.provider.say_raw(&event.to_string());
        }
        talk.wait_tone_end(700.0).await;
        talk.wait_written("two lines", async || (talk.transcript().await.len() >= 2).then_some(())).await;
        let heard_ms = talk.event("barge_in").await["heard_ms"].as_u64().unwrap() as usize;
        let lines = talk.transcript().await;
        let heard = lines[0].strip_prefix("assistant: ").unwrap();
        assert!(story.starts_with(heard), "{lines:?}");
        assert!(heard.len().abs_diff(story.len() * heard_ms / 8000) < 14, "{heard_ms} ms: {lines:?}");
        assert_eq!(lines[1], "caller: Words of turn 1.");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn an_interruption_of_what_was_heard_long_ago_cuts_nothing() {
    virtually(async || {
        let story = "Once upon a time there was an operator who connected everybody with everybody else";
        let script = Script::new().greeting(Answer::say(story, 1000.0, ms(8000)).paced(Pace::Times(1.1)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(4000)).await;
        let late = json!({ "type": "interruption", "interruption_event": { "event_id": 1 } });
        stage.provider.say_raw(&late.to_string());
        talk.wait_tone_end(1000.0).await;
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(8000));
        assert_eq!(talk.events_of("barge_in").await.len(), 0);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_profiles_agent_uses_the_organizations_own_key() {
    virtually(async || {
        let provider = ElevenLabsStandIn::start_here(Agent::new(AGENT, Some(KEY)), script()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("outbound.allow", "127.0.0.0/8"),
            ("outbound.plain_http", "true"),
            ("extensions.operator", "people,operator,1"),
        ];
        let server = World::open(folder.path(), &settings).await;
        let own = json!({ "settings": { "base_url": provider.base_url() }, "secrets": { "api_key": KEY } });
        let set = server.put("/api/v1/integrations/elevenlabs", &own, Token::Admin).await.json();
        assert_eq!(set["unused_because"], json!(null), "{set}");
        let mut profile = server.json("/api/v1/agent-profiles").await["items"][0].clone();
        let id = profile["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/agent-profiles/{id}");
        profile.as_object_mut().unwrap().remove("id");
        for (agent_id, is_one) in [("../../v1/voices", false), ("", false), (AGENT, true)] {
            profile["agent"] = json!({ "provider": "elevenlabs", "agent_id": agent_id });
            let answer = server.put(&path, &profile, Token::Admin).await;
            assert_eq!(answer.status == 200, is_one, "{agent_id}: {}", answer.text());
        }
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        assert_eq!(talk.hang_up().await["provider"], "elevenlabs");
        assert!(!server.log().contains(KEY), "the log shows the key");
        server.close().await;
        provider.finish();
    });
}

#[test]
fn octets_pass_unchanged_pings_are_answered_and_the_conversation_named() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        tokio::time::sleep(ms(7_000)).await;
        let conversation = stage.provider.connection(0).unwrap();
        // 40 ms of octets, and up to two bytes of padding.
        assert_eq!(
            conversation.from_client("user_audio_chunk").next().unwrap().event["user_audio_chunk"],
            321
        );
        let pings = conversation.from_server("ping").count();
        assert!(pings >= 4, "{pings}");
        assert_eq!(conversation.from_client("pong").count(), pings);
        let figures = stage.server.get("/metrics", Token::Admin).await.text();
        let figure = |name: &str| {
            let name = format!("cordboard_provider_round_trip_seconds_{name}{{provider=\"elevenlabs\"}} ");
            let value = figures.lines().find_map(|line| line.strip_prefix(&name));
            value.unwrap_or_else(|| panic!("no {name}")).parse::<f64>().unwrap()
        };
        assert_eq!(figure("count"), pings as f64);
        assert!((figure("sum") - 0.021 * pings as f64).abs() < 1e-9, "{}", figure("sum"));
        let row = talk.hang_up().await;
        let names = row["outside_ids"].as_array().unwrap();
        assert!(names.iter().any(|name| name["kind"] == "elevenlabs" && name["value"] == "conv_0"), "{row}");
        stage.closed().await;
    });
}

#[test]
fn an_agent_that_sends_no_words_stays_silent_once_cut() {
    virtually(async || {
        let story = "Once upon a time there was an operator who connected everybody with everybody else";
        let agent = Agent { tells_words: false, ..Agent::new(AGENT, Some(KEY)) };
        let script = Script::new()
            .greeting(Answer::say(story, 1000.0, ms(8_000)).paced(Pace::Times(1.0)))
            .greeting(Answer::say("That key does nothing here.", 600.0, ms(700)))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = Stage::of(agent, script, &[]).await;
        let mut profile = stage.server.json("/api/v1/agent-profiles").await["items"][0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        profile.as_object_mut().unwrap().remove("id");
        profile["dtmf_actions"] = json!([{ "digits": "55", "action": { "action": "repeat" } }]);
        let set = stage.server.put(&path, &profile, Token::Admin).await;
        assert_eq!(set.status, 200, "{}", set.text());
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(2_000)).await;
        // Another key may follow, so nothing else is said for now.
        talk.caller.press('5');
        let cut = talk.event("played_until").await;
        assert_eq!(cut["end"], "cleared", "{cut}");
        talk.wait_tone_end(600.0).await;
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(cut["heard_ms"].as_u64().unwrap()));
        talk.ask(700.0).await;
        assert_eq!(stage.connections(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn agents_and_voices_of_the_organizations_account_are_listed() {
    virtually(async || {
        let provider = ElevenLabsStandIn::start_here(Agent::new(AGENT, Some(KEY)), script()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = [("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")];
        let server = World::open(folder.path(), &settings).await;
        let at = |what: &str| format!("/api/v1/integrations/elevenlabs{what}");
        assert_eq!(server.get(&at("/agents"), Token::Admin).await.status, 404);
        let own = |key: &str| json!({ "settings": { "base_url": provider.base_url() }, "secrets": { "api_key": key } });
        server.put(&at(""), &own(KEY), Token::Admin).await;
        let agents = server.json(&at("/agents")).await;
        let first = json!({ "agent_id": AGENT, "name": "Front desk" });
        assert_eq!((&agents["items"][0], agents["items"].as_array().unwrap().len()), (&first, 2), "{agents}");
        assert_eq!(agents["next_cursor"], json!(null));
        let voices = server.json(&at("/voices?cursor=a%26b")).await;
        assert_eq!(voices["items"], json!([{ "voice_id": "v1", "name": "Rachel", "language": "en" }]));
        let asked = "GET /v2/voices?page_size=100&next_page_token=a%26b HTTP/1.1";
        assert_eq!(provider.asked().last().map(String::as_str), Some(asked));

        server.put(&at(""), &own("xi-another-key-0123456789"), Token::Admin).await;
        let refused = server.get(&at("/agents"), Token::Admin).await;
        assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("unauthorized")));
        provider.leave();
        assert_eq!(server.get(&at("/agents"), Token::Admin).await.status, 503);
        server.close().await;
        provider.finish();
    });
}

/// A server whose organization has set an account at the stand-in.
async fn with_own_account(provider: &ElevenLabsStandIn) -> (World, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("outbound.allow", "127.0.0.0/8"),
        ("outbound.plain_http", "true"),
        ("extensions.operator", "people,operator,1"),
    ];
    let server = World::open(folder.path(), &settings).await;
    let own = json!({ "settings": { "base_url": provider.base_url() }, "secrets": { "api_key": KEY } });
    let set = server.put("/api/v1/integrations/elevenlabs", &own, Token::Admin).await;
    assert_eq!(set.status, 200, "{}", set.text());
    (server, folder)
}

/// Its user would get an error, and the profile would not name the agent.
#[test]
fn an_agent_whose_creation_is_answered_too_late_is_found() {
    virtually(async || {
        let agent = Agent { writes_in: ms(15_000), ..Agent::new(AGENT, Some(KEY)) };
        let provider = ElevenLabsStandIn::start_here(agent, script()).unwrap();
        let (server, _folder) = with_own_account(&provider).await;
        let id = server.json("/api/v1/agent-profiles").await["items"][0]["id"].clone();
        let wanted = json!({ "profile_id": id });
        let made = server.post("/api/v1/integrations/elevenlabs/agents", &wanted, Token::Admin).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let made = made.json();
        assert_eq!((&made["agent_id"], &made["is_new"]), (&json!("agent_made_0"), &json!(true)));
        assert_eq!(provider.written_agents().len(), 1);
        server.close().await;
        provider.finish();
    });
}

#[test]
fn an_agent_is_created_once_per_profile_and_then_updated() {
    virtually(async || {
        let provider = ElevenLabsStandIn::start_here(Agent::new(AGENT, Some(KEY)), script()).unwrap();
        let (server, _folder) = with_own_account(&provider).await;
        let mut profile = server.json("/api/v1/agent-profiles").await["items"][0].clone();
        let id = profile["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/agent-profiles/{id}");
        profile.as_object_mut().unwrap().remove("id");
        profile["language"] = json!("pt-BR");
        profile["greeting"] = json!("Bom dia.");
        profile["instructions"] = json!("You answer for Lovelace Plumbing.");
        profile["voices"] = json!([{ "provider": "elevenlabs", "voice": "voice_of_hers" }]);
        profile["tools"] = json!(["end_call", "create_lead", "book_estimate"]);
        let put = server.put(&path, &profile, Token::Admin).await;
        assert_eq!(put.status, 200, "{}", put.text());
        profile["revision"] = put.json()["revision"].clone();

        let agents = "/api/v1/integrations/elevenlabs/agents";
        let write = async |body: serde_json::Value| server.post(agents, &body, Token::Admin).await;
        let (one, other) = join!(write(json!({ "profile_id": id })), write(json!({ "profile_id": id })));
        assert_eq!((one.status, other.status), (200, 200), "{} {}", one.text(), other.text());
        let (made, again) = match (one.json(), other.json()) {
            (one, other) if one["is_new"] == true => (one, other),
            (one, other) => (other, one),
        };
        assert_eq!((&again["agent_id"], &again["is_new"]), (&json!("agent_made_0"), &json!(false)));
        assert_eq!((&made["agent_id"], &made["is_new"]), (&json!("agent_made_0"), &json!(true)));
        assert_eq!(made["tools"], json!(["end_call", "create_lead", "book_estimate"]));
        let (_, written) = provider.written_agents().remove(0);
        let config = &written["conversation_config"];
        assert_eq!(config["agent"]["first_message"], "Bom dia.");
        assert_eq!(config["agent"]["language"], "pt-br");
        let prompt = &config["agent"]["prompt"];
        assert!(prompt["prompt"].as_str().unwrap().contains("Lovelace Plumbing"), "{prompt}");
        assert_eq!(prompt["tools"][1]["name"], "create_lead");
        assert_eq!(
            config["tts"],
            json!({ "agent_output_audio_format": "ulaw_8000", "voice_id": "voice_of_hers" })
        );
        assert_eq!(config["asr"], json!({ "user_input_audio_format": "ulaw_8000" }));
        // An hour, as `calls.max_duration_s`, and time for the last words.
        assert_eq!(config["conversation"]["max_duration_seconds"], 3_660);
        let may = &written["platform_settings"]["overrides"]["conversation_config_override"];
        assert_eq!(may["agent"]["prompt"]["prompt"], true);

        // Requested again, it is the same agent with the current profile.
        profile["greeting"] = json!("Boa tarde.");
        let put = server.put(&path, &profile, Token::Admin).await;
        assert_eq!(put.status, 200, "{}", put.text());
        let changed = write(json!({ "profile_id": id })).await.json();
        assert_eq!((&changed["agent_id"], &changed["is_new"]), (&json!("agent_made_0"), &json!(false)));
        let written = provider.written_agents();
        assert_eq!(written.len(), 1);
        assert_eq!(written[0].1["conversation_config"]["agent"]["first_message"], "Boa tarde.");
        // Another agent is changed where it is named, and an unknown one is an error.
        let named = write(json!({ "profile_id": id, "agent_id": AGENT })).await.json();
        assert_eq!((&named["agent_id"], &named["is_new"]), (&json!(AGENT), &json!(false)));
        let nobody = write(json!({ "profile_id": id, "agent_id": "agent_of_nobody" })).await;
        assert_eq!((nobody.status, &nobody.json()["code"]), (409, &json!("not_found")), "{}", nobody.text());
        let odd = write(json!({ "profile_id": id, "agent_id": "../user" })).await;
        assert_eq!(odd.status, 422, "{}", odd.text());
        let none = write(json!({ "profile_id": "01890000-0000-7000-8000-000000000000" })).await;
        assert_eq!(none.status, 404, "{}", none.text());

        let log = server.json("/api/v1/audit-log?limit=50").await;
        let lines = log["items"].as_array().unwrap();
        let of = |detail: &str| {
            lines.iter().any(|line| {
                line["action"] == "integration.agent_written" && line["detail"].to_string().contains(detail)
            })
        };
        assert!(of("a new agent") && of("agent_made_0"), "{log}");
        provider.leave();
        assert_eq!(write(json!({ "profile_id": id })).await.status, 503);
        assert!(!server.log().contains(KEY), "the log shows the key");
        server.close().await;
        provider.finish();
    });
}
