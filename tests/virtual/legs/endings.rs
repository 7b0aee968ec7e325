//! Ends: by a program, by silence, for lack of room, by a server that shuts down.

use std::time::Duration;

use super::kind::{Kind, for_every_kind};
use super::stage::Stage;
use crate::book::Book;
use crate::hearing::assert_heard;
use crate::suites::handoff::Party;
use crate::world::{begun, said};

/// How soon a server knows of a hang-up that its line has reported.
const KNOWN_WITHIN: Duration = Duration::from_millis(5);
/// How long something of a call may be open after its end: the server waits for its legs for 7 s at most, and for its journal 2 s.
const OPEN_MAX: Duration = Duration::from_secs(9);

for_every_kind!(
    callers_and_programs_hang_up_and_nothing_stays_open,
    a_silent_caller_is_prompted_and_hung_up_on,
    one_caller_too_many_goes_to_the_fallback,
    a_server_that_goes_down_says_goodbye,
);

async fn callers_and_programs_hang_up_and_nothing_stays_open(kind: Kind) {
    let stage = Stage::open(kind).await;
    let call = stage.call().await;
    stage.wait_says(&call.id, "greeting").await;
    let hung_up = stage.server.passed();
    call.line.hang_up();
    stage.left(&call).await;
    let ended = stage.times_of(&call.id, "ended").await[0];
    assert!(ended - hung_up <= kind.tells_end_within() + KNOWN_WITHIN, "{:?}", ended - hung_up);
    stage.server.balanced().await;
    let open = stage.server.passed() - ended;
    assert!(open <= OPEN_MAX, "something was open for {open:?}");

    let call = stage.call().await;
    stage.wait_says(&call.id, "greeting").await;
    stage.end(&call).await;
    stage.let_go(&call).await;
    assert_eq!(stage.ending(&call.id).await, ("normal_clearing".into(), "api".into()));
    stage.close().await;
}

async fn a_silent_caller_is_prompted_and_hung_up_on(kind: Kind) {
    let settings = [("calls.silence_prompt_s", "10"), ("calls.silence_goodbye_s", "7")];
    let stage = Stage::open_with(kind, &settings).await;
    let call = stage.call().await;
    assert_eq!(stage.ending(&call.id).await, ("caller_silent".into(), "assistant".into()));
    stage.let_go(&call).await;
    let heard = call.line.heard();
    for line in ["greeting", "still_there", "goodbye_silence"] {
        assert_heard(&heard, line);
    }
    let journal = stage.journal(&call.id).await;
    assert_eq!(begun(&journal, "still_there") - said(&journal, "greeting"), Duration::from_secs(10));
    assert_eq!(begun(&journal, "goodbye_silence") - said(&journal, "still_there"), Duration::from_secs(7));
    stage.close().await;
}

async fn one_caller_too_many_goes_to_the_fallback(kind: Kind) {
    let stage = Stage::open_with(kind, &[("calls.max", "1")]).await;
    let call = stage.call().await;
    let other = stage.comes().await;
    stage.let_go(&other).await;
    assert_eq!(stage.ended(&other.id).await["hangup_cause"], "no_capacity");
    assert_eq!(stage.next_of(&other).await, "goto people,operator,1");
    assert_eq!(stage.row(&call.id).await["state"], "live");
    call.line.hang_up();
    other.line.hang_up();
    stage.left(&call).await;
    stage.close().await;
}

async fn a_server_that_goes_down_says_goodbye(kind: Kind) {
    let stage = Stage::open_with(kind, &[("calls.drain_timeout_s", "9")]).await;
    let call = stage.call().await;
    stage.wait_says(&call.id, "greeting").await;
    let began = stage.server.passed();
    let switch = stage.goes_down().await;
    assert!(call.line.is_over());
    let heard = call.line.heard();
    let goodbye = assert_heard(&heard, "goodbye_shutdown");
    let (late, apart) = kind.begins_late();
    let due = began + Duration::from_secs(9) + late;
    assert!(goodbye.at.abs_diff(due) <= apart, "due at {due:?}: {goodbye:?}");
    if let Some(switch) = switch {
        switch.finish();
    }
}
