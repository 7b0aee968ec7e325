//! The connection: one at a time, for a conversation can't be taken up on another.
//!
//! ```text
//! Dialing --connected--> Beginning --metadata--> Live
//! ```
//!
//! One that is lost is made anew at once, then with growing pauses; the new conversation is told what was said so far, and its
//! agent's own first words are left out: nobody is greeted twice.

use cordboard_schema::audio::WireFormat;
use cordboard_schema::ids::OutsideId;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::elevenlabs::format_of;

use super::asks::Ask;
use super::{Act, Session};
use crate::assistant::provider::ProviderFault;
use crate::assistant::remote::outage::{ATTEMPT_MS_MAX, Due, Outage, random_per_mille};
use crate::assistant::remote::{LinkId, Loss, Retry};

/// The name of an agent's minutes in the prices.
const MODEL: &str = "elevenlabs-agents";
/// Connections in a row that were lost before anything was said.
const LOSSES_MAX: u32 = 3;
/// Usage is told in pieces of this length, as each begins: a call that is over is told nothing more.
const USED_EVERY_MS: u64 = 15_000;
/// Silence in the middle of an answer whose words are known and whose sound does not begin, or of a server that owes something
/// and says nothing but pings.
const MUTE_MS_MAX: u64 = 12_000;

/// The connection of a call to its agent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Links {
    link: Option<Link>,
    outage: Option<Outage>,
    numbered: u32,
    /// Conversations that were begun.
    begun: u32,
    /// Connections that were lost in a row, without a word between them.
    losses: u32,
    /// The agent has hung up: none is made anew.
    agent_left: bool,
    chance: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Link {
    id: LinkId,
    stage: Stage,
    dialed_at: UnixMs,
    heard_from_at: UnixMs,
    conversation_id: String,
    output: WireFormat,
    /// Audio up to this number is not to be heard.
    cleared_to: Option<u64>,
    /// The newest number of a piece of audio.
    newest: u64,
    /// Since when the agent may say its own first words; none once somebody has spoken.
    first_words_since: Option<UnixMs>,
    /// When it is told next that somebody is there.
    activity_at: UnixMs,
    /// The call was told of the use up to this time.
    used_until: UnixMs,
    used_times: u32,
    /// The agent wants to hang up.
    ends: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Dialing,
    Beginning,
    Live,
}

impl Links {
    /// Nothing is connected; the first attempt is due.
    pub(super) fn new(now: UnixMs, seed: u64) -> Self {
        Self {
            link: None,
            outage: Some(Outage::at_first(now)),
            numbered: 0,
            begun: 0,
            losses: 0,
            agent_left: false,
            chance: seed,
        }
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

    pub(super) fn output(&self) -> Option<WireFormat> {
        self.live().map(|link| link.output)
    }

    pub(super) fn has_agent_left(&self) -> bool {
        self.agent_left
    }

    /// Since when the agent may say its own first words.
    pub(super) fn first_words_due_since(&self) -> Option<UnixMs> {
        self.live()?.first_words_since
    }

    /// Somebody has spoken: the agent answers from now on, and its own first words are over.
    pub(super) fn somebody_spoke(&mut self) {
        if let Some(link) = self.live_mut() {
            link.first_words_since = None;
        }
    }

    /// The agent's first words have begun. Says whether they are those of the call's first conversation.
    pub(super) fn take_first_words(&mut self) -> Option<bool> {
        let is_first = self.begun == 1;
        self.live_mut()?.first_words_since.take().map(|_| is_first)
    }

    pub(super) fn activity_at(&self) -> Option<UnixMs> {
        self.live().map(|link| link.activity_at)
    }

    pub(super) fn active_until(&mut self, at: UnixMs) {
        if let Some(link) = self.live_mut() {
            link.activity_at = at;
        }
    }

    /// Whether a piece of audio may be heard; notes its number.
    pub(super) fn may_sound(&mut self, event_id: u64) -> bool {
        let Some(link) = self.live_mut() else { return false };
        link.newest = link.newest.max(event_id);
        link.cleared_to.is_none_or(|cleared| event_id > cleared)
    }

    /// Audio up to this number is not to be heard.
    pub(super) fn clear_to(&mut self, event_id: u64) {
        if let Some(link) = self.live_mut() {
            link.cleared_to = link.cleared_to.max(Some(event_id));
        }
    }

    /// Nothing that was sent so far is to be heard.
    pub(super) fn clear_all(&mut self) {
        if let Some(newest) = self.live().map(|link| link.newest) {
            self.clear_to(newest);
        }
    }

    /// The agent was heard: what goes wrong next is another thing.
    pub(super) fn works(&mut self) {
        self.losses = 0;
    }
}

impl Session {
    /// The connection stands: the conversation is begun.
    pub fn connected(&mut self, id: LinkId, now: UnixMs) {
        if !self.goes_on(now) {
            return;
        }
        let Some(link) = self.links.link.as_mut().filter(|link| link.id == id) else { return };
        link.stage = Stage::Beginning;
        link.heard_from_at = self.now;
        let initiation = self.plan.initiation(&self.memory, self.links.begun == 0);
        self.send_to(id, initiation);
        self.settle();
    }

