//! A world as one number: whoever plays the same plan twice gets it twice.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::evidence::Evidence;

/// The hash of everything that was heard, told and written, with its times.
#[must_use]
pub fn hash(evidence: &Evidence) -> String {
    let mut hash = Sha256::new();
    for caller in &evidence.callers {
        for story in &caller.stories {
            hash.update(format!("{} {} {:?} {:?}", caller.number, story.began_ms, story.end, story.ended_ms));
            for frame in &story.frames {
                hash.update(frame.at.as_micros().to_be_bytes());
                frame.samples.iter().for_each(|sample| hash.update(sample.to_be_bytes()));
            }
        }
    }
    for book in &evidence.books {
        for entry in &book.journal {
            hash.update(serde_json::to_vec(entry).unwrap_or_default());
        }
    }
    for (life, organization, told) in &evidence.programs {
        hash.update(format!("{life} {organization} {:?}", told.messages.len()));
        told.messages.iter().for_each(|message| hash.update(message.to_string()));
    }
    hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
