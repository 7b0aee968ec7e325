//! The page of a visitor who talks in a browser, over either transport: the sound that it played, and the texts that it received.

use std::time::Duration;

use cordboard_test_support::audiosocket::TimedFrame;
use serde_json::Value;

/// Sound and texts that have reached a page.
#[derive(Debug, Default)]
pub struct PageSeen {
    /// The heard sound, a frame each 20 ms.
    pub heard: Vec<TimedFrame>,
    /// The parties that the page shows its caller, each with the time of the message.
    pub stands: Vec<(Duration, String)>,
    /// The server's message that it accepted the audio.
    pub ready: Option<Value>,
    /// Whether the server has said goodbye.
    pub was_said_goodbye: bool,
    /// Violations of the documented rules.
    pub violations: Vec<String>,
}

impl PageSeen {
    /// Takes a text of the server, the message in it, and its time since the beginning.
    pub(super) fn take(&mut self, text: &str, message: Value, at: Duration) {
        match message["type"].as_str() {
            Some("ready") => {
                if self.ready.is_some() {
                    self.violations.push("a second ready".to_owned());
                }
                self.ready = Some(message);
            }
            Some("bye") => self.was_said_goodbye = true,
            // The page's view: the party with whom its caller talks, and the words.
            Some("stand") if message["stand"].is_string() => {
                self.stands.push((at, message["stand"].as_str().unwrap_or_default().to_owned()));
            }
            Some("line") if message["number"].is_u64() && message["text"].is_string() => {}
            _ => self.violations.push(format!("an undocumented message: {text}")),
        }
    }
}
