//! How events show a channel: the header set and order of the captures.

use super::super::esl::event::Event;
use super::{Channel, Direction, Held, Profile, Progress, State};

/// Events that show a channel without its variables.
const BARE: [&str; 2] = ["DTMF", "CHANNEL_STATE"];

/// An event of a channel in its current state.
pub(super) fn event(channel: &Channel, name: &str) -> Event {
    let mut event = channel.switch.event(name);
    // The other leg is read first: two channels are never locked at the same time.
    let other = other_leg(channel);
    let state = channel.state();
    if let ("CHANNEL_BRIDGE" | "CHANNEL_UNBRIDGE", Some(other)) = (name, &state.other_leg) {
        event.push("Bridge-A-Unique-ID", &channel.uuid);
        event.push("Bridge-B-Unique-ID", other);
    }
    if let ("CHANNEL_HANGUP_COMPLETE", Some(cause)) = (name, &state.cause) {
        event.push("Hangup-Cause", cause);
    }
    channel_headers(channel, &state, name, &mut event);
    profile_headers(&channel.uuid, &state.profile, "Caller", &mut event);
    if let Some((uuid, profile)) = &other {
        let kind = if profile.direction == Direction::Inbound { "originator" } else { "originatee" };
        event.push("Other-Type", kind);
        profile_headers(uuid, profile, "Other-Leg", &mut event);
    }
    if !BARE.contains(&name) {
        for (variable, value) in &state.variables {
            event.push(&format!("variable_{variable}"), value);
        }
    }
    event
}

/// The block that answers `connect`, and `uuid_dump`.
pub(super) fn connect_block(channel: &Channel) -> Event {
    let mut event = channel.switch.event("CHANNEL_DATA");
    let state = channel.state();
    event.push("Channel-Direction", state.profile.direction.name());
    profile_headers(&channel.uuid, &state.profile, "Channel", &mut event);
    // It may be there already, and once is enough.
    event.headers.dedup_by(|later, sooner| later.0 == "Channel-Direction" && sooner.0 == "Channel-Direction");
    channel_headers(channel, &state, "CHANNEL_DATA", &mut event);
    profile_headers(&channel.uuid, &state.profile, "Caller", &mut event);
    for (variable, value) in &state.variables {
        event.push(&format!("variable_{variable}"), value);
    }
    event
}

fn other_leg(channel: &Channel) -> Option<(String, Profile)> {
    let uuid = channel.state().other_leg.clone()?;
    let other = channel.switch.channel_ever(&uuid)?;
    let profile = other.state().profile.clone();
    Some((uuid, profile))
}

fn channel_headers(channel: &Channel, state: &State, name: &str, event: &mut Event) {
    let (call_state, answer_state) = match state.progress {
        Progress::Ringing if state.core_state == "CS_INIT" => ("DOWN", "ringing"),
        Progress::Ringing => ("RINGING", "ringing"),
        Progress::Early => ("EARLY", "early"),
        Progress::Answered if name == "CHANNEL_ANSWER" => match state.profile.direction {
            Direction::Inbound => ("EARLY", "answered"),
            Direction::Outbound => ("RINGING", "answered"),
        },
        Progress::Answered if state.held == Held::Yes => ("HELD", "answered"),
        Progress::Answered => ("ACTIVE", "answered"),
        Progress::Over if state.core_state == "CS_REPORTING" => ("HANGUP", "hangup"),
        Progress::Over => ("ACTIVE", "hangup"),
    };
    event.push("Channel-State", state.core_state);
    event.push("Channel-Call-State", call_state);
    event.push("Channel-State-Number", state_number(state.core_state));
    event.push("Channel-Name", &state.profile.channel_name);
    event.push("Unique-ID", &channel.uuid);
    event.push("Call-Direction", state.profile.direction.name());
    event.push("Presence-Call-Direction", state.profile.direction.name());
    let hit = if state.profile.direction == Direction::Inbound { "true" } else { "false" };
    event.push("Channel-HIT-Dialplan", hit);
    if let Some(presence) = &state.profile.presence_id {
        event.push("Channel-Presence-ID", presence);
    }
    event.push("Channel-Call-UUID", &state.profile.call_uuid);
    event.push("Answer-State", answer_state);
    if let Some(cause) = &state.cause {
        event.push("Hangup-Cause", cause);
    }
    if state.profile.answered_us > 0 || state.progress == Progress::Early {
        let codec = if channel.rate == 8000 { "PCMU" } else { "L16" };
        let (rate, bits) = (channel.rate, if channel.rate == 8000 { 64_000 } else { channel.rate * 16 });
        for side in ["Read", "Write"] {
            event.push(&format!("Channel-{side}-Codec-Name"), codec);
            event.push(&format!("Channel-{side}-Codec-Rate"), rate.to_string());
            event.push(&format!("Channel-{side}-Codec-Bit-Rate"), bits.to_string());
        }
    }
}

