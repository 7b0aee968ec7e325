//! Promises about every call whose caller is on a switch, seen from the switch: the links that are alive, the requests to the channel over
//! them, and the state that they leave behind.

use std::collections::BTreeSet;

use cordboard_call::effect::Effect;
use cordboard_call::machine::Machine;
use cordboard_call::{Accepts, ChannelAction};
use cordboard_schema::call::HangupBy;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::switch::{ActionOutcome, AnswerState, ControlId, ControlLink, SwitchKind};
use cordboard_schema::time::UnixMs;

/// How long the outcome of a request is awaited, in ms.
const ASKED_MS_MAX: u64 = 10_000;

/// The channel, as its switch knows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChannelPromises {
    /// Control connections that have arrived and were neither accepted nor refused yet.
    arrived: BTreeSet<ControlId>,
    /// Control links that were accepted and are alive.
    controls: BTreeSet<ControlId>,
    newest: Option<ControlId>,
    has_inbound: bool,
    is_answered: bool,
    /// Whether it waits in its dialplan, or was parked.
    is_parked: bool,
    /// Whether a unicast was begun during this stay in the parked state.
    has_unicast: bool,
    /// Prompts that are playing.
    prompts: BTreeSet<EffectId>,
    parking: Option<EffectId>,
    is_bridged: bool,
    /// Whether Asterisk has it. Then its audio comes and goes by the dialplan.
    is_asterisk: bool,
    /// Whether Twilio has it. Then its audio comes by its documents.
    is_twilio: bool,
    joining: bool,
    /// The switch was ordered to send the caller on, and no report says that they are back.
    pub(crate) is_sent: bool,
    /// The caller is to be in the car park, and nobody has fetched them.
    in_car_park: bool,
    /// The request to park them, while its answer may still come.
    park_asked: Option<(EffectId, UnixMs)>,
    /// The time of the current step.
    now: UnixMs,
    /// Hand-offs whose caller's profile was cached or failed, or is no longer awaited.
    pub(crate) profiles_told: BTreeSet<EffectId>,
    /// The newest requests, newest last.
    pub(crate) asked: Vec<EffectId>,
    pub(crate) music: Option<LegId>,
    /// The link that was given the sound of the caller's leg in this step, if any was.
    sound_by: Option<Option<ControlLink>>,
}

impl ChannelPromises {
    /// Takes what the fact reports about the switch.
    pub(crate) fn take_in(&mut self, fact: &Fact, now: UnixMs) {
        self.now = now;
        match fact {
            Fact::ControlAttached { link, channel } => {
                let is_known = match link {
                    ControlLink::Outbound { control } if self.newest < Some(*control) => {
                        self.newest = Some(*control);
                        self.arrived.insert(*control)
                    }
                    ControlLink::Outbound { control } => self.controls.contains(control),
                    ControlLink::Inbound => {
                        self.has_inbound = true;
                        true
                    }
                };
                self.is_asterisk |= channel.switch == SwitchKind::Asterisk;
                self.is_twilio |= channel.switch == SwitchKind::Twilio;
                // A report by a connection that was already left has no effect.
                self.is_answered |= is_known && channel.answer_state == AnswerState::Answered;
                if is_known && channel.bridged_with.is_some() {
                    (self.is_bridged, self.is_parked, self.has_unicast) = (true, false, false);
                }
            }
            Fact::ControlLost { link: ControlLink::Outbound { control }, .. } => {
                let is_last = self.controls.remove(control) && self.controls.is_empty();
                self.is_parked &= !is_last;
                self.has_unicast &= !is_last;
            }
            Fact::ControlLost { link: ControlLink::Inbound, .. } => {
                (self.has_inbound, self.park_asked) = (false, None);
            }
            Fact::ChannelAnswered | Fact::DialAnswered => self.is_answered = true,
            Fact::Bridged { .. } => {
                self.in_car_park = false;
                (self.is_bridged, self.is_parked, self.has_unicast) = (true, false, false);
            }
            Fact::Unbridged => {
                self.prompts.clear();
                (self.is_bridged, self.is_parked, self.has_unicast) = (false, true, false);
            }
            Fact::ActionDone { effect, outcome } => {
                self.prompts.remove(effect);
                // A failure that is reported so late is about a request whose outcome counts as unknown: the caller's state is checked.
                let is_due = |asked: UnixMs| now.ms_since(asked) < ASKED_MS_MAX;
                let asked = self.park_asked.take_if(|(asked, at)| asked == effect && is_due(*at));
                let is_park = asked.is_some();
                self.in_car_park &= !(is_park && matches!(outcome, ActionOutcome::Failed { .. }));
                if self.parking.take_if(|parking| *parking == *effect).is_some() {
                    (self.is_parked, self.has_unicast) = (true, false);
                    self.prompts.clear();
                }
            }
            Fact::Hangup { by: HangupBy::Caller | HangupBy::Switch, .. } => self.prompts.clear(),
            Fact::ProfileCached { handoff, .. } => self.profiles_told.extend(*handoff),
            Fact::ServerRestarted { .. } => {
                let Self { is_answered, is_bridged, is_asterisk, newest, .. } = *self;
                let profiles_told = std::mem::take(&mut self.profiles_told);
                *self =
                    Self { is_answered, is_bridged, is_asterisk, newest, profiles_told, ..Self::default() };
            }
            _ => {}
        }
    }

