//! The caller speaks while the model does.

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::openai::{Answer, Content, Pace, Script};

use super::ears::{behind, has_tone, tone_length};
use super::stage::{RATE, Stage, Talk, ms};
use crate::world::virtually;

const STORY: &str = "Once upon a time there was an operator who joined two lines by plugging a cord, and they all \
                     talked happily ever after.";

/// A long greeting at a pace, into which the caller speaks after a second, and what has to be true then.
async fn interrupted(pace: Pace) {
    let script = Script::new().greeting(Answer::say(STORY, 1000.0, ms(8000)).paced(pace)).turn(Answer::say(
        "Yes?",
        700.0,
        ms(500),
    ));
    let stage = Stage::open(script).await;
    let talk = stage.call().await;
    talk.wait_tone_for(1000.0, ms(1000)).await;
    let was_done = stage.connection(0).from_server("response.done").next().is_some();
    assert_eq!(was_done, pace == Pace::Burst);
    talk.ask(700.0).await;
    talk.wait_tone_end(700.0).await;
    assert_cut(&stage, &talk).await;

    let connection = stage.connection(0);
    let cancelled =
        connection.from_server("response.done").next().unwrap().event["response"]["status"].clone();
    assert_eq!(cancelled, if was_done { "completed" } else { "cancelled" });
    // The provider cancels by itself: a cancel from us would only be an error.
    assert_eq!(connection.from_client("response.cancel").count(), 0);
    talk.hang_up().await;
    stage.close().await;
}

/// The model had not begun an answer to the first part, and is silent until the end of the rest.
#[test]
fn a_caller_who_goes_on_for_long_keeps_their_session() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .turn(Answer::say("Nobody hears this.", 600.0, ms(600)).delayed(ms(2_000)))
            .turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.caller.say(&silence(ms(800), RATE));
        talk.caller.say(&babble(8, ms(15_000), RATE));
        talk.caller.say(&silence(ms(800), RATE));
        talk.wait_tone_end(700.0).await;
        assert_eq!(stage.provider.connection_count(), 1, "it was reconnected");
        assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
        talk.hang_up().await;
        stage.close().await;
    });
}

/// Caller, provider, journal and transcript agree about what was heard.
async fn assert_cut(stage: &Stage, talk: &Talk<'_>) {
    let heard = talk.heard();
    let heard_ms = tone_length(&heard, 1000.0).as_millis() as u64;
    let truncate = stage.provider.wait_client(0, "conversation.item.truncate", 1).await.event;
    let truncated_ms = truncate["audio_end_ms"].as_u64().unwrap();
    println!("heard {heard_ms} ms, truncated at {truncated_ms} ms");
    assert_eq!(heard_ms, truncated_ms, "heard, and told the model");
    assert_eq!(talk.event("barge_in").await["heard_ms"], truncated_ms);

    let known = stage
        .provider
        .wait(0, "the truncation", |connection| {
            let item = connection.conversation.items.first()?.content.clone();
            matches!(item, Content::ModelSpoke { truncated_at_ms: Some(_), .. }).then_some(item)
        })
        .await;
    let Content::ModelSpoke { words, .. } = known else { panic!("not the model's") };
    let line = talk.transcript().await.remove(0);
    let line = line.strip_prefix("assistant: ").unwrap();
    assert!(!line.is_empty() && STORY.starts_with(line), "{line:?}");
    // Both cut in proportion; ours may keep a word whole.
    assert!(
        words.len().abs_diff(line.len()) < 20,
        "the model remembers {words:?}, the transcript says {line:?}"
    );
}

#[test]
fn speech_during_an_answer_cuts_it_where_it_was_heard() {
    virtually(async || {
        interrupted(Pace::Times(1.3)).await;
    });
}

#[test]
fn speech_cuts_a_fully_sent_answer_at_what_was_heard() {
    virtually(async || {
        interrupted(Pace::Burst).await;
    });
}

#[test]
fn late_deltas_of_a_cut_answer_are_not_heard() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say(STORY, 1000.0, ms(8000)).paced(Pace::Times(1.5)))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_for(1000.0, ms(800)).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        let connection = stage.connection(0);
        let spoke_at = connection.from_server("input_audio_buffer.speech_started").next().unwrap().at;
        let late = connection.from_server("response.output_audio.delta").filter(|delta| delta.at >= spoke_at);
        assert!(late.count() > 0, "nothing came late: the case shows nothing");
        let rest = behind(&talk.heard(), talk.place_of(spoke_at + ms(200)));
        assert!(!has_tone(&rest, 1000.0), "the cut answer was heard again");
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn an_answer_of_which_nothing_was_heard_is_deleted() {
    virtually(async || {
        let unheard = Answer::say(STORY, 1000.0, ms(3000)).silent_for(ms(2500));
        let script = Script::new()
            .greeting(Answer::say("Hello.", 600.0, ms(500)))
            .turn(unheard)
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_end(600.0).await;
        talk.say_words().await;
        stage.provider.wait_server(0, "response.output_item.added", 2).await;
        // Before its first sound.
        talk.caller.say(&babble(9, ms(700), RATE));
        talk.caller.say(&silence(ms(800), RATE));
        talk.wait_tone_end(700.0).await;
        let connection = stage.connection(0);
        let item =
            connection.from_server("response.output_item.added").nth(1).unwrap().event["item"]["id"].clone();
        let deleted = stage.provider.wait_client(0, "conversation.item.delete", 1).await.event;
        assert_eq!(deleted["item_id"], item);
        assert_eq!(connection.from_client("conversation.item.truncate").count(), 0);
        assert!(!has_tone(&talk.heard(), 1000.0));
        assert!(
            talk.transcript().await.iter().all(|line| !line.contains("operator")),
            "{:?}",
            talk.transcript().await
        );
        talk.hang_up().await;
        stage.close().await;
    });
}
