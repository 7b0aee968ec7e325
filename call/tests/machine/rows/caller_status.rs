//! The party that the caller is with, as their page shows it.

use cordboard_schema::wire::web_audio::CallerStatus;

use crate::script::call_after;

#[track_caller]
fn assert_status(script: &str, expected: CallerStatus) {
    assert_eq!(call_after(script).machine.caller_status(), expected, "{script}");
}

const ASKS_SALES: &str = "desk sales; offering request_handoff; talking; \
     tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}";
const ASKS_SUPPORT: &str = "queue support; desk sales; offering request_handoff; talking; \
     tool c1 request_handoff {\"target\":\"support\",\"reason\":\"a bill\"}";
/// A switch rings the operator.
const AT_SWITCH: &str = "dual; inbound; answered new; stream with its token; joined; ready; says 1 greeting; played 1; recording; \
     handoff operator; free 2";
/// The assistant talks with the caller, and Sam listens to both.
const HEARD: &str = "talking; sam listens; sam audio; joined 3";
/// Ada talks with the caller, and Sam listens to both.
const ADA_HEARD: &str = "desk sales; offering request_handoff; talking; \
     tool c1 request_handoff {\"target\":\"sales\",\"reason\":\"a bill\"}; taken 1; agent audio; joined 4; \
     sam listens; sam audio; joined 5";
const PARKED: &str = "asterisk; connected; inbound; ready; says 1 greeting; played 1; recording; park; done 1; closed; parked 701";

#[test]
fn a_callers_page_shows_who_they_are_with() {
    let table = [
        ("talking", CallerStatus::Assistant),
        ("talking; tool c1 hold_call", CallerStatus::Hold),
        ("talking; tool c1 hold_call; +12s; tool c2 unhold_call", CallerStatus::Assistant),
        (ASKS_SALES, CallerStatus::Ringing),
        (&format!("{ASKS_SALES}; undesked 1 declined"), CallerStatus::Assistant),
        (&format!("{ASKS_SALES}; taken 1"), CallerStatus::Ringing),
        (&format!("{ASKS_SALES}; taken 1; agent audio; joined 4"), CallerStatus::Person),
        (&format!("{ASKS_SALES}; taken 1; agent audio; joined 4; agent holds"), CallerStatus::Hold),
        (
            &format!("{ASKS_SALES}; taken 1; agent audio; joined 4; agent holds; agent unholds"),
            CallerStatus::Person,
        ),
        // After a person has left, nobody rings.
        (&format!("{ASKS_SALES}; taken 1; agent audio; joined 4; hangup"), CallerStatus::Assistant),
        (&format!("{AT_SWITCH}; accepted 2"), CallerStatus::Ringing),
        (&format!("{AT_SWITCH}; accepted 2; closed; bridged"), CallerStatus::Person),
        (&format!("{AT_SWITCH}; accepted 2; closed; bridged; hold"), CallerStatus::Hold),
        (&format!("{AT_SWITCH}; accepted 2; closed; bridged; hold; unhold"), CallerStatus::Person),
        (PARKED, CallerStatus::Hold),
        // Callers know of a supervisor once the supervisor talks with them.
        (HEARD, CallerStatus::Assistant),
        (&format!("{HEARD}; sam barges"), CallerStatus::Person),
        (&format!("{HEARD}; sam barges; sam listens"), CallerStatus::Assistant),
        (&format!("{HEARD}; sam barges; broken 3"), CallerStatus::Assistant),
        (&format!("{ADA_HEARD}; broken 4"), CallerStatus::Hold),
        (&format!("{ADA_HEARD}; sam barges; broken 4"), CallerStatus::Person),
        (ASKS_SUPPORT, CallerStatus::Queue { position: None }),
        (&format!("{ASKS_SUPPORT}; placed 1 2"), CallerStatus::Queue { position: Some(2) }),
        (&format!("{ASKS_SUPPORT}; placed 1 2; placed 1 1"), CallerStatus::Queue { position: Some(1) }),
        (&format!("{ASKS_SUPPORT}; placed 1 2; undesked 1 no_answer callback"), CallerStatus::Assistant),
    ];
    for (script, expected) in table {
        assert_status(script, expected);
    }
}
