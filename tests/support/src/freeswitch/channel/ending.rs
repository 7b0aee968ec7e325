//! How a call ends, and the events about it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

use super::super::calendar::local;
use super::super::settings::Pace;
use super::{Channel, Disposition, Held, Progress, State};

/// The time from a BYE to its event, on top of the tick: 21 ms in all.
const BYE: Duration = Duration::from_millis(18);

/// Causes that the switch knows, with their Q.850 number.
const CAUSES: [(&str, u32); 36] = [
    ("NONE", 0),
    ("UNALLOCATED_NUMBER", 1),
    ("NO_ROUTE_TRANSIT_NET", 2),
    ("NO_ROUTE_DESTINATION", 3),
    ("CHANNEL_UNACCEPTABLE", 6),
    ("NORMAL_CLEARING", 16),
    ("USER_BUSY", 17),
    ("NO_USER_RESPONSE", 18),
    ("NO_ANSWER", 19),
    ("SUBSCRIBER_ABSENT", 20),
    ("CALL_REJECTED", 21),
    ("NUMBER_CHANGED", 22),
    ("EXCHANGE_ROUTING_ERROR", 25),
    ("DESTINATION_OUT_OF_ORDER", 27),
    ("INVALID_NUMBER_FORMAT", 28),
    ("FACILITY_REJECTED", 29),
    ("NORMAL_UNSPECIFIED", 31),
    ("NORMAL_CIRCUIT_CONGESTION", 34),
    ("NETWORK_OUT_OF_ORDER", 38),
    ("NORMAL_TEMPORARY_FAILURE", 41),
    ("SWITCH_CONGESTION", 42),
    ("OUTGOING_CALL_BARRED", 52),
    ("INCOMING_CALL_BARRED", 54),
    ("BEARERCAPABILITY_NOTAVAIL", 58),
    ("CHAN_NOT_IMPLEMENTED", 66),
    ("INCOMPATIBLE_DESTINATION", 88),
    ("RECOVERY_ON_TIMER_EXPIRE", 102),
    ("INTERWORKING", 127),
    ("ORIGINATOR_CANCEL", 487),
    ("LOSE_RACE", 502),
    ("MANAGER_REQUEST", 503),
    ("ATTENDED_TRANSFER", 601),
    ("ALLOTTED_TIMEOUT", 602),
    ("USER_NOT_REGISTERED", 606),
    ("SYSTEM_SHUTDOWN", 701),
    ("MEDIA_TIMEOUT", 604),
];

/// A cause as FreeSWITCH understands it: a name, a Q.850 number, or else NORMAL_CLEARING.
fn cause_named(text: &str) -> &'static str {
    let by_number = text.parse::<u32>().ok();
    let wanted = text.to_ascii_uppercase();
    let found = CAUSES.iter().find(|(name, number)| *name == wanted || Some(*number) == by_number);
    found.map_or("NORMAL_CLEARING", |(name, _)| *name)
}

impl Channel {
    /// The phone hangs up, or cancels: the switch learns of it at once and reports it 20 ms later.
    pub(in crate::freeswitch) async fn phone_hangs_up(&self) {
        if self.switch.settings.pace == Pace::Real {
            sleep(BYE).await;
        }
        if self.is_answered() || self.state().profile.direction == super::Direction::Outbound {
            let refused = !self.is_answered();
            let (cause, how) = if refused {
                ("CALL_REJECTED", Disposition::RecvRefuse)
            } else {
                ("NORMAL_CLEARING", Disposition::RecvBye)
            };
            self.hang_up(cause, how);
        } else {
            self.hang_up("ORIGINATOR_CANCEL", Disposition::RecvCancel);
        }
    }

    /// Ends the call. A call that has ended stays as it is.
    pub(in crate::freeswitch) fn hang_up(&self, cause: &str, how: Disposition) {
        let cause = cause_named(cause);
        let unheld = {
            let mut state = self.state();
            if state.progress == Progress::Over {
                return;
            }
            std::mem::replace(&mut state.held, Held::No) == Held::Yes
        };
        if unheld {
            self.tell("CHANNEL_UNHOLD");
        }
        let now_us = self.switch.now_us();
        let other = {
            let mut state = self.state();
            let how = match (how, state.progress, state.profile.direction) {
                (Disposition::SendBye, Progress::Answered, _) => Disposition::SendBye,
                (Disposition::SendBye, _, super::Direction::Inbound) => Disposition::SendRefuse,
                (Disposition::SendBye, _, super::Direction::Outbound) => Disposition::SendCancel,
                (how, ..) => how,
            };
            state.cause = Some(cause.to_owned());
            state.disposition = Some(how);
            state.progress = Progress::Over;
            state.profile.hangup_us = now_us;
            if how != Disposition::SendBye {
                state.variables.push(("sip_hangup_disposition".to_owned(), how.name().to_owned()));
            }
            state.unicast = None;
            state.other_leg.clone()
        };
        self.tell("CHANNEL_HANGUP");
        self.switch.channel_hung_up(self);
        self.nudge();
        if let Some(other) = other.and_then(|uuid| self.switch.channel(&uuid)) {
            other.nudge();
        }
    }

