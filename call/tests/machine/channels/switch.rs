//! The switch: a channel that behaves as a real one was seen to behave, with its own rules about what may be asked of it.

use cordboard_call::effect::Effect;
use cordboard_call::{ChannelAction, Listening};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{HangupBy, HangupCause, LegEnd, LegKind};
use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{EffectId, LegId};
use cordboard_schema::switch::{
    ActionOutcome, AnswerState, ChannelSeen, ControlId, ControlLink, ExtensionChecked, ExtensionState,
    FreeswitchAudio, HandoffFailure,
};
use cordboard_schema::time::UnixMs;
use rand::Rng;
use uuid::Uuid;

use super::world::{Happening, World};
use crate::rehearsal::outside_id;

/// The person's channel.
const PEER: Uuid = Uuid::from_u128(6);
/// How long the switch takes for any action, in ms.
const TICK_MS: u64 = 40;

/// A channel and everything that belongs to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Switch {
    pub(super) is_alive: bool,
    pub(super) died_at: Option<UnixMs>,
    pub(super) opens_stream_itself: bool,
    is_answered: bool,
    /// Sent on in the dialplan, so no longer ours.
    pub(super) is_elsewhere: bool,
    pub(super) is_bridged: bool,
    pub(super) is_held: bool,
    is_parked: bool,
    has_unicast: bool,
    prompt: Option<EffectId>,
    pub(super) outbound: Option<ControlId>,
    has_inbound: bool,
    hears_by_inbound: bool,
    /// The channel's audio, while it is joined or joining.
    pub(super) leg: Option<(LegId, FreeswitchAudio)>,
    /// The phone of the person who was rung, by its hand-off, and whether they have answered.
    pub(super) agent: Option<(EffectId, bool)>,
    /// The switch was asked to end it or send it on.
    was_asked_to_end: bool,
    /// The hang-up was not reported.
    is_end_untold: bool,
}

/// The switch's next action.
#[derive(Clone, Debug)]
pub(super) enum Doing {
    ComesOutbound,
    ComesInbound,
    StreamComes { confirmed: bool },
    Joins(LegId),
    Acts(ControlLink, EffectId, ChannelAction),
    Joining(ControlLink, EffectId, EffectId),
    PromptEnds(EffectId),
    PersonAnswers(EffectId),
    PersonLeaves,
}

impl Switch {
    /// The server's process died, so its sockets are closed.
    pub(super) fn server_died(&mut self) {
        (self.outbound, self.has_inbound, self.leg) = (None, false, None);
        self.hears_by_inbound = false;
        if !self.is_bridged {
            self.is_parked = false;
        }
        self.has_unicast = false;
    }

    fn has_link(&self, link: ControlLink) -> bool {
        match link {
            ControlLink::Outbound { control } => self.outbound == Some(control),
            ControlLink::Inbound => self.has_inbound,
        }
    }

    fn seen(&self) -> ChannelSeen {
        ChannelSeen {
            answer_state: if self.is_answered { AnswerState::Answered } else { AnswerState::Ringing },
            bridged_with: self.is_bridged.then(|| PEER.to_string()),
            domain: None,
            read_rate: Some(8_000),
            ..ChannelSeen::default()
        }
    }
}

impl World {
    /// Reports an event of the channel to its listeners. Without a listener it is lost.
    pub(super) fn switch_tells(&mut self, fact: Fact) -> bool {
        let has_listener =
            self.switch.outbound.is_some() || (self.switch.has_inbound && self.switch.hears_by_inbound);
        if has_listener {
            let process = self.process;
            self.later(TICK_MS / 2, Happening::Reported(process, fact));
        }
        has_listener
    }

    pub(super) fn channel_dies(&mut self, by: HangupBy, cause: &str) {
        if !self.switch.is_alive || self.switch.is_elsewhere {
            return;
        }
        self.switch.is_alive = false;
        self.switch.died_at = Some(self.call.now);
        let cause = HangupCause(cause.to_owned());
        self.switch.is_end_untold = !self.switch_tells(Fact::Hangup { by, cause });
        // The switch's list may be read before the report arrives.
        if self.switch.has_inbound && self.random.random_bool(0.3) {
            self.post(Fact::ChannelGone);
        }
        self.switch.is_bridged = false;
        self.switch.agent = None;
        self.leg_ends(LegEnd::Closed);
        if let Some(control) = self.switch.outbound.take() {
            self.link_is_gone(ControlLink::Outbound { control }, 3 * TICK_MS);
        }
    }