fn state_number(state: &str) -> &'static str {
    match state {
        "CS_NEW" => "0",
        "CS_INIT" => "2",
        "CS_ROUTING" => "3",
        "CS_EXECUTE" | "CS_SOFT_EXECUTE" => "4",
        "CS_EXCHANGE_MEDIA" => "5",
        "CS_PARK" => "6",
        "CS_CONSUME_MEDIA" => "7",
        "CS_HANGUP" => "10",
        _ => "11",
    }
}

fn profile_headers(uuid: &str, profile: &Profile, prefix: &str, event: &mut Event) {
    let mut push = |name: &str, value: &str| event.push(&format!("{prefix}-{name}"), value);
    push("Direction", profile.direction.name());
    push("Logical-Direction", profile.direction.name());
    push("Username", &profile.caller_number);
    push("Dialplan", &profile.dialplans);
    push("Caller-ID-Name", &profile.caller_name);
    push("Caller-ID-Number", &profile.caller_number);
    push("Orig-Caller-ID-Name", &profile.caller_name);
    push("Orig-Caller-ID-Number", &profile.caller_number);
    let met = profile.direction == Direction::Outbound || profile.bridged_us > 0;
    let of_callee = prefix != "Other-Leg" || met;
    if let Some(callee) = profile.callee.as_ref().filter(|_| of_callee) {
        push("Callee-ID-Name", "Outbound Call");
        push("Callee-ID-Number", callee);
    }
    push("Network-Addr", "127.0.0.1");
    push("ANI", &profile.caller_number);
    push("Destination-Number", &profile.destination);
    push("Unique-ID", uuid);
    push("Source", "mod_sofia");
    // The other leg's profile is shown as it was when they were joined.
    let rdnis = profile.rdnis.as_ref().filter(|_| prefix != "Other-Leg");
    if rdnis.is_some() {
        let moved = format!("{}:{uuid}:uuid_transfer", profile.created_us / 1_000_000);
        push("Transfer-Source", &moved);
    }
    push("Context", "default");
    if let Some(rdnis) = rdnis {
        push("RDNIS", rdnis);
    }
    push("Channel-Name", &profile.channel_name);
    if prefix != "Other-Leg" {
        push("Profile-Index", "1");
    }
    push("Profile-Created-Time", &profile.created_us.to_string());
    push("Channel-Created-Time", &profile.created_us.to_string());
    push("Channel-Answered-Time", &profile.answered_us.to_string());
    push("Channel-Progress-Time", &profile.progress_us.to_string());
    push("Channel-Progress-Media-Time", &profile.progress_media_us.to_string());
    push("Channel-Hangup-Time", &profile.hangup_us.to_string());
    push("Channel-Transfer-Time", "0");
    push("Channel-Resurrect-Time", "0");
    push("Channel-Bridged-Time", &profile.bridged_us.to_string());
    push("Channel-Last-Hold", "0");
    push("Channel-Hold-Accum", "0");
    push("Screen-Bit", "true");
    push("Privacy-Hide-Name", "false");
    push("Privacy-Hide-Number", "false");
}
