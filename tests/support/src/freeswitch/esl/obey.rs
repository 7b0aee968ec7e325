//! Commands, and their replies.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::super::api;
use super::super::referee::Rule;
use super::super::switch::Switch;
use super::command::Command;
use super::connection::{Connection, End, Linger, Role};
use super::event::{Format, encode};
use super::outbound::{Control, ModePace};
use super::subscription::Heard;
use super::{reply, sendmsg};

/// A reply, and whether the connection ends after it.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) frame: Vec<u8>,
    pub(super) end: Option<End>,
}

impl From<Vec<u8>> for Answered {
    fn from(frame: Vec<u8>) -> Self {
        Self { frame, end: None }
    }
}

/// Carries out one command.
pub(super) async fn obey(connection: &mut Connection, command: &Command) -> Answered {
    match &connection.role {
        Role::Stranger(_) => authenticate(connection, command),
        Role::Client => inbound(connection, command).await,
        Role::Controller { link, .. } => {
            let first = !link.greeted.swap(true, Ordering::AcqRel);
            let mut answered = outbound(connection, command).await;
            if first && command.word() != "connect" {
                // It is done, without a reply.
                answered.frame.clear();
            }
            answered
        }
    }
}

fn goodbye(connection: &Connection, mut frame: Vec<u8>, end: End) -> Answered {
    frame.extend(reply::farewell(connection.call().map(|channel| channel.uuid.as_str())));
    Answered { frame, end: Some(end) }
}

fn against(connection: &Connection, command: &Command) -> Answered {
    let call = if connection.call().is_some() { "outbound" } else { "inbound" };
    let how = format!("{call}: {}", command.line);
    connection.switch.referee().against(Rule::Command, how);
    reply::unknown().into()
}

fn authenticate(connection: &mut Connection, command: &Command) -> Answered {
    match command.word().as_str() {
        "auth" if command.rest() == connection.switch.settings.password => {
            connection.role = Role::Client;
            reply::reply("+OK accepted").into()
        }
        "auth" | "userauth" => {
            connection.switch.referee().against(Rule::Password, "a wrong password");
            goodbye(connection, reply::reply("-ERR invalid"), End::BySwitch)
        }
        "exit" => goodbye(connection, reply::reply("+OK bye"), End::ByProgram),
        _ => against(connection, command),
    }
}

async fn inbound(connection: &mut Connection, command: &Command) -> Answered {
    match command.word().as_str() {
        "myevents" if !command.rest().is_empty() => {
            let words: Vec<&str> = command.rest().split(' ').collect();
            let how = format!("myevents {} binds the connection to that call", words[0]);
            connection.switch.referee().against(Rule::BoundInbound, how);
            let mut desk = connection.listener.desk();
            desk.wanted.mine = Some(words[0].to_owned());
            if let Some(format) = words.get(1).and_then(|word| Format::named(word)) {
                desk.wanted.format = format;
            }
            reply::reply("+OK Events Enabled").into()
        }
        "linger" | "nolinger" => {
            against(connection, command);
            reply::reply("-ERR not controlling a session").into()
        }
        "divert_events" => {
            against(connection, command);
            reply::reply("-ERR not controlling a session.").into()
        }
        "connect" | "myevents" | "getvar" | "resume" | "auth" => against(connection, command),
        _ => common(connection, command).await,
    }
}

async fn outbound(connection: &mut Connection, command: &Command) -> Answered {
    let switch = Arc::clone(&connection.switch);
    let Role::Controller { channel, link, mode, linger } = &mut connection.role else {
        return reply::unknown().into();
    };
    let (word, mode) = (command.word(), *mode);
    if word != "connect" && !link.connected.load(Ordering::Acquire) {
        switch.referee().against(Rule::Command, format!("{} before connect", command.line));
    }
    let full = mode.control == Control::Full;
    match word.as_str() {
        "connect" => {
            let mut block = channel.connect_block();
            block.push("Content-Type", "command/reply");
            block.push("Reply-Text", "+OK\n");
            block.push("Socket-Mode", if mode.pace == ModePace::Async { "async" } else { "static" });
            block.push("Control", if full { "full" } else { "single-channel" });
            link.connected.store(true, Ordering::Release);
            channel.nudge();
            connect_frame(&block.headers).into()
        }
        "linger" if full => {
            let words = command.rest();
            *linger =
                if words.is_empty() { Linger::Forever } else { Linger::Seconds(words.parse().unwrap_or(0)) };
            let text = match linger {
                Linger::Seconds(seconds) => format!("+OK will linger {seconds} seconds"),
                _ => "+OK will linger".to_owned(),
            };
            reply::reply(&text).into()
        }
        "nolinger" if full => {
            *linger = Linger::No;
            reply::reply("+OK will not linger").into()
        }
        "myevents" => {
            let mut desk = connection.listener.desk();
            if desk.wanted.mine.is_some() {
                return reply::reply("-ERR aready enabled.").into();
            }
            desk.wanted.mine = Some(channel.uuid.clone());
            if let Some(format) = Format::named(command.rest()) {
                desk.wanted.format = format;
            }
            reply::reply("+OK Events Enabled").into()
        }
        "getvar" => {
            let value = channel.variable(command.rest());
            value.map_or_else(reply::unknown, |value| reply::reply(&value)).into()
        }
        "resume" => reply::reply("+OK").into(),
        "divert_events" => {
            let text = match command.rest() {
                "" => "-ERR missing value.",
                "on" => "+OK events diverted",
                _ => "+OK events not diverted",
            };
            reply::reply(text).into()
        }
        "api" | "bgapi" | "event" | "linger" | "nolinger" | "log" | "sendevent" if !full => {
            against(connection, command)
        }
        "auth" => against(connection, command),
        _ => common(connection, command).await,
    }
}

