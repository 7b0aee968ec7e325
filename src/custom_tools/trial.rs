//! Trials of a custom tool: the same request as on a call, with the same guards, and what was sent and received, without its secrets.

use cordboard_actors::tools::answer::NO_ANSWER;
use cordboard_schema::custom_tool::CustomTool;
use cordboard_schema::tool::ToolOutcome;
use http::HeaderName;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::sent_secrets::{MASK, SentSecrets};
use super::{ask, outcome_of, prepared};
use crate::outside_http::OutsideRequest;
use crate::web::Outside;

/// Result of a trial.
#[derive(Debug)]
pub struct Trial {
    /// The request; none if it can't be made from the arguments.
    pub asked: Option<TrialRequest>,
    /// The service's answer; none if there was none.
    pub heard: Option<TrialResponse>,
    /// The assistant's result; none if nothing was sent.
    pub outcome: Option<ToolOutcome>,
    /// Milliseconds from the request to the answer.
    pub took_ms: u64,
}

/// A request as it is sent, without its secrets.
#[derive(Debug)]
pub struct TrialRequest {
    /// Its method.
    pub method: String,
    /// Its address. Secrets from the headers are masked in it.
    pub url: String,
    /// Its headers, by name. Secret values are masked.
    pub headers: Vec<(String, String)>,
    /// Its body, made from the given arguments; may be empty.
    pub body: String,
}

/// Answer of the service.
#[derive(Debug)]
pub struct TrialResponse {
    /// Its status.
    pub status: u16,
    /// Its `Content-Type`, masked like the body.
    pub content_type: Option<String>,
    /// The beginning of its body. Secrets that were sent and returned are masked.
    pub body: String,
    /// Whether the body was longer.
    pub is_cut: bool,
}

/// Whether the request is sent, or only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It is sent.
    Sent,
    /// It is only shown.
    Shown,
}

/// Tries a tool with these arguments.
pub async fn try_out(
    outside: &Outside,
    tool: &CustomTool,
    arguments: Map<String, Value>,
    sending: Sending,
) -> Trial {
    let request = match prepared(outside, tool, arguments).await {
        Ok(request) => request,
        Err(outcome) => return Trial { asked: None, heard: None, outcome: Some(outcome), took_ms: 0 },
    };
    let asked = Some(asked(&request));
    if sending == Sending::Shown {
        return Trial { asked, heard: None, outcome: None, took_ms: 0 };
    }
    let began = Instant::now();
    let answer = ask(outside, request).await;
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let outcome = outcome_of(&answer);
    let heard = answer.ok().map(|answer| TrialResponse {
        status: answer.status,
        content_type: answer.content_type,
        body: printable(&answer.body),
        is_cut: answer.is_cut,
    });
    Trial { asked, heard, outcome: Some(outcome), took_ms }
}

fn asked(request: &OutsideRequest) -> TrialRequest {
    let secrets = SentSecrets::of(request);
    let header = |(name, value): (&HeaderName, &http::HeaderValue)| {
        let shown = value.to_str().ok().filter(|_| !value.is_sensitive());
        (name.to_string(), shown.unwrap_or(MASK).to_owned())
    };
    TrialRequest {
        method: request.method.to_string(),
        url: secrets.without(request.url.as_str()),
        headers: request.headers.iter().map(header).collect(),
        body: printable(&request.body),
    }
}

fn printable(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c }).collect()
}

/// Returns an outcome in the words that an assistant gets.
pub fn in_words(outcome: &ToolOutcome) -> &str {
    match outcome {
        ToolOutcome::Done { note, .. } => note,
        ToolOutcome::Refused { reason } | ToolOutcome::Failed { reason, .. } => reason,
        ToolOutcome::TimedOut => NO_ANSWER,
    }
}
