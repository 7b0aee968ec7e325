//! The connection: one at a time, because a conversation can't be resumed on another.
//!
//! ```text
//! Dialing --connected--> Beginning --begun--> Live
//! ```
//!
//! After a loss it reconnects at once, then with growing pauses. The new conversation gets the earlier one, and its agent's own
//! first words are dropped: no caller is greeted twice. A connection that the server is about to end is left before
//! (`links/leaving.rs`), and one that sends nothing although something is due counts as lost (`links/stalls.rs`).

mod leaving;
mod stalls;

use cordboard_schema::audio::WireFormat;
use cordboard_schema::ids::OutsideId;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::TokenUsage;

use super::Session;
use super::asks::Ask;
use super::dialect::{Dialect, Opening};
use super::duplex::Pace;
use super::own_tools::OwnTools;
use crate::assistant::provider::ProviderFault;
use crate::assistant::remote::act::Act;
use crate::assistant::remote::loss::shortened;
use crate::assistant::remote::losses_in_a_row::{LOSSES_MAX, LossesInARow};
use crate::assistant::remote::outage::{ATTEMPT_MS_MAX, Due, Outage, Patience, random_per_mille};
use crate::assistant::remote::{LinkId, Loss, Retry};
use crate::messages::Entrance;

/// Usage is reported in pieces of this length, each at its beginning: a finished call gets no more reports.
const USED_EVERY_MS: u64 = 15_000;
/// A connection that its server ends earlier than this counts as lost; the loss of a longer one starts a new count.
const SHORT_MS: u64 = 30_000;

/// The connection of a call to its agent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Links {
    link: Option<Link>,
    outage: Option<Outage>,
    numbered: u32,
    /// Number of conversations that were begun.
    begun: u32,
    /// The cause of the last failed attempt is removed, so the next one won't fail because of it.
    is_remedied: bool,
    /// Since when the server has not answered the check whether it still hears the caller.
    doubts_since: Option<UnixMs>,
    /// Connections that were lost in a row, without anything said between them.
    losses: LossesInARow,
    /// The agent has hung up: no reconnect follows.
    agent_left: bool,
    /// Conversations in a row that the agent has hung up on soon after they began, whatever it said in them.
    hangups: LossesInARow,
    /// The last connection was left in time, and the call was not notified.
    is_unnoticed: bool,
    chance: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Link {
    id: LinkId,
    stage: Stage,
    dialed_at: UnixMs,
    heard_from_at: UnixMs,
    /// The conversation was requested.
    is_opened: bool,
    session: String,
    input: WireFormat,
    own_tools: OwnTools,
    /// Audio up to this number is not to be heard.
    cleared_to: Option<u64>,
    /// The newest number of a piece of audio.
    newest: u64,
    /// Since when the agent may say its own first words; `None` once anyone has spoken.
    first_words_since: Option<UnixMs>,
    /// When the next keep-alive is due.
    present_at: UnixMs,
    /// When audio was last sent.
    sent_at: UnixMs,
    /// Time up to which the usage was reported to the call.
    used_until: UnixMs,
    used_times: u32,
    /// The agent wants to hang up.
    ends: bool,
    /// The server ends it: it is left at the next pause after the first of these times, and at the second at the latest.
    left_by: Option<(UnixMs, UnixMs)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Dialing,
    Beginning,
    Live,
}

impl Links {
    /// Returns the state before the first attempt, which is due.
    pub(super) fn new(patience: Patience, now: UnixMs, seed: u64) -> Self {
        Self {
            link: None,
            is_remedied: false,
            doubts_since: None,
            outage: Some(Outage::at_first(patience, now)),
            numbered: 0,
            begun: 0,
            losses: LossesInARow::default(),
            agent_left: false,
            hangups: LossesInARow::default(),
            is_unnoticed: false,
            chance: seed,
        }
    }

    /// Returns the timeout of an attempt, in ms.
    fn attempt_ms_max(&self) -> u64 {
        self.outage.as_ref().map_or(ATTEMPT_MS_MAX, Outage::attempt_ms_max)
    }

