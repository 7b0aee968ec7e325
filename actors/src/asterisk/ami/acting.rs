//! Actions that calls order for their callers' channels.

use std::collections::{BTreeMap, VecDeque};

use cordboard_schema::call::HangupCause;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{Action, AmiValue, Answer, BadAmiValue, Message};
use tracing::debug;
use uuid::Uuid;

use super::asking::place_question;
use super::comparing::HELD_BY;
use super::watched::HeldFrom;
use super::{Asterisk, Awaited};
use crate::messages::{CallLine, ChannelAction};
use crate::switches::own_variables;

/// How long a key is played, in ms. Asterisk handles no other action of ours meanwhile.
const KEY_MS: u32 = 100;
/// Number of calls whose keys may wait for those of others; further ones are refused.
const KEYS_WAITING_MAX: usize = 256;

/// The call and the request that an action belongs to.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) audiosocket: Uuid,
    pub(super) effect: EffectId,
    pub(super) call: CallLine,
}

/// Next step after an answer from Asterisk.
#[derive(Debug)]
pub(super) enum Then {
    /// The request is done.
    Done,
    /// It is known whether the place exists. If so, the channel goes there, and with it the channel that it is separated from.
    Go(Box<Going>),
    /// The caller and the person were separated, for the caller to hear music.
    Parted,
    /// The next key.
    Keys(VecDeque<Digit>),
    /// The next variable, and its value.
    Variables(VecDeque<(AmiValue, AmiValue)>),
}

/// Place that a channel goes to once the dialplan is known to have it.
#[derive(Debug)]
pub(super) struct Going {
    channel: AmiValue,
    target: DialplanTarget,
    extra: Option<(AmiValue, DialplanTarget)>,
    /// Whether the caller was held from a person who has been hung up. If such a caller can't go there, nothing else takes them out
    /// of the music.
    was_held: bool,
}

/// Keys to be played to callers, one call after the other. Only one key is ordered at a time, so that actions of other calls wait
/// for one key and not for all of them.
#[derive(Debug, Default)]
pub(super) struct Keys {
    is_playing: bool,
    waiting: VecDeque<(Act, VecDeque<Digit>)>,
}

impl Act {
    pub(super) fn done(self, outcome: ActionOutcome) {
        self.call.fact(Fact::ActionDone { effect: self.effect, outcome });
    }

    pub(super) fn failed(self, reason: impl Into<String>) {
        self.done(ActionOutcome::Failed { reason: reason.into() });
    }
}

impl Asterisk {
    /// Carries out an action on a channel, or reports at once why not. Actions are never queued for a dead link.
    pub(super) fn act(&mut self, act: Act, action: &ChannelAction, now: UnixMs) {
        if !self.link.is_up() {
            return act.failed(self.link.losses().not_there(&self.settings.name));
        }
        let Some(channel) = self.channel_of(&act) else {
            return act.failed("the switch has no channel of this call");
        };
        match action {
            ChannelAction::HangUp(cause) => {
                self.held_person_is_let_go(act.audiosocket, now);
                let hangup = Action::Hangup { channel, cause: q850(cause) };
                self.ask(&hangup, Awaited::Act { act, then: Then::Done }, now);
            }
            ChannelAction::Transfer(target) => {
                let was_held = self.held_person_is_let_go(act.audiosocket, now);
                self.go(act, Going { channel, target: target.clone(), extra: None, was_held }, now);
            }
            ChannelAction::BridgeWith { channel: person } => {
                self.person_joins(*person);
                self.held_no_longer(&act);
                let with = AmiValue::channel_of_ours(*person);
                self.ask(&Action::Bridge { channel, with }, Awaited::Act { act, then: Then::Done }, now);
            }
            ChannelAction::Hold { channel: person } => self.hold(act, channel, *person, now),
            ChannelAction::Unhold { channel: person } => {
                self.held_no_longer(&act);
                let with = AmiValue::channel_of_ours(*person);
                let bridge = Action::Bridge { channel, with };
                self.ask(&bridge, Awaited::Act { act, then: Then::Done }, now);
            }
            ChannelAction::Park { timeout_ms } => {
                let park = Action::Park { channel, timeout_ms: *timeout_ms };
                self.ask(&park, Awaited::Act { act, then: Then::Done }, now);
            }
            ChannelAction::Fetch => {
                let target = self.settings.hold.back.clone();
                self.go(act, Going { channel, target, extra: None, was_held: false }, now);
            }
            ChannelAction::Record => self.record(act, channel, now),
            ChannelAction::StopRecording => {
                let stop = Action::StopMixMonitor { channel };
                self.ask(&stop, Awaited::Act { act, then: Then::Done }, now);
            }
            ChannelAction::SetVariables(variables) => match written(variables) {
                Ok(variables) => self.set_variables(act, channel, variables, now),
                Err(error) => act.failed(error.to_string()),
            },
            ChannelAction::SendDtmf(digits) => self.send_keys(act, digits.iter().copied().collect(), now),
            ChannelAction::Answer
            | ChannelAction::StartStream { .. }
            | ChannelAction::StopStream
            | ChannelAction::StartUnicast { .. }
            | ChannelAction::ParkAgain
            | ChannelAction::NextDocument
            | ChannelAction::StopPlayback { .. }
            | ChannelAction::Play(_)
            | ChannelAction::PlayMusic => act.failed("an Asterisk can't do this"),
        }
    }