    /// A connection was lost, or could not be made.
    pub fn lost(&mut self, id: LinkId, loss: Loss, now: UnixMs) {
        if self.goes_on(now) {
            self.link_lost(id, loss);
            self.settle();
        }
    }

    /// Whether events of this connection are for us; notes that it lives.
    pub(super) fn hears_from(&mut self, id: LinkId) -> bool {
        let now = self.now;
        let link = self.links.link.as_mut().filter(|link| link.id == id);
        link.map(|link| link.heard_from_at = now).is_some()
    }

    pub(super) fn is_live(&self) -> bool {
        self.links.live_id().is_some()
    }

    /// The conversation has begun.
    pub(super) fn started(&mut self, id: LinkId, conversation_id: String, output: &str, input: &str) {
        let now = self.now;
        let Some(link) = self.links.link.as_mut().filter(|link| link.id == id) else { return };
        if link.stage != Stage::Beginning {
            return;
        }
        let (Some(output), Some(input)) = (format_of(output), format_of(input)) else {
            let reason = format!(
                "the agent's audio ({}, {}) is of a format that is not known here: set it to ulaw_8000, or pcm_16000, at \
                 ElevenLabs",
                shortened(output),
                shortened(input),
            );
            return self.fail(ProviderFault::new(ProviderFailure::BadProtocol, reason));
        };
        link.stage = Stage::Live;
        link.output = output;
        link.first_words_since = Some(now);
        link.used_until = now;
        link.activity_at = now;
        link.conversation_id = shortened(&conversation_id);
        let name = OutsideId::elevenlabs(&link.conversation_id);
        self.links.begun += 1;
        self.acts.push(Act::Hear(id, input));
        self.acts.push(Act::KnownAs(name));
        if let Some(Outage { since, attempts, .. }) = self.links.outage.take() {
            if self.is_ready {
                self.acts.push(Act::Restored { attempts, away_ms: now.ms_since(since) });
            } else {
                self.is_ready = true;
                self.acts.push(Act::Ready);
            }
        }
        self.tell_used();
        self.tell_conversation();
        self.tell_lost_tools();
    }

    /// The agent has ended the conversation: it says goodbye, and the connection is closed behind that.
    pub(super) fn agent_ends(&mut self) {
        if let Some(link) = self.links.live_mut() {
            link.ends = true;
        }
    }

    pub(super) fn link_lost(&mut self, id: LinkId, Loss { fault, retry }: Loss) {
        let Some(link) = self.links.link.take_if(|link| link.id == id) else { return };
        if link.stage != Stage::Live {
            return self.attempt_failed(fault, retry);
        }
        if link.ends {
            self.agent_left();
            return;
        }
        self.links.losses += 1;
        let was_spoken = self.hearing_lost();
        let was_cut_off = self.answer_lost();
        let was_owed = self.server_owes.take().is_some();
        self.asks_lost(was_spoken || was_cut_off || was_owed);
        self.finish_open();
        self.tools_lost();
        if self.owes_sound() {
            // In the middle of a word the caller waits since what they heard last.
            self.comfort.owed_from(self.voice.playout.quiet_since.min(self.now));
        }
        if retry == Retry::Never || self.links.losses >= LOSSES_MAX {
            return self.fail(fault);
        }
        self.acts.push(Act::Interrupted(fault.clone()));
        self.links.outage = Some(Outage::after(fault, self.now));
    }

