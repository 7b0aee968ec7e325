//! One person's phone that is rung, from the order to the bridge. Pure.
//!
//! ```text
//!  Calling ──rings──> Rings ──answered, and parked──> Answered ──joined with the caller──> Joined ──hung up──> gone
//!     │                 │                             └── hung up: failed, gone ┘
//!     ├─────────────────┴── the job says busy, declined, no answer: failed, gone
//!     └──hung up──> Ended ──the job is done, with any result──> failed, gone
//!  Stopped: nobody waits for it any more; whatever still comes up is ended
//! ```
//!
//! The job's result or the parking counts as the answer, and not `CHANNEL_ANSWER`. That event comes 20 ms before `originate` is
//! done with the channel, and a bridge that is made in between is undone. A person may hang up within that time: the job then says
//! that they have answered, and nothing more is reported of their channel.

use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::wire::esl::{ApiAnswer, Event, EventName};

use crate::switches::{RingingReport, Turn};

/// The progress of the ringing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The switch was ordered to ring it.
    Calling,
    /// The phone rings.
    Rings,
    /// The person waits for the caller.
    Answered,
    /// The person talks with the caller.
    Joined,
    /// The channel has ended, and the job has not reported how; this is the channel's reason.
    Ended(HandoffFailure),
    /// Nobody waits for the person any more.
    Stopped,
}

impl Stage {
    /// Handles an event of the person's channel.
    pub(super) fn happened(&mut self, event: &Event) -> Turn<RingingReport> {
        match event.name() {
            Some(EventName::ChannelProgress | EventName::ChannelProgressMedia) => self.rings(),
            Some(EventName::ChannelPark) => self.answered(),
            Some(EventName::ChannelCreate | EventName::ChannelAnswer) if *self == Self::Stopped => {
                Turn::hang_up(None)
            }
            Some(EventName::ChannelHangup) => self.hung_up(event),
            _ => Turn::NOTHING,
        }
    }

    /// Handles the result of the job that calls the person. `of_party` returns what a failure means for them.
    pub(super) fn job_done(
        &mut self,
        answer: ApiAnswer<'_>,
        of_party: impl FnOnce(HandoffFailure) -> HandoffFailure,
    ) -> Turn<RingingReport> {
        match (*self, answer.originated()) {
            // They had answered, and hung up.
            (Self::Ended(why), Ok(_)) => self.failed(why),
            (_, Ok(_)) => self.answered(),
            (_, Err(failure)) => self.failed(of_party(failure)),
        }
    }

    /// Notes that the person and the caller were joined.
    pub(super) fn joined(&mut self) {
        if matches!(self, Self::Calling | Self::Rings | Self::Answered) {
            *self = Self::Joined;
        }
    }

    /// Handles the state of the channel after the connection was lost and is back; none if there is no channel.
    pub(super) fn found_again(&mut self, channel: Option<&Event>) -> Turn<RingingReport> {
        match (*self, channel) {
            (Self::Stopped, None) => Turn::gone(None),
            (Self::Stopped, Some(_)) => Turn::hang_up(None),
            (Self::Joined, None) => Turn::gone(None),
            (Self::Ended(why), _) => self.failed(why),
            // Its end was reported while there was no connection.
            (_, None) => Turn::gone(Some(RingingReport::Failed(HandoffFailure::Timeout))),
            (_, Some(channel)) if channel.variable("bridge_to").is_some() => {
                self.joined();
                Turn::NOTHING
            }
            (_, Some(channel)) if channel.variable("current_application") == Some("park") => self.answered(),
            _ => Turn::NOTHING,
        }
    }

    /// Returns the report for a hand-off that asks again because its actor or process died meanwhile.
    pub(super) fn again(self) -> Option<RingingReport> {
        match self {
            Self::Calling | Self::Ended(_) | Self::Stopped => None,
            Self::Rings => Some(RingingReport::Ringing),
            Self::Answered | Self::Joined => Some(RingingReport::Answered),
        }
    }

