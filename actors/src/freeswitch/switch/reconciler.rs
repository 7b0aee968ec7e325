//! The comparison of our calls with the channels of a switch. Pure. Every 5 s the switch lists its channels. The registry
//! says which of our calls are not among them, and which channels belong to no call. The doubtful ones are checked one by
//! one: the list lags by up to 1 s, so nothing is done because of the list alone.
//!
//! | doubtful | check | action |
//! | --- | --- | --- |
//! | a call whose channel is not listed | `uuid_exists` says `false` | the call gets the report that its caller is gone |
//! | a channel that waits, and has no call | its dump says that it was ours, at this port, and still waits | it is sent to our ESL port |
//! | a phone that waits, and that no call has rung | its dump says that it was rung for this port, and still waits | it is hung up |
//!
//! A channel *waits* if nothing happens to it: it is parked, or sleeps between two tries of its dialplan to reach us. A
//! caller for whom a phone rings, whom a queue holds or a mailbox greets was brought there on purpose, and is left alone. A
//! channel under control is seldom listed with `socket`: it is listed with the last application that it ran, such as `answer` or
//! `playback`.

use std::collections::{HashMap, HashSet};

use cordboard_schema::ids::CallId;
use cordboard_schema::limits::SWITCH_CHECKS_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{DialText, Event, LiveChannel};
use uuid::Uuid;

use crate::freeswitch::commands::{CALL_OF_CHANNEL, PORT_OF_CHANNEL};

/// How long a channel is left alone after it was sent to us, in ms: it arrives within a few.
const TAKEN_UP_MS: u64 = 10_000;

/// The variable that our control link sets on its channel; a channel that is transferred away loses it.
pub(super) const OURS: &str = CALL_OF_CHANNEL;

/// State between comparisons.
#[derive(Debug)]
pub(super) struct Reconciler {
    every_ms: Option<u64>,
    next_at: UnixMs,
    /// The waiting channels of the last list.
    waiting: HashSet<Uuid>,
    /// When a channel was last sent to us.
    taken_up: HashMap<Uuid, UnixMs>,
}

impl Reconciler {
    /// Starts with this interval of comparisons; none: never.
    pub(super) fn new(every_ms: Option<u64>, now: UnixMs) -> Self {
        Self { every_ms, next_at: now, waiting: HashSet::new(), taken_up: HashMap::new() }
    }

    /// Returns when the next comparison is due.
    pub(super) fn next_at(&self) -> Option<UnixMs> {
        self.every_ms.map(|_| self.next_at)
    }

    /// Returns whether a comparison is due. If so, schedules the next one.
    pub(super) fn begins(&mut self, now: UnixMs) -> bool {
        let Some(every_ms) = self.every_ms else { return false };
        let is_due = self.next_at <= now;
        if is_due {
            self.next_at = now + every_ms;
        }
        is_due
    }

    /// Handles the switch's list. Returns the names that the registry is to compare.
    pub(super) fn listed(&mut self, channels: &[LiveChannel], now: UnixMs) -> Vec<Uuid> {
        let named = |channel: &LiveChannel| Uuid::parse_str(&channel.uuid).ok();
        self.waiting =
            channels.iter().filter(|row| waits(&row.state, &row.application)).filter_map(named).collect();
        self.taken_up.retain(|_, at| now.ms_since(*at) < TAKEN_UP_MS);
        channels.iter().filter_map(named).collect()
    }

    /// Returns the channels without a call that are to be checked.
    pub(super) fn doubtful(&self, unknown: &[Uuid]) -> Vec<Uuid> {
        let unseen = |channel: &&Uuid| self.waiting.contains(channel) && !self.taken_up.contains_key(channel);
        unknown.iter().filter(unseen).take(SWITCH_CHECKS_MAX).copied().collect()
    }

    /// Returns whether the channel, by its current dump, is to be sent to us at this port. If so, it is left alone for a while. A
    /// caller of another server that shares this switch may be in the middle of a conversation there, because callers are parked
    /// after a hand-off.
    pub(super) fn takes_over(&mut self, channel: Uuid, dump: &Event, port: &DialText, now: UnixMs) -> bool {
        let is_ours = dump.variable(OURS).is_some_and(|call| !call.is_empty());
        // An older version of the server did not set this variable.
        let is_here = dump.variable(PORT_OF_CHANNEL).is_none_or(|of_call| of_call == port.as_str());
        let is_new = self.taken_up.get(&channel).is_none_or(|at| now.ms_since(*at) >= TAKEN_UP_MS);
        let takes_over = is_ours && is_here && is_new && waits_alone(dump);
        if takes_over {
            self.taken_up.insert(channel, now);
        }
        takes_over
    }
}

/// Returns whether the channel, by its current dump, is a phone that a server at this port has rung to join a call there. No call
/// has it any more: its server died, and the call was not resumed. The person who holds it hears nothing.
pub(super) fn is_left_phone(channel: Uuid, dump: &Event, port: &DialText) -> bool {
    let is_here = dump.variable(PORT_OF_CHANNEL) == Some(port.as_str());
    CallId::is_phone(channel) && is_here && waits_alone(dump)
}

/// Returns whether a channel waits, by its current dump, and is not bridged.
fn waits_alone(dump: &Event) -> bool {
    let state = dump.get("Channel-State").unwrap_or_default();
    let application = dump.variable("current_application").unwrap_or_default();
    dump.variable("bridge_to").is_none() && waits(state, application)
}

