//! A program that does not read.

use serde_json::json;

use crate::entries::Conversation;
use crate::house::House;
use crate::program;

#[test]
fn a_program_that_does_not_read_is_told_and_the_others_hear_everything() {
    const EVENTS: usize = 1_500;
    let house = House::open();
    let mut said = Conversation::new(house.store.organization_id());
    house.journal(said.live());
    let (mut sleeper, mut reader) = (program(&house), program(&house));
    sleeper.done(json!({ "command": "subscribe", "topics": ["calls", "transcripts"] }));
    let first = reader.done(json!({ "command": "subscribe", "topics": ["calls", "transcripts"] }))["seq"]
        .as_u64()
        .unwrap();
    reader.event();
    // More than the kernel's buffers and all queues hold.
    let text = "x".repeat(20_000);
    for number in 1..=EVENTS as u64 {
        house.store.journal(vec![said.said(&text)]);
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

    // What it has is where it goes on.
    let after = numbers.last().copied().unwrap();
    let mut back = program(&house);
    let again =
        back.done(json!({ "command": "subscribe", "topics": ["calls", "transcripts"], "after": after }));
    let (next, kind) =
        if again["resumed"] == true { (after + 1, "event") } else { (first + 2 * EVENTS as u64, "snapshot") };
    let event = back.event();
    assert_eq!((&event["seq"], event["kind"] == "snapshot"), (&json!(next), kind == "snapshot"));
}

/// Each answer is allowed to be long; not that they pile up.
#[test]
fn a_program_that_does_not_read_its_answers_is_told() {
    let house = House::open();
    let instructions = "x".repeat(40_000);
    for number in 0..50 {
        let profile = json!({ "name": format!("agent{number}"), "instructions": instructions });
        house.send("POST", "/api/v1/agent-profiles", &profile);
    }
    let (mut sleeper, mut reader) = (program(&house), program(&house));
    let asked = 60;
    for number in 0..asked {
        sleeper.send(&json!({ "id": number.to_string(), "command": "listAgentProfiles" }).to_string());
        // One at a time: no more are asked for than a socket may ask for.
        let shown = reader.done(json!({ "command": "listAgentProfiles" }));
        assert_eq!(shown["items"].as_array().unwrap().len(), 51);
    }
    let (got, code, reason) = sleeper.until_closed();
    assert_eq!(code, 1013, "{reason}");
    assert!(reason.contains("8 MiB of answers"), "{reason}");
    assert!(
        got.len() < asked && got.iter().all(|answer| answer["result"]["items"].is_array()),
        "{}",
        got.len()
    );
}