    /// Returns the number of the present conversation on the call.
    pub(super) fn conversation(&self) -> u32 {
        self.begun
    }

    fn live(&self) -> Option<&Link> {
        self.link.as_ref().filter(|link| link.stage == Stage::Live)
    }

    fn live_mut(&mut self) -> Option<&mut Link> {
        self.link.as_mut().filter(|link| link.stage == Stage::Live)
    }

    pub(super) fn live_id(&self) -> Option<LinkId> {
        self.live().map(|link| link.id)
    }

    /// Returns whether a conversation was requested that has not begun.
    pub(super) fn is_opening(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.is_opened && link.stage == Stage::Beginning)
    }

    fn find_mut(&mut self, id: LinkId) -> Option<&mut Link> {
        self.link.as_mut().filter(|link| link.id == id)
    }

    /// Returns whether a connection is one of ours.
    pub(super) fn is_known(&self, id: LinkId) -> bool {
        self.link.as_ref().is_some_and(|link| link.id == id)
    }

    /// Notes whether the cause of a failed attempt is removed.
    pub(super) fn cause_removed(&mut self, is_remedied: bool) {
        self.is_remedied = is_remedied;
    }

    pub(super) fn has_agent_left(&self) -> bool {
        self.agent_left
    }

    /// Returns since when the agent may say its own first words.
    pub(super) fn first_words_due_since(&self) -> Option<UnixMs> {
        self.live()?.first_words_since
    }

    /// Notes that someone has spoken: the agent answers from now on, and its own first words are over.
    pub(super) fn note_speech(&mut self) {
        if let Some(link) = self.live_mut() {
            link.first_words_since = None;
        }
    }

    /// Notes that the agent's first words have begun. Returns whether they belong to the call's first conversation.
    pub(super) fn take_first_words(&mut self) -> Option<bool> {
        let is_first = self.begun == 1;
        self.live_mut()?.first_words_since.take().map(|_| is_first)
    }

    /// Returns when the next keep-alive is due.
    pub(super) fn present_at(&self) -> Option<UnixMs> {
        self.live().map(|link| link.present_at)
    }

    pub(super) fn present_until(&mut self, at: UnixMs) {
        if let Some(link) = self.live_mut() {
            link.present_at = at;
        }
    }

    /// Returns when audio was last sent.
    pub(super) fn sent_at(&self) -> UnixMs {
        self.live().map_or(UnixMs(0), |link| link.sent_at)
    }

    /// Notes that audio is sent now.
    pub(super) fn sends(&mut self, now: UnixMs) {
        if let Some(link) = self.live_mut() {
            link.sent_at = now;
        }
    }

    /// Returns whether a piece of audio may be heard; notes its number.
    pub(super) fn may_sound(&mut self, event_id: u64) -> bool {
        let Some(link) = self.live_mut() else { return false };
        link.newest = link.newest.max(event_id);
        link.cleared_to.is_none_or(|cleared| event_id > cleared)
    }

    /// Drops audio up to this number.
    pub(super) fn clear_to(&mut self, event_id: u64) {
        if let Some(link) = self.live_mut() {
            link.cleared_to = link.cleared_to.max(Some(event_id));
        }
    }

    /// Drops all audio that was sent so far.
    pub(super) fn clear_all(&mut self) {
        if let Some(newest) = self.live().map(|link| link.newest) {
            self.clear_to(newest);
        }
    }

    /// Notes that the agent has started a tool of its own.
    pub(super) fn own_tool_began(&mut self, id: String, now: UnixMs) {
        if let Some(link) = self.live_mut() {
            link.own_tools.began(id, now);
        }
    }

    /// Notes that a tool has ended, which may be one of the agent's own.
    pub(super) fn own_tool_ended(&mut self, id: &str, now: UnixMs) {
        if let Some(link) = self.live_mut() {
            link.own_tools.ended(id, now);
        }
    }

    /// Returns the newest number of a piece of audio.
    pub(super) fn newest(&self) -> u64 {
        self.live().map_or(0, |link| link.newest)
    }

    /// Notes that the agent was heard: failures are counted again from zero.
    pub(super) fn works(&mut self) {
        self.losses.reset();
    }
}

