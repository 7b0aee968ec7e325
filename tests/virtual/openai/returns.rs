//! The provider is unreachable for a while: who goes on, and when it is back.

use std::time::Duration;

use cordboard_test_support::openai::{Answer, Script, Words};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::ears::{behind, has_tone, longest_silence};
use super::stage::{DEAD_AIR_MAX, Stage, Talk, ms};
use crate::world::virtually;

/// The longest pause between two attempts to reach it. This long after it is reachable it is back, at a pause in the conversation.
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// An answer that is cut off, and the one that goes on.
fn script() -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard("When do you open?".to_owned(), ms(50)))
        .turn(Answer::say("We open at nine and close at five, but on Sundays we", 700.0, ms(6000)))
        .greeting(Answer::say("As I said, at nine.", 600.0, ms(800)))
        .turn(Answer::say("You are welcome.", 1300.0, ms(500)))
}

/// A caller whom the provider is answering. A second later it is gone.
async fn left(stage: &Stage) -> Talk<'_> {
    let talk = stage.call().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    sleep(ms(1000)).await;
    stage.provider.leave();
    talk
}

/// When an event was journalled, in ms.
fn at(event: &Value) -> i64 {
    chrono::DateTime::parse_from_rfc3339(event["at"].as_str().unwrap()).unwrap().timestamp_millis()
}

/// When the last utterance before the provider's return was heard to its end.
async fn pause_before(talk: &Talk<'_>, returned: &Value) -> i64 {
    let ends = talk.events_of("played_until").await;
    ends.iter().map(at).filter(|end| *end <= at(returned)).max().unwrap()
}

/// It is back at the first possible pause of the conversation, and goes on with what was said.
async fn goes_on(talk: &Talk<'_>, stage: &Stage, came_back: i64) {
    let returned = talk.event("assistant_returned").await;
    let went_on = talk.wait_tone_end(600.0).await;
    let ready = talk.events_of("assistant_ready").await.pop().unwrap();
    assert_eq!((&ready["provider"], &ready["leg"]), (&"openai".into(), &returned["leg"]));
    assert_eq!(at(&returned), at(&ready).max(pause_before(talk, &returned).await), "not at the first pause");
    assert!(at(&ready) - came_back <= PAUSE_MAX.as_millis() as i64, "it was reachable for long: {ready}");
    let line = stage.connection(stage.provider.connection_count() - 1).conversation.lines().join("\n");
    for part in ["Good day.", "When do you open?", "We open", "our assistant can't be reached just now"] {
        assert!(line.contains(part), "{part:?} is not in:\n{line}");
    }
    assert!(!line.contains("Sundays"), "it remembers what nobody heard:\n{line}");
    let since = stage.connection(0).ended.unwrap().0;
    let heard = talk.heard();
    assert!(!has_tone(&behind(&heard, talk.place_of(since)), 1000.0), "the caller was greeted again");
    talk.ask(1300.0).await;
    assert_eq!(stage.server.open_of("provider_connections").await, Some(1));
    assert_eq!(stage.server.open_of("assistants").await, Some(1));
    let silence = longest_silence(&heard, talk.place_of(since), talk.place_of(since) + ms(8_000));
    assert!(silence <= DEAD_AIR_MAX, "{silence:?} of silence when it was gone");
    let silence = longest_silence(&heard, talk.place_of(moment(at(&returned))), went_on.start);
    assert!(silence <= DEAD_AIR_MAX, "{silence:?} of silence when it was back");
}

/// The moment of the clock that corresponds to this time of the calendar, in ms.
fn moment(at: i64) -> std::time::Instant {
    let ago = u64::try_from(now_ms() - at).unwrap();
    Instant::now().into_std() - ms(ago)
}

fn now_ms() -> i64 {
    cordboard_actors::world::now().timestamp_millis()
}

#[test]
fn away_for_a_second_it_reconnects_by_itself() {
    virtually(async || {
        let mut script = Script::new();
        for _ in 0..12 {
            script = script.greeting(Answer::say("Good day.", 1000.0, ms(600)));
        }
        let stage = Stage::open(script).await;
        // Each spreads its attempts differently.
        for _ in 0..12 {
            let talk = stage.call().await;
            talk.wait_tone_end(1000.0).await;
            stage.provider.leave();
            stage.provider.come_back_after(ms(1_000));
            let restored = talk.event("assistant_restored").await;
            let away_ms = restored["away_ms"].as_u64().unwrap();
            assert!((1_000..2_000).contains(&away_ms), "{restored}");
            assert_eq!(talk.events_of("assistant_replaced").await.len(), 0);
            talk.hang_up().await;
        }
        stage.close().await;
    });
}

#[test]
fn a_short_absence_ends_after_the_built_in_assistant_speaks() {
    virtually(async || {
        let stage = Stage::open(script()).await;
        let talk = left(&stage).await;
        let came_back = now_ms() + 4_000;
        stage.provider.come_back_after(ms(4_000));
        talk.wait_prompt("assistant_away").await;
        goes_on(&talk, &stage, came_back).await;
        talk.hang_up().await;
        stage.server.balanced().await;
        stage.close().await;
    });
}

