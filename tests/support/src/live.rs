//! A client of the live view: `GET /api/v1/live`, server-sent events.

#![allow(clippy::unwrap_used, reason = "a test fails where the server is not as it expects")]

use std::io::{self, BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use crate::described;

/// The longest time without any data.
const LIMIT: Duration = Duration::from_secs(20);

/// See the module's description.
pub struct Viewer {
    lines: BufReader<Box<dyn Read + Send>>,
}

impl Viewer {
    /// Opens the view with this query, such as `?topics=changes`, and token.
    ///
    /// # Panics
    /// The server refuses it.
    pub fn open(address: SocketAddr, query: &str, token: &str) -> Self {
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_recv_body(Some(LIMIT)).build().into();
        let url = format!("http://{address}/api/v1/live{query}");
        let answer = agent.get(url).header("Authorization", format!("Bearer {token}")).call().unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { lines: BufReader::new(Box::new(answer.into_body().into_reader())) }
    }

    /// The next event's data, which includes its name and id.
    ///
    /// # Panics
    /// No event comes, or the API's document does not describe it.
    #[track_caller]
    pub fn event(&mut self) -> Value {
        let (mut name, mut id, mut data) = (String::new(), String::new(), Value::Null);
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "the events ended");
            match line.trim_end().split_once(": ") {
                Some(("event", text)) => name = text.to_owned(),
                Some(("id", text)) => id = text.to_owned(),
                Some(("data", text)) => data = serde_json::from_str(text).unwrap(),
                _ if line.trim_end().is_empty() && !data.is_null() => break,
                _ => {}
            }
        }
        assert_eq!((data["kind"].as_str().unwrap(), data["seq"].to_string()), (&*name, id));
        assert!(data["at"].as_str().unwrap().ends_with('Z'));
        described::check_live(&data);
        data
    }

    /// Everything until the end of the connection.
    ///
    /// # Errors
    /// It was broken off, or nothing came for 20 s.
    pub fn rest(&mut self) -> io::Result<String> {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).map(|_| rest)
    }
}