impl<D: Dialect> Session<D> {
    /// Handles an established connection: begins the conversation, unless the server speaks first.
    pub(in crate::assistant) fn connected(&mut self, id: LinkId, now: UnixMs) {
        if !self.advance(now) {
            return;
        }
        let Some(link) = self.links.find_mut(id) else { return };
        link.stage = Stage::Beginning;
        link.heard_from_at = now;
        if !self.can.welcomes {
            self.open(id);
        }
        self.settle();
    }

    /// Requests a conversation, once on each connection.
    pub(super) fn open(&mut self, id: LinkId) {
        let Some(link) = self.links.find_mut(id) else { return };
        if link.stage != Stage::Beginning || std::mem::replace(&mut link.is_opened, true) {
            return;
        }
        self.late_messages.clear();
        self.offers_late = false;
        // It contains what the caller has written, even after an opening that failed.
        let waited = self.asks.len();
        self.asks.retain(|ask| !matches!(ask, Ask::Caller(_)));
        if self.asks.len() < waited && !self.asks.contains(&Ask::Continue) {
            self.asks.push_back(Ask::Continue);
        }
        let serves_at_once = self.plan.entrance == Entrance::AtOnce && self.plan.history.is_empty();
        let opening = Opening {
            plan: &self.plan,
            tools: &self.offered,
            memory: &self.memory,
            unheard: self.voice.unheard().collect(),
            is_first: self.links.begun == 0 && serves_at_once,
        };
        let message = self.dialect.open(&opening);
        self.send_to(id, message);
    }

    /// Handles a connection that was lost, or could not be established.
    pub(in crate::assistant) fn lost(&mut self, id: LinkId, loss: Loss, now: UnixMs) {
        if self.advance(now) {
            self.link_lost(id, loss);
            self.settle();
        }
    }

    /// Returns whether events of this connection are to be handled; notes that it is alive.
    pub(super) fn hears_from(&mut self, id: LinkId) -> bool {
        let now = self.now;
        if self.links.live_id() == Some(id) {
            self.links.doubts_since = None;
        }
        self.links.find_mut(id).map(|link| link.heard_from_at = now).is_some()
    }

    pub(super) fn is_live(&self) -> bool {
        self.links.live_id().is_some()
    }

    /// Handles the beginning of the conversation.
    pub(super) fn began(
        &mut self,
        id: LinkId,
        session: &str,
        (name, input): (Option<OutsideId>, WireFormat),
    ) {
        let (now, speaks_first) = (self.now, self.dialect.speaks_first());
        let Some(link) = self.links.find_mut(id) else { return };
        if link.stage != Stage::Beginning || !link.is_opened {
            return;
        }
        link.stage = Stage::Live;
        link.input = input;
        link.first_words_since = speaks_first.then_some(now);
        link.used_until = now;
        link.present_at = now;
        link.sent_at = now;
        link.session = shortened(session);
        self.links.begun += 1;
        self.acts.extend(name.map(Act::KnownAs));
        self.acts.push(Act::Hear(id, input));
        self.pace = Pace::from(now);
        if let Some(Outage { since, attempts, .. }) = self.links.outage.take() {
            if std::mem::take(&mut self.links.is_unnoticed) {
                // Its absence was not reported.
            } else if self.is_ready {
                self.acts.push(Act::Restored { attempts, away_ms: now.ms_since(since) });
            } else {
                self.is_ready = true;
                self.acts.push(Act::Ready);
            }
        }
        self.report_used();
        self.send_late();
        if !self.can.opens_with_conversation {
            self.send_conversation();
        }
        self.report_lost_tools();
    }

    /// Handles an agent that has ended the conversation: it says goodbye, and then the connection is closed.
    pub(super) fn agent_ends(&mut self) {
        if let Some(link) = self.links.live_mut() {
            link.ends = true;
        }
    }

