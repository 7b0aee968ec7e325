//! One voice after the other: at the start of a call and in the middle of it.

use std::time::Duration;

use cordboard_test_support::audiosocket::LegEnd;
use cordboard_test_support::openai::{Answer, Door, Pace, Script, Trouble, Words};
use serde_json::json;
use tokio::time::sleep;

use super::stage::{Stage, StandIn, Who, bridged, speakers};
use crate::book::Book as _;
use crate::openai::ears::{behind, has_tone, tone_length};
use crate::openai::stage::ms;
use crate::openai_live;
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

const PAIRS: [[Who; 2]; 6] = [
    [Who::OpenAi, Who::Deepgram],
    [Who::OpenAi, Who::Gemini],
    [Who::Deepgram, Who::OpenAi],
    [Who::Gemini, Who::OpenAi],
    [Who::Gemini, Who::OpenAiLive],
    [Who::OpenAiLive, Who::OpenAi],
];

/// An agent that speaks first is the first voice, or the one that goes on.
const WITH_AN_AGENT: [[Who; 2]; 2] = [[Who::ElevenLabs, Who::OpenAi], [Who::OpenAi, Who::ElevenLabs]];

/// A cascade is the first voice, or the one that goes on. It reconnects its recognizer by itself where only that is lost.
const WITH_A_CASCADE: [[Who; 2]; 2] = [[Who::Cascade, Who::OpenAi], [Who::OpenAi, Who::Cascade]];

fn refuses(status: u16, code: &str) -> Script {
    Script::new().door(Door::Refuse { status, code: code.to_owned(), retry_after_s: None })
}

/// A voice that greets, is asked, and is cut off a second into its answer.
fn first(trouble: Option<Trouble>) -> Script {
    let answer = Answer::say("We open at nine and close at five, but on Sundays we", 700.0, ms(6000));
    let answer = answer.paced(Pace::Times(1.2));
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard("When do you open?".to_owned(), ms(50)))
        .turn(match trouble {
            Some(trouble) => answer.until(ms(1000), trouble),
            None => answer,
        })
}

/// A voice that goes on with what the first one has begun. An agent that speaks first does so here, too, and nobody hears it.
fn second(who: Who) -> Script {
    let script = match who {
        Who::ElevenLabs => Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600))),
        _ => Script::new(),
    };
    script.greeting(Answer::say("As I said, at nine.", 600.0, ms(800))).turn(Answer::say(
        "You are welcome.",
        1300.0,
        ms(500),
    ))
}

#[test]
fn after_a_refused_key_the_next_voice_greets_the_caller() {
    for [one, other] in PAIRS.into_iter().chain(WITH_AN_AGENT).chain(WITH_A_CASCADE) {
        virtually(async || {
            let greets = Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600))).turn(Answer::say(
                "At nine.",
                700.0,
                ms(500),
            ));
            let stage = Stage::of(vec![(one, refuses(401, "invalid_api_key")), (other, greets)], &[]).await;
            let talk = stage.caller().await;
            let greeted = talk.wait_tone_end(1000.0).await;
            let what = format!("{} refuses, {} greets", one.name(), other.name());
            bridged(&what, &talk, talk.caller.connected_at(), greeted.start);
            talk.ask(700.0).await;
            let replaced = talk.event("assistant_replaced").await;
            assert_eq!((&replaced["role"], &replaced["place"]), (&"configured".into(), &1.into()), "{what}");
            assert_eq!(replaced["failure"], "unauthorized", "{what}");
            assert_eq!(speakers(&talk).await, [other.name()], "{what}");
            assert_eq!(tone_length(&talk.heard(), 1000.0), ms(600), "{what}: greeted once, and wholly");
            let row = talk.hang_up().await;
            assert_eq!(row["provider"], other.name());
            for name in ["provider_failures", "assistants_replaced"] {
                let counted = format!("cordboard_{name}_total{{failure=\"unauthorized\"}}");
                assert_eq!(stage.server.figure(&counted).await, 1, "{what}: {counted}");
            }
            stage.closed().await;
        });
    }
}