    /// Sends a channel to a place, once the dialplan was checked. When a channel is sent to a place that does not exist, Asterisk
    /// hangs it up and reports success.
    fn go(&mut self, act: Act, going: Going, now: UnixMs) {
        match place_question(&going.target) {
            Some(variable) => {
                let getvar = Action::Getvar { channel: Some(going.channel.clone()), variable };
                self.ask(&getvar, Awaited::Act { act, then: Then::Go(Box::new(going)) }, now);
            }
            None => {
                self.not_gone(&going, now);
                act.failed("the place can't be put into an action");
            }
        }
    }

    /// Handles a caller who was held and can't go where they were sent: they return to `hold.back` now, and not 10 s later, when
    /// the comparison would find that they wait for nobody.
    fn not_gone(&mut self, going: &Going, now: UnixMs) {
        if going.was_held {
            let (channel, target) = (going.channel.clone(), self.settings.hold.back.clone());
            self.ask(&Action::Redirect { channel, target, extra: None }, Awaited::Setting, now);
        }
    }

    /// Plays music to the caller. Both channels leave the bridge, the caller to music and the person to silence.
    fn hold(&mut self, act: Act, channel: AmiValue, person: Uuid, now: UnixMs) {
        let person = AmiValue::channel_of_ours(person);
        let places = self.settings.hold.clone();
        if let Some(watched) = self.watched.get_mut(&act.audiosocket) {
            watched.held_from = Some(HeldFrom::new(person.clone()));
        }
        if let Ok(variable) = AmiValue::new(HELD_BY) {
            for channel in [&channel, &person] {
                let (channel, variable) = (channel.clone(), variable.clone());
                let setvar = Action::Setvar { channel, variable, value: self.settings.installation.clone() };
                self.ask(&setvar, Awaited::Setting, now);
            }
        }
        let extra = Some((person, places.person));
        self.go(act, Going { channel, target: places.caller, extra, was_held: false }, now);
    }

    /// Ends the hold with the caller's next bridge, whether or not the two were seen apart.
    fn held_no_longer(&mut self, act: &Act) {
        let watched = self.watched.get_mut(&act.audiosocket);
        if let Some(held) = watched.and_then(|watched| watched.held_from.as_mut()) {
            held.is_parted = true;
        }
    }

    fn send_keys(&mut self, act: Act, digits: VecDeque<Digit>, now: UnixMs) {
        if self.keys.waiting.len() >= KEYS_WAITING_MAX {
            return act.failed("the keys of too many calls wait to be played");
        }
        self.keys.waiting.push_back((act, digits));
        if !self.keys.is_playing {
            self.play_keys(now);
        }
    }

    /// Plays the next key that waits.
    fn play_keys(&mut self, now: UnixMs) {
        while let Some((act, mut digits)) = self.keys.waiting.pop_front() {
            match (digits.pop_front(), self.channel_of(&act)) {
                (None, _) => act.done(ActionOutcome::Done),
                (Some(_), None) => act.failed("the channel is gone"),
                (Some(digit), Some(channel)) => {
                    self.keys.is_playing = true;
                    let play = Action::PlayDtmf { channel, digit, duration_ms: KEY_MS };
                    self.ask(&play, Awaited::Act { act, then: Then::Keys(digits) }, now);
                    return;
                }
            }
        }
    }

    /// Reports all keys as unknown, because the connection is gone.
    pub(super) fn keys_lost(&mut self) {
        let Keys { waiting, .. } = std::mem::take(&mut self.keys);
        waiting.into_iter().for_each(|(act, _)| act.done(ActionOutcome::Unknown));
    }

