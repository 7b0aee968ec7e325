//! The page of somebody who talks in a browser, whichever way its sound comes: the sound that it has played, and the texts that it was sent.

use std::time::Duration;

use cordboard_test_support::audiosocket::TimedFrame;
use serde_json::Value;

/// Sound and texts that have reached a page.
#[derive(Debug, Default)]
pub struct PageSeen {
    /// The sound that was heard, 20 ms a frame.
    pub heard: Vec<TimedFrame>,
    /// The parties that it shows for the caller, each with the time of the message.
    pub stands: Vec<(Duration, String)>,
    /// The server's message when it took the audio.
    pub ready: Option<Value>,
    /// Whether the server has said goodbye.
    pub was_said_goodbye: bool,
    /// Violations of the document's rules.
    pub violations: Vec<String>,
}

impl PageSeen {
    /// Takes a text of the server, which has come so long behind the beginning, and the message in it.
    pub(super) fn take(&mut self, text: &str, message: Value, at: Duration) {
        match message["type"].as_str() {
            Some("ready") => {
                if self.ready.is_some() {
                    self.violations.push("a second ready".to_owned());
                }
                self.ready = Some(message);
            }
            Some("bye") => self.was_said_goodbye = true,
            // The page's view: the party that its caller talks with, and the words.
            Some("stand") if message["stand"].is_string() => {
                self.stands.push((at, message["stand"].as_str().unwrap_or_default().to_owned()));
            }
            Some("line") if message["number"].is_u64() && message["text"].is_string() => {}
            _ => self.violations.push(format!("no message of the document: {text}")),
        }
    }
}
