//! Stand-ins for what a call starts: legs that join at once, and assistants that say every line at once.

use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::fut::wrap_future;
use actix::{Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, Recipient};
use cordboard_actors::call::neighbours::{Dialler, Held, NewAssistant, Starts};
use cordboard_actors::legs::{AudioSource, LegPlace};
use cordboard_actors::line::{LegOrders, LegRecord};
use cordboard_actors::media::{EndlessSound, ItemPlayed, Pace, Port, play_music};
use cordboard_actors::messages::{
    AssistantOrder, CallLine, LegLine, NoSwitch, OrderAssistant, SwitchLine, ToCall, ToLeg,
};
use cordboard_actors::switches::{ChannelAudio, Holders};
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::{CallPolicy, LegEnd, LegKind};
use cordboard_schema::event::Fact;
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{ItemId, LegId, OrganizationId, OutsideId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::wire::twilio::AccountSid;
use uuid::Uuid;

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::store::{Note, StandInStore, TakeNote};

/// How long a leg takes to end in order.
const DRAINS: Duration = Duration::from_millis(100);
/// How often an ear is given the next 20 ms.
const TICK: Duration = Duration::from_millis(20);

/// How legs leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    InOrder,
    /// Never, whatever the order.
    Never,
}

/// How assistants start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Starting {
    Well,
    /// Starting one panics.
    Panicking,
}

/// Starts stand-ins, which report their events to the store's stand-in.
pub(crate) struct StandInStarts {
    pub(crate) store: Addr<StandInStore>,
    pub(crate) starting: Starting,
    /// One assistant leaves without a report.
    pub(crate) dismissed: Arc<Notify>,
    /// Switches that make calls.
    pub(crate) switches: Arc<Mutex<Vec<Dialler>>>,
}

impl Starts for StandInStarts {
    fn channel_audio(&self, _: SwitchKind) -> Option<&dyn ChannelAudio> {
        None
    }

    fn switch(&self, _: &str) -> Option<SwitchLine> {
        None
    }

    fn switches(&self) -> Vec<SwitchLine> {
        Vec::new()
    }

    fn holders(&self, _: OrganizationId, _: Held<'_>) -> Holders {
        Holders::default()
    }

    fn dialler(&self, _: OrganizationId, granted: &Granted, name: Option<&str>) -> Result<Dialler, NoSwitch> {
        let mut switches = self.switches.lock().unwrap().clone();
        let has_some = !switches.is_empty();
        switches.retain(|switch| switch.account.is_some() || granted.switch(&switch.name));
        for switch in &mut switches {
            switch.is_trunk_granted = switch.account.is_some() || granted.trunk(&switch.name);
        }
        match (name, &switches[..]) {
            (Some(name), all) => {
                all.iter().find(|switch| switch.name == name).cloned().ok_or(NoSwitch::Unknown)
            }
            (None, [only]) => Ok(only.clone()),
            (None, []) if has_some => Err(NoSwitch::NotGranted),
            (None, []) => Err(NoSwitch::None),
            (None, all) => Err(NoSwitch::Which(all.iter().map(|switch| switch.name.clone()).collect())),
        }
    }

    fn speaks_text(&self, _: &AgentProfile) -> bool {
        false
    }

    fn policy(&self, _: OrganizationId, _: Option<&AccountSid>, policy: Arc<CallPolicy>) -> Arc<CallPolicy> {
        policy
    }

    fn music(&self, port: Port) -> EndlessSound {
        play_music(port)
    }

    fn assistant(&self, assistant: NewAssistant) -> Recipient<OrderAssistant> {
        assert_eq!(self.starting, Starting::Well, "the assistant can't be made");
        self.store.do_send(TakeNote(Note::AssistantStarted(assistant.leg)));
        self.store.do_send(TakeNote(Note::History(assistant.history.clone())));
        let item = assistant.first_item;
        let dismissed = Arc::clone(&self.dismissed);
        let store = self.store.clone();
        StandInAssistant { assistant, item, store, dismissed, reports: Vec::new() }.start().recipient()
    }
}

/// The audio of a caller whose leg joins at once and who hears everything.
#[derive(Clone, Debug)]
pub(crate) struct StandInAudio {
    pub(crate) uuid: Uuid,
    pub(crate) store: Addr<StandInStore>,
    pub(crate) leaving: Leaving,
    /// The line to the newest call that has started such a leg.
    pub(crate) newest: Arc<Mutex<Option<CallLine>>>,
    /// The caller of one leg hangs up.
    pub(crate) hangs_up: Arc<Notify>,
}

impl AudioSource for StandInAudio {
    fn leg_kind(&self) -> LegKind {
        LegKind::Audiosocket
    }

    fn outside_id(&self) -> OutsideId {
        OutsideId::audiosocket(self.uuid)
    }

    fn begins_calls(&self) -> bool {
        true
    }

