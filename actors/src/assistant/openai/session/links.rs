//! Connections: the live one, the one that is being made, and the handling of a loss.
//!
//! ```text
//! Dialing --connected--> SettingUp --session.updated--> Standing --(nothing live, or between turns)--> live
//! ```
//!
//! A session that nears its end is replaced with a new one (`links/rotation.rs`). After a loss it reconnects at once, then
//! with growing pauses, for 6 s at most; while another assistant serves the call, or can take over, only once. A provider that
//! accepts sessions and answers in none of them is given up after some of them.

mod rotation;

use std::sync::Arc;

use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::openai::{
    AudioFormat, ClientEvent, Dialect, ErrorReport, NewItem, Role, SessionReport,
};

use self::rotation::{ROTATE_PAUSE_MS, rotation};
use super::Session;
use super::act::{Act, LinkId, Loss, Retry};
use super::failures::{fault_of, is_refusal};
use super::memory::items;
use crate::assistant::provider::ProviderFault;
use crate::assistant::remote::losses_in_a_row::{LOSSES_MAX, LOSSES_WITH_OTHER_MAX, LossesInARow};
use crate::assistant::remote::outage::{ATTEMPT_MS_MAX, Due, Outage, Patience, random_per_mille};
use crate::messages::{Attention, Entrance};
use crate::tools::ToolDefinition;

/// Silence in ms in the middle of an utterance, after everything received was played, that counts as a stall.
const STARVED_MS_MAX: u64 = 1_200;
/// Time in ms without any part of a due answer, even if the server reports other things; longer if the stall timeout is longer.
const MUTE_MS_MAX: u64 = 12_000;

/// The connections of a call to its provider.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Links {
    live: Option<Link>,
    coming: Option<Link>,
    outage: Option<Outage>,
    numbered: u32,
    /// When a new session replaces the present one.
    rotate_at: Option<UnixMs>,
    /// Sessions that were lost in a row while an answer was due, without any answer between them.
    losses: LossesInARow,
    chance: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Link {
    id: LinkId,
    stage: Stage,
    dialed_at: UnixMs,
    heard_from_at: UnixMs,
    /// When a part of an answer last arrived.
    answered_at: UnixMs,
    dialect: Dialect,
    input: AudioFormat,
    output: AudioFormat,
    expires_at: Option<UnixMs>,
    /// The attention to the caller that the server was sent.
    attention: Attention,
    /// The functions that it was sent.
    tools: Arc<[ToolDefinition]>,
    /// Id of the event that sets it up.
    setup_id: String,
    /// Its session knows what was said so far.
    knows_conversation: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Dialing,
    SettingUp,
    Standing,
}

impl Links {
    /// Returns the state before the first attempt, which is due.
    pub(super) fn new(patience: Patience, now: UnixMs, seed: u64) -> Self {
        let outage = Some(Outage::at_first(patience, now));
        Self {
            live: None,
            coming: None,
            outage,
            numbered: 0,
            rotate_at: None,
            losses: LossesInARow::default(),
            chance: seed,
        }
    }

    pub(super) fn live_id(&self) -> Option<LinkId> {
        self.live.as_ref().map(|link| link.id)
    }

    /// Notes that the provider answers: lost sessions are counted again from zero.
    pub(super) fn answered(&mut self) {
        self.losses.reset();
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.live.as_ref().map_or(Dialect::Ga, |link| link.dialect)
    }

    /// Returns whether the server can cancel answers, and truncate and delete items.
    pub(super) fn can_take_back(&self) -> bool {
        self.live.as_ref().is_some_and(|link| link.dialect == Dialect::Ga)
    }

    pub(super) fn output_format(&self) -> AudioFormat {
        self.live.as_ref().map_or(AudioFormat::Pcmu, |link| link.output)
    }

    /// Returns the session that has got the conversation so far, and its dialect: the live one, or one whose setup the server has
    /// not confirmed.
    fn informed(&self) -> Option<(LinkId, Dialect)> {
        let coming = self.coming.as_ref().filter(|link| link.knows_conversation);
        self.live.as_ref().or(coming).map(|link| (link.id, link.dialect))
    }

    /// Returns when the live session last sent anything.
    pub(super) fn live_heard_from_at(&self) -> Option<UnixMs> {
        self.live.as_ref().map(|link| link.heard_from_at)
    }

