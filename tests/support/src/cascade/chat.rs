//! The language model: checks requests against the rules, and answers with the script's next answer.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::book::Line;
use super::server::{Shared, begin, chunk, end, pause, reply};
use crate::openai::answer::{Answer, Outcome, Part};
use crate::openai::script::Cause;

/// The prefix of the telephone system's words in the caller's place.
const FROM_THE_SYSTEM: &str = "[From the telephone system, not from the caller: ";
/// How many words one event has.
const WORDS_OF_EVENT: usize = 3;

pub(super) async fn answer(shared: &Arc<Shared>, stream: &mut TcpStream, body: &Value) -> Option<()> {
    if let Err(fault) = check(body) {
        shared.violate(format!("chat completions: {fault}"));
        return reply(
            stream,
            400,
            &json!({ "error": { "message": fault, "type": "invalid_request_error" } }),
        )
        .await;
    }
    let messages: Vec<Value> = body["messages"].as_array().cloned().unwrap_or_default();
    note(shared, &messages);
    let Answer { parts, pace, delay, silence, outcome, trouble } =
        shared.script().next_answer(cause(&messages));
    let delay = if shared.manners.thinks.is_zero() { delay } else { shared.manners.thinks };
    if let Some((_, trouble)) = trouble.clone().filter(|(sent, _)| sent.is_zero()) {
        shared.strike(trouble);
        pause(stream, Duration::from_secs(3_600)).await?;
    }
    pause(stream, delay).await?;
    begin(stream, "text/event-stream").await?;
    event(stream, &json!({ "role": "assistant", "content": "" }), None).await?;
    let (mut calls, mut trouble) = (0, trouble);
    for part in parts {
        match part {
            Part::Say { text, sound } => {
                let line = Line {
                    text: text.clone(),
                    sound,
                    pace,
                    silence,
                    trouble: trouble.take(),
                    spoken: 0,
                    sent: Duration::ZERO,
                };
                shared.with(|book| book.lines.push(line));
                let words: Vec<&str> = text.split_inclusive(' ').collect();
                for words in words.chunks(WORDS_OF_EVENT) {
                    event(stream, &json!({ "content": words.concat() }), None).await?;
                }
            }
            Part::Call { name, arguments } => {
                let number = shared.with(|book| {
                    book.calls += 1;
                    book.calls
                });
                let at = arguments.char_indices().nth(arguments.chars().count() / 2).map_or(0, |(at, _)| at);
                let (first, rest) = arguments.split_at(at);
                let call = json!({ "index": calls, "id": format!("call_{number}"), "type": "function",
                    "function": { "name": name, "arguments": first } });
                event(stream, &json!({ "content": null, "tool_calls": [call] }), None).await?;
                let more = json!({ "index": calls, "function": { "arguments": rest } });
                event(stream, &json!({ "tool_calls": [more] }), None).await?;
                calls += 1;
            }
        }
    }
    if let Outcome::Failed(code) = outcome {
        let error = json!({ "error": { "message": "as the script has it", "type": code, "code": code } });
        chunk(stream, format!("data: {error}\n\n").as_bytes()).await?;
        return end(stream).await;
    }
    let reason = if calls > 0 { "tool_calls" } else { "stop" };
    event(stream, &json!({}), Some(reason)).await?;
    let usage = json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [],
        "usage": { "prompt_tokens": 900, "completion_tokens": 30, "total_tokens": 930,
            "prompt_tokens_details": { "cached_tokens": 400 } } });
    chunk(stream, format!("data: {usage}\n\n: that was all\ndata: [DONE]\n\n").as_bytes()).await?;
    end(stream).await
}

/// Sends an event, cut in two in the middle.
async fn event(stream: &mut TcpStream, delta: &Value, finish: Option<&str>) -> Option<()> {
    let event = json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }] });
    let text = format!("data: {event}\r\n\r\n");
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    chunk(stream, first).await?;
    chunk(stream, second).await
}

/// Records what the model gets.
fn note(shared: &Shared, messages: &[Value]) {
    let line = |message: &Value| {
        let calls =
            message["tool_calls"].as_array().map(|_| message["tool_calls"].to_string()).unwrap_or_default();
        format!(
            "{}: {}{calls}",
            message["role"].as_str().unwrap_or_default(),
            message["content"].as_str().unwrap_or_default()
        )
    };
    let lines: Vec<String> = messages.iter().map(line).collect();
    shared.with(|book| {
        let Some(connection) = book.connections.last_mut() else { return };
        connection.remembers = lines;
        for message in messages.iter().filter(|message| message["role"] == "tool") {
            let id = message["tool_call_id"].as_str().unwrap_or_default().to_owned();
            let has_result = !message["content"].as_str().unwrap_or_default().contains("still running");
            if has_result && !connection.returned.contains(&id) {
                connection.returned.push(id);
            }
        }
    });
}

/// The input that the model answers.
fn cause(messages: &[Value]) -> Cause {
    let Some(last) = messages.last() else { return Cause::Request };
    let text = last["content"].as_str().unwrap_or_default();
    let last_line = text.lines().last().unwrap_or_default();
    if last["role"] == "tool" || last_line.contains("that you asked for has ended") {
        Cause::Tools
    } else if last_line.starts_with(FROM_THE_SYSTEM) {
        Cause::Request
    } else {
        Cause::Turn
    }
}

/// Checks the rules of the API, as its strictest servers apply them.
fn check(body: &Value) -> Result<(), String> {
    let known = ["model", "messages", "tools", "stream", "stream_options", "max_tokens"];
    members(body, &known)?;
    if body["stream"] != true || !body["model"].is_string() {
        return Err("no stream, or no model".to_owned());
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        members(tool, &["type", "function"])?;
        members(&tool["function"], &["name", "description", "parameters"])?;
    }
    let messages = body["messages"].as_array().ok_or("no messages")?;
    let mut open: HashSet<&str> = HashSet::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        let before = at.checked_sub(1).map(|at| messages[at]["role"].as_str().unwrap_or_default());
        if (role == "system") != (at == 0) {
            return Err(format!("message {at} has the role {role}"));
        }
        if role == "tool" {
            members(message, &["role", "content", "tool_call_id"])?;
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            if !open.remove(id) {
                return Err(format!("a result of {id}, which was not called"));
            }
            continue;
        }
        if !open.is_empty() {
            return Err(format!("no result of {open:?}"));
        }
        members(message, &["role", "content", "tool_calls"])?;
        if before == Some("user") && role == "user" {
            return Err("two messages of the user in a row".to_owned());
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            open.insert(call["id"].as_str().unwrap_or_default());
        }
        if role == "assistant"
            && open.is_empty()
            && message["content"].as_str().unwrap_or_default().is_empty()
        {
            return Err("a message of the assistant without words".to_owned());
        }
    }
    match messages.last().and_then(|last| last["role"].as_str()) {
        _ if !open.is_empty() => Err(format!("no result of {open:?}")),
        Some("user" | "tool") => Ok(()),
        other => Err(format!("the last message has the role {other:?}")),
    }
}

fn members(object: &Value, known: &[&str]) -> Result<(), String> {
    let object = object.as_object().ok_or("no object")?;
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(stranger) => Err(format!("unknown member `{stranger}`")),
        None => Ok(()),
    }
}