/// The only frame whose outer headers are percent-encoded, and that has no length.
fn connect_frame(headers: &[(String, String)]) -> Vec<u8> {
    let plain = ["Content-Type", "Socket-Mode", "Control"];
    let mut text = String::new();
    for (name, value) in headers {
        let value = if plain.contains(&name.as_str()) { value.clone() } else { encode(value) };
        text += &format!("{name}: {value}\n");
    }
    (text + "\n").into_bytes()
}

/// Commands that both ends know.
async fn common(connection: &mut Connection, command: &Command) -> Answered {
    let rest = command.rest().to_owned();
    let switch = Arc::clone(&connection.switch);
    match command.word().as_str() {
        "api" if !rest.is_empty() => reply::api(&api::run_line(&switch, &rest).await).into(),
        "bgapi" if !rest.is_empty() => {
            let id = command.get("Job-UUID").map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
            let owner = connection.call().map(|channel| channel.uuid.clone());
            switch.spawn(job(Arc::clone(&switch), id.clone(), owner, rest));
            reply::job(&id).into()
        }
        "event" => subscribe(connection, &rest).into(),
        "nixevent" if rest.is_empty() => reply::reply("-ERR no keywords supplied").into(),
        "nixevent" => {
            connection.listener.desk().wanted.nix(rest.split_whitespace());
            reply::reply("+OK events nixed").into()
        }
        "noevents" => {
            connection.listener.desk().wanted.clear();
            reply::reply("+OK no longer listening for events").into()
        }
        "filter" if !rest.is_empty() => filter(connection, &rest).into(),
        "sendmsg" => sendmsg::send(connection, command).await.into(),
        "sendevent" => {
            let id = Uuid::new_v4().to_string();
            let mut event = switch.event(if rest.is_empty() { "CUSTOM" } else { &rest });
            let mut given = command.headers.clone();
            given.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
            given.push(("Event-UUID".to_owned(), id.clone()));
            // After the subclass come the program's own headers.
            given.insert(
                usize::from(rest == "CUSTOM").min(given.len()),
                ("Command".to_owned(), "sendevent".to_owned()),
            );
            event.headers.splice(0..0, given);
            event.body = Some(command.body.clone()).filter(|body| !body.is_empty());
            switch.emit(event);
            reply::reply(&format!("+OK {id}")).into()
        }
        "log" => reply::reply(&format!("+OK log level {rest} [{rest}]")).into(),
        "nolog" => reply::reply("+OK no longer logging").into(),
        "exit" | "quit" => goodbye(connection, reply::reply("+OK bye"), End::ByProgram),
        _ => against(connection, command),
    }
}

fn subscribe(connection: &Connection, rest: &str) -> Vec<u8> {
    let mut words = rest.split_whitespace().peekable();
    let mut desk = connection.listener.desk();
    if let Some(format) = words.peek().and_then(|word| Format::named(word)) {
        desk.wanted.format = format;
        words.next();
    }
    let mut strangers = Vec::new();
    let heard = desk.wanted.add(words, &mut strangers);
    if !strangers.is_empty() {
        let how = format!("event names without effect at this place: {strangers:?}");
        connection.switch.referee().against(Rule::Subscription, how);
    }
    if heard == Heard::Nothing {
        return reply::reply("-ERR no keywords supplied");
    }
    reply::reply(&format!("+OK event listener enabled {}", desk.wanted.format.name()))
}

fn filter(connection: &Connection, rest: &str) -> Vec<u8> {
    let mut words = rest.splitn(2, ' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().trim());
    let mut desk = connection.listener.desk();
    if first == "delete" {
        let (header, value) = second.split_once(' ').unwrap_or((second, ""));
        desk.wanted.delete_filter(header, value);
        return reply::reply(&format!("+OK filter deleted. [{header}][{value}]"));
    }
    if second.is_empty() {
        return reply::reply("-ERR invalid syntax");
    }
    desk.wanted.add_filter(first, second);
    reply::reply(&format!("+OK filter added. [{first}]=[{second}]"))
}

/// Runs a command in the background; its result is an event.
async fn job(switch: Arc<Switch>, id: String, owner: Option<String>, line: String) {
    let body = api::run_line(&switch, &line).await;
    let (name, argument) = line.split_once(' ').unwrap_or((&line, ""));
    let mut event = switch.event("BACKGROUND_JOB").with("Job-UUID", &id);
    if let Some(owner) = owner {
        event.push("Job-Owner-UUID", owner);
    }
    event.push("Job-Command", name);
    if !argument.is_empty() {
        event.push("Job-Command-Arg", argument);
    }
    switch.emit(event.with_body(body));
}
