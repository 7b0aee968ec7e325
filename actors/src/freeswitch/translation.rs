//! FreeSWITCH's messages about a call's channel as facts of the call. Pure.
//!
//! They are the same for both links. These functions don't look at `Unique-ID`: their caller knows whose event it is.

use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::event::Fact;
use cordboard_schema::wire::esl::{Bridge, Event, EventName, Hangup, HungUpBy, KeyPress};
use uuid::Uuid;

/// The most seconds between a transfer and the separation that it causes; FreeSWITCH records the transfer's time in whole seconds.
const SENT_ON_S_MAX: u64 = 1;

/// Returns the fact of an event as the call gets it: [`fact_of`], except the separation of a caller whom the other party's phone
/// has transferred. That caller is still with people of the switch: its dialplan is about to ring the next one, and the call would
/// lead the caller back to us.
pub fn news_of(event: &Event, channel: Uuid) -> Option<Fact> {
    match fact_of(event, channel)? {
        Fact::Unbridged if is_sent_on(event) => None,
        fact => Some(fact),
    }
}

/// Returns whether the other party's phone has just transferred the channel (REFER), from a `CHANNEL_UNBRIDGE`. `transfer_source`
/// describes the last transfer, as `SECONDS:ID:bl_xfer:EXTENSION/CONTEXT/XML`. It is still there when the next person leaves, but
/// older then. A transfer of ours names more dialplans than XML.
fn is_sent_on(event: &Event) -> bool {
    let source = event.variable("transfer_source").filter(|source| is_by_phone(source));
    let sent_s = source.and_then(|source| source.split(':').next()?.parse::<u64>().ok());
    let parted_s = event.number::<u64>("Event-Date-Timestamp").map(|us| us / 1_000_000);
    sent_s.zip(parted_s).is_some_and(|(sent, parted)| parted.abs_diff(sent) <= SENT_ON_S_MAX)
}

/// Returns whether a phone has made this transfer.
fn is_by_phone(transfer_source: &str) -> bool {
    transfer_source.contains(":bl_xfer:") && transfer_source.ends_with("/XML")
}

/// Returns the party whose phone has transferred the channel, from its dump, while the dialplan rings the next one: that separation
/// was not reported. A transfer gives the channel a new profile, whose bridge time is 0 until the next person answers.
pub fn sent_on_by(dump: &Event) -> Option<&str> {
    let rings_the_next = dump.variable("transfer_source").is_some_and(is_by_phone)
        && dump.variable("current_application") == Some("bridge")
        && dump.get("Channel-State") == Some("CS_EXECUTE")
        && dump.number::<u64>("Caller-Channel-Bridged-Time") == Some(0);
    dump.variable("last_bridge_to").filter(|_| rings_the_next)
}

/// Returns the fact of a channel's event, if it has one.
pub fn fact_of(event: &Event, channel: Uuid) -> Option<Fact> {
    match event.name()? {
        EventName::ChannelHangup | EventName::ChannelHangupComplete => channel_hangup(event),
        EventName::Dtmf => dtmf(event),
        EventName::ChannelBridge | EventName::ChannelUnbridge => channel_bridge(event, channel),
        EventName::ChannelAnswer => Some(Fact::ChannelAnswered),
        EventName::ChannelHold => Some(Fact::Held),
        EventName::ChannelUnhold => Some(Fact::Unheld),
        _ => None,
    }
}

/// Returns the fact of `CHANNEL_HANGUP` and `CHANNEL_HANGUP_COMPLETE`; none for any other event.
pub fn channel_hangup(event: &Event) -> Option<Fact> {
    let Hangup { cause, by } = Hangup::of(event)?;
    let by = match by {
        Some(HungUpBy::Phone) => HangupBy::Caller,
        Some(HungUpBy::Switch) | None => HangupBy::Switch,
    };
    Some(Fact::Hangup { by, cause })
}

/// Returns the fact of a final disconnect notice without any event before it: neither the reason is known, nor whether the channel
/// ended with its connection. A hang-up that the switch reports has another cause.
pub fn notice_of_end() -> Fact {
    Fact::Hangup { by: HangupBy::Switch, cause: HangupCause::channel_gone() }
}

/// Returns the fact of `DTMF`, whether it came as RFC 4733 or as SIP INFO; none for any other event.
pub fn dtmf(event: &Event) -> Option<Fact> {
    let KeyPress { digit, held_ms, .. } = KeyPress::of(event)?;
    Some(Fact::Dtmf { leg: None, digit, duration_ms: (held_ms > 0).then_some(held_ms) })
}

/// Returns the fact of `CHANNEL_BRIDGE` and `CHANNEL_UNBRIDGE`; none for any other event.
pub fn channel_bridge(event: &Event, channel: Uuid) -> Option<Fact> {
    let bridge = Bridge::of(event)?;
    if event.name() == Some(EventName::ChannelUnbridge) {
        return Some(Fact::Unbridged);
    }
    Some(Fact::Bridged { other: bridge.other_than(&channel.to_string()).to_owned() })
}

/// Returns whether the channel's own phone holds the call, from its `Channel-Call-State`.
pub fn is_held(call_state: &str) -> bool {
    call_state == "HELD"
}

/// Returns how many milliseconds of a file were played, from a `PLAYBACK_STOP`; none if it does not say.
///
/// `playback_last_offset_pos` counts played samples, at the channel's rate. `playback_ms` counts what was read from the file, up to
/// 2 s ahead, which is too much for a file that was stopped.
pub fn heard_ms(event: &Event) -> Option<u64> {
    let number = |name: &str| event.variable(name)?.parse::<u64>().ok();
    let read_ms = number("playback_ms");
    let rate_hz = number("write_rate").or_else(|| number("read_rate")).filter(|rate| *rate > 0);
    let played_ms = number("playback_last_offset_pos")
        .zip(rate_hz)
        .and_then(|(samples, rate)| Some(samples.checked_mul(1_000)? / rate));
    match (played_ms, read_ms) {
        (Some(played), Some(read)) => Some(played.min(read)),
        (played, read) => played.or(read),
    }
}