#[test]
fn a_returning_provider_knows_what_was_said_meanwhile() {
    virtually(async || {
        let stage = Stage::open(script()).await;
        let talk = left(&stage).await;
        let came_back = now_ms() + 30_000;
        stage.provider.come_back_after(ms(30_000));
        talk.wait_prompt("assistant_away").await;
        talk.say_words().await;
        talk.wait_reply("reply_1").await;
        goes_on(&talk, &stage, came_back).await;
        let line = stage.connection(1).conversation.lines().join("\n");
        assert!(line.contains("(speech, 0.") && line.contains("I can't understand words offline"), "{line}");
        let tried = talk.events_of("assistant_tried").await;
        let pauses: Vec<i64> = tried.windows(2).map(|two| at(&two[1]) - at(&two[0])).collect();
        assert_eq!(pauses, [2_000, 4_000, 8_000, 15_000], "{tried:#?}");
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn away_for_five_minutes_it_is_back_all_the_same() {
    virtually(async || {
        let stage = Stage::open(script()).await;
        let talk = left(&stage).await;
        let came_back = now_ms() + 300_000;
        stage.provider.come_back_after(ms(300_000));
        talk.wait_prompt("assistant_away").await;
        // The caller of this stage may be silent for this long.
        sleep(ms(292_000)).await;
        goes_on(&talk, &stage, came_back).await;
        let figures = stage.server.get("/metrics", cordboard_test_support::server::Token::Admin).await.text();
        assert!(figures.contains("cordboard_assistants_returned_total 1\n"), "{figures}");
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn without_a_return_the_built_in_assistant_finishes_the_call() {
    virtually(async || {
        let stage = Stage::open_with(script(), &[("calls.silence_prompt_s", "10")]).await;
        let talk = left(&stage).await;
        talk.wait_prompt("assistant_away").await;
        let end_of = async |line: &str| {
            let events = talk.events().await;
            let item = events.iter().find(|event| event["line"] == line).unwrap()["item"].clone();
            at(events.iter().find(|event| event["kind"] == "played_until" && event["item"] == item).unwrap())
        };
        // A caller who then says nothing is asked after the configured time, to the millisecond.
        talk.wait_prompt("still_there").await;
        let asked = talk.event("silence_prompted").await;
        assert_eq!(at(&asked) - end_of("assistant_away").await, 10_000);
        talk.say_words().await;
        talk.wait_reply("reply_1").await;
        talk.caller.press('*');
        talk.wait_prompt("goodbye").await;
        assert_eq!(talk.ended().await["state"], "ended");
        assert_eq!(talk.events_of("assistant_returned").await.len(), 0);
        assert!(stage.provider.knocks().len() > 6, "it was not tried again");
        stage.server.balanced().await;
        stage.close().await;
    });
}

#[test]
fn a_caller_who_speaks_during_an_outage_hears_the_options() {
    // Whenever they begin: before the provider is given up, as the built-in assistant begins, and during its words.
    for begins_ms in (0..6_000).step_by(400) {
        virtually(async || {
            let stage = Stage::open_with(script(), &[("calls.silence_prompt_s", "10")]).await;
            let talk = left(&stage).await;
            let gone = Instant::now().into_std();
            sleep(ms(begins_ms)).await;
            talk.say_words().await;
            let spoke = Instant::now().into_std();
            sleep(ms(9_000)).await;
            let heard = talk.heard();
            let offers = ["assistant_away", "reply_1"];
            let is_offered = offers.iter().any(|name| super::ears::has_prompt(&heard, name));
            assert!(is_offered, "begun after {begins_ms} ms: nothing was said of what can be done");
            let owed_until = talk.place_of(spoke).max(talk.place_of(gone) + ms(3_500)) + ms(2_500);
            let silence = longest_silence(&heard, talk.place_of(spoke), owed_until);
            assert!(silence <= DEAD_AIR_MAX, "begun after {begins_ms} ms: {silence:?} of silence");
            talk.hang_up().await;
            stage.close().await;
        });
    }
}

/// The built-in assistant has said what can be done, and it is the caller's turn; they wait for an answer. They are asked after the configured time
/// (`calls.silence_prompt_s`). The provider's return neither delays that nor happens without a word.
#[test]
fn quiet_never_outlasts_the_silence_prompt_whenever_the_provider_returns() {
    const ASKED_AFTER: Duration = Duration::from_secs(10);
    for (round, back_ms) in (500..26_000).step_by(1_500).enumerate() {
        virtually(async || {
            let mut script = script();
            for _ in 0..4 {
                let more = Answer::say("Are you still there?", 500.0, ms(700));
                script = script.turn(more.clone()).greeting(more);
            }
            let stage = Stage::open_with(script, &[("calls.silence_prompt_s", "10")]).await;
            let talk = left(&stage).await;
            let gone = Instant::now().into_std();
            stage.provider.come_back_after(ms(back_ms));
            // Some say something meanwhile: during the outage, or after the built-in assistant's words.
            if let Some(begins_ms) = [None, Some(2_000), Some(9_000)][round % 3] {
                sleep(ms(begins_ms)).await;
                talk.say_words().await;
            }
            // A caller who says nothing more is asked, and the call ends.
            talk.ended().await;
            let heard = talk.heard();
            let quiet = longest_silence(&heard, talk.place_of(gone), heard.length());
            assert!(quiet <= ASKED_AFTER + DEAD_AIR_MAX, "back after {back_ms} ms: {quiet:?} of quiet");
            stage.close().await;
        });
    }
}
