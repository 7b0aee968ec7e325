//! The switch's car park: the caller hears music there, and a person who dials the space gets them. The channel's events show the result,
//! as for every person whom we did not ring.
//!
//! A caller whom nobody fetches is taken back after a while. The switch would do that itself a little later, in case all our processes are
//! gone.

use cordboard_schema::call::CallPolicy;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;
use cordboard_schema::time::UnixMs;

use super::people::PersonWatch;
use super::{Effects, Machine, Phase, Step, note};
use crate::{AssistantOrder, ChannelAction, Command};

/// How much longer than we do the switch waits for a person, in ms.
const SWITCH_WAITS_LONGER_MS: u64 = 30_000;

/// How long the audio of a parked caller may continue, in ms.
const AUDIO_ENDS_MS_MAX: u64 = 1_000;

/// A caller in the car park.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parked {
    since: UnixMs,
    /// When they are taken back. `None` if this is under way, or if someone else parked them.
    pub(super) until: Option<UnixMs>,
    /// The first request to the switch to give them back.
    fetched_by: Option<EffectId>,
}

impl Parked {
    /// Returns after how many ms the switch gives a parked caller back to its dialplan by itself.
    pub(super) fn in_switch_ms(policy: &CallPolicy) -> u64 {
        policy.park_timeout_ms() + SWITCH_WAITS_LONGER_MS
    }
}

impl Machine {
    pub(super) fn is_parked(&self) -> bool {
        matches!(*self.lifecycle.phase(), Phase::WithPerson(PersonWatch { parked: Some(_), .. }))
    }

    /// A program or a person asks to park the caller.
    pub(super) fn park_asked(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.admits(&Command::Park).is_err() {
            return;
        }
        let park_ms = self.policy.park_timeout_ms();
        self.leave_to_person(None, now, fx);
        self.park_begins(Parked { since: now, until: Some(now + park_ms), fetched_by: None });
        self.act(ChannelAction::Park { timeout_ms: Parked::in_switch_ms(&self.policy) }, fx);
    }

    /// The switch has parked the caller, for us or for the user of a phone.
    pub(super) fn parked(&mut self, now: UnixMs, fx: &mut Effects) {
        match *self.lifecycle.phase() {
            Phase::Dialling(_) | Phase::AgentToAgentCall(_) | Phase::Ended => return,
            // Other lines don't report parking.
            _ if !self.line.parks() => return,
            Phase::SentOn(_) => return self.transfer_succeeded(fx),
            Phase::WithPerson(_) => self.handoffs.left_in_park(now),
            _ => {
                self.cancel_handoff(now, fx);
                self.leave_to_person(None, now, fx);
            }
        }
        if !self.is_parked() {
            self.park_begins(Parked { since: now, until: None, fetched_by: None });
        }
        self.let_audio_go(fx);
    }

    fn park_begins(&mut self, parked: Parked) {
        if let Phase::WithPerson(watch) = *self.lifecycle.phase() {
            self.step(Step::LeaveToPerson(watch.into_park(parked)));
            // Nobody has the caller for now, and we did not ring the person who will fetch them.
            self.participants.person_is_gone();
        }
    }

    /// The switch could not park them. They are where they were.
    pub(super) fn not_parked(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_parked() {
            self.caller_is_back(now, fx);
        }
    }

    /// It is unknown whether the switch has parked them. If it has, their audio ends at the same moment.
    pub(super) fn perhaps_parked(&mut self, now: UnixMs) {
        if self.caller.is_some() {
            self.set_parked_until(now + AUDIO_ENDS_MS_MAX);
        }
    }

    /// Sets when a parked caller is taken back.
    fn set_parked_until(&mut self, until: UnixMs) {
        if let Phase::WithPerson(watch @ PersonWatch { parked: Some(parked), .. }) = *self.lifecycle.phase() {
            self.step(Step::LeaveToPerson(watch.into_park(Parked { until: Some(until), ..parked })));
        }
    }

    /// Takes a parked caller back. Without a link this is left to the switch, as is a caller whom the switch does not give back.
    pub(super) fn fetch(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.caller.is_some() {
            // The switch may be about to park them. They are taken back once that is known.
            return match self.channel.is_parking() {
                true => self.perhaps_parked(now),
                false => self.not_parked(now, fx),
            };
        }
        if let Phase::WithPerson(watch @ PersonWatch { parked: Some(parked), .. }) = *self.lifecycle.phase() {
            let asked = self.act(ChannelAction::Fetch, fx);
            let fetched_by = parked.fetched_by.or(asked);
            self.step(Step::LeaveToPerson(watch.into_park(Parked { until: None, fetched_by, ..parked })));
        }
    }

    /// The switch has given them back. A late answer says nothing about a later stay in the car park.
    pub(super) fn fetch_done(&mut self, effect: EffectId, now: UnixMs, fx: &mut Effects) {
        if let Phase::WithPerson(PersonWatch { parked: Some(parked), .. }) = *self.lifecycle.phase()
            && parked.fetched_by.is_some_and(|first| first <= effect)
        {
            self.fetched(now, fx);
        }
    }

    /// The caller is on their way back, or has arrived.
    pub(super) fn fetched(&mut self, now: UnixMs, fx: &mut Effects) {
        let Phase::WithPerson(PersonWatch { parked: Some(parked), .. }) = *self.lifecycle.phase() else {
            return;
        };
        fx.push(note(Decision::ParkEnded { parked_ms: now.ms_since(parked.since) }));
        let happened = "the caller was parked, and nobody has taken them up".to_owned();
        self.order(AssistantOrder::Happened(happened), fx);
        self.caller_is_back(now, fx);
    }
}
