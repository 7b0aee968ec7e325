//! Calls that we make over the switch, from the order to the control connection that the switch opens for the party that answered.
//!
//! ```text
//!  Calling ──rings, early media──> Calling ──CHANNEL_ANSWER, or the job says so──> Answered ──its call watches it──> removed
//!     └── the job says why not: failed, removed         hung up before that: reported ──> removed
//!  Stopped: nobody waits for it any more; whatever still comes up is ended
//! ```

use cordboard_schema::call::HangupCause;
use cordboard_schema::event::Fact;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{
    Answered, ApiAnswer, ApiCommand, BadValue, Command, DialText, Event, EventName, JobDone, Originate,
    hangup_cause_of,
};
use tracing::warn;
use uuid::Uuid;

use super::calling::Person;
use super::party::{Party, refusal_of};
use super::watched::ChannelState;
use super::{Awaited, Freeswitch};
use crate::freeswitch::translation;
use crate::messages::{CallLine, Dial, DialledFor, Phone};
use crate::switches::{RingPurpose, RingingReport, RungPhone, Turn, own_variables};

/// A call that the switch is making.
#[derive(Debug)]
pub(super) struct Dialling {
    stage: Stage,
    /// The job that calls.
    job: Option<Uuid>,
    /// Why nobody was reached, by the switch's name for the cause.
    cause: Option<HangupCause>,
    /// The status of the SIP answer that refused it, if its channel has ended with one.
    refused_with: Option<u16>,
    /// The party that is called.
    party: Party,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody has answered.
    Calling,
    /// The call was answered.
    Answered,
    /// Nobody waits for it any more.
    Stopped,
}

impl RungPhone for Dialling {
    fn stop(&mut self) {
        self.stage = Stage::Stopped;
    }

    fn is_stopped(&self) -> bool {
        self.stage == Stage::Stopped
    }

    /// A restarted call gets its report when its connection arrives.
    fn again(&self) -> Option<RingingReport> {
        None
    }

    fn deadline(&self, until: UnixMs) -> Option<UnixMs> {
        Some(until)
    }

    fn cause(&self) -> Option<HangupCause> {
        self.cause.clone()
    }
}

impl Dialling {
    /// Handles the job that calls: done, or refused.
    fn done(&mut self, answer: ApiAnswer<'_>) -> Turn<RingingReport> {
        match (self.stage, answer.originated()) {
            (Stage::Calling, Ok(_)) => self.answered(),
            (Stage::Calling, Err(failure)) => {
                self.cause = answer.failure().filter(|cause| is_cause(cause)).map(hangup_cause_of);
                let failure = self.party.failure(answer, failure, self.refused_with);
                Turn::gone(Some(RingingReport::Failed(failure)))
            }
            (Stage::Stopped, Ok(_)) => Turn::hang_up(None),
            (Stage::Stopped, Err(_)) => Turn::gone(None),
            (Stage::Answered, _) => Turn::NOTHING,
        }
    }

    /// Handles an event of its channel.
    fn happened(&mut self, event: &Event) -> Turn<RingingReport> {
        match (self.stage, event.name()) {
            (Stage::Calling, Some(EventName::ChannelProgress)) => Turn::report(RingingReport::Ringing),
            (Stage::Calling, Some(EventName::ChannelProgressMedia)) => {
                Turn::report(RingingReport::EarlyMedia)
            }
            (Stage::Calling, Some(EventName::ChannelAnswer)) => self.answered(),
            (Stage::Answered | Stage::Stopped, Some(EventName::ChannelHangup)) => Turn::gone(None),
            (
                Stage::Stopped,
                Some(EventName::ChannelCreate | EventName::ChannelProgress | EventName::ChannelAnswer),
            ) => Turn::hang_up(None),
            // If it ends while ringing, the job reports why, within 20 ms, but without the status of the SIP answer.
            (Stage::Calling, Some(EventName::ChannelHangup)) => {
                self.refused_with = refusal_of(event);
                Turn::NOTHING
            }
            _ => Turn::NOTHING,
        }
    }

    /// Handles the state of the channel after the connection was lost and is back.
    fn found(&mut self, found: &ChannelState) -> Turn<RingingReport> {
        match (self.stage, found) {
            (Stage::Stopped, ChannelState::There(_)) => Turn::hang_up(None),
            (Stage::Calling, ChannelState::There(dump)) if dump.get("Answer-State") == Some("answered") => {
                self.answered()
            }
            (Stage::Calling, ChannelState::Gone) => {
                Turn::gone(Some(RingingReport::Failed(HandoffFailure::Timeout)))
            }
            (Stage::Answered | Stage::Stopped, ChannelState::Gone) => Turn::gone(None),
            _ => Turn::NOTHING,
        }
    }