    fn link_is_gone(&mut self, link: ControlLink, after_ms: u64) {
        let process = self.process;
        self.later(
            after_ms,
            Happening::Reported(process, Fact::ControlLost { link, reason: "gone".to_owned() }),
        );
    }

    fn leg_ends(&mut self, how: LegEnd) {
        if let Some((leg, carrier)) = self.switch.leg.take() {
            let how = if carrier == FreeswitchAudio::Unicast { LegEnd::Broken } else { how };
            let process = self.process;
            self.soon(TICK_MS, Happening::Reported(process, Fact::LegLeft { leg, how }));
        }
    }

    /// The connection breaks, and the dialplan tries it again.
    pub(super) fn outbound_breaks(&mut self) {
        let Some(control) = self.switch.outbound.take() else { return };
        self.link_is_gone(ControlLink::Outbound { control }, 0);
        if !self.switch.is_bridged {
            self.channel_leaves_park();
        }
        self.soon(3_000, Happening::Switch(Doing::ComesOutbound));
    }

    fn channel_leaves_park(&mut self) {
        self.switch.is_parked = false;
        if std::mem::take(&mut self.switch.has_unicast) {
            self.leg_ends(LegEnd::Broken);
        }
    }

    pub(super) fn inbound_breaks(&mut self) {
        if std::mem::take(&mut self.switch.has_inbound) {
            self.link_is_gone(ControlLink::Inbound, 0);
            self.soon(5_000, Happening::Switch(Doing::ComesInbound));
        }
    }

    pub(super) fn audio_breaks(&mut self) {
        self.leg_ends(LegEnd::Broken);
    }

    pub(super) fn switch_does(&mut self, doing: Doing) {
        match doing {
            Doing::ComesOutbound => self.outbound_comes(),
            Doing::ComesInbound => self.inbound_comes(),
            Doing::StreamComes { confirmed } => self.stream_comes(confirmed),
            Doing::Joins(leg) => {
                if self.switch.leg.is_some_and(|(joining, _)| joining == leg) {
                    let rate = SampleRate::HZ_8000;
                    self.post(Fact::LegJoined { leg, leg_kind: LegKind::Freeswitch, rate });
                }
            }
            Doing::Acts(link, effect, action) => self.acts(link, effect, action),
            Doing::Joining(link, effect, handoff) => self.joins_person(link, effect, handoff),
            Doing::PromptEnds(effect) => {
                if self.switch.prompt.take_if(|prompt| *prompt == effect).is_some() {
                    self.answers(effect, ActionOutcome::Done);
                }
            }
            Doing::PersonAnswers(handoff) => self.person_answers(handoff),
            Doing::PersonLeaves => {
                if std::mem::take(&mut self.switch.is_bridged) {
                    self.switch.agent = None;
                    (self.switch.is_parked, self.switch.has_unicast) = (true, false);
                    self.switch_tells(Fact::Unbridged);
                }
            }
        }
    }

    /// The dialplan opens its connection, if it is its turn.
    fn outbound_comes(&mut self) {
        let Switch { is_alive, is_elsewhere, is_bridged, outbound, .. } = self.switch;
        if !is_alive || is_elsewhere || outbound.is_some() {
            return;
        }
        if is_bridged || !self.is_served() {
            return self.later(2_000, Happening::Switch(Doing::ComesOutbound));
        }
        self.switch.prompt = None;
        self.channel_leaves_park();
        let control = self.call.machine.next_control();
        let (link, channel) = (ControlLink::Outbound { control }, self.switch.seen());
        self.tell(Fact::ControlAttached { link, channel });
    }

    /// Our own connection to the switch opens, and its list has the channel's state.
    fn inbound_comes(&mut self) {
        if self.switch.has_inbound || !self.is_served() {
            return;
        }
        self.switch.has_inbound = self.switch.is_alive;
        if self.switch.is_alive {
            let channel = self.switch.seen();
            self.post(Fact::ControlAttached { link: ControlLink::Inbound, channel });
        } else if self.switch.is_end_untold {
            self.post(Fact::ChannelGone);
        }
    }

    fn stream_comes(&mut self, confirmed: bool) {
        if !self.switch.is_alive || self.switch.leg.is_some() || !self.is_served() {
            return;
        }
        let leg = self.call.machine.next_leg();
        self.switch.leg = Some((leg, FreeswitchAudio::Websocket));
        let leg_kind = LegKind::Freeswitch;
        self.tell(Fact::LegArrived { leg, leg_kind, outside_id: outside_id(), confirmed, agent: None });
    }

