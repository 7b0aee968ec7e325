//! The switch's data: itself, its channels, and who is registered.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::calendar::local;
use super::super::channel::{Channel, Direction, Held, Progress};
use super::super::extension::Registration;
use super::super::faults::AudioModule;
use super::super::switch::Switch;
use super::{unknown, words};

/// The community's audio module.
const AUDIO_MODULE: &str = "mod_audio_stream";
/// Modules that a switch with the community's audio stream has.
const MODULES: [&str; 7] = [
    "mod_event_socket",
    "mod_sofia",
    "mod_dptools",
    "mod_commands",
    AUDIO_MODULE,
    "mod_sndfile",
    "mod_tone_stream",
];

/// Runs a command that is not about a single call.
pub(super) fn run(switch: &Arc<Switch>, name: &str, arguments: &str) -> String {
    match name {
        "status" => status(switch),
        "version" => {
            "FreeSWITCH Version 1.11.3-dev+git~20260821T141014Z~cc93a683ca~64bit (git cc93a68 2026-08-21 \
                      14:10:14Z 64bit)\n"
                .to_owned()
        }
        "uptime" => format!("{}\n", switch.uptime().as_secs()),
        "hostname" | "switchname" => "pbx1".to_owned(),
        "create_uuid" => uuid::Uuid::new_v4().to_string(),
        "global_getvar" if arguments == "domain" => switch.settings.domain.clone(),
        "global_getvar" => String::new(),
        "module_exists" => {
            let missing = arguments == AUDIO_MODULE && switch.faults().audio_module == AudioModule::Missing;
            (!missing && MODULES.contains(&arguments)).to_string()
        }
        "user_exists" => {
            let words = words(arguments);
            let number = words.get(1).map(String::as_str).unwrap_or_default();
            switch.extension(number).is_some().to_string()
        }
        "sofia_contact" => contact(switch, arguments),
        "show" => show(switch, arguments),
        "sched_api" | "sched_hangup" | "sched_del" => "+OK\n".to_owned(),
        _ => unknown(name),
    }
}

fn status(switch: &Switch) -> String {
    let up = switch.uptime();
    let (now, ever) = (switch.channels().len(), switch.sessions());
    format!(
        "UP 0 years, 0 days, 0 hours, 0 minutes, {} seconds, {} milliseconds, 0 microseconds\n\
         FreeSWITCH (Version 1.11.3-dev git cc93a68 2026-08-21 14:10:14Z 64bit) is ready\n\
         {ever} session(s) since startup\n{now} session(s) - peak {ever}, last 5min {ever} \n\
         0 session(s) per Sec out of max 30, peak 10, last 5min 10 \n1000 session(s) max\n\
         min idle cpu 0.00/87.27\nCurrent Stack Size/Max 240K/8192K\n",
        up.as_secs(),
        up.subsec_millis()
    )
}

/// `[PROFILE/]NUMBER@DOMAIN`.
fn contact(switch: &Switch, arguments: &str) -> String {
    let user = arguments.rsplit('/').next().unwrap_or_default();
    let number = user.split('@').next().unwrap_or_default();
    match switch.extension(number) {
        Some(extension) if extension.registration == Registration::Registered => {
            let domain = &switch.settings.domain;
            format!("sofia/internal/sip:{number}@{domain}:{}", extension.port())
        }
        _ => "error/user_not_registered".to_owned(),
    }
}

/// `show channels|calls [like X] [as json]`, `show channels|calls count`.
fn show(switch: &Switch, arguments: &str) -> String {
    let words = words(arguments);
    let what = words.first().map(String::as_str).unwrap_or_default();
    let like = words.iter().position(|word| word == "like").and_then(|index| words.get(index + 1));
    let mut rows: Vec<Map<String, Value>> = match what {
        "channels" => switch.channels().iter().map(|channel| row(channel)).collect(),
        "calls" => switch.channels().iter().filter_map(|channel| pair(switch, channel)).collect(),
        _ => Vec::new(),
    };
    if let Some(like) = like {
        let has = |value: &Value| value.as_str().is_some_and(|text| text.contains(like.as_str()));
        rows.retain(|row| row.values().any(has));
    }
    if words.iter().any(|word| word == "json") {
        return match rows.len() {
            0 => "{\"row_count\": 0}\n".to_owned(),
            count => json!({ "row_count": count, "rows": rows }).to_string(),
        };
    }
    let table: String = rows
        .iter()
        .map(|row| {
            let cells: Vec<&str> = row.values().map(|value| value.as_str().unwrap_or_default()).collect();
            cells.join(",") + "\n"
        })
        .collect();
    let table = if words.iter().any(|word| word == "count") { String::new() } else { table };
    format!("{table}\n{} total.\n", rows.len())
}

fn row(channel: &Channel) -> Map<String, Value> {
    let state = channel.state();
    let profile = &state.profile;
    let value = |name: &str| {
        let found = state.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let call_state = match state.progress {
        Progress::Ringing => "RINGING",
        Progress::Early => "EARLY",
        Progress::Answered if state.held == Held::Yes => "HELD",
        Progress::Answered => "ACTIVE",
        Progress::Over => "HANGUP",
    };
    let call_uuid = if state.bridged { profile.call_uuid.clone() } else { String::new() };
    let cells = [
        ("uuid", channel.uuid.clone()),
        ("direction", profile.direction.name().to_owned()),
        ("created", local(profile.created_us)),
        ("created_epoch", (profile.created_us / 1_000_000).to_string()),
        ("name", profile.channel_name.clone()),
        ("state", state.core_state.to_owned()),
        ("cid_name", profile.caller_name.clone()),
        ("cid_num", profile.caller_number.clone()),
        ("ip_addr", "127.0.0.1".to_owned()),
        ("dest", profile.destination.clone()),
        ("application", value("current_application")),
        ("application_data", value("current_application_data")),
        ("dialplan", "XML".to_owned()),
        ("context", "default".to_owned()),
        ("read_codec", value("read_codec")),
        ("read_rate", value("read_rate")),
        ("secure", String::new()),
        ("hostname", "pbx1".to_owned()),
        ("presence_id", profile.presence_id.clone().unwrap_or_default()),
        ("accountcode", String::new()),
        ("callstate", call_state.to_owned()),
        (
            "callee_num",
            if profile.direction == Direction::Outbound {
                profile.destination.clone()
            } else {
                String::new()
            },
        ),
        ("call_uuid", call_uuid),
        ("initial_cid_num", profile.caller_number.clone()),
        ("initial_dest", profile.destination.clone()),
    ];
    cells.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

/// One row of `show calls`: a leg, with its peer where it is bridged. A called leg is in its caller's row.
fn pair(switch: &Switch, channel: &Channel) -> Option<Map<String, Value>> {
    let (direction, bridged, other) = {
        let state = channel.state();
        (state.profile.direction, state.bridged, state.other_leg.clone())
    };
    if direction == Direction::Outbound && bridged {
        return None;
    }
    let mut cells = row(channel);
    let other = other.filter(|_| bridged).and_then(|uuid| switch.channel(&uuid));
    for name in ["uuid", "direction", "name", "state", "cid_num", "dest", "presence_id", "callstate"] {
        let value = other.as_ref().and_then(|other| row(other).get(name).cloned());
        cells.insert(format!("b_{name}"), value.unwrap_or_else(|| Value::from("")));
    }
    Some(cells)
}
