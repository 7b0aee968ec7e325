//! One phone that is rung, from the order to the bridge. Pure.
//!
//! ```text
//!  Calling ──rings──> Rings ──answered──> Answered ──joined with the caller──> Joined ──hung up──> gone
//!     └─────────────────┴── busy, declined, no answer: failed, once both reports of the reason are there, or 500 ms later
//!  Stopped: nobody waits for it any more; whatever still comes up is ended
//! ```
//!
//! The end of dialling is reported three times, in any order: by the originate's own event, by `DialEnd`, and by the channel's
//! hang-up with its cause. The last two have the reason. If Asterisk is busy, the first overtakes all events of the channel, so a
//! channel may exist although nothing was reported about it. Only if nothing follows was there none.

use cordboard_schema::switch::{HandoffFailure, is_refused_by_trunk};
use cordboard_schema::time::UnixMs;

use crate::messages::Phone;
use crate::switches::{RingingReport, Turn};

/// How long the reports with the reason may follow the report of the end, in ms.
const WORDS_MS_MAX: u64 = 500;

/// The cause of a channel whose ringing time was over, or whose phone can't be reached now (SIP 480).
const NO_ANSWER: u16 = 19;
/// The cause of a phone that is switched off or out of reach, in networks that report it.
const SUBSCRIBER_ABSENT: u16 = 20;
/// The cause of a channel for which there was no way.
const NO_ROUTE: u16 = 3;

/// The progress of the ringing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Asterisk was ordered to ring it.
    Calling,
    /// The phone rings.
    Rings,
    /// A person has answered and waits for the caller.
    Answered,
    /// The person talks with the caller.
    Joined,
    /// It ended without an answer; the reason is about to be reported.
    Failing { until: UnixMs },
    /// Nobody waits for it any more.
    Stopped,
}

/// A phone that is rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ringing {
    pub(super) stage: Stage,
    /// Whether Asterisk has made a channel for it.
    exists: bool,
    /// Whether it rang, or its network played something.
    was_reached: bool,
    has_timed_out: bool,
    dial_status: Option<String>,
    cause: Option<u16>,
    /// Whether it is an outside number, over the trunk.
    is_outside: bool,
    /// The status of the SIP answer that ended its channel.
    refused_with: Option<u16>,
}

impl Ringing {
    pub(super) fn of(phone: &Phone) -> Self {
        if phone.outside().is_some() { Self::begin_outside() } else { Self::begin() }
    }

    fn begin() -> Self {
        Self {
            stage: Stage::Calling,
            exists: false,
            was_reached: false,
            has_timed_out: false,
            dial_status: None,
            cause: None,
            is_outside: false,
            refused_with: None,
        }
    }

    /// The same for an outside number, over the trunk.
    fn begin_outside() -> Self {
        Self { is_outside: true, ..Self::begin() }
    }

    /// Handles a channel that exists, and may be ringing.
    pub(super) fn seen(&mut self, is_ringing: bool) -> Turn<RingingReport> {
        self.exists = true;
        match self.stage {
            Stage::Stopped => Turn::hang_up(None),
            Stage::Calling if is_ringing => {
                self.stage = Stage::Rings;
                self.was_reached = true;
                Turn::report(RingingReport::Ringing)
            }
            _ => Turn::NOTHING,
        }
    }

    /// Handles sound of the network before the answer.
    pub(super) fn early_media(&mut self) -> Turn<RingingReport> {
        match self.stage {
            Stage::Calling | Stage::Rings => {
                self.was_reached = true;
                Turn::report(RingingReport::EarlyMedia)
            }
            _ => Turn::NOTHING,
        }
    }

    /// Returns why the channel ended, as a Q.850 cause. If it rang for its whole time, the cause is known before it is reported.
    pub(super) fn cause(&self) -> Option<u16> {
        self.cause.or(self.has_timed_out.then_some(NO_ANSWER))
    }

