//! Connections that are lost, stall, or end.

use cordboard_actors::assistant::openai::session::{LinkId, Plan, Retry};
use cordboard_actors::assistant::remote::Patience;
use cordboard_actors::messages::{AssistantOrder, Attention, Entrance};
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use serde_json::json;

use crate::stage::{Stage, plan, session};

/// A conversation in which both have said something.
fn in_conversation() -> Stage {
    let mut stage = Stage::ready();
    stage.say(Line::Greeting);
    stage.acts();
    stage.answer("r1", Some("cb_2"), "a1", 400, "Good day.");
    stage.heard(1, 400, PlayedEnd::Finished);
    stage.caller_speaks("u1", 700);
    stage.transcribed("u1", "When do you open?");
    stage.acts();
    stage
}

#[test]
fn a_restored_connection_gets_the_conversation_and_pending_answer() {
    let mut stage = in_conversation();
    stage.created("r2", None);
    stage.audio("r2", "a2", 300, "We open at");
    stage.acts();
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.does(&["complete \"We open at\"", "interrupted: disconnected", "connect 2"]);
    stage.after(200);
    stage.connect(None);
    stage.does(&[
        "-> session.update whole",
        "-> conversation.item.create system: The call is under way; what was said so far follows. Go on without \
         greeting again.",
        "-> conversation.item.create assistant: Good day.",
        "-> conversation.item.create user: When do you open?",
        "-> conversation.item.create assistant: We open at",
        "hear on 2 as Pcmu",
        "restored after 1 in 200 ms",
        "-> response.create cb_8",
    ]);
}

#[test]
fn events_are_sent_to_every_session_without_a_request() {
    let note = "-> conversation.item.create system: the caller was on hold for 12 s";
    let mut stage = in_conversation();
    stage.answer("r2", None, "a2", 300, "At nine.");
    stage.heard(2, 300, PlayedEnd::Finished);
    stage.acts();
    stage.order(AssistantOrder::Happened("the caller was on hold for 12 s".to_owned()));
    stage.does(&[note]);
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.acts();
    stage.connect(None);
    let acts = stage.acts();
    let at = |wanted: &str| acts.iter().position(|act| act == wanted).unwrap_or_else(|| panic!("{acts:?}"));
    assert!(at("-> conversation.item.create assistant: At nine.") < at(note));
}

/// The new session has got the conversation, and has not confirmed its settings.
#[test]
fn words_and_events_during_a_sessions_setup_reach_it() {
    let mut stage = in_conversation();
    stage.answer("r2", None, "a2", 300, "At nine.");
    stage.heard(2, 300, PlayedEnd::Finished);
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.acts();
    stage.session.connected(stage.link, stage.now);
    stage.server(session("session.created", "audio/pcm", None));
    stage.acts();
    stage.order(AssistantOrder::Happened("the caller is a member".to_owned()));
    stage.order(AssistantOrder::CallerTyped("And on Sundays?".to_owned()));
    stage.does(&[
        "-> conversation.item.create system: the caller is a member",
        "-> conversation.item.create user: And on Sundays?",
    ]);
    stage.server(session("session.updated", "audio/pcmu", None));
    let acts = stage.acts();
    assert!(!acts.iter().any(|act| act.contains("Sundays")), "it is sent once: {acts:?}");
    assert!(acts.last().is_some_and(|act| act.starts_with("-> response.create")), "{acts:?}");
}

/// The call charges nothing twice, and identifies answers by id.
#[test]
fn equal_answer_ids_of_two_sessions_are_each_charged() {
    let mut stage = in_conversation();
    let done = json!({ "type": "response.done", "response": { "id": "r7", "status": "cancelled", "usage": {
        "output_token_details": { "audio_tokens": 9 } } } });
    stage.server(done.clone());
    stage.does(&["used model-1 r7 9"]);
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.acts();
    stage.connect(None);
    stage.acts();
    stage.server(done);
    stage.does(&["used model-1 r7@2 9"]);
}

