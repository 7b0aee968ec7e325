//! Calls that we make over the switch, from the order to the control connection that the switch opens for who answered.
//!
//! ```text
//!  Calling ──rings, early media──> Calling ──CHANNEL_ANSWER, or the job says so──> Answered ──its call watches it──> let go
//!     └── the job says why not: failed, let go          hung up before that: reported ──> let go
//!  Stopped: nobody waits for it any more; what of it still comes up is ended
//! ```

use cordboard_schema::event::Fact;
use cordboard_schema::outbound::DialProgress;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::esl::{
    Answered, ApiAnswer, ApiCommand, BadValue, Command, DialText, Event, EventName, JobDone, Originate,
    hangup_cause_of,
};
use tracing::{debug, warn};
use uuid::Uuid;

use super::calling::{GRACE_MS, Person};
use super::watched::ChannelState;
use super::{Awaited, Freeswitch, opening};
use crate::freeswitch::translation;
use crate::messages::{CallLine, Dial, DialledFor, Phone};
use crate::switches::{RingPurpose, own_variables};

/// A call that the switch is making.
#[derive(Debug)]
pub(super) struct Dialling {
    call: CallLine,
    stage: Stage,
    /// The job that calls.
    job: Option<Uuid>,
    pub(super) until: UnixMs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody has answered.
    Calling,
    /// Somebody has.
    Answered,
    /// Nobody waits for it any more.
    Stopped,
}