/// Returns whether a channel with this state and last application waits. A channel whose bridge has ended keeps `uuid_bridge` as
/// its application, and only its state says that it is parked.
fn waits(state: &str, application: &str) -> bool {
    state == "CS_PARK" || matches!(application, "park" | "sleep")
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::EffectId;

    use super::*;

    fn row(channel: Uuid, application: &str) -> LiveChannel {
        LiveChannel {
            uuid: channel.to_string(),
            application: application.to_owned(),
            ..LiveChannel::default()
        }
    }

    fn port() -> DialText {
        DialText::new("192.0.2.7:8022").unwrap()
    }

    fn dump(variables: &str) -> Event {
        Event::plain(format!("Event-Name: CHANNEL_DATA\n{variables}\n").as_bytes())
    }

    #[test]
    fn only_waiting_channels_without_a_call_are_checked() {
        let mut reconciler = Reconciler::new(Some(5_000), UnixMs(0));
        let channels: Vec<Uuid> = (0..6).map(|_| Uuid::now_v7()).collect();
        let applications = ["park", "socket", "sleep", "bridge", "callcenter", "park"];
        let mut rows: Vec<_> =
            channels.iter().zip(applications).map(|(channel, run)| row(*channel, run)).collect();
        assert_eq!(reconciler.listed(&rows, UnixMs(0)), channels);
        assert_eq!(reconciler.doubtful(&channels[..5]), [channels[0], channels[2]]);
        // A person whom the switch had bridged has left.
        rows[1].state = "CS_PARK".to_owned();
        reconciler.listed(&rows, UnixMs(0));
        assert_eq!(reconciler.doubtful(&channels[..2]), channels[..2]);
        rows[1].state = "CS_EXECUTE".to_owned();
        reconciler.listed(&rows, UnixMs(0));
        // The last one belongs to a call.
        assert_eq!(reconciler.doubtful(&channels[..5]), [channels[0], channels[2]]);
    }

    #[test]
    fn only_our_waiting_channels_are_sent_to_us() {
        let ours = "variable_cordboard_call: 1\nvariable_current_application: sleep\n";
        let table = [
            (ours.to_owned(), true),
            ("variable_cordboard_call: 1\nvariable_current_application: park\n".to_owned(), true),
            ("variable_cordboard_call: 1\nvariable_current_application: playback\n".to_owned(), false),
            ("variable_cordboard_call: 1\nChannel-State: CS_PARK\n".to_owned(), true),
            (format!("{ours}variable_cordboard_port: 192.0.2.7%3A8022\n"), true),
            (format!("{ours}variable_cordboard_port: 192.0.2.8%3A8022\n"), false),
            ("variable_current_application: sleep\n".to_owned(), false),
            ("variable_cordboard_call: \nvariable_current_application: sleep\n".to_owned(), false),
            ("variable_cordboard_call: 1\nvariable_current_application: socket\n".to_owned(), false),
            ("variable_cordboard_call: 1\nvariable_current_application: bridge\n".to_owned(), false),
            (format!("{ours}variable_bridge_to: b\n"), false),
            (String::new(), false),
        ];
        for (variables, expected) in table {
            let mut reconciler = Reconciler::new(Some(5_000), UnixMs(0));
            let takes_over = reconciler.takes_over(Uuid::nil(), &dump(&variables), &port(), UnixMs(0));
            assert_eq!(takes_over, expected, "{variables}");
        }
    }

    #[test]
    fn a_waiting_phone_without_a_call_is_hung_up() {
        let phone = CallId(Uuid::from_u128(1)).phone(EffectId(4));
        let ours = "variable_cordboard_port: 192.0.2.7%3A8022\nvariable_current_application: park\n";
        assert!(is_left_phone(phone, &dump(ours), &port()));
        assert!(!is_left_phone(Uuid::now_v7(), &dump(ours), &port()), "a caller");
        for others in [
            "variable_current_application: park\n".to_owned(),
            "variable_cordboard_port: 192.0.2.8%3A8022\nvariable_current_application: park\n".to_owned(),
            format!("{ours}variable_bridge_to: b\n"),
            "variable_cordboard_port: 192.0.2.7%3A8022\nvariable_current_application: bridge\n".to_owned(),
        ] {
            assert!(!is_left_phone(phone, &dump(&others), &port()), "{others}");
        }
    }

    #[test]
    fn a_channel_is_sent_to_us_once_in_ten_seconds() {
        let mut reconciler = Reconciler::new(Some(5_000), UnixMs(0));
        let channel = Uuid::now_v7();
        let waits = dump("variable_cordboard_call: 1\nvariable_current_application: park\n");
        assert!(reconciler.takes_over(channel, &waits, &port(), UnixMs(0)));
        assert!(!reconciler.takes_over(channel, &waits, &port(), UnixMs(9_999)));
        reconciler.listed(&[row(channel, "park")], UnixMs(5_000));
        assert!(reconciler.doubtful(&[channel]).is_empty());
        reconciler.listed(&[row(channel, "park")], UnixMs(10_000));
        assert_eq!(reconciler.doubtful(&[channel]), [channel]);
        assert!(reconciler.takes_over(channel, &waits, &port(), UnixMs(10_000)));
    }

    #[test]
    fn a_comparison_checks_a_bounded_number_of_channels() {
        let mut reconciler = Reconciler::new(Some(5_000), UnixMs(0));
        let channels: Vec<Uuid> = (0..1_000).map(|_| Uuid::now_v7()).collect();
        let rows: Vec<_> = channels.iter().map(|channel| row(*channel, "park")).collect();
        reconciler.listed(&rows, UnixMs(0));
        assert_eq!(reconciler.doubtful(&channels).len(), SWITCH_CHECKS_MAX);
    }
}