    /// The agent has hung up: what it has said is heard to its end, and then the call ends as by the tool of that name.
    fn agent_left(&mut self) {
        self.links.agent_left = true;
        self.answer = None;
        self.asked = None;
        self.server_owes = None;
        self.hearing_lost();
        self.finish_open();
        for ask in std::mem::take(&mut self.asks) {
            self.want(ask);
        }
        self.hang_up();
    }

    /// The call goes on though the agent has hung up: another conversation is begun.
    pub(super) fn call_again(&mut self) {
        let reason = "the agent has ended the conversation, and the call goes on";
        let fault = ProviderFault::new(ProviderFailure::Disconnected, reason);
        self.links.agent_left = false;
        self.acts.push(Act::Interrupted(fault.clone()));
        self.links.outage = Some(Outage::after(fault, self.now));
        self.want(Ask::Continue);
    }

    fn attempt_failed(&mut self, fault: ProviderFault, retry: Retry) {
        let jitter = random_per_mille(&mut self.links.chance);
        let (now, waits) = (self.now, self.waits);
        let Some(outage) = &mut self.links.outage else { return };
        // An agent that refuses to be overridden has refused nothing else.
        if !outage.failed((fault.clone(), retry), (waits && !self.plan.overrides_refused, jitter), now) {
            self.fail(fault);
        }
    }

    /// The live connection can't go on; another one may.
    fn link_broke(&mut self, fault: ProviderFault) {
        if let Some(id) = self.links.live_id() {
            self.acts.push(Act::Close(id));
            self.link_lost(id, Loss { fault, retry: Retry::Soon });
        }
    }

    /// Dials where it is time, and ends what takes too long.
    pub(super) fn mind_links(&mut self) {
        if self.links.live().is_some_and(|link| link.used_until <= self.now) {
            self.tell_used();
        }
        if self.stall_deadline().is_some_and(|deadline| deadline <= self.now) {
            let reason = "connected, but nothing came of what was owed";
            self.link_broke(ProviderFault::new(ProviderFailure::Stalled, reason));
        }
        if let Some(link) = &self.links.link
            && link.stage != Stage::Live
            && self.now.ms_since(link.dialed_at) >= ATTEMPT_MS_MAX
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
        self.links.link = Some(Link {
            id,
            stage: Stage::Dialing,
            dialed_at: self.now,
            heard_from_at: self.now,
            conversation_id: String::new(),
            output: WireFormat::pcm(self.plan.caller_rate),
            cleared_to: None,
            newest: 0,
            first_words_since: None,
            activity_at: self.now,
            used_until: self.now,
            used_times: 0,
            ends: false,
        });
        self.acts.push(Act::Connect(id));
    }

    /// Tells what is used from now on: an agent is paid by the minute.
    fn tell_used(&mut self) {
        let now = self.now;
        let Some(link) = self.links.live_mut() else { return };
        link.used_until = now + USED_EVERY_MS;
        link.used_times += 1;
        let source = format!("{}/{}", link.conversation_id, link.used_times);
        let usage = TokenUsage { audio_ms: USED_EVERY_MS, ..TokenUsage::default() };
        self.acts.push(Act::Used { model: MODEL.to_owned(), source, usage });
    }

    /// When a provider that owes something and says nothing is as good as gone.
    pub(super) fn stall_deadline(&self) -> Option<UnixMs> {
        let link = self.links.live()?;
        let owed = self.awaits_since.map(|since| {
            let silent = since.max(link.heard_from_at) + self.plan.stall_timeout_ms;
            silent.min(since + MUTE_MS_MAX)
        });
        // The caller may speak to a dead line: not even a ping has come since.
        let doubted = self.hearing.awaits_since().filter(|since| link.heard_from_at <= *since);
        let doubted = doubted.map(|since| since + self.plan.stall_timeout_ms);
        owed.into_iter().chain(doubted).min()
    }

    pub(super) fn links_deadline(&self) -> Option<UnixMs> {
        let setup = self.links.link.as_ref().filter(|link| link.stage != Stage::Live);
        let deadlines = [
            self.links.outage.as_ref().map(Outage::deadline),
            setup.map(|link| link.dialed_at + ATTEMPT_MS_MAX),
            self.links.live().map(|link| link.used_until),
        ];
        deadlines.into_iter().flatten().min()
    }
}

/// What a provider wrote, as far as it is kept.
fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(128).collect()
}