    fn answers(&mut self, effect: EffectId, outcome: ActionOutcome) {
        self.post(Fact::ActionDone { effect, outcome });
    }

    /// Handles an effect that concerns the switch.
    pub(super) fn switch_is_asked(&mut self, effect: Effect) {
        match effect {
            Effect::StartLeg(leg) => self.soon(60, Happening::Switch(Doing::Joins(leg))),
            Effect::RefuseLeg(leg) => {
                self.switch.leg.take_if(|(refused, _)| *refused == leg);
            }
            Effect::ReleaseLeg(leg) if self.switch.leg.is_some_and(|(standing, _)| standing == leg) => {
                self.leg_ends(LegEnd::Released);
            }
            Effect::TakeControl(control) => {
                self.switch.outbound = Some(control);
                (self.switch.is_parked, self.switch.has_unicast) = (true, false);
            }
            Effect::ReleaseControl(control) => self.control_is_released(control),
            Effect::RefuseControl { next: NextStep::Goto(_), .. } => self.switch.is_elsewhere = true,
            Effect::RefuseControl { .. } => self.channel_dies(HangupBy::Switch, "NORMAL_CLEARING"),
            Effect::ResyncControl(control) => self.control_reports_again(control),
            Effect::Listen(listening) => self.switch.hears_by_inbound = listening == Listening::Inbound,
            Effect::Channel { link, effect, action } => {
                self.switch.was_asked_to_end |=
                    matches!(action, ChannelAction::HangUp(_) | ChannelAction::Transfer(_));
                self.soon(TICK_MS, Happening::Switch(Doing::Acts(link, effect, action)));
            }
            Effect::StartStream { link, effect } => self.stream_starts(link, effect),
            Effect::StartUnicast { leg, link, effect, .. } => self.unicast_starts(leg, link, effect),
            Effect::BridgeCallee { link, effect, handoff } => {
                self.soon(TICK_MS, Happening::Switch(Doing::Joining(link, effect, handoff)));
            }
            Effect::CheckExtension { effect, .. } => {
                let checked = self.looks_at_phone();
                let checked = self.switch.has_inbound.then_some(checked);
                if !self.goes_wrong() {
                    self.post(Fact::ExtensionChecked { effect, checked });
                }
            }
            Effect::CheckPlace { effect, .. } => {
                let extension = Some(self.looks_at_phone());
                if !self.goes_wrong() {
                    self.post(Fact::PlaceChecked { effect, exists: None, extension });
                }
            }
            Effect::CacheProfile { handoff, .. } => {
                let outcome = match self.random.random_range(0..5_u32) {
                    0 => ProfileOutcome::Failed { reason: "away".to_owned() },
                    _ => ProfileOutcome::Cached,
                };
                if !self.goes_wrong() {
                    self.post(Fact::ProfileCached { handoff, outcome, brief: Some("A caller.".to_owned()) });
                }
            }
            Effect::Ring { handoff, .. } => {
                self.switch.agent = Some((handoff, false));
                self.soon(24_000, Happening::Switch(Doing::PersonAnswers(handoff)));
            }
            Effect::StopRinging { handoff } => {
                self.switch.agent.take_if(|(rung, _)| *rung == handoff);
            }
            _ => {}
        }
    }

    fn control_is_released(&mut self, control: ControlId) {
        let was_ours = self.switch.outbound.take_if(|left| *left == control).is_some();
        // The dialplan goes on by itself, unless another party has the channel.
        if was_ours && self.switch.is_alive && !self.switch.is_bridged {
            assert!(self.switch.was_asked_to_end, "a channel is left to its dialplan");
            self.channel_dies(HangupBy::Switch, "NORMAL_CLEARING");
        }
    }

    fn control_reports_again(&mut self, control: ControlId) {
        let link = ControlLink::Outbound { control };
        match self.switch.has_link(link) {
            true => {
                let channel = self.switch.seen();
                self.post(Fact::ControlAttached { link, channel });
            }
            false => self.link_is_gone(link, 0),
        }
    }

    fn stream_starts(&mut self, link: ControlLink, effect: EffectId) {
        let (fails, is_lost) = (self.goes_wrong(), self.goes_wrong());
        if fails || !self.switch.has_link(link) || self.switch.leg.is_some() {
            return self.answers(effect, ActionOutcome::Failed { reason: "no".to_owned() });
        }
        self.answers(effect, ActionOutcome::Done);
        if !is_lost {
            self.soon(60, Happening::Switch(Doing::StreamComes { confirmed: true }));
        }
    }