#[test]
fn without_a_pending_answer_nothing_is_said() {
    let mut stage = in_conversation();
    stage.answer("r2", None, "a2", 300, "At nine.");
    stage.heard(2, 300, PlayedEnd::Finished);
    stage.acts();
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.does(&["interrupted: disconnected", "connect 2"]);
    stage.connect(None);
    let acts = stage.acts();
    assert!(!acts.iter().any(|act| act.contains("response.create")), "{acts:?}");
}

#[test]
fn a_line_not_yet_begun_is_requested_again_unchanged() {
    let mut stage = Stage::ready();
    stage.say(Line::Transferring);
    stage.acts();
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.acts();
    stage.connect(None);
    let acts = stage.acts();
    assert!(acts.last().unwrap().ends_with("transferring"), "{acts:?}");
}

/// The caller has to hear all of it.
#[test]
fn a_notice_that_broke_off_is_said_again() {
    for is_lost in [true, false] {
        let mut stage = Stage::ready();
        stage.attend(Attention::Listen);
        stage.say(Line::Notice);
        stage.created("r1", Some("cb_3"));
        stage.audio("r1", "a1", 300, "This call is");
        stage.acts();
        if is_lost {
            stage.lost(ProviderFailure::Disconnected, Retry::Soon);
            stage.acts();
            stage.connect(None);
        } else {
            stage.done("r1", "failed", json!([]));
            stage.after(1_000);
        }
        let acts = stage.acts();
        assert!(acts.last().is_some_and(|act| act.ends_with(" notice")), "{acts:?}");
    }
}

#[test]
fn speech_during_a_lost_connection_counts() {
    let mut stage = Stage::ready();
    let speech = json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 0 });
    stage.server(speech);
    stage.after(1_500);
    stage.acts();
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.does(&[
        "caller spoke 1500 ms",
        "caller said \"(speech, 1.5 s)\"",
        "interrupted: disconnected",
        "connect 2",
    ]);
}

/// A server need not accept every item of a conversation that it did not have.
#[test]
fn a_call_keeps_its_assistant_though_an_item_is_refused() {
    let mut stage = in_conversation();
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.acts();
    stage.session.connected(stage.link, stage.now);
    stage.server(session("session.created", "audio/pcm", None));
    let acts = stage.acts();
    assert_eq!(acts[2], "-> conversation.item.create assistant: Good day.", "{acts:?}");
    // The session's settings are event 3.
    stage.error("invalid_value", Some("cb_5"));
    stage.does(&["warn"]);
    stage.server(session("session.updated", "audio/pcmu", None));
    stage.does(&["hear on 2 as Pcmu", "restored after 1 in 0 ms", "-> response.create cb_7"]);
}

#[test]
fn a_session_with_refused_settings_is_not_tried_again() {
    let mut stage = Stage::dialing(plan());
    stage.acts();
    stage.session.connected(stage.link, stage.now);
    stage.server(session("session.created", "audio/pcm", None));
    stage.does(&["-> session.update whole"]);
    stage.error("invalid_value", Some("cb_1"));
    // It is no failure of the provider: it may serve other profiles.
    stage.does(&["close 1", "fail: bad_protocol"]);
}

#[test]
fn a_provider_that_refuses_is_not_asked_again() {
    let mut stage = Stage::dialing(plan());
    stage.acts();
    stage.lost(ProviderFailure::Unauthorized, Retry::Never);
    stage.does(&["fail: unauthorized"]);

    let mut stage = in_conversation();
    stage.lost(ProviderFailure::Disconnected, Retry::Never);
    stage.does(&["fail: disconnected"]);
}