    /// Handles the end of dialling by `DialEnd`.
    pub(super) fn dial_ended(&mut self, status: &str) -> Turn<RingingReport> {
        self.dial_status = Some(status.to_owned());
        self.settle()
    }

    /// Handles the end of the originate.
    pub(super) fn originated(
        &mut self,
        is_answered: bool,
        has_timed_out: bool,
        now: UnixMs,
    ) -> Turn<RingingReport> {
        match self.stage {
            Stage::Calling | Stage::Rings if is_answered => {
                self.stage = Stage::Answered;
                Turn::report(RingingReport::Answered)
            }
            Stage::Calling | Stage::Rings => {
                self.has_timed_out = has_timed_out;
                self.stage = Stage::Failing { until: now + WORDS_MS_MAX };
                self.settle()
            }
            Stage::Stopped if is_answered => Turn::hang_up(None),
            Stage::Stopped => Turn::gone(None),
            Stage::Answered | Stage::Joined | Stage::Failing { .. } => Turn::NOTHING,
        }
    }

    /// Handles an originate that was refused: there is nothing to wait for.
    pub(super) fn refused(&mut self, failure: HandoffFailure) -> Turn<RingingReport> {
        Turn::gone((self.stage != Stage::Stopped).then_some(RingingReport::Failed(failure)))
    }

    /// Handles the end of the channel, by its phone or by Asterisk.
    pub(super) fn ended(&mut self, cause: u16, by_phone: bool, now: UnixMs) -> Turn<RingingReport> {
        self.cause = Some(cause);
        match self.stage {
            Stage::Failing { .. } => self.settle(),
            Stage::Calling | Stage::Rings => {
                self.stage = Stage::Failing { until: now + WORDS_MS_MAX };
                self.settle()
            }
            Stage::Answered if by_phone => Turn::gone(Some(RingingReport::PutDown)),
            Stage::Answered => Turn::gone(Some(RingingReport::Failed(HandoffFailure::Declined))),
            Stage::Joined | Stage::Stopped => Turn::gone(None),
        }
    }

    /// Notes the status of the SIP answer that ends its channel, if it is reported.
    pub(super) fn ends_with(&mut self, sip_status: Option<u16>) {
        self.refused_with = sip_status.or(self.refused_with);
    }

    /// Notes that they are being joined with the caller: from now on the bridge reports what happens to them.
    pub(super) fn joined(&mut self) {
        if matches!(self.stage, Stage::Calling | Stage::Rings | Stage::Answered) {
            self.stage = Stage::Joined;
        }
    }

    /// Handles Asterisk's answer that there is no such channel. Answers overtake events, so the end may still be reported.
    pub(super) fn missing(&mut self, now: UnixMs) -> Turn<RingingReport> {
        match self.stage {
            Stage::Calling | Stage::Rings => {
                self.stage = Stage::Failing { until: now + WORDS_MS_MAX };
                self.settle()
            }
            Stage::Failing { .. } => Turn::NOTHING,
            Stage::Answered | Stage::Joined | Stage::Stopped => self.not_found_again(),
        }
    }

    /// Handles the same after the connection was lost and is back.
    pub(super) fn not_found_again(&mut self) -> Turn<RingingReport> {
        match self.stage {
            Stage::Stopped | Stage::Joined => Turn::gone(None),
            // Its end was reported while there was no connection.
            _ => Turn::gone(Some(RingingReport::Failed(HandoffFailure::Timeout))),
        }
    }

    /// Handles an answered channel that is found when the connection is back.
    pub(super) fn found_answered(&mut self) -> Turn<RingingReport> {
        match self.stage {
            Stage::Calling | Stage::Rings => {
                self.stage = Stage::Answered;
                Turn::report(RingingReport::Answered)
            }
            Stage::Stopped => Turn::hang_up(None),
            _ => Turn::NOTHING,
        }
    }

