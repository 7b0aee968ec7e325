//! The actions of a number: a list that runs from first to last, as in the switch's XML.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::yield_now;

use super::api;
use super::apps::{self, bridge};
use super::channel::{Channel, Disposition, Execute, Lock, Order};

/// One `<action application="..." data="..."/>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The application.
    pub app: String,
    /// Its argument; `${name}` and `${api(argument)}` are filled in when it runs.
    pub data: String,
}

impl Action {
    /// Any application.
    #[must_use]
    pub fn app(app: &str, data: &str) -> Self {
        Self { app: app.to_owned(), data: data.to_owned() }
    }

    /// `answer`.
    #[must_use]
    pub fn answer() -> Self {
        Self::app("answer", "")
    }

    /// `set`.
    #[must_use]
    pub fn set(name: &str, value: &str) -> Self {
        Self::app("set", &format!("{name}={value}"))
    }

    /// `socket ADDRESS async full`, as Cordboard needs it.
    #[must_use]
    pub fn socket(address: impl std::fmt::Display) -> Self {
        Self::app("socket", &format!("{address} async full"))
    }

    /// `playback` of a file or a `tone_stream://`.
    #[must_use]
    pub fn playback(file: &str) -> Self {
        Self::app("playback", file)
    }

    /// `sleep`, in ms.
    #[must_use]
    pub fn sleep(ms: u64) -> Self {
        Self::app("sleep", &ms.to_string())
    }

    /// `bridge`.
    #[must_use]
    pub fn bridge(dial: &str) -> Self {
        Self::app("bridge", dial)
    }

    /// `park`.
    #[must_use]
    pub fn park() -> Self {
        Self::app("park", "")
    }

    /// `hangup`.
    #[must_use]
    pub fn hangup(cause: &str) -> Self {
        Self::app("hangup", cause)
    }

    /// Starts the audio stream from the dialplan: `address` is where the server listens; the uuid becomes the path and is in the metadata.
    #[must_use]
    pub fn audio_stream(address: impl std::fmt::Display, rate: &str) -> Self {
        Self::audio_stream_as(address, rate, r#"{"call":"${uuid}"}"#)
    }

    /// The same with other metadata.
    #[must_use]
    pub fn audio_stream_as(address: impl std::fmt::Display, rate: &str, metadata: &str) -> Self {
        let call = format!(
            "${{uuid_audio_stream(${{uuid}} start ws://{address}/${{uuid}} mono {rate} {metadata})}}"
        );
        Self::set("stream_result", &call)
    }
}

/// The next destination of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// A list of actions.
    Actions(Vec<Action>),
    /// A number of the dialplan.
    Number(String),
    /// The same, and what to do where the dialplan has no such number.
    NumberOr(String, Vec<Action>),
    /// Parked by the switch itself: `uuid_park`, `park_after_bridge`.
    Park,
    /// `uuid_bridge` with this channel.
    Bridge(String),
    /// A called leg that waits for what others do with it.
    Idle,
}

/// The task of a channel, from its first action to its last event.
pub(super) async fn run(channel: Arc<Channel>, first: Route) {
    channel.tell("CHANNEL_CREATE");
    let mut next = Some(first);
    while !channel.is_over() {
        match next.take() {
            Some(route) => follow(&channel, route).await,
            None => channel.hang_up("NORMAL_CLEARING", Disposition::SendBye),
        }
        next = channel.state().next.take();
        if next.is_some() && !channel.is_over() {
            // The party that it left is notified first.
            yield_now().await;
            yield_now().await;
            for state in ["CS_ROUTING", "CS_EXECUTE"] {
                channel.state().core_state = state;
                channel.tell("CHANNEL_STATE");
            }
        }
    }
    channel.report().await;
}

async fn follow(channel: &Arc<Channel>, route: Route) {
    match route {
        Route::Actions(actions) => execute(channel, actions).await,
        Route::Number(number) => follow_number(channel, &number, None).await,
        Route::NumberOr(number, otherwise) => follow_number(channel, &number, Some(otherwise)).await,
        Route::Park => {
            channel.state().core_state = "CS_PARK";
            apps::park(channel, &|| false).await;
        }
        Route::Bridge(peer) => bridge::soft(channel, &peer).await,
        Route::Idle => {
            channel.state().core_state = "CS_CONSUME_MEDIA";
            channel.rest(None, Lock::Open, &|| false).await;
        }
    }
}

async fn follow_number(channel: &Arc<Channel>, number: &str, otherwise: Option<Vec<Action>>) {
    let actions = channel.switch.settings.dialplan.get(number).cloned();
    let extension = channel.switch.extension(number).is_some();
    match (actions, otherwise) {
        (Some(actions), _) => execute(channel, actions).await,
        (None, _) if extension => {
            let dial = format!("user/{number}@{}", channel.switch.settings.domain);
            execute(channel, vec![Action::bridge(&dial)]).await;
        }
        (None, Some(otherwise)) => {
            channel.is_at_number_before();
            execute(channel, otherwise).await;
        }
        (None, None) => channel.hang_up("NO_ROUTE_DESTINATION", Disposition::SendBye),
    }
}

async fn execute(channel: &Arc<Channel>, actions: Vec<Action>) {
    channel.state().core_state = "CS_EXECUTE";
    let mut later = VecDeque::from(actions);
    while let Some(action) = later.pop_front() {
        if channel.is_over() || channel.state().next.is_some() {
            return;
        }
        channel.state().later.clone_from(&later);
        let argument = expand(channel, &action.data).await;
        apps::run(channel, Execute::of(&action.app, &argument)).await;
    }
}

impl Execute {
    /// An application as the dialplan runs it: once, and open for orders.
    pub(super) fn of(app: &str, argument: &str) -> Self {
        let (app, argument) = (app.to_owned(), argument.to_owned());
        Self { app, argument, id: None, lock: Lock::Open, loops: 1, done: None }
    }
}

impl From<Execute> for Order {
    fn from(execute: Execute) -> Self {
        Self::Execute(execute)
    }
}

/// Fills in `${name}` and `${api(argument)}`, from the inside to the outside.
pub(super) fn expand<'a>(
    channel: &'a Arc<Channel>,
    text: &'a str,
) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
    Box::pin(async move {
        let mut text = text.to_owned();
        while let Some(start) = text.rfind("${") {
            let Some(length) = closing(&text[start + 2..]) else { break };
            let inside = text[start + 2..start + 2 + length].to_owned();
            let value = match inside.split_once('(') {
                Some((name, argument)) if inside.ends_with(')') => {
                    let argument = argument.trim_end_matches(')');
                    api::run(&channel.switch, name, argument).await
                }
                _ if inside == "caller_id_number" => channel.state().profile.caller_number.clone(),
                _ if inside == "destination_number" => channel.state().profile.destination.clone(),
                _ => channel.variable(&inside).unwrap_or_default(),
            };
            text.replace_range(start..start + 3 + length, &value);
        }
        text
    })
}

/// Position of the closing brace that comes before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(index),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_json_do_not_close_a_variable() {
        assert_eq!(closing("a} b"), Some(1));
        assert_eq!(closing("f({\"a\":\"b\"})}"), Some(12));
        assert_eq!(closing("open"), None);
    }
}