    fn peer(&self) -> SocketAddr {
        ([127, 0, 0, 1], 9).into()
    }

    fn start(self: Box<Self>, LegPlace { leg, call, .. }: LegPlace<'_>) -> LegLine {
        let Self { store, leaving, newest, hangs_up, .. } = *self;
        store.do_send(TakeNote(Note::LegStarted(leg)));
        *newest.lock().unwrap() = Some(call.clone());
        let port = Port::new(leg, SampleRate::HZ_8000, Pace::Paced);
        let (line, orders, record) = LegLine::open();
        let alone = StandInLeg { leg, call, store, port, played: RefCell::default() };
        actix_rt::spawn(async move {
            tokio::select! {
                () = hangs_up.notified() => alone.leaves(LegEnd::Closed, &record),
                how = alone.obey(orders, leaving) => alone.leaves(how, &record),
                never = alone.plays() => match never {},
            }
        });
        line
    }

    fn refuse(self: Box<Self>) {
        self.store.do_send(TakeNote(Note::Refused));
    }
}

struct StandInLeg {
    leg: LegId,
    call: CallLine,
    store: Addr<StandInStore>,
    port: Port,
    played: RefCell<Vec<ItemPlayed>>,
}

impl StandInLeg {
    /// Reports that it has joined, whenever it is asked.
    fn says_joined(&self) {
        let (leg, rate, port) = (self.leg, self.port.ear.rate(), self.port.clone());
        self.call.tell(ToCall::LegJoined { leg, leg_kind: LegKind::Audiosocket, rate, port });
    }

    async fn plays(&self) -> Infallible {
        loop {
            sleep(TICK).await;
            for played in self.port.ear.tick().played {
                self.played.borrow_mut().push(played);
                self.call.fact(played.into());
            }
        }
    }

    async fn obey(&self, mut orders: LegOrders, leaving: Leaving) -> LegEnd {
        self.says_joined();
        while let Some(order) = orders.recv().await {
            match order {
                ToLeg::Release => {
                    self.store.do_send(TakeNote(Note::LegReleased(self.leg)));
                    if leaving == Leaving::InOrder {
                        sleep(DRAINS).await;
                        return LegEnd::Released;
                    }
                }
                ToLeg::Resync => {
                    self.says_joined();
                    self.played.borrow().iter().for_each(|played| self.call.fact((*played).into()));
                }
                ToLeg::Record(_)
                | ToLeg::SendDtmf(_)
                | ToLeg::Cleared(_)
                | ToLeg::Playback(_)
                | ToLeg::Show(_) => {}
            }
        }
        LegEnd::Released
    }

    fn leaves(&self, how: LegEnd, record: &LegRecord) {
        let _ = record.left.set(how);
        self.call.fact(Fact::LegLeft { leg: self.leg, how });
        self.store.do_send(TakeNote(Note::LegGone(self.leg)));
    }
}

struct StandInAssistant {
    assistant: NewAssistant,
    item: ItemId,
    store: Addr<StandInStore>,
    dismissed: Arc<Notify>,
    /// Facts for a call that has missed some.
    reports: Vec<Fact>,
}

impl Actor for StandInAssistant {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let dismissed = Arc::clone(&self.dismissed);
        let going = async move { dismissed.notified().await };
        ctx.spawn(wrap_future::<_, Self>(going).map(|(), _, ctx| ctx.stop()));
        let NewAssistant { leg, call, .. } = &self.assistant;
        let provider = "stand-in".to_owned();
        let ready = Fact::AssistantReady { leg: *leg, provider, speaks_text: false };
        self.reports.push(ready.clone());
        call.fact(ready);
    }
}

impl Handler<OrderAssistant> for StandInAssistant {
    type Result = ();

    fn handle(&mut self, OrderAssistant(order): OrderAssistant, ctx: &mut Self::Context) {
        let NewAssistant { leg, call, port, rate, .. } = &self.assistant;
        match &order {
            AssistantOrder::Say(line) => {
                let item = self.item;
                self.item = ItemId(item.0 + 1);
                let started = Fact::ItemStarted { leg: *leg, item, line: Some(*line) };
                self.reports.push(started.clone());
                call.fact(started);
                for _ in 0..50 {
                    port.mouth.speak(Some(item), Frame::pcm(*rate, vec![1; rate.samples_per_frame()]));
                }
                port.mouth.end_item(item);
                let text = format!("{line:?}");
                let complete = Fact::ItemComplete { item, text, audio_ms: 1_000 };
                self.reports.push(complete.clone());
                call.fact(complete);
            }
            AssistantOrder::Resync => self.reports.iter().for_each(|fact| call.fact(fact.clone())),
            AssistantOrder::Stop => ctx.stop(),
            _ => {}
        }
        self.store.do_send(TakeNote(Note::Ordered(order)));
    }
}
