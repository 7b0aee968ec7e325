//! Ends: by a program, by silence, for want of room, by a server that goes down.

use cordboard_test_support::book::Book;
use cordboard_test_support::ear::assert_heard_out;
use uuid::Uuid;

use crate::kind::{Kind, for_every_kind};
use crate::stage::Stage;

for_every_kind!(
    a_program_hangs_up,
    a_silent_caller_is_asked_and_said_goodbye_to,
    one_caller_too_many_goes_to_the_fallback,
    a_server_that_goes_down_says_goodbye,
);

fn a_program_hangs_up(kind: Kind) {
    let stage = Stage::open(kind);
    let call = stage.call();
    stage.wait_says(&call.id, "greeting");
    stage.end(&call);
    call.line.wait_let_go();
    let row = stage.ended(&call.id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"normal_clearing".into(), &"api".into()));
    stage.close();
}

fn a_silent_caller_is_asked_and_said_goodbye_to(kind: Kind) {
    let stage = Stage::open_with(kind, &[("calls.silence_prompt_s", "1"), ("calls.silence_goodbye_s", "1")]);
    let call = stage.call();
    stage.wait_said(&call.id, "still_there");
    call.line.wait_let_go();
    let row = stage.ended(&call.id);
    assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"caller_silent".into(), &"assistant".into()));
    let heard = call.line.heard();
    assert_heard_out(&heard, "still_there");
    assert_heard_out(&heard, "goodbye_silence");
    stage.close();
}

fn one_caller_too_many_goes_to_the_fallback(kind: Kind) {
    let stage = Stage::open_with(kind, &[("calls.max", "1")]);
    let call = stage.call();
    let uuid = Uuid::new_v4();
    let other = stage.line(uuid);
    other.wait_let_go();
    let id = stage.wait("the refused call", || stage.id_of(uuid));
    assert_eq!(stage.ended(&id)["hangup_cause"], "no_capacity");
    let refused = crate::stage::Call { line: other, id, uuid };
    assert_eq!(stage.next_of(&refused), "goto people,operator,1");
    assert_eq!(stage.call_of(&call)["state"], "live");
    stage.close();
}

fn a_server_that_goes_down_says_goodbye(kind: Kind) {
    let stage = Stage::open_with(kind, &[("calls.drain_timeout_s", "1")]);
    let call = stage.call();
    stage.wait_says(&call.id, "greeting");
    stage.server.terminate().unwrap();
    call.line.wait_let_go();
    assert_heard_out(&call.line.heard(), "goodbye_shutdown");
    stage.close();
}
