//! The same with a real Asterisk and a SIP telephone, where sound matters most.

use std::time::Duration;

use cordboard_test_support::audio::{Sound, share_heard};
use cordboard_test_support::book::{Book, LIMIT};
use cordboard_test_support::ear::{figure, speech};
use cordboard_test_support::openai::{Answer, OpenAiStandIn, Pace, Script, Trouble, Words};
use cordboard_test_support::sip::SipCall;
use serde_json::json;

use crate::ear::wait_operator;
use crate::ears::{behind, has_tone, length_of, longest_silence, tone_length, tone_span};
use crate::setup::Cordboard;
use crate::stage::{ms, settings, words};

/// A Cordboard whose assistant is the stand-in's model.
struct Office {
    cordboard: Cordboard,
    provider: OpenAiStandIn,
}

impl Office {
    fn open(script: Script) -> Self {
        let provider = OpenAiStandIn::start(script).unwrap();
        let cordboard = Cordboard::start(&settings(&provider.base_url()));
        Self { cordboard, provider }
    }

    #[track_caller]
    fn wait_tone(&self, call: &SipCall, hz: f64, length: Duration) {
        self.cordboard.wait(&format!("{length:?} of {hz} Hz"), || {
            tone_span(&call.heard(), hz).filter(|span| span.length() >= length).map(drop)
        });
    }

    fn close(self) {
        self.provider.finish();
    }
}

fn greeting() -> Script {
    Script::new().greeting(Answer::say("Good day, this is Cordboard.", 1000.0, ms(1500)))
}

#[test]
fn a_caller_is_greeted_understood_and_answered() {
    let script = greeting()
        .words(Words::Heard("May I ask you something?".to_owned(), ms(200)))
        .turn(Answer::say("Please do.", 700.0, ms(1000)));
    let office = Office::open(script);
    let call = office.cordboard.dial("100", "+15550300");
    let id = office.cordboard.call_from("+15550300");
    office.wait_tone(&call, 1000.0, ms(1400));
    let question = speech("hello_question");
    call.say(&question);
    call.wait_said(LIMIT).unwrap();
    // Up to the silence after it.
    office.cordboard.wait("the answer's end", || {
        let heard = call.heard();
        tone_span(&heard, 700.0).filter(|span| span.end + ms(200) < heard.length()).map(drop)
    });
    call.hang_up().unwrap();

    for (hz, length) in [(1000.0, ms(1500)), (700.0, ms(1000))] {
        let heard = tone_length(&call.heard(), hz);
        figure(&format!("{hz} Hz: {} of {} ms", heard.as_millis(), length.as_millis()));
        // `tests/virtual/openai/whole_call.rs` checks this to the sample; here a telephone's network withholds some.
        assert!(heard > length / 2, "{heard:?}");
    }
    let at_the_model = office.provider.connection(0).unwrap().heard;
    let share = share_heard(&at_the_model, &question.resampled(at_the_model.rate)).unwrap();
    figure(&format!("the model heard {:.0} % of the question", share.heard * 100.0));
    assert!(share.is_all(), "{share:?}");
    let row = office.cordboard.ended(&id);
    assert!(row["provider"] == "openai" && row["cost_micros"].as_u64().unwrap() > 0, "{row}");
    let lines: Vec<String> =
        office.cordboard.transcript(&id).iter().map(|line| line["text"].to_string()).collect();
    assert!(lines.iter().any(|line| line.contains("May I ask")) && lines.len() == 3, "{lines:?}");
    office.close();
}

/// The caller interrupts a long greeting. The model gets what was heard.
fn interrupted(pace: Pace, from: &str) {
    let script = Script::new()
        .greeting(Answer::say("A story that nobody wants to hear to its end.", 1000.0, ms(8000)).paced(pace))
        .turn(Answer::say("Yes?", 700.0, ms(800)));
    let office = Office::open(script);
    let call = office.cordboard.dial("100", from);
    office.wait_tone(&call, 1000.0, ms(1500));
    call.say(&words());
    call.wait_said(LIMIT).unwrap();
    office.wait_tone(&call, 700.0, ms(700));
    call.hang_up().unwrap();
    let heard = tone_length(&call.heard(), 1000.0);
    let truncate = office.provider.wait_client(0, "conversation.item.truncate", 1, LIMIT).unwrap().event;
    let told = ms(truncate["audio_end_ms"].as_u64().unwrap());
    figure(&format!("{} ms heard, {} ms sent", heard.as_millis(), told.as_millis()));
    assert!(told > Duration::ZERO && told < ms(8000) && heard < ms(8000), "{heard:?} heard, {told:?} sent");
    office.close();
}

#[test]
fn an_answer_is_cut_where_the_caller_stopped_hearing_it() {
    interrupted(Pace::Times(1.3), "+15550301");
}

#[test]
fn a_finished_answer_is_cut_where_the_caller_stopped_hearing() {
    interrupted(Pace::Burst, "+15550302");
}

#[test]
fn when_the_provider_dies_the_caller_hears_the_next_one() {
    let dying = Answer::say("A story without an end.", 700.0, ms(8000)).paced(Pace::Times(1.2));
    let script = greeting().turn(dying.until(ms(1500), Trouble::Abort)).greeting(Answer::say(
        "Where was I?",
        600.0,
        ms(800),
    ));
    let office = Office::open(script);
    let call = office.cordboard.dial("100", "+15550303");
    let id = office.cordboard.call_from("+15550303");
    office.wait_tone(&call, 1000.0, ms(1400));
    call.say(&words());
    call.wait_said(LIMIT).unwrap();
    office.wait_tone(&call, 600.0, ms(700));
    call.hang_up().unwrap();
    let heard: Sound = call.heard();
    let cut = tone_span(&heard, 700.0).unwrap();
    let went_on = tone_span(&heard, 600.0).unwrap();
    let silence = longest_silence(&heard, cut.end, went_on.start);
    figure(&format!("{} ms of silence at most", silence.as_millis()));
    assert!(went_on.start >= cut.end, "{cut:?}, {went_on:?}");
    assert!(!has_tone(&behind(&heard, cut.end), 1000.0), "the caller was greeted again");
    office.cordboard.event(&id, "assistant_restored");
    assert!(length_of(&heard) > cut.end);
    office.close();
}

#[test]
fn a_caller_reaches_a_person_only_after_hearing_the_announcement() {
    let moving = Answer::say("I will connect you with a colleague.", 700.0, ms(2500))
        .and_call("transfer_call", &json!({ "target": "operator" }))
        .paced(Pace::Burst);
    let office = Office::open(greeting().turn(moving));
    let call = office.cordboard.dial("100", "+15550304");
    let id = office.cordboard.call_from("+15550304");
    office.wait_tone(&call, 1000.0, ms(1400));
    call.say(&words());
    wait_operator(&call);
    call.hang_up().unwrap();
    let heard = tone_length(&call.heard(), 700.0);
    assert!(heard > ms(2500) / 2, "{heard:?} of 2.5 s were heard");
    assert_eq!(office.cordboard.ended(&id)["hangup_cause"], "call_transferred");
    office.close();
}