    /// Handles the end of its time.
    pub(super) fn expired(&mut self) -> Turn<RingingReport> {
        match self {
            Self::Calling | Self::Rings => {
                Turn::hang_up(Some(RingingReport::Failed(HandoffFailure::Timeout)))
            }
            Self::Ended(why) => {
                let why = *why;
                self.failed(why)
            }
            Self::Stopped => Turn::gone(None),
            Self::Answered | Self::Joined => Turn::NOTHING,
        }
    }

    fn rings(&mut self) -> Turn<RingingReport> {
        match self {
            Self::Calling => {
                *self = Self::Rings;
                Turn::report(RingingReport::Ringing)
            }
            Self::Stopped => Turn::hang_up(None),
            Self::Rings | Self::Answered | Self::Joined | Self::Ended(_) => Turn::NOTHING,
        }
    }

    fn answered(&mut self) -> Turn<RingingReport> {
        match self {
            Self::Calling | Self::Rings => {
                *self = Self::Answered;
                Turn::report(RingingReport::Answered)
            }
            Self::Stopped => Turn::hang_up(None),
            Self::Answered | Self::Joined | Self::Ended(_) => Turn::NOTHING,
        }
    }

    fn failed(&mut self, failure: HandoffFailure) -> Turn<RingingReport> {
        match self {
            Self::Calling | Self::Rings | Self::Ended(_) => Turn::gone(Some(RingingReport::Failed(failure))),
            Self::Answered | Self::Joined => Turn::NOTHING,
            Self::Stopped => Turn::gone(None),
        }
    }

    fn hung_up(&mut self, event: &Event) -> Turn<RingingReport> {
        let was_joined =
            ["bridge_to", "last_bridge_to"].into_iter().any(|name| event.variable(name).is_some());
        if was_joined {
            self.joined();
        }
        let why = why_left(event.text_of("Hangup-Cause").unwrap_or_default());
        match self {
            // Unless they had answered, the job reports why, within 20 ms.
            Self::Calling | Self::Rings => {
                *self = Self::Ended(why);
                Turn::NOTHING
            }
            Self::Answered => Turn::gone(Some(RingingReport::Failed(why))),
            Self::Ended(_) => Turn::NOTHING,
            Self::Joined | Self::Stopped => Turn::gone(None),
        }
    }
}