    /// Returns the timeout of an attempt, in ms.
    fn attempt_ms_max(&self) -> u64 {
        self.outage.as_ref().map_or(ATTEMPT_MS_MAX, Outage::attempt_ms_max)
    }

    fn is_standing(&self, id: LinkId) -> bool {
        [&self.live, &self.coming].into_iter().flatten().any(|link| link.id == id)
    }
}

impl Session {
    /// Notes that the connection is established; the server speaks first.
    pub fn connected(&mut self, id: LinkId, now: UnixMs) {
        if !self.advance(now) {
            return;
        }
        if let Some(link) = self.links.coming.as_mut().filter(|link| link.id == id) {
            link.stage = Stage::SettingUp;
            link.heard_from_at = self.now;
        }
        self.settle();
    }

    /// Handles a connection that was lost, or could not be established.
    pub fn lost(&mut self, id: LinkId, loss: Loss, now: UnixMs) {
        if self.advance(now) {
            self.link_lost(id, loss);
            self.settle();
        }
    }

    /// Returns whether events of this connection are to be handled; notes that it is alive.
    pub(super) fn hears_from(&mut self, id: LinkId) -> bool {
        let now = self.now;
        for link in [&mut self.links.live, &mut self.links.coming].into_iter().flatten() {
            if link.id == id {
                link.heard_from_at = now;
            }
        }
        self.links.is_standing(id)
    }

    /// Notes that a part of an answer has arrived.
    pub(super) fn answer_arrived(&mut self) {
        if let Some(link) = &mut self.links.live {
            link.answered_at = self.now;
        }
    }

    pub(super) fn is_live(&self, id: LinkId) -> bool {
        self.links.live_id() == Some(id)
    }

    /// Handles the server's report of a new session: sets it up.
    pub(super) fn session_created(&mut self, id: LinkId, report: &SessionReport) {
        let dialect = self.plan.dialect_for(report);
        let attention = self.attention;
        let setup_id = self.next_event_id();
        let Some(link) = self.links.coming.as_mut().filter(|link| link.id == id) else { return };
        if link.stage == Stage::Standing || !link.setup_id.is_empty() {
            return;
        }
        link.stage = Stage::SettingUp;
        link.dialect = dialect;
        link.attention = attention;
        link.tools = Arc::clone(&self.plan.tools);
        link.setup_id = setup_id.clone();
        link.expires_at = expiry(report);
        let session = Box::new(self.plan.whole_session(dialect, attention));
        self.send_to(id, setup_id, ClientEvent::SessionUpdate { session });
        if self.links.live.is_none() {
            self.send_conversation(id, dialect);
        }
    }

    /// Sends a session what was said so far.
    fn send_conversation(&mut self, id: LinkId, dialect: Dialect) {
        let mut items = items(&self.memory, dialect);
        let unheard = self.voice.unheard().filter(|text| !text.is_empty());
        items.extend(unheard.map(|text| NewItem::message(Role::Assistant, text, dialect)));
        items.extend(self.calls_under_way().map(|text| NewItem::message(Role::System, &text, dialect)));
        self.send_items(id, items);
        if let Some(link) = self.links.coming.as_mut() {
            link.knows_conversation = true;
        }
    }

    /// Adds items to the conversation. A session that has not got the conversation yet gets them with it.
    pub(super) fn add_items(&mut self, items: impl FnOnce(Dialect) -> Vec<NewItem>) {
        if let Some((link, dialect)) = self.links.informed() {
            self.send_items(link, items(dialect));
        }
    }

    fn send_items(&mut self, link: LinkId, items: Vec<NewItem>) {
        for item in items {
            let event_id = self.next_event_id();
            self.send_to(link, event_id, ClientEvent::ItemCreate { item });
        }
    }

    /// Notes that the server accepted an update; the first one completes the setup.
    pub(super) fn session_updated(&mut self, id: LinkId, report: &SessionReport) {
        let now = self.now;
        let Some(link) = self.links.coming.as_mut().filter(|link| link.id == id) else { return };
        if link.stage != Stage::SettingUp || link.setup_id.is_empty() {
            return;
        }
        match self.plan.agree(report) {
            Ok((input, output)) => (link.input, link.output) = (input, output),
            Err(reason) => return self.fail(ProviderFault::new(ProviderFailure::BadProtocol, reason)),
        }
        link.stage = Stage::Standing;
        link.expires_at = expiry(report).or(link.expires_at);
        let expires_at = link.expires_at;
        let attempts = self.links.outage.take();
        let Some(Outage { since, attempts, .. }) = attempts else { return };
        self.go_live();
        self.links.rotate_at = expires_at.and_then(|at| rotation(at, now));
        if self.is_ready {
            self.acts.push(Act::Restored { attempts, away_ms: now.ms_since(since) });
        } else {
            self.is_ready = true;
            self.acts.push(Act::Ready);
        }
    }