    /// Handles the end of its time.
    fn expired(&mut self) -> Turn<RingingReport> {
        match self.stage {
            Stage::Calling => Turn::hang_up(Some(RingingReport::Failed(HandoffFailure::Timeout))),
            Stage::Answered | Stage::Stopped => Turn::gone(None),
        }
    }

    fn answered(&mut self) -> Turn<RingingReport> {
        self.stage = Stage::Answered;
        Turn::report(RingingReport::Answered)
    }
}

/// Why the switch can't make a call.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undialable {
    #[error("it has no trunk")]
    NoTrunk,
    #[error("its SIP domain, in which extensions are called, is not known")]
    NoDomain,
    #[error("it has no address of our port for control connections")]
    NoPort,
    #[error(transparent)]
    Bad(#[from] BadValue),
}

impl Undialable {
    pub(super) const fn failure(&self) -> HandoffFailure {
        match self {
            Self::NoTrunk | Self::NoPort => HandoffFailure::Trunk,
            Self::NoDomain | Self::Bad(_) => HandoffFailure::BadTarget,
        }
    }
}

impl Freeswitch {
    /// Makes a call, or reports at once why not.
    pub(super) fn dial(&mut self, dial: Dial, now: UnixMs) {
        let (channel, call, purpose) = (dial.channel, dial.call.clone(), RingPurpose::Us(dial.wanted_for));
        if self.diallings.has(channel) {
            return;
        }
        let until = now + dial.timeout_ms;
        let phone = Phone::of(&dial.target, None);
        let party = Party::of(&phone);
        if let DialledFor::Phone(_) = dial.wanted_for {
            let ring = self.rings.begin(purpose, call, Person::begin(party), until);
            let from = dial.from.as_ref().map(ToString::to_string);
            return self.ring(channel, ring, &phone, from, dial.timeout_ms, now);
        }
        let dialling = Dialling { stage: Stage::Calling, job: None, cause: None, refused_with: None, party };
        let mut dialled = self.diallings.begin(purpose, call, dialling, until);
        if !self.link.is_up() {
            return dialled.tell(channel, RingingReport::Failed(HandoffFailure::Trunk));
        }
        let originate = match self.originate(&dial) {
            Ok(originate) => originate,
            Err(why) => {
                warn!(switch = %self.settings.name, %why, "the switch can't make a call");
                return dialled.tell(channel, RingingReport::Failed(why.failure()));
            }
        };
        let job = self.jobs.next();
        dialled.phone.job = Some(job);
        self.diallings.insert(channel, dialled);
        self.hear_of_called(channel, now);
        let command = Command::BackgroundApi { command: ApiCommand::Originate(originate), job: job.into() };
        self.ask(&command, Awaited::Dialling { channel }, now);
    }

    fn originate(&self, dial: &Dial) -> Result<Originate, Undialable> {
        let text = |text: &str| DialText::new(text);
        let mut variables = vec![(text("ignore_early_media")?, text("true")?)];
        if let Some(from) = &dial.from {
            variables.push((text("origination_caller_id_number")?, text(from.as_str())?));
        }
        for (name, value) in own_variables(&dial.variables).filter(|(_, value)| !value.is_empty()) {
            variables.push((text(&name)?, text(&value)?));
        }
        let target = self.dial_string(&Phone::of(&dial.target, None))?;
        let timeout_s = u32::try_from(dial.timeout_ms.div_ceil(1_000)).unwrap_or(u32::MAX).max(1);
        let address = self.settings.our_address.clone().ok_or(Undialable::NoPort)?;
        let answered = Answered::Socket(address);
        Ok(Originate { channel: dial.channel.into(), timeout_s, variables, target, answered })
    }

    /// Returns the dial string of a phone: an extension in its known domain, or else in the switch's own.
    pub(super) fn dial_string(&self, phone: &Phone) -> Result<DialText, Undialable> {
        match phone.outside() {
            Some(number) => Ok(self.settings.trunk.as_ref().ok_or(Undialable::NoTrunk)?.dial(number)?),
            None => {
                let domain = phone.domain().or(self.domain.as_deref()).ok_or(Undialable::NoDomain)?;
                Ok(DialText::new(format!("user/{}@{domain}", phone.number()))?)
            }
        }
    }

    /// Stops a call, because nobody waits for it any more. A channel that does not exist yet is ended when it appears.
    pub(super) fn stop_dialling(&mut self, channel: Uuid, now: UnixMs) {
        self.diallings.stop(channel, now);
        self.stop_ringing(channel, now);
    }

