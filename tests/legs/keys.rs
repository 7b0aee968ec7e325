//! Keys: repeat, unknown, message, operator, goodbye.

use cordboard_test_support::audio::share_heard;
use cordboard_test_support::book::{Book, ms};
use cordboard_test_support::ear::{assert_heard_out, assert_not_heard, speech};

use crate::kind::{Kind, for_every_kind};
use crate::stage::Stage;

for_every_kind!(hash_repeats_and_star_says_goodbye, key_0_leads_to_the_operator, key_1_takes_a_message);

fn hash_repeats_and_star_says_goodbye(kind: Kind) {
    let stage = Stage::open(kind);
    let call = stage.call();
    stage.wait_says(&call.id, "greeting");
    call.line.press('#');
    stage.wait_said(&call.id, "repeat");
    call.line.press('7');
    stage.wait_said(&call.id, "unknown_key");
    call.line.press('*');
    call.line.wait_let_go();

    let heard = call.line.heard();
    assert_heard_out(&heard, "unknown_key");
    assert_heard_out(&heard, "goodbye");
    let row = stage.ended(&call.id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &"assistant".into()));
    assert_eq!(stage.next_of(&call), "hangup");
    stage.close();
}

fn key_0_leads_to_the_operator(kind: Kind) {
    let stage = Stage::open(kind);
    let call = stage.call();
    stage.wait_says(&call.id, "greeting");
    call.line.press('0');
    if kind == Kind::Web {
        // No switch could send a browser on. They hear that, and are not dropped.
        stage.wait_said(&call.id, "transfer_refused");
        assert_heard_out(&call.line.heard(), "transfer_refused");
        assert_eq!(stage.call_of(&call)["state"], "live");
        return stage.close();
    }
    call.line.wait_let_go();
    assert_heard_out(&call.line.heard(), "transferring");
    let row = stage.ended(&call.id);
    assert_eq!(row["hangup_cause"], "call_transferred");
    assert_eq!(stage.next_of(&call), "goto people,operator,1");
    stage.close();
}

fn key_1_takes_a_message(kind: Kind) {
    let stage = Stage::open(kind);
    let call = stage.call();
    stage.wait_says(&call.id, "greeting");
    call.line.press('1');
    stage.wait_said(&call.id, "message_intro");
    let message = speech("message_text");
    call.line.say(&message);
    call.line.wait_said();
    call.line.press('#');
    stage.wait_said(&call.id, "message_saved");
    call.line.hang_up();

    stage.ended(&call.id);
    let [activity] = &stage.activities(&call.id)[..] else { panic!("{:?}", stage.activities(&call.id)) };
    let (from_ms, to_ms) = (ms(&activity["audio"]["from_ms"]), ms(&activity["audio"]["to_ms"]));
    let kept = stage.caller_part(&call.id, from_ms, to_ms);
    let share = share_heard(&kept, &message.resampled(kept.rate)).unwrap();
    assert!(share.is_all(), "{share:?}");
    assert_not_heard(&kept, "message_intro");
    stage.close();
}