    pub(super) fn link_lost(&mut self, id: LinkId, Loss { fault, retry }: Loss) {
        let Some(link) = self.links.link.take_if(|link| link.id == id) else { return };
        if link.stage != Stage::Live {
            if link.is_opened && self.dialect.opening_refused(&fault) && self.next_attempt_at_once() {
                return;
            }
            return self.attempt_failed(fault, retry);
        }
        self.send_postponed();
        let has_stood = self.now.ms_since(link.dialed_at) >= SHORT_MS;
        if self.has_hung_up(link.ends, retry) {
            if has_stood {
                self.links.hangups.reset();
            }
            self.links.hangups.add();
            self.agent_left();
            return;
        }
        if has_stood {
            // It lasted, even if nobody had anything to say, as on a long hold. Its end says nothing about the next one.
            self.links.losses.reset();
        }
        self.links.losses.add();
        self.conversation_lost();
        if retry == Retry::Never || self.links.losses.reach(LOSSES_MAX) {
            return self.fail(fault);
        }
        self.acts.push(Act::Interrupted(fault.clone()));
        self.links.outage = Some(Outage::after(fault, self.plan.patience, self.now));
    }

    /// Drops what was under way in a conversation that is lost. What the caller still has to hear is requested in the next one.
    fn conversation_lost(&mut self) {
        let was_spoken = self.hearing_lost();
        let was_cut_off = self.answer_lost();
        let was_due = self.answer_due_since.take().is_some();
        self.asks_lost(was_spoken || was_cut_off || was_due);
        self.finish_open();
        self.voice.of_others_until = self.voice.playout.until;
        self.tools_lost();
        self.links.doubts_since = None;
        if self.is_sound_due() {
            // In the middle of an utterance the caller has been waiting since the last sound.
            self.comfort.due_from(self.voice.playout.quiet_since.min(self.now));
        }
    }

    /// Returns whether the agent has hung up: it said so, or the server has closed the connection normally and nothing is due to
    /// the caller. An agent that takes silence for absence can't hang up on a caller who is on hold, no matter who put them on
    /// hold.
    fn has_hung_up(&self, said_so: bool, retry: Retry) -> bool {
        let waits_for_words = !self.asks.is_empty() || self.asked.is_some();
        let is_output_due = self.is_sound_due() || self.hearing.is_speaking();
        let ends_in_order = retry == Retry::HungUp && self.hears_caller() && !is_output_due;
        let says_so = said_so && (self.hears_caller() || waits_for_words);
        !self.has_put_on_hold && (ends_in_order || says_so)
    }

    /// Handles an agent that has hung up: its words are played to their end, and then the call ends as by the tool of that name.
    fn agent_left(&mut self) {
        self.links.agent_left = true;
        self.answer = None;
        self.asked = None;
        self.answer_due_since = None;
        self.hearing_lost();
        self.finish_open();
        for ask in std::mem::take(&mut self.asks) {
            self.want(ask);
        }
        self.hang_up();
    }

    /// Goes on with the call after the agent has hung up: begins another conversation, unless the agent has ended several at
    /// once.
    pub(super) fn call_again(&mut self) {
        let reason = "the agent has ended the conversation, and the call goes on";
        let fault = ProviderFault::new(ProviderFailure::Disconnected, reason);
        if self.links.hangups.reach(LOSSES_MAX) {
            return self.fail(fault);
        }
        self.links.agent_left = false;
        self.tools_lost();
        self.acts.push(Act::Interrupted(fault.clone()));
        self.links.outage = Some(Outage::after(fault, self.plan.patience, self.now));
        self.want(Ask::Continue);
    }

    /// Makes the next attempt now. Returns whether there is one.
    fn next_attempt_at_once(&mut self) -> bool {
        let now = self.now;
        self.links.outage.as_mut().map(|outage| outage.next_at = Some(now)).is_some()
    }

    fn attempt_failed(&mut self, fault: ProviderFault, retry: Retry) {
        if std::mem::take(&mut self.links.is_unnoticed) {
            self.acts.push(Act::Interrupted(fault.clone()));
        }
        let jitter = random_per_mille(&mut self.links.chance);
        let now = self.now;
        let waits = self.waits || self.plan.patience == Patience::Short;
        let Some(outage) = &mut self.links.outage else { return };
        let has_one_attempt = waits && !std::mem::take(&mut self.links.is_remedied);
        if !outage.failed((fault, retry), (has_one_attempt, jitter), now) {
            let fault = outage.fault.clone();
            self.fail(fault);
        }
    }