    /// Returns the report for a call that asks again because its actor or process died meanwhile.
    pub(super) fn again(&self) -> Option<RingingReport> {
        match self.stage {
            Stage::Calling | Stage::Stopped | Stage::Failing { .. } => None,
            Stage::Rings => Some(RingingReport::Ringing),
            Stage::Answered | Stage::Joined => Some(RingingReport::Answered),
        }
    }

    /// Handles the end of its time.
    pub(super) fn expired(&mut self) -> Turn<RingingReport> {
        match self.stage {
            Stage::Calling | Stage::Rings => {
                Turn::hang_up(Some(RingingReport::Failed(HandoffFailure::Timeout)))
            }
            Stage::Failing { .. } => self.failed(),
            Stage::Stopped => Turn::gone(None),
            Stage::Answered | Stage::Joined => Turn::NOTHING,
        }
    }

    /// Handles the end of its time if its state can't be known: there is nothing left to wait for, or to hang up.
    pub(super) fn given_up(&mut self) -> Turn<RingingReport> {
        match self.stage {
            Stage::Failing { .. } => self.failed(),
            _ => self.not_found_again(),
        }
    }

    /// Fails it once both reports of the reason are there.
    fn settle(&mut self) -> Turn<RingingReport> {
        let is_reported = self.has_timed_out || (self.cause.is_some() && self.dial_status.is_some());
        match self.stage {
            Stage::Failing { .. } if is_reported => self.failed(),
            _ => Turn::NOTHING,
        }
    }

    fn failed(&self) -> Turn<RingingReport> {
        if self.exists && self.cause.is_none() && self.dial_status.is_none() && !self.has_timed_out {
            return Turn::gone(Some(RingingReport::Failed(HandoffFailure::Timeout)));
        }
        let failure =
            HandoffFailure::from_asterisk(self.cause, self.dial_status.as_deref(), self.has_timed_out);
        let failure = match failure {
            // A campaign would pause for failures of the trunk, and give up a contact within the hour whose phone is switched off.
            HandoffFailure::NoAnswer | HandoffFailure::Unregistered if self.is_absent() => {
                HandoffFailure::NoAnswer
            }
            // A campaign would give up everybody on its list for a wrong number.
            HandoffFailure::Unallocated if self.has_no_route() => HandoffFailure::Trunk,
            // A phone that never rang was not left unanswered: it is switched off, or the way to it is dead.
            HandoffFailure::NoAnswer if self.exists && !self.was_reached => HandoffFailure::Unavailable,
            // Asterisk has one cause for a person who declines (SIP 603) and for a trunk that does not let us call.
            HandoffFailure::Declined
                if self.is_outside && self.refused_with.is_some_and(is_refused_by_trunk) =>
            {
                HandoffFailure::Trunk
            }
            failure => failure,
        };
        Turn::gone(Some(RingingReport::Failed(failure)))
    }

    /// Whether the network of an outside number has reported that its phone is switched off or out of reach. A trunk that answers nothing ends
    /// without a `DialEnd`.
    fn is_absent(&self) -> bool {
        let is_reported = match self.cause {
            Some(NO_ANSWER) => self.dial_status.as_deref() == Some("NOANSWER"),
            cause => cause == Some(SUBSCRIBER_ABSENT),
        };
        self.is_outside && !self.has_timed_out && is_reported
    }

