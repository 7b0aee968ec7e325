//! A world as a hash: two runs of the same plan have the same one.

use cordboard_schema::hex::hex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::evidence::Evidence;

/// Hashes everything that was heard, written and sent, with its times.
#[must_use]
pub fn hash(evidence: &Evidence) -> String {
    let [mut heard, mut written, mut told_all] = [Sha256::new(), Sha256::new(), Sha256::new()];
    let hash = &mut heard;
    for caller in &evidence.callers {
        for story in &caller.stories {
            hash.update(format!("{} {} {:?} {:?}", caller.number, story.began_ms, story.end, story.ended_ms));
            for frame in &story.frames {
                hash.update(frame.at.as_micros().to_be_bytes());
                frame.samples.iter().for_each(|sample| hash.update(sample.to_be_bytes()));
            }
        }
    }
    let hash = &mut written;
    for book in &evidence.books {
        for entry in &book.journal {
            let mut entry = serde_json::to_value(entry).unwrap_or_default();
            forget_the_machine(&mut entry);
            hash.update(entry.to_string());
        }
    }
    let hash = &mut told_all;
    for (life, organization, told) in &evidence.programs {
        hash.update(format!("{life} {organization} {:?}", told.messages.len()));
        for message in &told.messages {
            let mut message = message.clone();
            forget_the_machine(&mut message);
            hash.update(message.to_string());
        }
    }
    for connection in evidence.followers.iter().flat_map(|follower| &follower.connections) {
        hash.update(format!("{} {}", connection.asked_ms, connection.told.len()));
        for (at_ms, message) in &connection.told {
            let mut message = message.clone();
            forget_the_machine(&mut message);
            hash.update(format!("{at_ms} {message}"));
        }
    }
    [heard, written, told_all].map(short).join("-")
}

/// Leaves out what depends on the machine and not on the world: names of folders, the length of a recording that continues after a crash, which
/// depends on its file's time, and figures of a WebRTC connection: round trips are measured by the system's calendar.
fn forget_the_machine(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(forget_the_machine),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                let names_file =
                    name == "reason" && value.as_str().is_some_and(|why| why.starts_with("recording /"));
                let is_machines = matches!(
                    name.as_str(),
                    "policy"
                        | "offset_ms"
                        | "duration_ms"
                        | "recording_ms"
                        | "lost_ms"
                        | "recording_lost_ms"
                        | "quality"
                );
                if names_file || is_machines {
                    *value = Value::Null;
                } else {
                    forget_the_machine(value);
                }
            }
        }
        _ => {}
    }
}

fn short(hash: Sha256) -> String {
    hex(hash.finalize()).chars().take(10).collect()
}
