//! The router's looks at the store, by an actor beside it: neither a slow store nor a death of the router holds the other up.

use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Recipient, WrapFuture};
use cordboard_schema::ids::OrganizationId;
use tokio::time::timeout;

use crate::line::RouterLine;
use crate::messages::{FloorChanged, LoadFloor, ToRouter};

/// How often agents and queues are read, and how long the store may take to answer.
const STORE_LOOK: Duration = Duration::from_secs(2);

/// Tells the router what the store says of agents and queues: at once, every 2 s, and of an organization that has changed something
/// here at once.
pub struct FloorWatch {
    load: Recipient<LoadFloor>,
    router: RouterLine,
}

impl FloorWatch {
    /// One for this router.
    pub fn new(load: Recipient<LoadFloor>, router: RouterLine) -> Self {
        Self { load, router }
    }

    fn look(&self, organization_id: Option<OrganizationId>, ctx: &mut Context<Self>) {
        let floors = timeout(STORE_LOOK, self.load.send(LoadFloor { organization_id }));
        ctx.spawn(floors.into_actor(self).map(|floors, this, ctx| {
            if let Ok(Ok(Ok(floors))) = floors
                && !this.router.tell(ToRouter::FloorsSeen(floors))
            {
                ctx.stop();
            }
        }));
    }
}

impl Actor for FloorWatch {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        self.look(None, ctx);
        ctx.run_interval(STORE_LOOK, |this, ctx| this.look(None, ctx));
    }
}

impl Handler<FloorChanged> for FloorWatch {
    type Result = ();

    fn handle(&mut self, FloorChanged { organization_id }: FloorChanged, ctx: &mut Context<Self>) {
        self.look(Some(organization_id), ctx);
    }
}