    /// Handles a live connection that can't go on; another one may.
    fn link_broke(&mut self, fault: ProviderFault) {
        if let Some(id) = self.links.live_id() {
            self.acts.push(Act::Close(id));
            self.link_lost(id, Loss { fault, retry: Retry::Soon });
        }
    }

    /// Connects when it is time, and ends attempts that take too long.
    pub(super) fn mind_links(&mut self) {
        self.mind_leaving();
        if self.used_deadline().is_some_and(|deadline| deadline <= self.now) {
            self.report_used();
        }
        self.mind_doubt();
        if self.stall_deadline().is_some_and(|deadline| deadline <= self.now) {
            let reason = "connected, but a due answer did not arrive";
            self.link_broke(ProviderFault::new(ProviderFailure::Stalled, reason));
        }
        if let Some(link) = &self.links.link
            && link.stage != Stage::Live
            && self.now.ms_since(link.dialed_at) >= self.links.attempt_ms_max()
        {
            let id = link.id;
            let fault = match link.stage {
                Stage::Dialing => ProviderFault::new(ProviderFailure::Unreachable, "no connection in time"),
                _ => ProviderFault::new(ProviderFailure::Stalled, "connected, but no conversation in time"),
            };
            self.acts.push(Act::Close(id));
            self.link_lost(id, Loss { fault, retry: Retry::Soon });
        }
        let now = self.now;
        match self.links.outage.as_mut().map_or(Due::Nothing, |outage| outage.take_due(now)) {
            Due::Nothing => {}
            Due::Attempt => self.dial(),
            Due::End(fault) => self.fail(fault),
        }
    }

    fn dial(&mut self) {
        self.links.numbered += 1;
        let id = LinkId(self.links.numbered);
        self.links.doubts_since = None;
        self.acts.push(Act::Connect(id));
        self.links.link = Some(Link {
            id,
            stage: Stage::Dialing,
            dialed_at: self.now,
            heard_from_at: self.now,
            is_opened: false,
            session: String::new(),
            input: WireFormat::pcm(self.plan.caller_rate),
            own_tools: OwnTools::default(),
            cleared_to: None,
            newest: 0,
            first_words_since: None,
            present_at: self.now,
            sent_at: self.now,
            used_until: self.now,
            used_times: 0,
            ends: false,
            left_by: None,
        });
    }

    /// Reports usage from now on: an agent is billed by the minute.
    fn report_used(&mut self) {
        let now = self.now;
        let Some(model) = self.dialect.paid_by_minute().map(str::to_owned) else { return };
        let Some(link) = self.links.live_mut() else { return };
        link.used_until = now + USED_EVERY_MS;
        link.used_times += 1;
        let source = format!("{}/{}", link.session, link.used_times);
        let usage = TokenUsage { audio_ms: USED_EVERY_MS, ..TokenUsage::default() };
        self.acts.push(Act::Used { model, source, usage });
    }

    /// Returns when the next usage is reported, if minutes are billed.
    fn used_deadline(&self) -> Option<UnixMs> {
        self.dialect.paid_by_minute()?;
        self.links.live().map(|link| link.used_until)
    }

    pub(super) fn links_deadline(&self) -> Option<UnixMs> {
        let setup = self.links.link.as_ref().filter(|link| link.stage != Stage::Live);
        let deadlines = [
            self.links.outage.as_ref().map(Outage::deadline),
            setup.map(|link| link.dialed_at + self.links.attempt_ms_max()),
            self.used_deadline(),
            self.links.live().and_then(|link| link.left_by).map(|(_, by)| by),
            self.pause_deadline(),
            self.doubt_deadline().filter(|_| self.dialect.probe().is_some()),
        ];
        deadlines.into_iter().flatten().min()
    }
}
