//! Runs a shadow: connects it, passes on what it hears and its orders, and stores its results.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::Recipient;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::limits::{
    SHADOW_END_MS_MAX, SHADOW_KEEP_MS, SHADOW_NEWS_WAITING_MAX, SHADOW_STORE_MS_MAX,
};
use cordboard_schema::said::SpokenLine;
use cordboard_schema::shadow::ShadowCall;
use futures_util::future::LocalBoxFuture;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::warn;

use super::session::{Act, Session};
use super::{NewShadow, ShadowKeeper};
use crate::assistant::{Account, Headset, RealtimeAiActor, Tap, Tapped};
use crate::call::neighbours::{CallFacts, ChainPlace, NewAssistant};
use crate::clock::Clock;
use crate::line::CallMailbox;
use crate::media::port::{Pace, Port, plug};
use crate::messages::{AssistantOrder, CallLine, Entrance, OrderAssistant, ToCall};
use crate::meters::AssistantMeter;
use crate::tools::ToolDefinition;

/// The shadow's own legs, which no call knows: the caller's end of its cord, and its own.
const CALLER: LegId = LegId(1);
const SHADOW: LegId = LegId(2);

/// A shadow that listens to a headset.
pub(super) struct Listening {
    shadow: NewShadow,
    news: mpsc::Receiver<Tapped>,
    is_too_slow: Rc<Cell<bool>>,
    /// When the call's assistant begins to serve, and with it the shadow.
    entrance: Entrance,
    history: Vec<SpokenLine>,
    /// The caller's audio, and the ear that the shadow gets.
    ends: (Port, Port),
    rate: SampleRate,
    tools: Arc<[ToolDefinition]>,
    facts: CallFacts,
    clock: Clock,
}

impl Listening {
    /// Listens to this headset.
    pub(super) fn to(headset: &mut Headset, shadow: NewShadow) -> Self {
        let rate = headset.speaks_best_at();
        let ends = (Port::new(CALLER, rate, Pace::Paced), Port::new(SHADOW, rate, Pace::Flowing));
        let (sender, news) = mpsc::channel(SHADOW_NEWS_WAITING_MAX);
        let tap = Tap::new(ends.0.mouth.clone(), sender);
        let is_too_slow = tap.is_too_slow();
        headset.tap(tap);
        Self {
            shadow,
            news,
            is_too_slow,
            entrance: headset.entrance(),
            history: headset.history().to_vec(),
            ends,
            rate,
            tools: Arc::clone(headset.tools()),
            facts: headset.call_facts().clone(),
            clock: Clock::system(),
        }
    }

    /// Listens until the headset is gone, or the shadow can't go on.
    pub(super) async fn run(mut self) {
        let said = std::mem::take(&mut self.history);
        let mut session = Session::new(self.shadow.call.clone(), said, Arc::clone(&self.shadow.prices));
        if !self.assistant_serves(&mut session).await {
            return;
        }
        self.shadow.call.started_at = self.clock.now();
        session.begins(self.shadow.call.started_at);
        let Some(account) = self.may_begin().await else { return };
        let (line, mailbox) = CallLine::open();
        let recipient = self.start(account.as_ref(), line);
        let keeping = Keeping::of(&self.shadow);
        self.serve(session, Connected { recipient, mailbox }, keeping).await;
    }

