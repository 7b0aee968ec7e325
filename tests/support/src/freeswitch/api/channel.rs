//! `uuid_*`: commands that query or change one call at once.

use std::sync::Arc;

use super::super::apps::{self, playback};
use super::super::channel::{Channel, Disposition, Order};
use super::super::switch::Switch;
use super::super::telephone;
use super::{NO_CHANNEL, OK, unknown, words};

/// Runs a command on the call that its first word names.
pub(super) fn run(switch: &Arc<Switch>, name: &str, arguments: &str) -> String {
    let (uuid, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
    let rest = rest.trim();
    let channel = switch.channel(uuid);
    match name {
        "uuid_exists" => return channel.is_some_and(|channel| !channel.is_over()).to_string(),
        "uuid_limit" => {
            return "USAGE: uuid_limit <uuid> <backend> <realm> <resource> [<max>[/interval]] [number [dialplan \
                    [context]]]\n"
                .to_owned();
        }
        "uuid_answer" | "uuid_pre_answer" if channel.is_none() => return "-ERROR\n".to_owned(),
        "uuid_record" if channel.is_none() => return "-ERR Cannot locate session!\n".to_owned(),
        _ if !KNOWN.contains(&name) => return unknown(name),
        _ => {}
    }
    let Some(channel) = channel.filter(|channel| !channel.is_over()) else {
        return NO_CHANNEL.to_owned();
    };
    on(&channel, name, rest)
}

const KNOWN: [&str; 19] = [
    "uuid_dump",
    "uuid_getvar",
    "uuid_setvar",
    "uuid_setvar_multi",
    "uuid_kill",
    "uuid_answer",
    "uuid_pre_answer",
    "uuid_break",
    "uuid_send_dtmf",
    "uuid_recv_dtmf",
    "uuid_record",
    "uuid_audio",
    "uuid_display",
    "uuid_displace",
    "uuid_buglist",
    "uuid_chat",
    "uuid_session_heartbeat",
    "uuid_media",
    "uuid_phone_event",
];

/// A last argument as FreeSWITCH reads it (switch_utils.c, cleanup_separated_string): without its quotes, except those after a backslash.
fn cleaned(text: &str) -> String {
    let mut cleaned = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.as_str().chars().next()) {
            ('\\', Some(escaped @ ('\'' | '"' | '\\' | 'n' | 'r' | 't' | 's'))) => {
                letters.next();
                cleaned.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    's' => ' ',
                    other => other,
                });
            }
            ('\'', _) => {}
            (other, _) => cleaned.push(other),
        }
    }
    cleaned
}

fn on(channel: &Arc<Channel>, name: &str, rest: &str) -> String {
    match name {
        "uuid_dump" => match rest {
            "json" => channel.connect_block().json(),
            _ => channel.connect_block().plain(),
        },
        "uuid_getvar" => channel.variable(rest).unwrap_or_else(|| "_undef_".to_owned()),
        "uuid_setvar" => {
            let (variable, value) = rest.split_once(' ').unwrap_or((rest, ""));
            if variable.is_empty() {
                return "-USAGE: <uuid> <var> [value]\n".to_owned();
            }
            channel.set(variable, &cleaned(value));
            OK.to_owned()
        }
        "uuid_setvar_multi" => {
            for (variable, value) in rest.split(';').filter_map(|pair| pair.split_once('=')) {
                channel.set(variable, value);
            }
            OK.to_owned()
        }
        "uuid_kill" => {
            let cause = if rest.is_empty() { "NORMAL_CLEARING" } else { rest };
            channel.hang_up(cause, Disposition::SendBye);
            OK.to_owned()
        }
        "uuid_answer" => {
            apps::answer(channel);
            OK.to_owned()
        }
        "uuid_pre_answer" => {
            apps::early_media(channel);
            OK.to_owned()
        }
        "uuid_break" => {
            if words(rest).iter().any(|word| word == "all") {
                channel.state().orders.retain(|order| !matches!(order, Order::Execute(_)));
            }
            playback::break_off(channel);
            OK.to_owned()
        }
        "uuid_send_dtmf" => {
            channel.state().digits_sent += rest.split('@').next().unwrap_or_default();
            format!("+OK {} sent DTMF {rest}.\n", channel.uuid)
        }
        "uuid_recv_dtmf" => {
            for digit in rest.split('@').next().unwrap_or_default().chars() {
                telephone::key(channel, digit, 2000, telephone::KeySource::App);
            }
            format!("+OK {} received DTMF {rest}.\n", channel.uuid)
        }
        "uuid_record" | "uuid_displace" | "uuid_display" => "+OK Success\n".to_owned(),
        "uuid_buglist" => "<media-bugs>\n</media-bugs>\n".to_owned(),
        _ => OK.to_owned(),
    }
}