#[test]
fn attempts_have_growing_pauses_and_end_after_two_seconds() {
    // Randomness spreads the attempts of many calls.
    for seed in 0..50 {
        let mut stage = Stage::dialing(Plan { seed, ..plan() });
        stage.does(&["connect 1"]);
        let began = stage.now;
        for attempt in 2.. {
            let (least_ms, most_ms) = if attempt == 2 { (125, 375) } else { (250, 750) };
            stage.lost(ProviderFailure::ProviderError, Retry::Soon);
            let (lost_at, has_failed) = (stage.now, stage.acts().iter().any(|act| act.starts_with("fail")));
            assert_eq!(has_failed, lost_at.ms_since(began) >= 2_000, "seed {seed}, attempt {attempt}");
            if has_failed {
                assert!(lost_at.ms_since(began) < 2_750);
                break;
            }
            while stage.link.0 < attempt {
                stage.after(1);
                stage.acts();
            }
            let pause_ms = stage.now.ms_since(lost_at);
            assert!((least_ms..=most_ms).contains(&pause_ms), "attempt {attempt} after {pause_ms} ms");
        }
    }
}

#[test]
fn six_seconds_without_a_provider_end_the_assistant() {
    let mut stage = in_conversation();
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.acts();
    stage.after(5_990);
    let acts = stage.acts();
    assert!(acts.contains(&"close 2".to_owned()), "an attempt that takes too long is ended: {acts:?}");
    assert!(!acts.iter().any(|act| act.starts_with("fail")), "{acts:?}");
    stage.after(20);
    assert!(stage.acts().iter().any(|act| act.starts_with("fail: ")));
}

#[test]
fn a_provider_silent_about_a_due_answer_is_left() {
    let mut stage = in_conversation();
    stage.after(3_990);
    assert!(!stage.acts().iter().any(|act| act.starts_with("interrupted")));
    stage.after(10);
    let acts = stage.acts();
    assert!(
        acts.ends_with(&["close 1".into(), "interrupted: stalled".into(), "connect 2".into()]),
        "{acts:?}"
    );
}

/// It accepts each session, and no answer comes: the caller would wait for ever.
#[test]
fn a_provider_that_answers_in_no_session_is_given_up() {
    let with_next = Plan { patience: Patience::Short, ..plan() };
    let returned = Plan { entrance: Entrance::WhenOrdered, ..plan() };
    for (plan, sessions_max) in [(plan(), 3), (with_next, 2), (returned, 2)] {
        let mut stage = Stage::dialing(plan);
        stage.acts();
        stage.connect(None);
        stage.order(AssistantOrder::TakeOver { said: Vec::new(), first_item: ItemId(1) });
        stage.caller_speaks("u1", 700);
        // A sound starts a new count.
        stage.after(4_000);
        stage.acts();
        stage.connect(None);
        stage.created("r1", None);
        stage.audio("r1", "a1", 100, "At nine.");
        stage.done("r1", "completed", json!([]));
        stage.acts();
        stage.caller_speaks("u2", 700);
        for session in 1..=sessions_max {
            stage.after(4_000);
            let acts = stage.acts();
            let has_failed = acts.contains(&"fail: stalled".to_owned());
            assert_eq!(has_failed, session == sessions_max, "session {session}: {acts:?}");
            stage.connect(None);
        }
    }
}

/// A server may be alive and have nothing for the caller.
#[test]
fn a_provider_that_sends_only_heartbeats_is_left() {
    let mut stage = in_conversation();
    for _ in 0..11 {
        stage.after(1_000);
        stage.server(json!({ "type": "heartbeat" }));
    }
    stage.after(999);
    let acts = stage.acts();
    assert!(!acts.iter().any(|act| act.starts_with("interrupted")), "{acts:?}");
    stage.after(1);
    let acts = stage.acts();
    assert!(acts.contains(&"interrupted: stalled".to_owned()), "{acts:?}");
}

#[test]
fn a_provider_is_awaited_while_its_answer_arrives() {
    let mut stage = in_conversation();
    stage.created("r2", None);
    let piece =
        json!({ "type": "response.function_call_arguments.delta", "response_id": "r2", "delta": "x" });
    for _ in 0..30 {
        stage.after(1_000);
        stage.server(piece.clone());
    }
    let acts = stage.acts();
    assert!(!acts.iter().any(|act| act.starts_with("interrupted")), "{acts:?}");
}