    /// Waits until the call's assistant serves the call; returns false if it never does.
    async fn assistant_serves(&mut self, session: &mut Session) -> bool {
        while let Some(tapped) = self.news.recv().await {
            let now = self.clock.now();
            match tapped {
                Tapped::Order(order) => {
                    let takes_over = matches!(order, AssistantOrder::TakeOver { .. });
                    session.ordered(order, now);
                    if takes_over {
                        return true;
                    }
                }
                Tapped::Fact(fact) => {
                    let is_there = matches!(fact, Fact::AssistantReady { .. });
                    session.given(fact, now);
                    if is_there && self.entrance == Entrance::AtOnce {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Returns the account of the shadow's voice, if there is one and the monthly budget is not exhausted.
    async fn may_begin(&self) -> Option<Arc<dyn Account>> {
        let NewShadow { call, account, cap_micros, keeper, .. } = &self.shadow;
        let call = match account {
            Ok(_) => call.clone(),
            Err(reason) => {
                let (failure, ended_at) = (Some(reason.clone()), Some(call.started_at));
                ShadowCall { failure, ended_at, ..call.clone() }
            }
        };
        let has_room = in_time(keeper.begin(call, *cap_micros)).await.unwrap_or_else(|reason| {
            warn!(%reason, "a shadow does not begin: it can't be stored");
            false
        });
        account.as_ref().ok().filter(|_| has_room).cloned()
    }

    /// Starts the shadow, which reports to `line`.
    fn start(&self, account: &dyn Account, line: CallLine) -> Recipient<OrderAssistant> {
        let (caller, own) = &self.ends;
        plug(&caller.mouth, &own.ear);
        let assistant = NewAssistant {
            leg: SHADOW,
            at: ChainPlace::default(),
            entrance: Entrance::WhenOrdered,
            waited_ms: 0,
            profile: Arc::clone(&self.shadow.profile),
            tools: Arc::clone(&self.tools),
            history: Vec::new(),
            port: own.clone(),
            rate: self.rate,
            first_item: ItemId(1),
            call: line,
            meter: AssistantMeter::uncounted(),
            facts: self.facts.clone(),
        };
        RealtimeAiActor::start(assistant, account.provider(&self.shadow.profile), &self.shadow.live)
    }

    async fn serve(&mut self, mut session: Session, mut connected: Connected, mut keeping: Keeping) {
        loop {
            if connected.carry_out(&mut session) == Goes::Ends {
                break;
            }
            if session.has_news() {
                keeping.note();
            }
            let clock = self.clock;
            tokio::select! {
                biased;
                tapped = self.news.recv() => match tapped {
                    Some(Tapped::Order(order)) => session.ordered(order, clock.now()),
                    Some(Tapped::Fact(fact)) => session.given(fact, clock.now()),
                    None => break,
                },
                message = connected.mailbox.recv() => match message {
                    Some(ToCall::Fact(fact)) => session.unheard(fact, clock.now()),
                    Some(_) => {}
                    None => break,
                },
                next = keeping.next() => match next {
                    Next::Due => keeping.write(session.news()),
                    Next::Written(true) => {}
                    Next::Written(false) => {
                        session.fail("the month's cost of the profile's shadows has reached its cap");
                    }
                },
            }
        }
        if self.is_too_slow.get() {
            session.fail("it fell too far behind the call, and was ended");
        }
        connected.end(&mut session, &self.clock).await;
        keeping.keep_last(session.end(self.clock.now())).await;
    }
}

/// Whether a shadow goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goes {
    On,
    Ends,
}

/// The shadow's assistant.
struct Connected {
    recipient: Recipient<OrderAssistant>,
    mailbox: CallMailbox,
}

impl Connected {
    fn carry_out(&self, session: &mut Session) -> Goes {
        for act in session.take_acts() {
            match act {
                Act::Order(order) => self.recipient.do_send(OrderAssistant(order)),
                Act::End => return Goes::Ends,
            }
        }
        Goes::On
    }

    /// Ends it, and takes its last reports.
    async fn end(&mut self, session: &mut Session, clock: &Clock) {
        self.recipient.do_send(OrderAssistant(AssistantOrder::Stop));
        let last = async {
            while let Some(message) = self.mailbox.recv().await {
                if let ToCall::Fact(fact) = message {
                    session.unheard(fact, clock.now());
                }
            }
        };
        // A shadow that does not end in time is dropped with its line.
        let _ = timeout(Duration::from_millis(SHADOW_END_MS_MAX), last).await;
    }
}

/// Stores new results at intervals.
struct Keeping {
    keeper: Arc<dyn ShadowKeeper>,
    cap_micros: u64,
    /// When new results are stored; `None` while there are none.
    due_at: Option<Instant>,
    writing: Option<LocalBoxFuture<'static, Result<bool, String>>>,
    has_warned: bool,
}

/// The next input.
enum Next {
    /// A changed result is due to be stored.
    Due,
    /// The result was stored, and whether the shadow may go on.
    Written(bool),
}

impl Keeping {
    fn of(shadow: &NewShadow) -> Self {
        let (keeper, cap_micros) = (Arc::clone(&shadow.keeper), shadow.cap_micros);
        Self { keeper, cap_micros, due_at: None, writing: None, has_warned: false }
    }

    /// Notes a new result.
    fn note(&mut self) {
        self.due_at.get_or_insert_with(|| Instant::now() + Duration::from_millis(SHADOW_KEEP_MS));
    }

    fn write(&mut self, call: ShadowCall) {
        self.due_at = None;
        self.writing = Some(Box::pin(in_time(self.keeper.keep(call, self.cap_micros))));
    }

    /// Waits for the next input: results are stored one after the other. Cancel safe.
    async fn next(&mut self) -> Next {
        if let Some(writing) = &mut self.writing {
            let written = writing.await;
            self.writing = None;
            return Next::Written(self.has_room(written));
        }
        match self.due_at {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
        Next::Due
    }

    fn has_room(&mut self, written: Result<bool, String>) -> bool {
        written.unwrap_or_else(|reason| {
            if !std::mem::replace(&mut self.has_warned, true) {
                warn!(%reason, "a shadow's result is not stored");
            }
            true
        })
    }

    async fn keep_last(mut self, call: ShadowCall) {
        if let Some(writing) = self.writing.take() {
            let written = writing.await;
            self.has_room(written);
        }
        let written = in_time(self.keeper.keep(call, self.cap_micros)).await;
        self.has_room(written);
    }
}

async fn in_time(writing: impl Future<Output = Result<bool, String>>) -> Result<bool, String> {
    let patience = Duration::from_millis(SHADOW_STORE_MS_MAX);
    timeout(patience, writing).await.unwrap_or_else(|_| Err("the database takes too long".to_owned()))
}