    pub(crate) fn check(&mut self, effect: &Effect, has_ended: bool) {
        if let Effect::Channel { effect, .. }
        | Effect::StartStream { effect, .. }
        | Effect::StartUnicast { effect, .. }
        | Effect::CheckExtension { effect, .. }
        | Effect::CheckPlace { effect, .. }
        | Effect::BridgeCallee { effect, .. } = effect
        {
            self.asked.push(*effect);
        }
        match effect {
            Effect::TakeControl(control) => {
                assert!(!has_ended, "a link is taken after the end");
                assert!(
                    self.arrived.remove(control),
                    "link {control} never arrived, or was already decided on"
                );
                self.controls.insert(*control);
                self.prompts.clear();
                (self.is_parked, self.has_unicast) = (true, false);
            }
            Effect::RefuseControl { control, .. } => {
                assert!(
                    self.arrived.remove(control),
                    "link {control} never arrived, or was already decided on"
                );
            }
            Effect::ReleaseControl(control) => {
                assert!(self.controls.remove(control), "leaves link {control}, which does not exist");
            }
            Effect::ResyncControl(control) => {
                assert!(self.controls.contains(control), "asks an unknown link")
            }
            Effect::Channel { link, effect, action } => {
                self.check_link(*link);
                self.check_action(*effect, action);
            }
            Effect::StartStream { .. } | Effect::StartUnicast { .. } if self.is_asterisk => {
                panic!("audio is started on a channel of Asterisk");
            }
            Effect::StartStream { link, .. } => {
                self.check_link(*link);
                assert!(
                    self.is_answered && !has_ended,
                    "audio of a channel that is not answered, or is gone"
                );
            }
            Effect::StartUnicast { link, .. } => {
                self.check_link(*link);
                assert!(self.is_answered && !has_ended, "rule 1: the answer was not seen");
                assert!(self.is_parked && !self.has_unicast, "rule 2: once for each parked stay");
                assert!(self.prompts.is_empty(), "rule 3: never during a prompt");
                self.has_unicast = true;
            }
            Effect::BridgeCallee { link, .. } => {
                self.check_link(*link);
                self.joining = true;
            }
            Effect::StartMusic(leg) => assert_eq!(self.music.replace(*leg), None, "music started twice"),
            Effect::StopMusic(leg) => {
                assert!(self.music.take().is_none_or(|music| music == *leg), "stops other music");
            }
            Effect::SoundPlayedBy(link) => {
                link.iter().for_each(|link| self.check_link(*link));
                self.sound_by = Some(*link);
            }
            // A report that came before its request does not count.
            Effect::CacheProfile { handoff: Some(handoff), .. } => drop(self.profiles_told.remove(handoff)),
            // An agent for whom a call is accepted automatically has no time to read its profile first.
            Effect::Offer { accepts: Accepts::ByItself, .. } => assert!(!has_ended, "rings for nobody"),
            Effect::Ring { handoff, .. } | Effect::Offer { handoff, .. } => {
                assert!(!has_ended, "rings for nobody");
                assert!(self.profiles_told.contains(handoff), "rings before the caller's profile is there");
            }
            _ => {}
        }
    }