    /// Makes the connection that is set up the live one.
    fn go_live(&mut self) {
        if let Some(link) = self.links.coming.as_ref().filter(|link| !link.knows_conversation) {
            let (id, dialect) = (link.id, link.dialect);
            self.send_conversation(id, dialect);
        }
        let Some(mut link) = self.links.coming.take() else { return };
        // It may have stood by for a while, and nothing was due from it.
        (link.heard_from_at, link.answered_at) = (self.now, self.now);
        let (id, input) = (link.id, link.input);
        if let Some(old) = self.links.live.replace(link) {
            self.acts.push(Act::Close(old.id));
        }
        self.acts.push(Act::Hear(id, input.wire()));
        self.send_attention();
        self.answer_batches();
    }

    /// Sends the server the attention to the caller, if it has changed.
    pub(super) fn send_attention(&mut self) {
        let attention = self.attention;
        let Some(link) = self.links.live.as_mut().filter(|link| link.attention != attention) else { return };
        link.attention = attention;
        let session = Box::new(self.plan.attention_update(link.dialect, attention));
        self.send(ClientEvent::SessionUpdate { session });
    }

    /// Sends the server the available functions, if they have changed: between answers, so that no answer mixes both.
    pub(super) fn send_tools(&mut self) {
        if self.is_answering() {
            return;
        }
        // Checked after each event: usually they are the same object.
        let knows_others =
            |link: &&mut Link| !Arc::ptr_eq(&link.tools, &self.plan.tools) && link.tools != self.plan.tools;
        let Some(link) = self.links.live.as_mut().filter(knows_others) else { return };
        link.tools = Arc::clone(&self.plan.tools);
        let session = Box::new(self.plan.tools_update(link.dialect));
        self.send(ClientEvent::SessionUpdate { session });
    }

    /// Handles a live session that can't go on; another one may.
    pub(super) fn session_broke(&mut self, fault: ProviderFault) {
        if let Some(id) = self.links.live_id() {
            self.acts.push(Act::Close(id));
            self.link_lost(id, Loss { fault, retry: Retry::Soon });
        }
    }

    /// Handles an error that the server reports during the setup.
    pub(super) fn setup_error(&mut self, id: LinkId, error: &ErrorReport) {
        let Some(link) = self.links.coming.as_ref().filter(|link| link.id == id) else { return };
        let mut fault = fault_of(error);
        let is_about_setup = error.event_id.as_ref() == Some(&link.setup_id);
        if error.event_id.is_some() && !is_about_setup && is_refusal(error) {
            // It refused an item of the conversation so far: the session goes on without it.
            let reason = fault.reason;
            return self
                .acts
                .push(Act::Warn(format!("the provider refuses a part of the conversation: {reason}")));
        }
        let is_refused = is_about_setup && error.kind != "server_error";
        if is_refused && fault.failure == ProviderFailure::ProviderError {
            // These settings, for example a voice that is gone, are refused each time. Other profiles' may be accepted.
            fault.failure = ProviderFailure::BadProtocol;
        }
        let retry = match is_refused || !fault.failure.is_worth_a_retry() {
            true => Retry::Never,
            false => Retry::Soon,
        };
        self.acts.push(Act::Close(id));
        self.link_lost(id, Loss { fault, retry });
    }

    fn link_lost(&mut self, id: LinkId, loss: Loss) {
        if self.links.coming.as_ref().is_some_and(|link| link.id == id) {
            self.links.coming = None;
            match self.links.outage {
                Some(_) => self.attempt_failed(loss.fault, loss.retry),
                // The live session goes on for a while.
                None => self.links.rotate_at = Some(self.now + ROTATE_PAUSE_MS),
            }
        } else if self.is_live(id) {
            self.live_lost(loss);
        }
    }

