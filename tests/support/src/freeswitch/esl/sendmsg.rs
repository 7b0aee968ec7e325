//! `sendmsg`: orders for a channel. The reply confirms only that the order was queued.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::channel::{Channel, Execute, Lock, Order, Progress};
use super::super::dialplan::Action;
use super::super::referee::Rule;
use super::super::unicast::UnicastOrder;
use super::command::Command;
use super::connection::{Connection, Role};
use super::outbound::ModePace;
use super::reply;

/// The headers of a `sendmsg` that FreeSWITCH reads.
const HEADERS: [&str; 16] = [
    "call-command",
    "execute-app-name",
    "execute-app-arg",
    "event-lock",
    "event-uuid",
    "loops",
    "hangup-cause",
    "content-type",
    "content-length",
    "local-ip",
    "local-port",
    "remote-ip",
    "remote-port",
    "transport",
    "flags",
    "application",
];

/// Queues an order.
pub(super) async fn send(connection: &Connection, command: &Command) -> Vec<u8> {
    let switch = &connection.switch;
    let named = command.rest();
    let channel = match (named, connection.call()) {
        ("", Some(channel)) => Some(Arc::clone(channel)),
        (uuid, _) => switch.channel(uuid),
    };
    let Some(channel) = channel else {
        return reply::reply(&format!("-ERR invalid session id [{named}]"));
    };
    for (name, _) in &command.headers {
        if !HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            switch.referee().against(Rule::Header, format!("sendmsg with {name}"));
        }
    }
    let Some((order, done)) = order(connection, &channel, command) else {
        let how = format!("sendmsg that does nothing: {:?}", command.headers);
        switch.referee().against(Rule::Command, how);
        return reply::reply("+OK");
    };
    if !channel.is_over() {
        channel.order(order);
        if let Some(done) = done {
            // The call may end before the application does.
            let _ = done.await;
        }
    }
    reply::reply("+OK")
}

type Done = Option<oneshot::Receiver<()>>;

fn order(connection: &Connection, channel: &Channel, command: &Command) -> Option<(Order, Done)> {
    let waits = matches!(&connection.role, Role::Controller { mode, .. } if mode.pace == ModePace::Static);
    match command.get("call-command")?.to_ascii_lowercase().as_str() {
        "execute" => {
            let app = command.get("execute-app-name")?.to_owned();
            let argument = command.get("execute-app-arg").unwrap_or(&command.body).to_owned();
            let locked = command.get("event-lock").is_some_and(|value| value == "true");
            if app == "playback" && !locked && !waits {
                let how = format!("playback of {argument} without event-lock");
                connection.switch.referee().against(Rule::EventLock, how);
            }
            let (sender, receiver) = oneshot::channel();
            let execute = Execute {
                app,
                argument,
                id: command.get("Event-UUID").map(str::to_owned),
                lock: if locked { Lock::Locked } else { Lock::Open },
                loops: command.get("loops").and_then(|text| text.parse().ok()).unwrap_or(1),
                done: waits.then_some(sender),
            };
            Some((Order::Execute(execute), waits.then_some(receiver)))
        }
        "hangup" => {
            let cause = command.get("hangup-cause").unwrap_or("NORMAL_CLEARING");
            Some((Order::Hangup(cause.to_owned()), None))
        }
        "unicast" => {
            if channel.state().progress < Progress::Early {
                let how = format!("unicast for {} before its CHANNEL_ANSWER", channel.uuid);
                connection.switch.referee().against(Rule::UnicastBeforeMedia, how);
            }
            Some((Order::Unicast(UnicastOrder::from_command(command)), None))
        }
        "xferext" => {
            let lines = command.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("application"));
            let actions = lines.map(|(_, line)| {
                let (app, data) = line.split_once(' ').unwrap_or((line, ""));
                Action::app(app, data)
            });
            Some((Order::Leave(actions.collect()), None))
        }
        _ => None,
    }
}