    /// Reports the end when everything that ran on the channel has ended, up to CHANNEL_DESTROY and the notices to its connections.
    pub(in crate::freeswitch) async fn report(self: &Arc<Self>) {
        let stream = self.state().stream.take();
        self.state().core_state = "CS_HANGUP";
        self.tell("CHANNEL_STATE");
        if let Some(stream) = stream {
            // A server that does not close TCP delays the report.
            stream.stop(None).await;
        }
        // Both legs of a bridge report at the same time.
        yield_now().await;
        record(&mut self.state(), self.switch.now_us());
        self.tell("CHANNEL_STATE");
        self.tell("CHANNEL_HANGUP_COMPLETE");
        self.switch.channel_over(self);
        self.tell("CHANNEL_DESTROY");
        self.reported.send_replace(true);
    }
}

/// Writes the variables of the call's record; `end` in microseconds since 1970.
fn record(state: &mut State, end: u64) {
    state.core_state = "CS_REPORTING";
    let profile = state.profile.clone();
    let cause = state.cause.clone().unwrap_or_else(|| "NORMAL_CLEARING".to_owned());
    let q850 = CAUSES.iter().find(|(name, _)| *name == cause).map_or(16, |(_, number)| *number);
    let disposition = state.disposition.map_or("send_bye", Disposition::name);
    let total = end.saturating_sub(profile.created_us);
    let billed = if profile.answered_us > 0 { end.saturating_sub(profile.answered_us) } else { 0 };
    let packets = billed / 20_000;
    let stamp = |us: u64| if us > 0 { local(us) } else { String::new() };
    let rows = [
        ("sip_term_status", "200".to_owned()),
        ("proto_specific_hangup_cause", "sip:200".to_owned()),
        ("sip_term_cause", q850.to_string()),
        ("sip_hangup_disposition", disposition.to_owned()),
        ("hangup_cause", cause),
        ("hangup_cause_q850", q850.to_string()),
        ("digits_dialed", "none".to_owned()),
        ("start_stamp", stamp(profile.created_us)),
        ("answer_stamp", stamp(profile.answered_us)),
        ("end_stamp", stamp(end)),
        ("start_epoch", (profile.created_us / 1_000_000).to_string()),
        ("start_uepoch", profile.created_us.to_string()),
        ("answer_epoch", (profile.answered_us / 1_000_000).to_string()),
        ("answer_uepoch", profile.answered_us.to_string()),
        ("end_epoch", (end / 1_000_000).to_string()),
        ("end_uepoch", end.to_string()),
        ("caller_id", format!("\"{}\" <{}>", profile.caller_name, profile.caller_number)),
        ("duration", (total / 1_000_000).to_string()),
        ("billsec", (billed / 1_000_000).to_string()),
        ("mduration", (total / 1000).to_string()),
        ("billmsec", (billed / 1000).to_string()),
        ("uduration", total.to_string()),
        ("billusec", billed.to_string()),
        ("rtp_audio_in_raw_bytes", (packets * 172).to_string()),
        ("rtp_audio_in_media_bytes", (packets * 172).to_string()),
        ("rtp_audio_in_packet_count", packets.to_string()),
        ("rtp_audio_in_media_packet_count", packets.to_string()),
        ("rtp_audio_in_skip_packet_count", "0".to_owned()),
        ("rtp_audio_in_mean_interval", "20.00".to_owned()),
        ("rtp_audio_in_quality_percentage", "100.00".to_owned()),
        ("rtp_audio_in_mos", "4.50".to_owned()),
    ];
    for (name, value) in rows {
        if value.is_empty() {
            continue;
        }
        state.variables.retain(|(known, _)| known != name);
        state.variables.push((name.to_owned(), value));
    }
}