    /// Handles the loss of the live session: the one that is being made follows it, or another attempt.
    fn live_lost(&mut self, Loss { fault, retry }: Loss) {
        if self.awaits_since.is_some() {
            self.links.losses.add();
        }
        self.links.live = None;
        self.links.rotate_at = None;
        self.doubt_was_right();
        self.hearing_lost();
        self.answers_lost();
        self.voice_lost();
        if self.is_sound_due() {
            // In the middle of an utterance the caller has been waiting since the last sound.
            self.comfort.due_from(self.voice.playout.quiet_since.min(self.now));
        }
        if retry == Retry::Never || self.links.losses.reach(self.losses_max()) {
            return self.fail(fault);
        }
        if self.failing_since.take().is_none() {
            self.acts.push(Act::Interrupted(fault.clone()));
        }
        self.failures = 0;
        let next_at = self.links.coming.is_none().then_some(self.now);
        let mut outage = Outage::after(fault, self.plan.patience, self.now);
        outage.next_at = next_at;
        self.links.outage = Some(outage);
        if self.links.coming.as_ref().is_some_and(|link| link.stage == Stage::Standing) {
            // A session that was due to be replaced.
            self.links.outage = None;
            self.rotation_arrived();
            self.acts.push(Act::Restored { attempts: 1, away_ms: 0 });
        }
    }

    /// Returns after how many lost sessions in a row the provider is given up.
    fn losses_max(&self) -> u32 {
        let has_other = self.plan.patience == Patience::Short || self.plan.entrance == Entrance::WhenOrdered;
        if has_other { LOSSES_WITH_OTHER_MAX } else { LOSSES_MAX }
    }

    fn attempt_failed(&mut self, fault: ProviderFault, retry: Retry) {
        let jitter = random_per_mille(&mut self.links.chance);
        let now = self.now;
        let has_one_attempt = self.waits || self.plan.patience == Patience::Short;
        let Some(outage) = &mut self.links.outage else { return };
        if !outage.failed((fault.clone(), retry), (has_one_attempt, jitter), now) {
            self.fail(fault);
        }
    }

    /// Connects when it is time, and ends attempts that take too long.
    pub(super) fn mind_links(&mut self) {
        self.mind_stalls();
        self.mind_rotation();
        if let Some(link) = &self.links.coming
            && link.stage != Stage::Standing
            && self.now.ms_since(link.dialed_at) >= self.links.attempt_ms_max()
        {
            let id = link.id;
            let fault = match link.stage {
                Stage::Dialing => ProviderFault::new(ProviderFailure::Unreachable, "no connection in time"),
                _ => ProviderFault::new(ProviderFailure::Stalled, "connected, but no session in time"),
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
        let format = self.plan.format();
        self.links.coming = Some(Link {
            id,
            stage: Stage::Dialing,
            dialed_at: self.now,
            heard_from_at: self.now,
            answered_at: self.now,
            dialect: Dialect::Ga,
            input: format,
            output: format,
            expires_at: None,
            attention: self.attention,
            tools: Arc::default(),
            setup_id: String::new(),
            knows_conversation: false,
        });
        self.acts.push(Act::Connect(id));
    }

    /// Treats a provider whose output is due and that sends nothing as lost.
    fn mind_stalls(&mut self) {
        if self.stall_deadline().is_some_and(|deadline| deadline <= self.now) {
            let reason = "connected, but a due answer did not arrive";
            self.session_broke(ProviderFault::new(ProviderFailure::Stalled, reason));
        }
    }

    fn stall_deadline(&self) -> Option<UnixMs> {
        let link = self.links.live.as_ref()?;
        let (since, stall_ms) = (self.awaits_since?, self.plan.stall_timeout_ms);
        let silent = since.max(link.heard_from_at) + stall_ms;
        let mute = since.max(link.answered_at) + stall_ms.max(MUTE_MS_MAX);
        let deadline = silent.min(mute);
        if !self.voice.is_open() || self.running.iter().all(|running| running.is_cut) {
            return Some(deadline);
        }
        let starved = self.voice.playout.until.max(link.heard_from_at) + STARVED_MS_MAX;
        Some(deadline.min(starved))
    }

    pub(super) fn links_deadline(&self) -> Option<UnixMs> {
        let setup = self.links.coming.as_ref().filter(|link| link.stage != Stage::Standing);
        let deadlines = [
            self.links.outage.as_ref().map(Outage::deadline),
            setup.map(|link| link.dialed_at + self.links.attempt_ms_max()),
            self.rotation_deadline(),
            self.stall_deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }
}

fn expiry(report: &SessionReport) -> Option<UnixMs> {
    let seconds = i64::try_from(report.expires_at?).ok()?;
    Some(UnixMs(seconds.saturating_mul(1_000)))
}
