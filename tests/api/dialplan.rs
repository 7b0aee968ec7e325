//! Answers for a dialplan's CURL: one word, or an error.

use cordboard_actors::messages::{NextFault, Refused, StoreFault};
use cordboard_schema::dialplan::NextStep;
use uuid::Uuid;

use crate::entries::Conversation;
use crate::isolation::another_organization;
use crate::setup::Setup;

const UUID: &str = "6f1c2a34-9e0b-4d1a-8f2b-0a1b2c3d4e5f";

#[test]
fn a_call_is_announced_with_what_the_dialplan_knows() {
    let setup = Setup::open();
    let path = format!("/api/v1/calls/expect?uuid={}&from=%2B4930%201&to=&later=x", UUID.to_uppercase());
    assert_eq!(setup.curl(&path), (200, "ok".to_owned()));
    assert_eq!(setup.heard(), [format!("expect audiosocket {UUID} Some(\"+4930 1\") None None")]);

    let (old, id) = (Uuid::new_v4(), Uuid::now_v7());
    for (call, told) in [
        (old, format!("Some(Outside(OutsideId {{ kind: Audiosocket, value: \"{old}\" }}))")),
        (id, format!("Some(Id({id}))")),
    ] {
        setup.curl(&format!("/api/v1/calls/expect?uuid={UUID}&call={call}"));
        assert_eq!(setup.heard(), [format!("expect audiosocket {UUID} None None {told}")]);
    }
}

#[test]
fn malformed_announcements_are_refused() {
    let setup = Setup::open();
    let long = "9".repeat(257);
    for bad in [
        "/api/v1/calls/expect",
        "/api/v1/calls/expect?uuid=",
        "/api/v1/calls/expect?uuid=1234",
        &format!("/api/v1/calls/expect?uuid={UUID}&call=1"),
        &format!("/api/v1/calls/expect?uuid={UUID}&from=1%0d%0aHangup"),
        &format!("/api/v1/calls/expect?uuid={UUID}&to=1%0a"),
        &format!("/api/v1/calls/expect?uuid={UUID}&from=%00"),
        &format!("/api/v1/calls/expect?uuid={UUID}&from={long}"),
        &format!("/api/v1/calls/expect?uuid={UUID}&uuid={UUID}"),
        "/api/v1/calls/1234/next",
        &format!("/api/v1/calls/expect?uuid={UUID}&tells_lack=2"),
        &format!("/api/v1/calls/{UUID}/next?lacks=2"),
        &format!("/api/v1/calls/{UUID}/next?lacks=yes"),
    ] {
        assert_eq!(setup.curl(bad).0, 400, "{bad}");
    }
    assert!(setup.heard().is_empty());
}

#[test]
fn a_dialplan_can_report_a_missing_context() {
    let setup = Setup::open();
    let lacks = |more: &str| {
        setup.curl(&format!("/api/v1/calls/{UUID}/next{more}"));
        setup.heard()[0].ends_with(" lacks")
    };
    assert_eq!(["", "?lacks=0", "?lacks=1"].map(lacks), [false, false, true]);
}

#[test]
fn a_refused_call_learns_when_to_retry() {
    let setup = Setup::open();
    setup.answers.lock().unwrap().expect = Err(Refused::NoCapacity { max: 3 });
    let path = format!("/api/v1/calls/expect?uuid={UUID}&token={}", crate::setup::DIALPLAN);
    let answer = setup.request("POST", &path, &[]);
    assert!(answer.problem(503).contains("`calls.max`"));
    assert_eq!(answer.header("retry-after"), Some("2"));
}

#[test]
fn the_registry_answers_for_live_calls() {
    let setup = Setup::open();
    for (step, word) in [
        (NextStep::Again, "again"),
        (NextStep::Hangup, "hangup"),
        (NextStep::Goto("internal,2001,1".parse().unwrap()), "goto internal,2001,1"),
    ] {
        setup.answers.lock().unwrap().next = Ok(step);
        assert_eq!(setup.curl(&format!("/api/v1/calls/{UUID}/next")), (200, word.to_owned()));
    }
    setup.answers.lock().unwrap().next = Err(NextFault::NotStored(StoreFault::TimedOut));
    assert_eq!(setup.curl(&format!("/api/v1/calls/{UUID}/next")).0, 503);
}

#[test]
fn the_store_answers_for_calls_ended_within_the_last_minute() {
    let setup = Setup::open();
    let goto = NextStep::Goto("internal,2001,1".parse().unwrap());
    let mut fresh = Conversation::new(setup.store.organization_id());
    setup.store.journal(fresh.live());
    setup.store.journal(fresh.ended(goto.clone()));
    let mut stale = Conversation::new(setup.store.organization_id());
    let mut entries = stale.live();
    entries.extend(stale.ended(goto));
    for entry in &mut entries {
        entry.at = entry.at - 61_000;
    }
    setup.store.journal(entries);
    let mut open = Conversation::new(setup.store.organization_id());
    setup.store.journal(open.live());

    let next = |name: &dyn std::fmt::Display| setup.curl(&format!("/api/v1/calls/{name}/next"));
    for _ in 0..2 {
        assert_eq!(next(&fresh.uuid), (200, "goto internal,2001,1".to_owned()), "by UUID, just journalled");
        assert_eq!(next(&fresh.call_id), (200, "goto internal,2001,1".to_owned()), "by id");
    }
    assert_eq!(next(&stale.uuid), (200, "hangup".to_owned()), "too late");
    assert_eq!(next(&open.uuid), (200, "hangup".to_owned()), "open, but no process has it");
    assert_eq!(next(&UUID), (200, "hangup".to_owned()), "unknown");
}

#[test]
fn ended_calls_of_other_organizations_continue_in_the_dialplan() {
    let setup = Setup::open();
    let mut call = Conversation::new(another_organization(&setup));
    setup.store.journal(call.live());
    setup.store.journal(call.ended(NextStep::Goto("internal,2001,1".parse().unwrap())));
    for name in [call.uuid, call.call_id.0] {
        let next = setup.curl(&format!("/api/v1/calls/{name}/next"));
        assert_eq!(next, (200, "goto internal,2001,1".to_owned()), "{name}");
    }
}