    /// Removes it, because its call watches the channel from now on.
    pub(super) fn dialled_is_watched(&mut self, channel: Uuid, now: UnixMs) {
        if self.diallings.get(channel).is_some_and(|dialled| !dialled.phone.is_stopped()) {
            self.dialling_turns(channel, |_| Turn::gone(None), now);
        }
    }

    /// Handles the result of a call's job, or of its order.
    pub(super) fn dialled_done(&mut self, channel: Uuid, answer: ApiAnswer<'_>, now: UnixMs) {
        self.dialling_turns(channel, |dialling| dialling.done(answer), now);
    }

    pub(super) fn dialling_job_done(&mut self, job: &JobDone, now: UnixMs) {
        let Ok(id) = Uuid::parse_str(&job.job) else { return };
        if let Some(channel) = self.diallings.find(|dialling| dialling.job == Some(id)) {
            self.dialled_done(channel, job.answer(), now);
        }
    }

    /// Handles an event of a channel that may be one that was dialled.
    pub(super) fn dialled_happened(&mut self, channel: Uuid, event: &Event, now: UnixMs) {
        if event.name() == Some(EventName::ChannelHangup)
            && let Some(call) = self.dialled_who_answered(channel)
        {
            translation::channel_hangup(event).into_iter().for_each(|fact| call.fact(fact));
        }
        self.dialling_turns(channel, |dialling| dialling.happened(event), now);
    }

    /// Checks all of them again, because the connection is back and events were missed.
    pub(super) fn dial_again(&mut self, now: UnixMs) {
        for channel in self.diallings.channels() {
            self.hear_of_called(channel, now);
            let dump = ApiCommand::Dump { channel: channel.into() };
            self.ask(&Command::Api(dump), Awaited::Dialled { channel }, now);
        }
    }

    pub(super) fn dialled_found(&mut self, channel: Uuid, found: &ChannelState, now: UnixMs) {
        if let (ChannelState::Gone, Some(call)) = (found, self.dialled_who_answered(channel)) {
            call.fact(Fact::ChannelGone);
        }
        self.dialling_turns(channel, |dialling| dialling.found(found), now);
    }

    pub(super) fn diallings_expired(&mut self, now: UnixMs) {
        for channel in self.diallings.late(now) {
            self.dialling_turns(channel, Dialling::expired, now);
        }
    }

    /// Returns the call whose party has answered on this channel.
    fn dialled_who_answered(&self, channel: Uuid) -> Option<&CallLine> {
        let dialled = self.diallings.get(channel).filter(|dialled| dialled.phone.stage == Stage::Answered);
        dialled.map(|dialled| &dialled.call)
    }

    fn dialling_turns(
        &mut self,
        channel: Uuid,
        step: impl FnOnce(&mut Dialling) -> Turn<RingingReport>,
        now: UnixMs,
    ) {
        let turn = self.diallings.turn(channel, step, now);
        self.follow(channel, turn, now);
    }
}

/// Returns whether this is the name of a cause, and not a sentence of the switch.
fn is_cause(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the report of a call to this party whose channel ends with this SIP status, and whose job answers this.
    fn reported(party: Party, status: &str, answer: &str) -> Option<RingingReport> {
        let mut dialling =
            Dialling { stage: Stage::Calling, job: None, cause: None, refused_with: None, party };
        let ended = format!(
            "Event-Name: CHANNEL_HANGUP\nUnique-ID: v\nvariable_sip_invite_failure_status: {status}\n\n"
        );
        dialling.happened(&Event::plain(ended.as_bytes()));
        dialling.done(ApiAnswer::of(answer)).report
    }

    #[test]
    fn a_trunk_that_refuses_us_is_no_declining_person() {
        for (party, status, failure) in [
            (Party::Outside, "401", HandoffFailure::Trunk),
            (Party::Outside, "402", HandoffFailure::Trunk),
            (Party::Outside, "403", HandoffFailure::Trunk),
            (Party::Outside, "407", HandoffFailure::Trunk),
            (Party::Outside, "603", HandoffFailure::Declined),
            (Party::Outside, "", HandoffFailure::Declined),
            (Party::Extension, "403", HandoffFailure::Declined),
        ] {
            let report = reported(party, status, "-ERR CALL_REJECTED");
            assert_eq!(report, Some(RingingReport::Failed(failure)), "{party:?} {status}");
        }
        let busy = reported(Party::Outside, "486", "-ERR USER_BUSY");
        assert_eq!(busy, Some(RingingReport::Failed(HandoffFailure::Busy)));
    }
}