    /// Whether Asterisk itself found no way to an outside number, as behind a `Local` channel whose trunk is not registered. A network that does not
    /// know the number says so with a SIP answer, or another cause.
    fn has_no_route(&self) -> bool {
        self.is_outside && self.cause == Some(NO_ROUTE) && self.refused_with.is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::switches::ChannelOutcome;

    const NOW: UnixMs = UnixMs(1_000_000);

    /// Returns the reports that these events lead to, and the end.
    fn reports(script: &str) -> String {
        let mut ringing = Ringing::begin();
        let mut said = Vec::new();
        for word in script.split("; ").filter(|word| !word.is_empty()) {
            let turn = match word {
                "new" => ringing.seen(false),
                "rings" => ringing.seen(true),
                "early" => ringing.early_media(),
                "answered" => ringing.originated(true, false, NOW),
                "failure" => ringing.originated(false, false, NOW),
                "timeout" => ringing.originated(false, true, NOW),
                "refused" => ringing.refused(HandoffFailure::BadTarget),
                "joined" => {
                    ringing.joined();
                    Turn::NOTHING
                }
                "stop" => {
                    ringing.stage = Stage::Stopped;
                    Turn::NOTHING
                }
                "put down" => ringing.ended(16, true, NOW),
                "expired" => ringing.expired(),
                "missing" => ringing.missing(NOW),
                "not found" => ringing.not_found_again(),
                "found" => ringing.found_answered(),
                word => match word.split_once(' ') {
                    Some(("end", cause)) => ringing.ended(cause.parse().unwrap(), false, NOW),
                    Some((_, status)) => ringing.dial_ended(status),
                    None => panic!("{word}"),
                },
            };
            said.extend(turn.report.map(|report| format!("{report:?}")));
            match turn.outcome {
                ChannelOutcome::Kept => {}
                ChannelOutcome::HungUp => {
                    ringing.stage = Stage::Stopped;
                    said.push("hang up".to_owned());
                }
                ChannelOutcome::Gone => {
                    said.push("gone".to_owned());
                    break;
                }
            }
        }
        said.join(", ")
    }

    /// Each end with its reports in every captured order.
    #[test]
    fn every_sequence_of_ring_events_reports_correctly() {
        let table = [
            ("new; rings; answered", "Ringing, Answered"),
            ("new; dial BUSY; failure; end 17", "Failed(Busy), gone"),
            ("new; failure; end 17; dial BUSY", "Failed(Busy), gone"),
            ("new; end 21; dial NOANSWER; failure", "Failed(Declined), gone"),
            ("new; rings; dial NOANSWER; end 1; failure", "Ringing, Failed(Unallocated), gone"),
            ("new; dial CONGESTION; failure; end 22", "Failed(Unallocated), gone"),
            ("new; rings; dial NOANSWER; end 19; failure", "Ringing, Failed(NoAnswer), gone"),
            ("new; dial CONGESTION; end 34; failure", "Failed(Congestion), gone"),
            ("new; dial CANCEL; end 127; failure", "Failed(Unavailable), gone"),
            ("new; rings; timeout", "Ringing, Failed(NoAnswer), gone"),
            ("new; early; timeout", "EarlyMedia, Failed(NoAnswer), gone"),
            ("new; dial NOANSWER; end 19; failure", "Failed(Unavailable), gone"),
            ("new; timeout", "Failed(Unavailable), gone"),
            ("failure; expired", "Failed(Unregistered), gone"),
            ("failure; new; dial NOANSWER; end 21", "Failed(Declined), gone"),
            ("failure; end 17; dial BUSY", "Failed(Busy), gone"),
            ("refused", "Failed(BadTarget), gone"),
            ("new; rings; failure; expired", "Ringing, Failed(Timeout), gone"),
            ("new; answered; end 16", "Answered, Failed(Declined), gone"),
            ("new; answered; put down", "Answered, PutDown, gone"),
            ("new; answered; joined; end 16", "Answered, gone"),
            ("new; answered; joined; put down", "Answered, gone"),
            ("new; rings; stop; end 0", "Ringing, gone"),
            ("stop; new; answered; end 0", "hang up, hang up, gone"),
            ("new; dial ANSWER; end 16; answered", "Failed(Declined), gone"),
            ("new; rings; expired", "Ringing, Failed(Timeout), hang up"),
            ("new; missing; dial NOANSWER; end 21", "Failed(Declined), gone"),
            ("new; rings; missing; expired", "Ringing, Failed(Timeout), gone"),
            ("new; rings; not found", "Ringing, Failed(Timeout), gone"),
            ("new; rings; found; joined; not found", "Ringing, Answered, gone"),
        ];
        for (script, expected) in table {
            assert_eq!(reports(script), expected, "{script}");
        }
    }

    #[test]
    fn a_trunk_that_refuses_us_is_no_declining_person() {
        let outside = Ringing::begin_outside;
        for (mut ringing, sip_status, failure) in [
            (outside(), Some(401), HandoffFailure::Trunk),
            (outside(), Some(403), HandoffFailure::Trunk),
            (outside(), Some(407), HandoffFailure::Trunk),
            (outside(), Some(603), HandoffFailure::Declined),
            (outside(), None, HandoffFailure::Declined),
            (Ringing::begin(), Some(403), HandoffFailure::Declined),
        ] {
            let (seen, dialled) = (ringing.seen(false).report, ringing.dial_ended("NOANSWER").report);
            ringing.ends_with(sip_status);
            let ended = ringing.ended(21, false, NOW).report;
            let expected = Some(RingingReport::Failed(failure));
            assert_eq!((seen, dialled, ended), (None, None, expected), "{sip_status:?}");
        }
    }

    #[test]
    fn outside_numbers_switched_off_are_unanswered_and_lost_routes_fail() {
        let (outside, extension) = (Ringing::begin_outside, Ringing::begin);
        for (mut ringing, status, sip_status, cause, failure) in [
            (outside(), "NOANSWER", Some(480), 19, HandoffFailure::NoAnswer),
            (outside(), "NOANSWER", None, 19, HandoffFailure::NoAnswer),
            (outside(), "CHANUNAVAIL", None, 20, HandoffFailure::NoAnswer),
            // The trunk's host answers nothing (SIP 408).
            (outside(), "NOANSWER", None, 18, HandoffFailure::Unavailable),
            (outside(), "CHANUNAVAIL", None, 3, HandoffFailure::Trunk),
            (outside(), "NOANSWER", Some(404), 3, HandoffFailure::Unallocated),
            (outside(), "NOANSWER", None, 1, HandoffFailure::Unallocated),
            (extension(), "NOANSWER", Some(480), 19, HandoffFailure::Unavailable),
            (extension(), "CHANUNAVAIL", None, 20, HandoffFailure::Unregistered),
            (extension(), "CHANUNAVAIL", None, 3, HandoffFailure::Unallocated),
        ] {
            let (seen, dialled) = (ringing.seen(false).report, ringing.dial_ended(status).report);
            ringing.ends_with(sip_status);
            let ended = ringing.ended(cause, false, NOW).report;
            let expected = Some(RingingReport::Failed(failure));
            assert_eq!((seen, dialled, ended), (None, None, expected), "{status} {cause} {sip_status:?}");
        }
        let mut silent = outside();
        silent.seen(false);
        let timed_out = silent.originated(false, true, NOW).report;
        assert_eq!(timed_out, Some(RingingReport::Failed(HandoffFailure::Unavailable)));
    }

    proptest! {
        /// In any order of events it is answered once, fails once, and not after it was stopped.
        #[test]
        fn a_ring_is_answered_once_and_fails_once(words in proptest::collection::vec(0_usize..15, 0..20)) {
            const WORDS: [&str; 15] = [
                "new", "rings", "answered", "failure", "timeout", "end 17", "end 0", "dial BUSY", "dial ANSWER",
                "joined", "expired", "not found", "found", "stop", "put down",
            ];
            let script: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
            let said = reports(&script.join("; "));
            prop_assert!(said.matches("Answered").count() <= 1, "{said}");
            prop_assert!(said.matches("Failed").count() + said.matches("PutDown").count() <= 1, "{said}");
            if let Some(stopped) = script.iter().position(|word| *word == "stop") {
                let before = reports(&script[..stopped].join("; "));
                prop_assert_eq!(said.matches("Failed").count(), before.matches("Failed").count(), "{}", said);
            }
        }
    }
}