    fn check_link(&self, link: ControlLink) {
        let lives = match link {
            ControlLink::Outbound { control } => self.controls.contains(&control),
            ControlLink::Inbound => self.has_inbound && self.controls.is_empty(),
        };
        assert!(lives, "{link:?} is not alive, or is not the one to use");
    }

    fn check_action(&mut self, effect: EffectId, action: &ChannelAction) {
        let is_known_to_asterisk = matches!(
            action,
            ChannelAction::HangUp(_)
                | ChannelAction::Transfer(_)
                | ChannelAction::BridgeWith { .. }
                | ChannelAction::SendDtmf(_)
                | ChannelAction::Hold { .. }
                | ChannelAction::Unhold { .. }
                | ChannelAction::Park { .. }
                | ChannelAction::Fetch
                | ChannelAction::Record
                | ChannelAction::StopRecording
                | ChannelAction::SetVariables(_)
        );
        let is_for_asterisk = matches!(
            action,
            ChannelAction::Park { .. } | ChannelAction::Record | ChannelAction::StopRecording
        );
        let is_known_to_twilio = matches!(
            action,
            ChannelAction::Transfer(_)
                | ChannelAction::BridgeWith { .. }
                | ChannelAction::Fetch
                | ChannelAction::NextDocument
        );
        let can_fetch = self.is_asterisk || self.is_twilio;
        assert!(self.is_asterisk || !is_for_asterisk, "{action:?} is asked of another switch");
        assert!(can_fetch || *action != ChannelAction::Fetch, "{action:?} is asked of another switch");
        let serves_documents = self.is_twilio || *action != ChannelAction::NextDocument;
        assert!(serves_documents, "{action:?} is asked of another switch");
        assert!(!self.is_twilio || is_known_to_twilio, "{action:?} is asked of Twilio");
        assert!(!self.is_asterisk || is_known_to_asterisk, "{action:?} is asked of an Asterisk");
        match action {
            ChannelAction::Play(_) => {
                assert!(!self.has_unicast || !self.is_parked, "a prompt during a unicast");
                self.prompts.insert(effect);
            }
            ChannelAction::Transfer(_) => self.is_sent = true,
            ChannelAction::ParkAgain => self.parking = Some(effect),
            ChannelAction::Park { .. } => {
                (self.in_car_park, self.park_asked) = (true, Some((effect, self.now)));
            }
            _ => {}
        }
    }

    /// A hand-off is bridged, or won't be.
    pub(crate) fn handoff_ended(&mut self) {
        self.joining = false;
    }

    /// Whether a leg of a call that is over may remain. On Asterisk the end of a leg lets the dialplan go on by itself, so the leg is kept
    /// until the switch has sent the caller on.
    pub(crate) fn is_sent_on(&self, after: &Machine) -> bool {
        self.is_asterisk && after.link().is_some()
    }

    /// Whether we can't talk with the caller at the moment.
    pub(crate) fn with_person(&self) -> bool {
        self.is_bridged || self.joining || self.in_car_park || self.is_sent
    }

    /// A parked caller is back.
    pub(crate) fn park_ended(&mut self) {
        self.in_car_park = false;
    }

    pub(crate) fn check_state(&mut self, before: &Machine, after: &Machine) {
        assert!(
            self.arrived.iter().all(|control| control.0 < before.next_control().0),
            "a link was neither accepted nor refused"
        );
        assert_eq!(after.link().is_some(), !self.controls.is_empty() || self.links_inbound(after));
        self.joining &= !after.has_ended();
        let sound_by = self.sound_by.take();
        let has_changed = before.caller() == after.caller() && before.link() != after.link();
        if before.caller().is_some() && has_changed {
            assert_eq!(sound_by, Some(after.link()), "a link that is gone still has chunks");
        }
    }

    /// The inbound link of a call that is over does not belong to it.
    fn links_inbound(&self, after: &Machine) -> bool {
        self.has_inbound && after.link().is_some()
    }

    pub(crate) fn keep_at_the_end(&self) {
        assert!(self.controls.is_empty(), "links are left: {:?}", self.controls);
        assert_eq!(self.music, None, "music plays to nobody");
    }
}
