//! How an agent is made from a profile, and the facts that it gets later.

use cordboard_test_support::audio::{babble, g711::to_mulaw, silence, tone};
use cordboard_test_support::deepgram::{DeepgramStandIn, Manners};
use cordboard_test_support::openai::{Answer, Pace, Script, Trouble};
use cordboard_test_support::receiver::Receiver;
use cordboard_test_support::server::Token;
use serde_json::json;
use tokio::time::sleep;

use super::stage::{KEY, Stage};
use crate::openai::ears::tone_length;
use crate::openai::stage::{RATE, Talk, ms, words};
use crate::suites::voice::{self, VoiceStage};
use crate::world::{World, virtually};

fn script() -> Script {
    Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600))).turn(Answer::say(
        "We open at nine. We close at five.",
        700.0,
        ms(1600),
    ))
}

#[test]
fn an_agent_follows_the_profile_and_octets_pass_unchanged() {
    virtually(async || {
        let stage = Stage::opened(script(), &[("deepgram.think_model", "gpt-4.1")]).await;
        stage
            .with_profile(|profile| {
                profile["instructions"] = json!("You answer the phone for Example Dental.");
                profile["voice"] = json!("aura-2-orion-en");
            })
            .await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let first = stage.provider.connection(0).unwrap();
        let settings = &first.from_client("Settings").next().unwrap().event;
        let octets = json!({ "encoding": "mulaw", "sample_rate": 8000 });
        assert_eq!(settings["audio"]["input"], octets);
        assert_eq!(settings["audio"]["output"]["container"], "none");
        let agent = &settings["agent"];
        assert!(agent["think"]["prompt"].as_str().unwrap().contains("Example Dental"), "{agent}");
        assert_eq!(agent["think"]["provider"], json!({ "type": "open_ai", "model": "gpt-4.1" }));
        assert_eq!(agent["speak"]["provider"]["model"], "aura-2-orion-en");
        assert_eq!(agent["language"], "en");
        let functions = agent["think"]["functions"].as_array().unwrap();
        assert!(functions.iter().any(|function| function["name"] == "end_call"), "{agent}");
        assert!(agent.get("greeting").is_none(), "the profile has no words for one: {agent}");
        assert_eq!(first.frames[0], 160, "20 ms of octets");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_notice_and_a_greeting_are_said_word_for_word() {
    virtually(async || {
        let script = Script::new().greeting(Answer::say("any words", 1000.0, ms(600))).greeting(Answer::say(
            "any words",
            600.0,
            ms(600),
        ));
        let manners = Manners { refuses_injections: 2, ..Manners::new(KEY) };
        let stage = Stage::of(manners, script, &[]).await;
        stage
            .with_profile(|profile| {
                profile["notice"] = json!("This call is recorded.");
                profile["greeting"] = json!("Example Dental, how can I help you?");
            })
            .await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.wait_tone_end(600.0).await;
        talk.wait_written("two lines", async || (talk.transcript().await.len() == 2).then_some(())).await;
        let said = ["assistant: This call is recorded.", "assistant: Example Dental, how can I help you?"];
        assert_eq!(talk.transcript().await, said);
        let first = stage.provider.connection(0).unwrap();
        assert_eq!(
            first.from_client("Settings").next().unwrap().event["agent"]["greeting"],
            "This call is recorded."
        );
        assert!(first.from_client("InjectAgentMessage").count() >= 3, "two of them were refused");
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// This may happen where noise on the line counts as speech.
#[test]
fn words_deepgram_keeps_refusing_are_said_by_its_model() {
    virtually(async || {
        let greeting = "Example Dental, how can I help you?";
        let script = Script::new().greeting(Answer::say("any words", 1000.0, ms(600))).greeting(Answer::say(
            greeting,
            600.0,
            ms(600),
        ));
        let manners = Manners { refuses_injections: usize::MAX, ..Manners::new(KEY) };
        let stage = Stage::of(manners, script, &[]).await;
        stage
            .with_profile(|profile| {
                profile["notice"] = json!("This call is recorded.");
                profile["greeting"] = json!(greeting);
            })
            .await;
        let talk = stage.caller().await;
        let noticed = talk.wait_tone_end(1000.0).await;
        let greeted = talk.wait_tone_end(600.0).await;
        let waited = greeted.start.saturating_sub(noticed.end);
        assert!((ms(4_000)..ms(5_000)).contains(&waited), "greeted after {waited:?}");
        talk.wait_written("the greeting", async || {
            (talk.transcript().await.last()? == &format!("assistant: {greeting}")).then_some(())
        })
        .await;
        let first = stage.provider.connection(0).unwrap();
        let asked = first.from_client("InjectUserMessage").next().unwrap().event["content"].clone();
        assert!(asked.as_str().unwrap().contains(greeting), "{asked}");
        assert_eq!(stage.connections(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn two_sentences_make_one_line_and_late_sound_is_dropped() {
    virtually(async || {
        let story = "Once upon a time there was an operator. She connected everybody with everybody else. She never slept.";
        let script = Script::new()
            .greeting(Answer::say(story, 1000.0, ms(8000)).paced(Pace::Times(1.3)))
            .turn(Answer::say("We open at nine. We close at five.", 700.0, ms(1600)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(2000)).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        let heard_ms = talk.event("barge_in").await["heard_ms"].as_u64().unwrap();
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(heard_ms), "a late piece was heard");
        let lines = talk.transcript().await;
        let heard = lines[0].strip_prefix("assistant: ").unwrap();
        assert!(
            !heard.is_empty() && story.starts_with(heard) && heard.len() < story.len() * 3 / 4,
            "{heard:?}"
        );
        assert_eq!(lines[2], "assistant: We open at nine. We close at five.");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn late_words_of_a_cut_answer_are_those_heard() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        // An answer whose words are late.
        let sound = tone(600.0, 8_000.0, ms(6_000), RATE);
        let octets: Vec<u8> = sound.samples.iter().map(|sample| to_mulaw(*sample)).collect();
        // Pieces of 400 ms.
        octets.chunks(3_200).for_each(|piece| stage.provider.say_bytes(piece));
        talk.wait_tone_for(600.0, ms(3_000)).await;
        talk.caller.say(&words());
        talk.wait("an interruption", async || {
            stage.provider.connection(0)?.from_server("UserStartedSpeaking").next().map(drop)
        })
        .await;
        let story = "Once upon a time there was an operator who connected everybody with everybody else.";
        let told = json!({ "type": "ConversationText", "role": "assistant", "content": story });
        stage.provider.say_raw(&told.to_string());
        talk.wait_tone_end(700.0).await;
        talk.wait_written("four lines", async || (talk.transcript().await.len() == 4).then_some(())).await;
        let lines = talk.transcript().await;
        let heard = lines[1].strip_prefix("assistant: ").unwrap();
        assert!(story.starts_with(heard) && (20..70).contains(&heard.len()), "{lines:?}");
        assert_eq!(lines[2..], ["caller: Words of turn 1.", "assistant: We open at nine. We close at five."]);
        assert_eq!(stage.connections(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// Deepgram answers the first part, and is silent until the end of the rest.
#[test]
fn a_caller_who_goes_on_for_long_keeps_their_agent() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .turn(Answer::say("Nobody hears this.", 600.0, ms(600)).delayed(ms(2_000)))
            .turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.caller.say(&silence(ms(800), RATE));
        talk.caller.say(&babble(8, ms(15_000), RATE));
        talk.caller.say(&silence(ms(800), RATE));
        talk.wait_tone_end(700.0).await;
        assert_eq!(stage.connections(), 1, "it was reconnected");
        assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn functions_that_deepgram_runs_or_cancels_are_not_answered() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Hello.", 1000.0, ms(500)))
            .turn(Answer::call("transfer_call", &json!({ "target": "the pope" })))
            .after_tools(Answer::say("I can't.", 700.0, ms(600)));
        let manners = Manners { has_own_functions: true, ..Manners::new(KEY) };
        let stage = Stage::of(manners, script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        assert_eq!(stage.returned(0), 1);
        let cancelled = json!({ "type": "FunctionCallCancelled", "functions": [{ "id": "fc_0_1", "name": "transfer_call" }] });
        stage.provider.say_raw(&cancelled.to_string());
        let asked = json!({ "type": "FunctionCallRequest", "functions": [
            { "id": "never", "name": "transfer_call", "arguments": "{\"target\":\"x\"}", "client_side": false }] });
        stage.provider.say_raw(&asked.to_string());
        sleep(ms(500)).await;
        assert_eq!(stage.returned(0), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// The caller has spoken during the first request, and the agent repeats it: the tool runs on, and its end answers the second request.
#[test]
fn a_cancelled_function_that_is_wanted_again_runs_once() {
    virtually(async || {
        let receiver = Receiver::start_here().unwrap();
        let asks = || Answer::call("look_up", &json!({ "article": "a7" }));
        let script = Script::new()
            .greeting(Answer::say("Hello.", 1000.0, ms(500)))
            .turn(asks())
            .turn(asks())
            .after_tools(Answer::say("I can't find it.", 700.0, ms(600)));
        let stage = Stage::opened(script, &voice::TOOLS_REACH_HERE).await;
        voice::gets_slow_tool(&stage.server, &receiver.url("/slow"), 5_000).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.event("custom_tool_started").await;
        talk.say_words().await;
        talk.wait_tone_end(700.0).await;
        let first = stage.connection(0);
        assert_eq!(first.from_server("FunctionCallRequest").count(), 2);
        assert_eq!(first.from_server("FunctionCallCancelled").count(), 1);
        assert_eq!(receiver.received().len(), 1, "it ran twice");
        assert_eq!(stage.returned(0), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_connection_that_dies_silently_is_noticed_and_replaced() {
    virtually(async || {
        let script = script().greeting(Answer::say("As I said.", 600.0, ms(700)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.strike(Trouble::Hang);
        talk.say_words().await;
        talk.wait_tone_end(600.0).await;
        assert_eq!(talk.event("assistant_interrupted").await["failure"], "stalled");
        assert!(
            stage.provider.connection(0).unwrap().from_client("UpdatePrompt").count() > 0,
            "it was not asked"
        );
        talk.hang_up().await;
        let Stage { server, provider, .. } = stage;
        server.close().await;
        assert_eq!(provider.into_violations(), []);
    });
}

#[test]
fn a_line_that_sends_no_audio_keeps_its_agent() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.caller.fall_silent(ms(18_000));
        sleep(ms(18_500)).await;
        assert!(stage.provider.connection(0).unwrap().from_client("KeepAlive").count() >= 2);
        talk.ask(700.0).await;
        assert_eq!(stage.connections(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn an_organizations_own_key_serves_its_calls() {
    virtually(async || {
        let provider = DeepgramStandIn::start_here(Manners::new(KEY), script()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("outbound.allow", "127.0.0.0/8"),
            ("outbound.plain_http", "true"),
            ("extensions.operator", "people,operator,1"),
        ];
        let server = World::open(folder.path(), &settings).await;
        let own = json!({ "settings": { "base_url": provider.base_url() }, "secrets": { "api_key": KEY } });
        let set = server.put("/api/v1/integrations/deepgram", &own, Token::Admin).await.json();
        assert_eq!(set["unused_because"], json!(null), "{set}");
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        assert_eq!(talk.hang_up().await["provider"], "deepgram");
        assert!(!server.log().contains(KEY), "the log shows the key");
        server.close().await;
        provider.finish();
    });
}

#[test]
fn a_tool_outlives_its_connection() {
    virtually(async || voice::tool_outlives_its_connection::<Stage>().await);
}

#[test]
fn an_error_that_may_pass_is_survived() {
    let error =
        Trouble::Error { kind: "nothing was received".to_owned(), code: "CLIENT_MESSAGE_TIMEOUT".to_owned() };
    virtually(async || voice::survived::<Stage>(error, "disconnected").await);
}

#[test]
fn an_empty_account_brings_the_built_in_assistant() {
    let error =
        Trouble::Error { kind: "no credits are left".to_owned(), code: "PAYMENT_REQUIRED".to_owned() };
    virtually(async || voice::replaced::<Stage>(error, "quota_exhausted").await);
}