/// The first voice dies a second into its answer, in one of these ways, and does not return.
async fn dies(one: Who, other: Who, trouble: Option<Trouble>, silences: &mut Vec<Duration>) {
    let stage = Stage::of(vec![(one, first(trouble.clone())), (other, second(other))], &[]).await;
    let talk = stage.caller().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    if trouble.is_none() {
        sleep(ms(1000)).await;
    }
    let what = format!("{} dies ({trouble:?}), {} goes on", one.name(), other.name());
    // However it dies, nothing answers there any more.
    if trouble.is_some() {
        stage.voices[0].gone(0).await;
    }
    stage.voices[0].leave();
    let died_at = stage.voices[0].gone(0).await;
    let went_on = talk.wait_tone_end(600.0).await;
    silences.push(bridged(&what, &talk, died_at, went_on.start));
    assert_eq!(speakers(&talk).await, [one.name(), other.name()], "{what}");
    // The other voice knows the words that were heard, and not the words that nobody heard.
    let remembered = stage.voices[1].remembers(0);
    for part in ["Good day.", "When do you open?", "We open"] {
        assert!(remembered.contains(part), "{what}: {part:?} is not in:\n{remembered}");
    }
    assert!(!remembered.contains("Sundays"), "{what}: it remembers what nobody heard:\n{remembered}");
    let since = talk.place_of(died_at);
    assert!(!has_tone(&behind(&talk.heard(), since), 1000.0), "{what}: the caller was greeted again");
    assert_eq!(talk.events_of("assistant_replaced").await.len(), 1, "{what}");
    let lines = talk.events().await;
    assert!(lines.iter().all(|event| event["line"] != "assistant_away"), "{what}: an apology");
    talk.ask(1300.0).await;
    talk.wait_tone_end(1300.0).await;
    assert_eq!(stage.server.open_of("provider_connections").await, Some(1), "{what}");
    assert_eq!(stage.server.open_of("assistants").await, Some(1), "{what}");
    let transcript = talk.transcript().await;
    let said = |line: &str| transcript.iter().any(|said| said.starts_with(line));
    for line in [
        "assistant: Good day.",
        "caller: When do you open?",
        "assistant: We open",
        "assistant: As I said, at nine.",
    ] {
        assert!(said(line), "{what}: {line:?} is not in {transcript:#?}");
    }
    let row = talk.hang_up().await;
    let id = row["id"].as_str().unwrap();
    let wav = stage
        .server
        .get(&format!("/api/v1/calls/{id}/recording"), cordboard_test_support::server::Token::Admin)
        .await;
    assert_eq!(wav.status, 200, "{what}: {}", wav.text());
    stage.closed().await;
}

#[test]
fn the_next_voice_follows_a_dead_one_within_1500_ms() {
    let mut silences = Vec::new();
    for [one, other] in PAIRS.into_iter().chain(WITH_AN_AGENT).chain(WITH_A_CASCADE) {
        for trouble in [None, Some(Trouble::Abort)] {
            virtually(async || dies(one, other, trouble, &mut silences).await);
        }
    }
    silences.sort();
    println!("switches in mid-call: {silences:?}");
}

/// The first voice's network hangs, and the next voice is slow to connect and to answer.
#[test]
fn a_slow_next_voice_is_bridged_by_words_and_tones() {
    for (connects_ms, answers_ms) in [(200, 300), (400, 800), (900, 1_500), (1_800, 3_000)] {
        for [one, other] in PAIRS {
            virtually(async || {
                let dies = first(Some(Trouble::Abort)).door(Door::Open { expires_in: None }).door(Door::Mute);
                let slow = Script::new()
                    .door(Door::Slow(ms(connects_ms)))
                    .greeting(Answer::say("As I said, at nine.", 600.0, ms(800)).delayed(ms(answers_ms)));
                let stage = Stage::of(vec![(one, dies), (other, slow)], &[]).await;
                let talk = stage.caller().await;
                talk.wait_tone_end(1000.0).await;
                talk.ask(700.0).await;
                let died_at = stage.voices[0].gone(0).await;
                let went_on = talk.wait_tone_end(600.0).await;
                let what = format!(
                    "{} hangs, {} is there after {connects_ms} ms and answers after {answers_ms} ms",
                    one.name(),
                    other.name()
                );
                bridged(&what, &talk, died_at, went_on.start);
                assert_eq!(speakers(&talk).await, [one.name(), other.name()], "{what}");
                talk.hang_up().await;
                stage.closed().await;
            });
        }
    }
}

