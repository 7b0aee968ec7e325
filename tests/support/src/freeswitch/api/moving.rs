//! `uuid_transfer`, `uuid_bridge`, `uuid_park`, `uuid_hold`, `uuid_broadcast`: a call goes elsewhere.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::super::channel::{Channel, Execute, Held, Lock, Order};
use super::super::dialplan::{Action, Route};
use super::super::settings::Pace;
use super::super::switch::Switch;
use super::super::telephone;
use super::{NO_CHANNEL, OK, words};

/// How much later `uuid_broadcast` starts than `execute`.
const BROADCAST: Duration = Duration::from_millis(100);

pub(super) fn run(switch: &Arc<Switch>, name: &str, arguments: &str) -> String {
    let words = words(arguments);
    let word = |index: usize| words.get(index).map(String::as_str).unwrap_or_default();
    match name {
        "uuid_transfer" => transfer(switch, &words),
        "uuid_bridge" => bridge(switch, word(0), word(1)),
        "uuid_park" => match live(switch, word(0)) {
            Some(channel) => {
                channel.go(Route::Park);
                OK.to_owned()
            }
            None => NO_CHANNEL.to_owned(),
        },
        "uuid_hold" => hold(switch, &words),
        _ => broadcast(switch, word(0), arguments),
    }
}

fn live(switch: &Switch, uuid: &str) -> Option<Arc<Channel>> {
    switch.channel(uuid).filter(|channel| !channel.is_over())
}

/// `UUID [-bleg|-both] EXTENSION [DIALPLANS] [CONTEXT]`, or `UUID 'app:data,app:data' inline`. Dialplans are asked in order, with commas between
/// them; `inline:app:data` finds every extension (switch_core_state_machine.c, mod_dptools.c).
fn transfer(switch: &Switch, words: &[String]) -> String {
    let mut words = words.iter().map(String::as_str);
    let (Some(uuid), Some(mut place)) = (words.next(), words.next()) else {
        return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n".to_owned();
    };
    let Some(channel) = live(switch, uuid) else { return NO_CHANNEL.to_owned() };
    let legs = place;
    if matches!(legs, "-bleg" | "-both") {
        place = words.next().unwrap_or_default();
    }
    let dialplans = words.next().unwrap_or("XML");
    let route = match dialplans.split_once(",inline:") {
        _ if dialplans == "inline" => Route::Actions(inline(place)),
        Some((_, actions)) => Route::NumberOr(place.to_owned(), inline(actions)),
        None => Route::Number(place.to_owned()),
    };
    let other = channel.state().other_leg.clone().and_then(|uuid| live(switch, &uuid));
    let moved: Vec<Arc<Channel>> = match legs {
        "-bleg" => other.into_iter().collect(),
        "-both" => other.into_iter().chain([channel]).collect(),
        _ => vec![channel],
    };
    for leg in moved {
        match &route {
            Route::Number(number) | Route::NumberOr(number, _) => {
                leg.is_sent_to(number, dialplans);
                leg.go(route.clone());
            }
            route => leg.go(route.clone()),
        }
    }
    OK.to_owned()
}

/// The actions of an inline dialplan: `app:data,app:data`, or with another separator, `m:^:app:data^app:data`.
pub(in crate::freeswitch) fn inline(text: &str) -> Vec<Action> {
    let with_sign = text.strip_prefix("m:").and_then(|rest| {
        let sign = rest.chars().next()?;
        Some((sign, rest.strip_prefix(sign)?.strip_prefix(':')?))
    });
    let (sign, actions) = with_sign.unwrap_or((',', text));
    let action = |text: &str| {
        let (app, data) = text.split_once(':').unwrap_or((text, ""));
        Action::app(app, data)
    };
    actions.split(sign).map(action).collect()
}

fn bridge(switch: &Switch, uuid: &str, peer: &str) -> String {
    let (Some(channel), Some(other)) = (live(switch, uuid), live(switch, peer)) else {
        return "-ERR Invalid uuid\n".to_owned();
    };
    if channel.uuid != other.uuid {
        other.go(Route::Idle);
        channel.go(Route::Bridge(other.uuid.clone()));
    }
    format!("+OK {}\n", other.uuid)
}

/// `[off|toggle] UUID`. A call that does not exist is a success, too.
fn hold(switch: &Switch, words: &[String]) -> String {
    let success = "+OK Success\n".to_owned();
    let (how, uuid) = match words {
        [how, uuid, ..] if how == "off" || how == "toggle" => (how.as_str(), uuid),
        [uuid, ..] => ("on", uuid),
        [] => return "-USAGE: [off|toggle] <uuid> [<display>]\n".to_owned(),
    };
    let Some(channel) = live(switch, uuid) else { return success };
    let held = channel.state().held;
    let wanted = match (how, held) {
        ("off", Held::No) => return "-ERR Operation failed\n".to_owned(),
        ("off", _) | ("toggle", Held::Yes) => Held::No,
        _ => Held::Yes,
    };
    if wanted != held {
        telephone::hold(&channel, wanted);
    }
    success
}

/// `UUID FILE|APP::ARGUMENT|APP!CAUSE::ARGUMENT [aleg]`.
fn broadcast(switch: &Arc<Switch>, uuid: &str, arguments: &str) -> String {
    let Some(channel) = live(switch, uuid) else { return "-ERR invalid uuid\n".to_owned() };
    let rest = arguments.split_once(' ').map_or("", |(_, rest)| rest);
    let what =
        ["aleg", "bleg", "both"].iter().fold(rest, |rest, leg| rest.trim().trim_end_matches(leg)).trim();
    let (app, argument) = what.split_once("::").unwrap_or(("playback", what));
    let (app, cause) = match app.split_once('!') {
        Some((app, cause)) => (app, Some(cause.to_ascii_uppercase())),
        None => (app, None),
    };
    // A broadcast is a locked order.
    let locked = |app: &str, argument: &str| Execute { lock: Lock::Locked, ..Execute::of(app, argument) };
    let last = cause.map(|cause| locked("hangup", &cause));
    let execute = locked(app, argument);
    let pace = switch.settings.pace;
    switch.spawn(async move {
        if pace == Pace::Real {
            sleep(BROADCAST).await;
        }
        channel.order(Order::Execute(execute));
        if let Some(last) = last {
            channel.order(Order::Execute(last));
        }
    });
    "+OK Message sent\n".to_owned()
}
