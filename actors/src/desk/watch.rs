//! The router's looks at the store, by an actor beside it: neither a slow store nor a death of the router holds the other up.

use std::collections::HashMap;
use std::time::Duration;

use actix::{
    Actor, ActorContext, ActorFuture, ActorFutureExt, AsyncContext, Context, Handler, Recipient,
    ResponseActFuture, WrapFuture,
};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::queue::Floor;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::line::RouterLine;
use crate::messages::{FloorChanged, LoadFloor, LoadWrapUpsOwed, ToRouter};

/// How often agents and queues are read, and how long the store may take to answer.
const STORE_LOOK: Duration = Duration::from_secs(2);

/// How long after a call its agents can still be shown that they have not written down how it went. No queue gives them longer.
const OWED_MS_MAX: u64 = 3_600_000;
/// How often it is asked what agents owe: when the floors are known, and once more when the journals of calls that were folded back
/// after a crash are on disk. From then on the router knows by itself.
const OWED_LOOKS: u8 = 2;

/// Tells the router what the store says of agents and queues: at once, every 2 s, and of an organization that has changed something
/// here at once. At the start it tells as well what agents had left to write down.
///
/// Looks run beside each other, and one that was begun earlier may end later. Of a floor that was told by a later one it tells
/// nothing: it may have been read before a change that the router knows of.
pub struct FloorWatch {
    load: Recipient<LoadFloor>,
    owed: Recipient<LoadWrapUpsOwed>,
    router: RouterLine,
    clock: Clock,
    owed_looks_left: u8,
    /// Looks are numbered as they begin.
    looks: u64,
    /// The look by which each floor was told last.
    told: HashMap<OrganizationId, u64>,
}

impl FloorWatch {
    /// One for this router.
    pub fn new(load: Recipient<LoadFloor>, owed: Recipient<LoadWrapUpsOwed>, router: RouterLine) -> Self {
        let (clock, told) = (Clock::system(), HashMap::new());
        Self { load, owed, router, clock, owed_looks_left: OWED_LOOKS, looks: 0, told }
    }

    /// A look that is over once the router was told.
    fn look(
        &mut self,
        organization_id: Option<OrganizationId>,
    ) -> impl ActorFuture<Self, Output = ()> + use<> {
        self.looks += 1;
        let look = self.looks;
        let floors = timeout(STORE_LOOK, self.load.send(LoadFloor { organization_id }));
        floors.into_actor(self).map(move |floors, this, ctx| {
            let Ok(Ok(Ok(floors))) = floors else { return };
            let floors = this.newest_of(floors, look);
            if !this.router.tell(ToRouter::FloorsSeen(floors)) {
                ctx.stop();
            } else if organization_id.is_none() && this.owed_looks_left > 0 {
                this.look_who_owes(ctx);
            }
        })
    }

    /// Those that no later look has told.
    fn newest_of(&mut self, mut floors: Vec<Floor>, look: u64) -> Vec<Floor> {
        floors.retain(|floor| {
            let told = self.told.entry(floor.organization_id).or_default();
            let is_newest = *told < look;
            *told = look.max(*told);
            is_newest
        });
        floors
    }

    /// The router knows whose floor it is by now.
    fn look_who_owes(&self, ctx: &mut Context<Self>) {
        let since = self.clock.now() - OWED_MS_MAX;
        let owed = timeout(STORE_LOOK, self.owed.send(LoadWrapUpsOwed { since }));
        ctx.spawn(owed.into_actor(self).map(|owed, this, _| {
            if let Ok(Ok(Ok(owed))) = owed
                && this.router.tell(ToRouter::WrapUpsOwed(owed))
            {
                this.owed_looks_left = this.owed_looks_left.saturating_sub(1);
            }
        }));
    }
}

impl Actor for FloorWatch {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.spawn(self.look(None));
        ctx.run_interval(STORE_LOOK, |this, ctx| {
            ctx.spawn(this.look(None));
        });
    }
}

impl Handler<FloorChanged> for FloorWatch {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(
        &mut self,
        FloorChanged { organization_id }: FloorChanged,
        _: &mut Context<Self>,
    ) -> Self::Result {
        Box::pin(self.look(Some(organization_id)))
    }
}