/// Why the switch can't be told to make a call.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undialable {
    #[error("it has no line to the outside")]
    NoTrunk,
    #[error("it has no domain of its own in which an extension could be called")]
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
    /// Makes a call, or says at once why not.
    pub(super) fn dial(&mut self, dial: Dial, now: UnixMs) {
        let (channel, call) = (dial.channel, dial.call.clone());
        if self.diallings.contains_key(&channel) {
            return;
        }
        if let wanted @ DialledFor::Phone(_) = dial.wanted_for {
            let ring =
                self.rings.begin(RingPurpose::Us(wanted), call, Person::begin(), now + dial.timeout_ms);
            let from = dial.from.as_ref().map(ToString::to_string);
            return self.ring(channel, ring, &Phone::of(&dial.target, None), from, dial.timeout_ms, now);
        }
        let failed = |failure| call.fact(Fact::DialFailed { failure, cause: None });
        if !self.link.is_up() {
            return failed(HandoffFailure::Trunk);
        }
        let originate = match self.originate(&dial) {
            Ok(originate) => originate,
            Err(why) => {
                warn!(switch = %self.settings.name, %why, "the switch can't make a call");
                return failed(why.failure());
            }
        };
        let job = self.jobs.next();
        let until = now + dial.timeout_ms + GRACE_MS;
        self.diallings.insert(channel, Dialling { call, stage: Stage::Calling, job: Some(job), until });
        self.hear_of_dialled(channel, now);
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

    /// How a phone is rung: an extension in the domain that is known of it, else in the switch's own.
    pub(super) fn dial_string(&self, phone: &Phone) -> Result<DialText, Undialable> {
        match phone.outside() {
            Some(number) => Ok(self.settings.trunk.as_ref().ok_or(Undialable::NoTrunk)?.dial(number)?),
            None => {
                let domain = phone.domain().or(self.domain.as_deref()).ok_or(Undialable::NoDomain)?;
                Ok(DialText::new(format!("user/{}@{domain}", phone.number()))?)
            }
        }
    }

    /// Nobody waits any more for who is called. What is not there yet is ended when it comes up.
    pub(super) fn stop_dialling(&mut self, channel: Uuid, now: UnixMs) {
        if self.rings.has(channel) {
            return self.stop_ringing(channel, now);
        }
        if let Some(dialling) = self.diallings.get_mut(&channel) {
            dialling.stage = Stage::Stopped;
            dialling.until = now + GRACE_MS;
        }
        self.hang_up(channel, now);
    }

    /// Its call watches over the channel from now on.
    pub(super) fn dialled_is_watched(&mut self, channel: Uuid, now: UnixMs) {
        if self.diallings.get(&channel).is_some_and(|dialling| dialling.stage != Stage::Stopped) {
            self.let_dialled_go(channel, now);
        }
    }

    /// Result of a call's job, or of its order.
    pub(super) fn dialled_done(&mut self, channel: Uuid, answer: ApiAnswer<'_>, now: UnixMs) {
        let Some(dialling) = self.diallings.get_mut(&channel) else { return };
        match (dialling.stage, answer.originated()) {
            (Stage::Calling, Ok(_)) => self.dialled_answered(channel),
            (Stage::Calling, Err(failure)) => {
                let cause = answer.failure().filter(|cause| is_cause(cause)).map(hangup_cause_of);
                debug!(switch = %self.settings.name, %channel, %failure, "nobody was reached");
                dialling.call.fact(Fact::DialFailed { failure, cause });
                self.let_dialled_go(channel, now);
            }
            (Stage::Stopped, Ok(_)) => self.hang_up(channel, now),
            (Stage::Stopped, Err(_)) => self.let_dialled_go(channel, now),
            (Stage::Answered, _) => {}
        }
    }

    pub(super) fn dialling_job_done(&mut self, job: &JobDone, now: UnixMs) {
        let Ok(id) = Uuid::parse_str(&job.job) else { return };
        let dialled = self.diallings.iter().find(|(_, dialling)| dialling.job == Some(id));
        if let Some(channel) = dialled.map(|(channel, _)| *channel) {
            self.dialled_done(channel, job.answer(), now);
        }
    }

    /// An event of a channel that may be one that was dialled.
    pub(super) fn dialled_happened(&mut self, channel: Uuid, event: &Event, now: UnixMs) {
        let Some(dialling) = self.diallings.get(&channel) else { return };
        match (dialling.stage, event.name()) {
            (Stage::Calling, Some(EventName::ChannelProgress)) => dialling.progress(DialProgress::Ringing),
            (Stage::Calling, Some(EventName::ChannelProgressMedia)) => {
                dialling.progress(DialProgress::EarlyMedia)
            }
            (Stage::Calling, Some(EventName::ChannelAnswer)) => self.dialled_answered(channel),
            (Stage::Answered, Some(EventName::ChannelHangup)) => {
                translation::channel_hangup(event).into_iter().for_each(|fact| dialling.call.fact(fact));
                self.let_dialled_go(channel, now);
            }
            (Stage::Stopped, Some(EventName::ChannelHangup)) => self.let_dialled_go(channel, now),
            (
                Stage::Stopped,
                Some(EventName::ChannelCreate | EventName::ChannelProgress | EventName::ChannelAnswer),
            ) => {
                self.hang_up(channel, now);
            }
            // While it rings the job says why it ended, within 20 ms.
            _ => {}
        }
    }

    /// The connection is there again: what was said meanwhile nobody heard.
    pub(super) fn dial_again(&mut self, now: UnixMs) {
        for channel in self.diallings.keys().copied().collect::<Vec<_>>() {
            self.hear_of_dialled(channel, now);
            let dump = ApiCommand::Dump { channel: channel.into() };
            self.ask(&Command::Api(dump), Awaited::Dialled { channel }, now);
        }
    }

    pub(super) fn dialled_found(&mut self, channel: Uuid, found: &ChannelState, now: UnixMs) {
        let Some(dialling) = self.diallings.get(&channel) else { return };
        match (dialling.stage, found) {
            (Stage::Stopped, ChannelState::There(_)) => self.hang_up(channel, now),
            (Stage::Calling, ChannelState::There(dump)) if dump.get("Answer-State") == Some("answered") => {
                self.dialled_answered(channel);
            }
            (stage, ChannelState::Gone) => {
                match stage {
                    Stage::Calling => {
                        dialling
                            .call
                            .fact(Fact::DialFailed { failure: HandoffFailure::Timeout, cause: None });
                    }
                    Stage::Answered => dialling.call.fact(Fact::ChannelGone),
                    Stage::Stopped => {}
                }
                self.let_dialled_go(channel, now);
            }
            _ => {}
        }
    }

    pub(super) fn diallings_expired(&mut self, now: UnixMs) {
        let late = self.diallings.iter().filter(|(_, dialling)| dialling.until <= now);
        for channel in late.map(|(channel, _)| *channel).collect::<Vec<_>>() {
            let Some(dialling) = self.diallings.get(&channel) else { continue };
            if dialling.stage == Stage::Calling {
                dialling.call.fact(Fact::DialFailed { failure: HandoffFailure::Timeout, cause: None });
                self.stop_dialling(channel, now);
            } else {
                self.let_dialled_go(channel, now);
            }
        }
    }

    pub(super) fn diallings_deadline(&self) -> Option<UnixMs> {
        self.diallings.values().map(|dialling| dialling.until).min()
    }

    fn dialled_answered(&mut self, channel: Uuid) {
        if let Some(dialling) = self.diallings.get_mut(&channel) {
            dialling.stage = Stage::Answered;
            dialling.call.fact(Fact::DialAnswered);
        }
    }

    fn hear_of_dialled(&mut self, channel: Uuid, now: UnixMs) {
        if let Ok(command) = opening::let_through(channel) {
            self.ask(&command, Awaited::Setting, now);
        }
    }

    fn let_dialled_go(&mut self, channel: Uuid, now: UnixMs) {
        if self.diallings.remove(&channel).is_some()
            && let Ok(command) = opening::shut_out(channel)
        {
            self.ask(&command, Awaited::Setting, now);
        }
    }
}

impl Dialling {
    fn progress(&self, progress: DialProgress) {
        self.call.fact(Fact::DialProgress { progress });
    }
}

/// The name of a cause, and not a sentence of the switch's.
fn is_cause(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