/// Returns why a person who had answered is gone. Hanging up before the caller is there is a way of declining.
fn why_left(cause: &str) -> HandoffFailure {
    match cause {
        "NORMAL_CLEARING" | "NORMAL_UNSPECIFIED" => HandoffFailure::Declined,
        cause => HandoffFailure::from_freeswitch(cause),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::switches::ChannelOutcome;

    fn event(name: &str, more: &str) -> Event {
        Event::plain(format!("Event-Name: {name}\nUnique-ID: v\n{more}\n").as_bytes())
    }

    /// Returns the reports of a ring with these events and answers, and how it ends.
    fn reports(script: &str) -> String {
        let mut stage = Stage::Calling;
        let mut said = Vec::new();
        for word in script.split("; ") {
            let turn = match word {
                "stop" => {
                    stage = Stage::Stopped;
                    Turn::NOTHING
                }
                "joined" => {
                    stage.joined();
                    Turn::NOTHING
                }
                "expired" => stage.expired(),
                "not found" => stage.found_again(None),
                "found parked" => {
                    stage.found_again(Some(&event("CHANNEL_DATA", "variable_current_application: park\n")))
                }
                "found ringing" => stage.found_again(Some(&event("CHANNEL_DATA", ""))),
                "found joined" => stage.found_again(Some(&event("CHANNEL_DATA", "variable_bridge_to: a\n"))),
                word if word.starts_with(['+', '-']) => {
                    stage.job_done(ApiAnswer::of(word), |failure| failure)
                }
                word => match word.split_once(' ') {
                    Some((name, cause)) => stage.happened(&event(name, &format!("Hangup-Cause: {cause}\n"))),
                    None => stage.happened(&event(word, "")),
                },
            };
            said.extend(turn.report.map(|report| format!("{report:?}")));
            match turn.outcome {
                ChannelOutcome::Kept => {}
                ChannelOutcome::HungUp => said.push("hang up".to_owned()),
                ChannelOutcome::Gone => {
                    said.push("gone".to_owned());
                    break;
                }
            }
        }
        said.join(", ")
    }

    #[test]
    fn every_sequence_of_ring_events_reports_correctly() {
        let table = [
            ("CHANNEL_CREATE; CHANNEL_PROGRESS; CHANNEL_ANSWER; +OK v; CHANNEL_PARK", "Ringing, Answered"),
            ("CHANNEL_PROGRESS; CHANNEL_PROGRESS_MEDIA; CHANNEL_PARK; +OK v", "Ringing, Answered"),
            ("+OK v", "Answered"),
            ("CHANNEL_HANGUP USER_BUSY; -ERR USER_BUSY", "Failed(Busy), gone"),
            ("CHANNEL_PROGRESS; -ERR NO_ANSWER", "Ringing, Failed(NoAnswer), gone"),
            ("-ERR USER_NOT_REGISTERED", "Failed(Unregistered), gone"),
            ("-ERR SUBSCRIBER_ABSENT", "Failed(Unallocated), gone"),
            ("-ERR CALL_REJECTED", "Failed(Declined), gone"),
            ("-USAGE: originate", "Failed(BadTarget), gone"),
            ("+OK v; CHANNEL_HANGUP NORMAL_CLEARING", "Answered, Failed(Declined), gone"),
            ("+OK v; CHANNEL_HANGUP NORMAL_TEMPORARY_FAILURE", "Answered, Failed(Unavailable), gone"),
            ("+OK v; joined; CHANNEL_HANGUP NORMAL_CLEARING", "Answered, gone"),
            (
                "CHANNEL_PROGRESS; CHANNEL_ANSWER; CHANNEL_HANGUP NORMAL_CLEARING; +OK v",
                "Ringing, Failed(Declined), gone",
            ),
            ("CHANNEL_HANGUP NORMAL_CLEARING; CHANNEL_PARK; +OK v", "Failed(Declined), gone"),
            ("CHANNEL_HANGUP USER_BUSY; expired", "Failed(Busy), gone"),
            ("CHANNEL_HANGUP USER_BUSY; not found", "Failed(Busy), gone"),
            ("CHANNEL_HANGUP USER_BUSY; stop; +OK v", "hang up"),
            ("stop; CHANNEL_PROGRESS; -ERR NORMAL_CLEARING", "hang up, gone"),
            ("stop; CHANNEL_CREATE; +OK v; CHANNEL_HANGUP NORMAL_CLEARING", "hang up, hang up, gone"),
            ("CHANNEL_PROGRESS; not found", "Ringing, Failed(Timeout), gone"),
            ("CHANNEL_PROGRESS; found ringing; +OK v", "Ringing, Answered"),
            ("CHANNEL_PROGRESS; found parked", "Ringing, Answered"),
            ("CHANNEL_PROGRESS; found joined; expired; not found", "Ringing, gone"),
            ("CHANNEL_PROGRESS; expired", "Ringing, Failed(Timeout), hang up"),
            ("+OK v; expired", "Answered"),
            ("stop; not found", "gone"),
        ];
        for (script, expected) in table {
            assert_eq!(reports(script), expected, "{script}");
        }
    }

    proptest! {
        /// In any order of events no person is accepted after a failure, or twice.
        #[test]
        fn a_ring_is_accepted_once_and_fails_once(words in proptest::collection::vec(0_usize..12, 0..20)) {
            const WORDS: [&str; 12] = [
                "CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_ANSWER", "CHANNEL_PARK", "+OK v", "-ERR USER_BUSY",
                "CHANNEL_HANGUP USER_BUSY", "joined", "expired", "not found", "found parked", "stop",
            ];
            let script: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
            let said = reports(&script.join("; "));
            prop_assert!(said.matches("Answered").count() <= 1, "{said}");
            prop_assert!(said.matches("Ringing").count() <= 1, "{said}");
            if let Some(stopped) = script.iter().position(|word| *word == "stop") {
                let before = reports(&script[..stopped].join("; "));
                prop_assert_eq!(said.matches("(").count(), before.matches("(").count(), "reported after it was stopped: {}", said);
            }
        }
    }
}