#[test]
fn a_provider_falling_silent_in_mid_word_is_left_soon() {
    let mut stage = in_conversation();
    stage.created("r2", None);
    stage.audio("r2", "a2", 500, "We open at");
    stage.acts();
    stage.after(1_690);
    stage.does(&[]);
    stage.after(20);
    let acts = stage.acts();
    assert!(acts.contains(&"interrupted: stalled".to_owned()), "{acts:?}");
    assert!(acts.contains(&"play OneMoment".to_owned()), "the caller hears something at once: {acts:?}");
}

#[test]
fn a_session_is_kept_while_words_are_spoken_or_due() {
    let mut stage = Stage::dialing(plan());
    stage.acts();
    stage.connect(Some(600));
    stage.after(479_000);
    stage.answer("r1", None, "a1", 4_000, "Good day.");
    stage.acts();
    stage.after(2_000);
    stage.does(&[]);
    stage.caller_speaks("u1", 500);
    stage.heard(1, 1_000, PlayedEnd::Cleared);
    stage.answer("r2", None, "a2", 400, "Yes?");
    stage.heard(2, 400, PlayedEnd::Finished);
    assert!(!stage.acts().iter().any(|act| act.starts_with("connect")), "words are on their way");
    stage.transcribed("u1", "Hello?");
    stage.does(&["caller said \"Hello?\"", "connect 2"]);
}

#[test]
fn a_rollover_is_not_noticed() {
    let mut stage = Stage::dialing(plan());
    stage.acts();
    stage.connect(Some(600));
    stage.acts();
    stage.answer("r1", None, "a1", 400, "Good day.");
    stage.heard(1, 400, PlayedEnd::Finished);
    stage.acts();
    stage.after(479_990);
    stage.does(&[]);
    stage.after(20);
    stage.does(&["connect 2"]);
    stage.connect(Some(600));
    stage.does(&[
        "-> session.update whole",
        "-> conversation.item.create system: The call is under way; what was said so far follows. Go on without \
         greeting again.",
        "-> conversation.item.create assistant: Good day.",
        "close 1",
        "hear on 2 as Pcmu",
    ]);
}

/// The next session was set up while the caller spoke, and has had nothing to say since.
#[test]
fn a_next_session_gets_its_own_time_to_answer() {
    let mut stage = Stage::dialing(plan());
    stage.acts();
    stage.connect(Some(600));
    stage.after(480_000);
    assert!(stage.acts().contains(&"connect 2".to_owned()));
    stage.link = LinkId(1);
    let speech = json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 0 });
    stage.server(speech);
    stage.link = LinkId(2);
    stage.connect(Some(600));
    stage.after(3_000);
    stage.link = LinkId(1);
    let speech = json!({ "type": "input_audio_buffer.speech_stopped", "item_id": "u1", "audio_end_ms": 900 });
    stage.server(speech);
    stage.after(4_000);
    let acts = stage.acts();
    assert!(acts.contains(&"hear on 2 as Pcmu".to_owned()), "{acts:?}");
    assert!(!acts.contains(&"connect 3".to_owned()), "{acts:?}");
    stage.after(3_999);
    assert!(!stage.acts().contains(&"connect 3".to_owned()));
}

/// Two clocks may differ: such a session would be followed by the next one at once, and that one again.
#[test]
fn an_expiry_in_the_past_is_ignored() {
    let mut stage = Stage::dialing(plan());
    stage.acts();
    stage.connect(Some(-60));
    stage.acts();
    stage.after(600_000);
    stage.does(&[]);
}

#[test]
fn short_sessions_follow_each_other_with_pauses() {
    let mut stage = Stage::dialing(plan());
    stage.acts();
    stage.connect(Some(121));
    stage.acts();
    stage.after(1_000);
    stage.does(&["connect 2"]);
    stage.connect(Some(121));
    stage.does(&["-> session.update whole", "close 1", "hear on 2 as Pcmu"]);
    stage.after(9_999);
    stage.does(&[]);
    stage.after(1);
    stage.does(&["connect 3"]);
}

#[test]
fn an_expired_session_is_replaced() {
    let mut stage = in_conversation();
    stage.error("session_expired", None);
    let acts = stage.acts();
    assert_eq!(acts, ["close 1", "interrupted: session_expired", "connect 2"]);
}
