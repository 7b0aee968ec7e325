//! A program that does not read.

use std::time::{Duration, Instant};

use cordboard_test_support::control::Received;
use cordboard_test_support::waiting::wait_until;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::program;
use crate::setup::Setup;

/// Longer than the 5 s that one write may take.
const OVERSLEPT: Duration = Duration::from_secs(8);

#[test]
fn a_slow_program_is_disconnected_and_others_get_everything() {
    const EVENTS: usize = 1_500;
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let (mut sleeper, mut reader) = (program(&setup), program(&setup));
    sleeper.done(json!({ "command": "subscribe", "topics": ["calls", "transcripts"] }));
    let first = reader.done(json!({ "command": "subscribe", "topics": ["calls", "transcripts"] }))["seq"]
        .as_u64()
        .unwrap();
    reader.event();
    // More than the kernel's buffers and all queues hold.
    let text = "x".repeat(20_000);
    for number in 1..=EVENTS as u64 {
        setup.store.journal(vec![said.said(&text)]);
        for place in [2 * number - 1, 2 * number] {
            assert_eq!(reader.event()["seq"], first + place);
        }
    }
    reader.done(json!({ "command": "listExtensions" }));
    let (got, code, reason) = sleeper.until_closed();
    assert_eq!(code, 1013, "{reason}");
    assert!(reason.contains("too slow"), "{reason}");
    assert!(got.len() < 2 * EVENTS, "nothing was held back: {} events", got.len());
    let numbers: Vec<u64> = got.iter().skip(1).map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "without gaps, as far as it goes");

    // It continues after its last event.
    let after = numbers.last().copied().unwrap();
    let mut back = program(&setup);
    let again =
        back.done(json!({ "command": "subscribe", "topics": ["calls", "transcripts"], "after": after }));
    let (next, kind) =
        if again["resumed"] == true { (after + 1, "event") } else { (first + 2 * EVENTS as u64, "snapshot") };
    let event = back.event();
    assert_eq!((&event["seq"], event["kind"] == "snapshot"), (&json!(next), kind == "snapshot"));
}

/// An organization whose list of profiles is some 2 MB long.
fn setup_of_long_answers() -> Setup {
    let setup = Setup::open();
    let instructions = "x".repeat(40_000);
    for number in 0..50 {
        let profile = json!({ "name": format!("agent{number}"), "instructions": instructions });
        setup.send("POST", "/api/v1/agent-profiles", &profile);
    }
    setup
}

/// Each answer may be long, but they must not pile up. The kernel's buffers are full in the meantime. Reading them may take real time, in which a
/// paused clock would pass every timeout.
#[test]
fn a_program_that_does_not_read_its_answers_is_disconnected() {
    let setup = setup_of_long_answers();
    let (mut sleeper, mut reader) = (program(&setup), program(&setup));
    // 60 MB, if no request were refused while so many wait.
    let asked = 30;
    for number in 0..asked {
        sleeper.send(&json!({ "id": number.to_string(), "command": "listAgentProfiles" }).to_string());
        // Another program is answered in the meantime.
        reader.done(json!({ "command": "listExtensions" }));
    }
    let since = Instant::now();
    let overslept = || (since.elapsed() > OVERSLEPT).then_some(());
    wait_until("longer than a write may take", 2 * OVERSLEPT, overslept).unwrap();
    let (got, code, reason) = sleeper.until_closed();
    assert_eq!(code, 1013, "{reason}");
    assert!(reason.contains("too slow"), "{reason}");
    // The lists that the kernel, the library and our own buffer hold; not all that were requested.
    let lists = got.iter().filter(|answer| answer["result"]["items"].is_array()).count();
    assert!((1..20).contains(&lists), "{lists}");
}

/// More answers at once than there is room for: they wait for each other.
#[test]
fn a_program_that_reads_gets_many_long_answers_at_once() {
    let setup = setup_of_long_answers();
    let mut eager = program(&setup);
    for number in 0..12 {
        eager.send(&json!({ "id": number.to_string(), "command": "listAgentProfiles" }).to_string());
    }
    for _ in 0..12 {
        let Received::Message(answer) = eager.receive() else { panic!("closed") };
        assert_eq!(answer["result"]["items"].as_array().map(Vec::len), Some(51), "{}", answer["error"]);
    }
}

/// Each subscription gets what was missed: 3.6 MB.
#[test]
fn subscriptions_that_nobody_reads_do_not_pile_up() {
    const ASKED: usize = 20;
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let (mut eager, mut reader) = (program(&setup), program(&setup));
    let topics = ["calls", "transcripts"];
    let after = reader.done(json!({ "command": "subscribe", "topics": topics }))["seq"].as_u64().unwrap();
    reader.event();
    let text = "x".repeat(20_000);
    for _ in 0..90 {
        setup.store.journal(vec![said.said(&text)]);
        reader.event();
        reader.event();
    }
    for number in 0..ASKED {
        let subscribe =
            json!({ "id": number.to_string(), "command": "subscribe", "topics": topics, "after": after });
        eager.send(&subscribe.to_string());
        // The server has probably received it by now. Of those that it receives together, all but the first are refused.
        reader.done(json!({ "command": "listExtensions" }));
    }
    let (mut done, mut refused) = (0, 0);
    while done + refused < ASKED {
        let Received::Message(message) = eager.receive() else { panic!("closed") };
        match (&message["ok"], &message["error"]["kind"]) {
            (Value::Bool(true), _) => {
                assert_eq!(message["result"]["resumed"], true, "the events are kept");
                done += 1;
            }
            (Value::Bool(false), kind) => {
                assert_eq!(kind, "subscription_under_way");
                refused += 1;
            }
            _ => assert!(message["seq"].is_u64(), "{message:.200}"),
        }
    }
    assert!((1..16).contains(&done), "{done} subscriptions waited");
    // A program that reads is served as usual.
    let again = eager.done(json!({ "command": "subscribe", "topics": ["transcripts"], "after": after }));
    assert_eq!(again["resumed"], true);
}