/// Without that it would write the same again.
#[test]
fn the_next_voice_knows_what_the_first_has_written() {
    for [one, other] in [PAIRS[0], PAIRS[3], WITH_A_CASCADE[0]] {
        virtually(async || {
            let writes = Script::new()
                .greeting(Answer::say("Good day.", 1000.0, ms(600)))
                .words(Words::Heard("I want a new roof.".to_owned(), ms(50)))
                .turn(Answer::call("create_lead", &json!({ "need": "a new roof" })))
                .after_tools(
                    Answer::say("It is noted, and tomorrow", 700.0, ms(6000)).paced(Pace::Times(1.2)),
                );
            let stage = Stage::of(vec![(one, writes), (other, second(other))], &[]).await;
            stage.with_profile(|profile| profile["tools"] = json!(["end_call", "create_lead"])).await;
            sleep(ms(2_500)).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            talk.ask(700.0).await;
            sleep(ms(500)).await;
            stage.voices[0].leave();
            talk.wait_tone_end(600.0).await;
            let what = format!("{} writes, {} goes on", one.name(), other.name());
            let remembered = stage.voices[1].remembers(0);
            assert!(remembered.contains("called tools for the caller"), "{what}:\n{remembered}");
            assert!(remembered.contains("create_lead: "), "{what}:\n{remembered}");
            assert_eq!(talk.events_of("lead_created").await.len(), 1, "{what}");
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn a_voice_that_only_lost_its_connection_goes_on_itself() {
    for [one, other] in PAIRS {
        virtually(async || {
            let script = first(Some(Trouble::Abort))
                .greeting(Answer::say("As I said, at nine.", 600.0, ms(800)))
                .turn(Answer::say("You are welcome.", 1300.0, ms(500)));
            let stage = Stage::of(vec![(one, script), (other, Script::new())], &[]).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            talk.ask(700.0).await;
            talk.wait_tone_end(600.0).await;
            assert_eq!(stage.voices[1].connections(), 0, "{} was asked", other.name());
            assert_eq!(talk.events_of("assistant_replaced").await.len(), 0);
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

/// Gemini ends each connection after some ten minutes: that is not a failure.
#[test]
fn a_connection_left_at_a_pause_may_return_slowly() {
    virtually(async || {
        let script = Script::new()
            .door(Door::Open { expires_in: None })
            .door(Door::Slow(ms(1_200)))
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .turn(Answer::say("At nine.", 700.0, ms(800)))
            .turn(Answer::say("At five.", 600.0, ms(600)));
        let stage = Stage::of(vec![(Who::Gemini, script), (Who::OpenAi, Script::new())], &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        let StandIn::Gemini(provider) = &stage.voices[0] else { panic!("another voice is first") };
        provider.go_away(Duration::from_secs(10));
        stage.voices[0].gone(0).await;
        talk.ask(600.0).await;
        assert_eq!(stage.voices[1].connections(), 0, "the voice was changed at a pause");
        assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_caller_who_interrupts_the_next_voice_is_heard() {
    for [one, other] in PAIRS.into_iter().chain(WITH_A_CASCADE) {
        virtually(async || {
            let script = Script::new()
                .greeting(Answer::say(
                    "As I said, at nine, and then until five, each day of the week",
                    600.0,
                    ms(6000),
                ))
                .turn(Answer::say("Yes?", 1300.0, ms(500)));
            let stage = Stage::of(vec![(one, first(None)), (other, script)], &[]).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            talk.ask(700.0).await;
            sleep(ms(500)).await;
            stage.voices[0].leave();
            talk.wait_tone_for(600.0, ms(1500)).await;
            talk.ask(1300.0).await;
            let what = format!("{} goes on for {}", other.name(), one.name());
            let heard_ms = tone_length(&talk.heard(), 600.0);
            assert!(heard_ms < ms(4000), "{what}: {heard_ms:?} of it were heard");
            let cut = talk.events_of("barge_in").await.pop().unwrap();
            let journalled = Duration::from_millis(cut["heard_ms"].as_u64().unwrap());
            // Silence at the end of an utterance counts as a part of it, where a voice also sends that.
            let quiet = if other == Who::OpenAiLive {
                ms(<openai_live::stage::Stage as VoiceStage>::QUIET_MS)
            } else {
                Duration::ZERO
            };
            assert!(
                (heard_ms..=heard_ms + quiet).contains(&journalled),
                "{what}: {journalled:?}, {heard_ms:?}"
            );
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn an_unreachable_voice_is_skipped_without_dead_air() {
    for door in [Door::Mute, Door::Silent, Door::Slow(ms(5000))] {
        virtually(async || {
            let script = Script::new().door(door.clone());
            let greets = Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600)));
            let stage = Stage::of(vec![(Who::OpenAi, script), (Who::Deepgram, greets)], &[]).await;
            let talk = stage.caller().await;
            let greeted = talk.wait_tone_end(1000.0).await;
            bridged(&format!("{door:?}"), &talk, talk.caller.connected_at(), greeted.start);
            assert!(greeted.start <= ms(3500), "{door:?}: greeted after {:?}", greeted.start);
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn failing_voices_lead_to_the_built_in_assistant_and_people() {
    virtually(async || {
        let dying = || first(None);
        let script =
            |hz| Script::new().greeting(Answer::say("As I said, at nine, and not before.", hz, ms(4000)));
        let chain =
            vec![(Who::OpenAi, dying()), (Who::Deepgram, script(600.0)), (Who::Gemini, script(500.0))];
        let stage = Stage::of(chain, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        sleep(ms(500)).await;
        stage.voices[0].leave();
        let since = stage.voices[0].gone(0).await;
        talk.wait_tone_for(600.0, ms(1000)).await;
        stage.voices[1].leave();
        talk.wait_tone_for(500.0, ms(1000)).await;
        stage.voices[2].leave();
        talk.wait_prompt("assistant_away").await;
        assert_eq!(speakers(&talk).await, ["openai", "deepgram", "gemini", "builtin"]);
        bridged("three voices fail in turn", &talk, since, talk.heard().length() - ms(500));
        let places: Vec<u64> = talk
            .events_of("assistant_replaced")
            .await
            .iter()
            .map(|event| event["place"].as_u64().unwrap_or_default())
            .collect();
        assert_eq!(places, [1, 2, 0], "down, and then to the built-in one");
        talk.caller.press('0');
        assert_eq!(talk.wait_leg_ended().await.0, LegEnd::Hangup);
        assert_eq!(talk.next().await, "goto people,operator,1");
        stage.closed().await;
    });
}

#[test]
fn the_first_returning_voice_relieves_the_built_in_assistant() {
    virtually(async || {
        let returns = Script::new()
            .greeting(Answer::say("There I am again.", 600.0, ms(800)))
            .turn(Answer::say("You are welcome.", 1300.0, ms(500)));
        let chain = vec![(Who::OpenAi, first(None)), (Who::Deepgram, returns)];
        let stage = Stage::of(chain, &[]).await;
        stage.voices[1].leave();
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        sleep(ms(500)).await;
        stage.voices[0].leave();
        stage.voices[1].come_back_after(ms(8_000));
        talk.wait_prompt("assistant_away").await;
        let returned = talk.event("assistant_returned").await;
        assert_eq!(returned["place"], 1, "the second one, because the first one is unreachable");
        talk.wait_tone_end(600.0).await;
        talk.ask(1300.0).await;
        assert_eq!(speakers(&talk).await, ["openai", "builtin", "deepgram"]);
        talk.hang_up().await;
        stage.closed().await;
    });
}
