//! A provider that does not seem to hear the caller.

use cordboard_actors::assistant::openai::session::Retry;
use cordboard_schema::provider::ProviderFailure;
use serde_json::json;

use crate::stage::{Stage, session};

/// A conversation in which the caller has just spoken for 1.3 s, and the server reported nothing.
fn silent_stage() -> Stage {
    let mut stage = Stage::ready();
    stage.after(5_000);
    let (began_at, ended_at) = (stage.now - 2_000, stage.now - 700);
    stage.session.caller_spoke(began_at, ended_at, stage.now);
    stage.does(&["-> session.update answers=true"]);
    stage
}

#[test]
fn a_silent_provider_is_left_and_the_caller_comforted_meanwhile() {
    let mut stage = silent_stage();
    stage.after(490);
    stage.does(&[]);
    stage.after(20);
    assert!(stage.acts().contains(&"play OneMoment".to_owned()), "1.2 s after the caller's last word");
    stage.after(3_500);
    let acts = stage.acts();
    assert!(acts.contains(&"interrupted: stalled".to_owned()), "{acts:?}");
    stage.connect(None);
    let acts = stage.acts();
    assert!(
        acts.iter().any(|act| act.starts_with("-> response.create")),
        "the caller is still waiting for words: {acts:?}"
    );
}

/// The connection of a silent provider ends before it is left for its silence.
fn lost_stage() -> Stage {
    let mut stage = silent_stage();
    stage.after(200);
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.does(&["interrupted: disconnected", "connect 2"]);
    stage
}

#[test]
fn unheard_speech_is_answered_after_a_lost_connection() {
    let mut stage = lost_stage();
    stage.connect(None);
    stage.does(&[
        "-> session.update whole",
        "-> conversation.item.create system: The call is under way; what was said so far follows. Go on without \
         greeting again.",
        "-> conversation.item.create user: (speech, 1.3 s)",
        "hear on 2 as Pcmu",
        "restored after 1 in 0 ms",
        "-> response.create cb_6",
    ]);
}

/// The call learns of the speech, so that the next voice answers it.
#[test]
fn unheard_speech_is_reported_by_a_voice_that_gives_up() {
    let mut stage = lost_stage();
    stage.lost(ProviderFailure::Unauthorized, Retry::Never);
    stage.does(&["caller speaks", "caller spoke 1300 ms", "fail: unauthorized"]);

    let mut stage = silent_stage();
    stage.after(200);
    stage.error("insufficient_quota", None);
    stage.does(&["caller speaks", "caller spoke 1300 ms", "fail: quota_exhausted"]);

    // The next session was asked to go on, and the caller has heard it.
    let mut stage = silent_stage();
    stage.lost(ProviderFailure::Disconnected, Retry::Soon);
    stage.acts();
    stage.connect(None);
    stage.answer("r1", None, "a1", 1_000, "Yes?");
    stage.acts();
    stage.error("insufficient_quota", None);
    let acts = stage.acts();
    assert!(!acts.contains(&"caller speaks".to_owned()), "{acts:?}");
}

/// It answers the check with its own end.
#[test]
fn unheard_speech_is_answered_after_an_expired_session() {
    let mut stage = silent_stage();
    stage.after(200);
    stage.error("session_expired", None);
    stage.does(&["close 1", "interrupted: session_expired", "connect 2"]);
    stage.connect(None);
    let acts = stage.acts();
    assert!(acts.contains(&"-> conversation.item.create user: (speech, 1.3 s)".to_owned()), "{acts:?}");
    assert!(acts.iter().any(|act| act.starts_with("-> response.create")), "{acts:?}");
}

#[test]
fn a_provider_that_answers_late_is_kept() {
    let mut stage = silent_stage();
    stage.after(200);
    stage.server(session("session.updated", "audio/pcmu", None));
    stage.after(20_000);
    stage.does(&[]);
}

/// Nothing was understood of a noise, which is reported after the caller has spoken.
#[test]
fn an_earlier_noise_leaves_the_callers_answer_due() {
    let mut stage = Stage::ready();
    stage.caller_speaks("u1", 300);
    stage.caller_speaks("u2", 1_300);
    stage.transcribed("u1", "");
    stage.acts();
    stage.after(4_000);
    let acts = stage.acts();
    assert!(acts.contains(&"interrupted: stalled".to_owned()), "{acts:?}");

    // Servers that answer words don't answer the newest noise.
    let mut stage = Stage::ready();
    stage.caller_speaks("u1", 300);
    stage.transcribed("u1", "");
    stage.acts();
    stage.after(20_000);
    stage.does(&[]);
}

#[test]
fn a_provider_that_noticed_the_caller_is_not_asked() {
    let mut stage = Stage::ready();
    stage.after(5_000);
    stage.caller_speaks("u1", 1_300);
    stage.acts();
    let now = stage.now;
    stage.session.caller_spoke(now - 1_300, now, now);
    stage.does(&[]);
}

#[test]
fn a_provider_that_noticed_only_the_beginning_is_asked() {
    let mut stage = Stage::ready();
    stage.after(5_000);
    stage.server(
        json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 100 }),
    );
    stage.after(2_000);
    stage.acts();
    let now = stage.now;
    stage.session.caller_spoke(now - 2_000, now - 700, now);
    stage.does(&["-> session.update answers=true"]);
}

/// Otherwise it would wait forever with what there is to say.
#[test]
fn speech_without_a_reported_end_ends_with_silence() {
    let mut stage = Stage::ready();
    stage.server(
        json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 100 }),
    );
    let sounds = |stage: &mut Stage, ms: u64, is_loud: bool| {
        for _ in 0..ms / 20 {
            stage.after(20);
            stage.session.caller_sounds(20, is_loud, stage.now);
        }
    };
    sounds(&mut stage, 2_000, true);
    sounds(&mut stage, 8_000, false);
    sounds(&mut stage, 1_000, true);
    stage.does(&["caller speaks"]);
    sounds(&mut stage, 8_980, false);
    stage.does(&[]);
    sounds(&mut stage, 20, false);
    stage.does(&["caller spoke 11000 ms", "-> response.create cb_2"]);
}