    /// Records both sides in one file in Asterisk's own folder, named after the call.
    fn record(&mut self, act: Act, channel: AmiValue, now: UnixMs) {
        let Some(call_id) = self.watched.get(&act.audiosocket).map(|watched| watched.call_id) else {
            return act.failed("the switch has no channel of this call");
        };
        match AmiValue::new(format!("cordboard-{call_id}-{}.wav", act.effect)) {
            Ok(file) => {
                let record = Action::MixMonitor { channel, file };
                self.ask(&record, Awaited::Act { act, then: Then::Done }, now);
            }
            Err(error) => act.failed(error.to_string()),
        }
    }

    fn set_variables(
        &mut self,
        act: Act,
        channel: AmiValue,
        mut variables: VecDeque<(AmiValue, AmiValue)>,
        now: UnixMs,
    ) {
        match variables.pop_front() {
            Some((variable, value)) => {
                let set = Action::Setvar { channel, variable, value };
                self.ask(&set, Awaited::Act { act, then: Then::Variables(variables) }, now);
            }
            None => act.done(ActionOutcome::Done),
        }
    }

    pub(super) fn act_answered(&mut self, act: Act, then: Then, answer: &Message, now: UnixMs) {
        let is_key = matches!(then, Then::Keys(_));
        self.keys.is_playing &= !is_key;
        if let Some(why) = Answer::of(answer).failure() {
            debug!(switch = %self.settings.name, why, "the switch refused an action on a call's channel");
            self.not_done(&act, &then, now);
            act.failed(why);
            if is_key {
                self.play_keys(now);
            }
            return;
        }
        match then {
            Then::Done | Then::Parted => act.done(ActionOutcome::Done),
            // A dialplan without the function returns nothing; the configuration is trusted then.
            Then::Go(going) if answer.get("Value") == Some("0") => {
                let reason = format!("the dialplan has no {}", going.target);
                self.not_done(&act, &Then::Go(going), now);
                act.failed(reason);
            }
            // They were brought together again before they were separated.
            Then::Go(going) if going.extra.is_some() && !self.is_to_be_parted(&act) => {
                act.failed("the caller was taken off hold meanwhile");
            }
            Then::Go(going) => {
                let Going { channel, target, extra, .. } = *going;
                let then = if extra.is_some() { Then::Parted } else { Then::Done };
                let redirect = Action::Redirect { channel, target, extra };
                self.ask(&redirect, Awaited::Act { act, then }, now);
            }
            Then::Keys(digits) => {
                // The next key of this call goes before those of other calls.
                self.keys.waiting.push_front((act, digits));
                self.play_keys(now);
            }
            Then::Variables(variables) => match self.channel_of(&act) {
                Some(channel) => self.set_variables(act, channel, variables, now),
                None => act.failed("the channel is gone"),
            },
        }
    }

    /// Returns the caller's channel of a call.
    fn channel_of(&self, act: &Act) -> Option<AmiValue> {
        let channel = self.watched.get(&act.audiosocket)?.channel.clone()?;
        AmiValue::new(channel).ok()
    }

    /// Returns whether the caller still has to be separated from a person.
    fn is_to_be_parted(&self, act: &Act) -> bool {
        let held_from = self.watched.get(&act.audiosocket).and_then(|watched| watched.held_from.as_ref());
        held_from.is_some_and(|held| !held.is_parted)
    }

    /// Handles an order that the switch did not carry out: the two who were to be separated are still together, and a caller who
    /// was held returns to `hold.back`.
    fn not_done(&mut self, act: &Act, then: &Then, now: UnixMs) {
        let parts = match then {
            Then::Parted => true,
            Then::Go(going) => {
                self.not_gone(going, now);
                going.extra.is_some()
            }
            Then::Done | Then::Keys(_) | Then::Variables(_) => false,
        };
        if let Some(watched) = self.watched.get_mut(&act.audiosocket).filter(|_| parts) {
            watched.held_from = None;
        }
    }
}

/// Returns variables under names that mean nothing to the switch.
fn written(variables: &BTreeMap<String, String>) -> Result<VecDeque<(AmiValue, AmiValue)>, BadAmiValue> {
    let written = |(name, value): (String, String)| Ok((AmiValue::new(name)?, AmiValue::new(value)?));
    own_variables(variables).map(written).collect()
}

/// Returns Asterisk's number for a cause.
fn q850(cause: &HangupCause) -> u16 {
    match cause.0.as_str() {
        "user_busy" => 17,
        "call_rejected" => 21,
        "no_capacity" | "draining" | "daily_cap_reached" => 34,
        "internal_error" | "assistant_failed" => 41,
        _ => 16,
    }
}