    /// One phone in five is in a call.
    fn looks_at_phone(&mut self) -> ExtensionChecked {
        let state = match self.random.random_range(0..5_u32) {
            0 => ExtensionState::InCall,
            _ => ExtensionState::Registered,
        };
        ExtensionChecked { state, found_by: "sofia_contact".to_owned() }
    }

    /// The real switch does not check whether this is safe, so the test checks it here.
    fn unicast_starts(&mut self, leg: LegId, link: ControlLink, effect: EffectId) {
        if !self.switch.has_link(link) || !self.switch.is_alive {
            return self.answers(effect, ActionOutcome::Failed { reason: "no such channel".to_owned() });
        }
        assert!(self.switch.is_answered, "rule 1: the switch has died");
        assert!(!self.switch.has_unicast, "rule 2: the switch has a socket too many");
        assert!(self.switch.prompt.is_none(), "rule 3: a prompt during a unicast");
        self.switch.leg = Some((leg, FreeswitchAudio::Unicast));
        self.switch.has_unicast = true;
        self.answers(effect, ActionOutcome::Done);
        if self.switch.is_parked && !self.goes_wrong() {
            self.later(25, Happening::Switch(Doing::Joins(leg)));
        }
    }

    fn acts(&mut self, link: ControlLink, effect: EffectId, action: ChannelAction) {
        if !self.switch.has_link(link) {
            // The event was on its way when the connection broke. The actor of the link reports nothing more.
            return;
        }
        if !self.switch.is_alive || (self.goes_wrong() && !matches!(action, ChannelAction::HangUp(_))) {
            return self.answers(effect, ActionOutcome::Failed { reason: "no".to_owned() });
        }
        match action {
            ChannelAction::Answer => {
                self.switch.is_answered = true;
                self.switch_tells(Fact::ChannelAnswered);
            }
            ChannelAction::HangUp(_) => self.channel_dies(HangupBy::Switch, "NORMAL_CLEARING"),
            ChannelAction::StopStream if self.has_stream() => self.leg_ends(LegEnd::Closed),
            ChannelAction::ParkAgain => {
                self.switch.prompt = None;
                self.channel_leaves_park();
                self.switch.is_parked = true;
            }
            ChannelAction::Play(_) => {
                assert!(!self.switch.has_unicast, "rule 3: a prompt during a unicast");
                self.switch.prompt = Some(effect);
                return self.soon(3_000, Happening::Switch(Doing::PromptEnds(effect)));
            }
            ChannelAction::StopPlayback { .. } => {
                if let Some(prompt) = self.switch.prompt {
                    self.switch_does(Doing::PromptEnds(prompt));
                }
            }
            ChannelAction::Transfer(_) => {
                self.channel_leaves_park();
                self.leg_ends(LegEnd::Closed);
                self.switch.is_elsewhere = true;
            }
            _ => {}
        }
        self.answers(effect, ActionOutcome::Done);
    }

    fn has_stream(&self) -> bool {
        self.switch.leg.is_some_and(|(_, carrier)| carrier == FreeswitchAudio::Websocket)
    }

    fn joins_person(&mut self, link: ControlLink, effect: EffectId, handoff: EffectId) {
        let is_there = self.switch.agent == Some((handoff, true)) && self.switch.is_alive;
        if !self.switch.has_link(link) {
            return;
        }
        if !is_there || self.goes_wrong() {
            return self.answers(effect, ActionOutcome::Failed { reason: "no".to_owned() });
        }
        self.switch.is_bridged = true;
        self.switch.prompt = None;
        self.channel_leaves_park();
        self.answers(effect, ActionOutcome::Done);
        self.switch_tells(Fact::Bridged { other: PEER.to_string() });
    }

    fn person_answers(&mut self, handoff: EffectId) {
        if self.switch.agent != Some((handoff, false)) {
            return;
        }
        match self.random.random_range(0..4_u32) {
            0 => {
                self.switch.agent = None;
                self.post(Fact::HandoffFailed { handoff, failure: HandoffFailure::NoAnswer });
            }
            // The outcome is not reported.
            1 if self.goes_wrong() => {}
            _ => {
                self.switch.agent = Some((handoff, true));
                self.post(Fact::HandoffAccepted { handoff });
            }
        }
    }
}
