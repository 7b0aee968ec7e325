//! Every fact in every phase, with its effect there. A new fact or phase changes the table, so someone has to decide about it.
//!
//! `-` is a fact that changes nothing at all; `.` is one that changes only the state.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cordboard_schema::event::Fact;

use crate::rehearsal::Rehearsal;
use crate::script::{call_after, fact_of};
use crate::show::show_effects;

/// Each phase, with a script that leads there.
const PHASES: [(&str, &str); 62] = [
    ("waiting for audio", "announced"),
    ("waiting for a leg to join", "announced; arrived"),
    ("waiting for the announcement", "insisting; connected"),
    ("conversing, assistant not there yet", "connected"),
    ("conversing, nobody speaks", "connected; ready; says 1 greeting; played 1; recording"),
    ("conversing, assistant speaks", "connected; ready; recording; says 1 greeting"),
    ("conversing, caller speaks", "connected; ready; says 1 greeting; played 1; recording; speaks; +1s"),
    ("message, being introduced", "connected; ready; recording; tool c0 take_message; says 1 message_intro"),
    (
        "message, after the tone",
        "connected; ready; recording; tool c0 take_message; says 1 message_intro; played 1; +1s",
    ),
    (
        "message, caller speaks",
        "connected; ready; recording; tool c0 take_message; says 1 message_intro; played 1; speaks; +1s",
    ),
    (
        "message, being kept",
        "connected; ready; recording; tool c0 take_message; says 1 message_intro; played 1; speaks; +1s; spoken 1s; words me; key #",
    ),
    ("leaving", "connected; ready; recording; tool c0 end_call; says 1 goodbye"),
    (
        "standby not there yet",
        "standing by; connected; ready; says 1 greeting; played 1; recording; failed unauthorized",
    ),
    (
        "leaving, in the assistant's own words",
        "connected; ready; recording; speaks; spoken 1s; words bye; says 1; tool c0 end_call",
    ),
    (
        "leaving, standby not there yet",
        "standing by; connected; ready; tool c0 end_call; failed unauthorized",
    ),
    ("interrupted, connection lost", "connected; ready; recording; says 1 greeting; played 1; broken"),
    ("interrupted, process died", "connected; ready; recording; says 1 greeting; played 1; restarted"),
    (
        "interrupted, a leg comes back",
        "connected; ready; recording; says 1 greeting; played 1; broken; arrived",
    ),
    ("ended", "connected; ready; recording; says 1 greeting; closed"),
    (
        "ended, a message is being kept",
        "connected; ready; recording; tool c0 take_message; says 1 message_intro; played 1; speaks; +1s; closed",
    ),
    ("on hold", "connected; ready; recording; says 1 greeting; played 1; tool c0 hold_call"),
    (
        "answered, an agent is awaited",
        "queue support; calling people; to support; on record; picked up; connected; ready to say anything",
    ),
    (
        "answered, nobody is free",
        "queue support; calling people; to support; on record; picked up; connected; ready to say anything; +2s",
    ),
    (
        "offered at a desk",
        "desk operator; connected; ready; says 1 greeting; played 1; recording; handoff operator",
    ),
    (
        "an agent's audio is awaited",
        "desk operator; connected; ready; says 1 greeting; played 1; recording; handoff operator; taken 1",
    ),
    (
        "with an agent",
        "desk operator; connected; ready; says 1 greeting; played 1; recording; handoff operator; taken 1; agent audio; joined 4",
    ),
    (
        "with an agent, on hold",
        "desk operator; connected; ready; says 1 greeting; played 1; recording; handoff operator; taken 1; agent audio; joined 4; agent holds",
    ),
    (
        "with an agent whose audio is lost",
        "desk operator; connected; ready; says 1 greeting; played 1; recording; handoff operator; taken 1; agent audio; joined 4; closed 4",
    ),
    (
        "interrupted, with an agent",
        "desk operator; connected; ready; says 1 greeting; played 1; recording; handoff operator; taken 1; agent audio; joined 4; broken 1",
    ),
    ("a channel, waiting for its answer", "dual; control new"),
    ("a channel, waiting for its audio", "dual; answered new"),
    ("a channel, audio waits for control", "dual; stream; joined"),
    (
        "a channel, conversing",
        "dual; inbound; answered new; stream with its token; joined; ready; recording; says 1 greeting; played 1",
    ),
    (
        "a channel by unicast, conversing",
        "dual unicast; answered new; joined 1; ready; recording; says 1 greeting; played 1",
    ),
    (
        "a channel, held by its phone",
        "dual; answered new; stream with its token; joined; ready; recording; says 1 greeting; played 1; held",
    ),
    (
        "a channel, a phone rings",
        "dual; inbound; answered new; stream with its token; joined; ready; recording; says 1 greeting; played 1; handoff operator; free 2",
    ),
    (
        "a channel, a person is being joined",
        "dual; inbound; answered new; stream with its token; joined; ready; recording; says 1 greeting; played 1; handoff operator; free 2; accepted 2",
    ),
    (
        "a channel, with a person",
        "dual; inbound; answered new; stream with its token; joined; ready; recording; says 1 greeting; played 1; handoff operator; free 2; accepted 2; closed; bridged",
    ),
    (
        "a channel in the car park",
        "asterisk; connected; inbound; ready; says 1 greeting; played 1; recording; park; done 1; closed; parked 701",
    ),
    (
        "a channel whose caller is to be sent on",
        "asterisk; inbound; connected; ready; says 1 greeting; played 1; handoff operator; free 1; unreached 1 busy; transfer operator",
    ),
    (
        "a channel that is being sent on",
        "asterisk; connected; inbound; ready; says 1 greeting; played 1; recording; transfer operator; place 1; says 2 transferring; played 2",
    ),
    (
        "a channel that was sent on",
        "asterisk; connected; inbound; ready; says 1 greeting; played 1; recording; transfer operator; place 1; says 2 transferring; played 2; done 2",
    ),
    (
        "at Twilio, conversing",
        "twilio; reaching people; connected; inbound; ready; says 1 greeting; played 1; recording",
    ),
    (
        "at Twilio, being led to a person",
        "twilio; reaching people; connected; inbound; ready; says 1 greeting; played 1; recording; handoff operator; accepted 1",
    ),
    (
        "at Twilio, with a person",
        "twilio; reaching people; connected; inbound; ready; says 1 greeting; played 1; recording; handoff operator; accepted 1; closed; done 2; bridged",
    ),
    ("at Twilio, asked turn by turn", "twilio; reaching people; asks {\"ask\":\"begun\"}"),
    (
        "at Twilio, waiting in a room",
        r#"twilio; reaching people; inbound; asks {"ask":"begun"}; asks {"ask":"transfer","extension":"operator"}; rings 1"#,
    ),
    (
        "at Twilio, with a person who came to their room",
        r#"twilio; reaching people; inbound; asks {"ask":"begun"}; asks {"ask":"transfer","extension":"operator"}; accepted 1; bridged"#,
    ),
    ("a channel without audio", "esl; inbound; answered new"),
    (
        "a channel that is being ended",
        "dual; inbound; answered new; stream with its token; joined; ready; hangup",
    ),
    ("calling, not on record", "calling; dual"),
    ("calling, it rings", "calling; dual; on record; progress ringing; ready"),
    ("calling, the process died", "calling; dual; on record; progress ringing; restarted"),
    (
        "a mailbox greets",
        "calling Call us back.; on record; picked up; by machine; connected; ready to say anything; recording",
    ),
    ("calling for an agent who is not heard yet", "begun"),
    ("calling for an agent, it rings", "begun; agent audio; joined 1; on record; progress ringing"),
    ("a colleague is called", "begun bo; agent audio; joined 1"),
    ("colleagues talk", "begun bo; agent audio; joined 1; taken 1 bo; bo audio; joined 3"),
    ("talked with turn by turn", r#"twilio; reaching; asks {"ask":"begun"}"#),
    (
        "sent on, with a way back",
        "twilio; reaching; connected; ready; says 1 greeting; played 1; transfer operator; says 2 transferring; played 2",
    ),
    (
        "turned away, to a message",
        r#"twilio; asks {"ask":"turned_away","why":"closed","instead":{"do":"voicemail","text":"Closed."}}"#,
    ),
    (
        "a mailbox gets its message",
        "calling Call us back.; on record; picked up; by machine; connected; ready to say anything; recording; tone; says 1",
    ),
];

/// Each fact, in every shape that the machine distinguishes.
const FACTS: [&str; 152] = [
    "announced",
    "named",
    "arrived",
    "joined",
    "closed",
    "broken",
    "released",
    "misconfigured",
    "ready",
    "failed",
    "failed unauthorized",
    "reconnects",
    "reconnected",
    "used r1",
    "types 1 Hello.",
    "person 1",
    "asked Hello.",
    "digits 12",
    "reborn",
    "speaks",
    "spoken 1s",
    "words hello",
    "item 2",
    "item 2 greeting",
    "item 2 goodbye",
    "text 1 2s One two three four.",
    "played 1 2s",
    "cut 1 1s",
    "played 2 2s",
    "key 0",
    "key 1",
    "key #",
    "key *",
    "key 7",
    "tool c1 end_call",
    "tool c1 take_message",
    "tool c1 transfer_call {\"target\":\"operator\"}",
    "tool c1 transfer_call {\"target\":\"nobody\"}",
    "tool c1 transfer_call {}",
    "tool c1 format_disk",
    "tool c0 take_message",
    "kept 1",
    "unkept 1 full",
    "kept 9",
    "recording",
    "unrecorded",
    "recorded",
    "gap in the recording",
    "measured",
    "hangup",
    "gone",
    "draining",
    "drained",
    "stopping",
    "restarted",
    "next",
    r#"asks {"ask":"begun"}"#,
    r#"asks {"ask":"turned_away","why":"closed","instead":{"do":"say","text":"Closed."}}"#,
    r#"asks {"ask":"heard"}"#,
    r#"asks {"ask":"transfer","extension":"operator"}"#,
    r#"asks {"ask":"dialled"}"#,
    r#"asks {"ask":"dialled","failure":"busy"}"#,
    r#"asks {"ask":"recorded"}"#,
    "message left",
    "deadline",
    "late deadline",
    "missed",
    "panicked",
    "effect",
    "stream",
    "stream with its token",
    "control new",
    "answered new",
    "inbound",
    "inbound bridged",
    "lost",
    "lost inbound",
    "answered",
    "done 1",
    "fails 1",
    "done 3",
    "fails 4",
    "bridged",
    "unbridged",
    "held",
    "unheld",
    "found 2 registered",
    "found 2 in_call",
    "unchecked 2",
    "place 2",
    "place 2 in_call",
    "lacks 2",
    "cached 2",
    "rings 2",
    "accepted 2",
    "unreached 2 busy",
    "hold",
    "unhold",
    "park",
    "parked 701",
    "set order 4711",
    "transfer operator",
    "handoff operator",
    "channel key #",
    "on record",
    "ordered",
    "progress ringing",
    "progress early_media",
    "picked up",
    "unanswered busy",
    "by human",
    "by machine",
    "tone",
    "bye",
    "ended user_busy",
    "mailed 9s",
    "reported conv_1",
    "asks {\"ask\":\"heard\",\"keys\":\"1\"}",
    "asks {\"ask\":\"dialled\",\"failure\":\"busy\"}",
    "offered 1",
    "passed 1 declined",
    "taken 1",
    "undesked 1 no_answer",
    "undesked 1 offline callback",
    "queued 1",
    "placed 1 2",
    "phoned 1 operator",
    "unphoned 1",
    "lifted 2",
    "engaged 2 busy",
    "put_down 2",
    "handset 2",
    "agent audio",
    "joined 4",
    "closed 4",
    "agent holds",
    "agent unholds",
    "agent mutes",
    "agent unmutes",
    "agent presses 12",
    "agent back a note",
    "sam listens",
    "sam whispers",
    "sam barges",
    "sam audio",
    "sam takes",
    "sam hints be kind",
    "sam leaves",
    "agent hangs up",
    "tool c2 hold_call",
    "tool c2 unhold_call",
    "tool c2 request_handoff {\"target\":\"operator\",\"reason\":\"a bill\"}",
];

#[test]
fn every_fact_in_every_phase() {
    let mut table = String::new();
    let mut kinds = BTreeSet::from(["call_started"]);
    for (phase, script) in PHASES {
        let call = call_after(script);
        let _ = writeln!(table, "{phase}");
        for step in FACTS {
            let mut call = call.clone();
            if step == "late deadline" {
                call.now = call.machine.next_deadline().unwrap_or(call.now);
            }
            let fact = fact_of(&call, step.trim_start_matches("late "));
            kinds.insert(fact.kind());
            let _ = writeln!(table, "    {step}{}", outcome(&mut call, fact));
        }
    }
    assert_eq!(kinds, Fact::KINDS.iter().copied().collect(), "each kind of fact has a row");
    insta::assert_snapshot!(table);
}

fn outcome(call: &mut Rehearsal, fact: Fact) -> String {
    // The time of the newest fact is part of the state. Setting it first removes that difference.
    call.tell(Fact::RecordingFinished { duration_ms: 0 });
    let before = call.machine.clone();
    let effects = call.tell(fact);
    match show_effects(&effects) {
        shown if !shown.is_empty() => shown,
        _ if call.machine == before => ": -".to_owned(),
        _ => ": .".to_owned(),
    }
}
