//! The looks at the store: what they have seen is told in their order.

use std::time::Duration;

use actix::{Actor, Context, Handler, MessageResult, ResponseFuture, System};
use cordboard_actors::desk::FloorWatch;
use cordboard_actors::line::RouterMailbox;
use cordboard_actors::messages::{
    FloorChanged, LoadFloor, LoadWrapUpsOwed, RouterLine, StoreFault, ToRouter,
};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::queue::Floor;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{ADA, BEN, HOUSE, OTHER_HOUSE, floor};

/// The answer to a look, which the test gives when it wants.
type Answer = oneshot::Sender<Vec<Floor>>;

struct HeldStore(mpsc::UnboundedSender<Answer>);

impl Actor for HeldStore {
    type Context = Context<Self>;
}

impl Handler<LoadFloor> for HeldStore {
    type Result = ResponseFuture<Result<Vec<Floor>, StoreFault>>;

    fn handle(&mut self, _: LoadFloor, _: &mut Context<Self>) -> Self::Result {
        let (answer, answered) = oneshot::channel();
        self.0.send(answer).unwrap();
        Box::pin(async move { Ok(answered.await.unwrap()) })
    }
}

impl Handler<LoadWrapUpsOwed> for HeldStore {
    type Result = MessageResult<LoadWrapUpsOwed>;

    fn handle(&mut self, _: LoadWrapUpsOwed, _: &mut Context<Self>) -> Self::Result {
        MessageResult(Ok(Vec::new()))
    }
}

/// Whose floors the router is told next.
async fn seen(mailbox: &mut RouterMailbox) -> Vec<OrganizationId> {
    loop {
        if let ToRouter::FloorsSeen(floors) = mailbox.recv().await.unwrap() {
            return floors.iter().map(|floor| floor.organization_id).collect();
        }
    }
}

/// Who comes to work while everything is read is not forgotten by what was read before.
#[test]
fn what_was_read_before_a_change_is_not_told_behind_it() {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    System::with_tokio_rt(runtime).block_on(async {
        let (router, mut mailbox) = RouterLine::open();
        let (looks, mut asked) = mpsc::unbounded_channel();
        let store = HeldStore(looks).start();
        let watch = FloorWatch::new(store.clone().recipient(), store.recipient(), router).start();
        let everything = asked.recv().await.unwrap();

        let mut told = std::pin::pin!(watch.send(FloorChanged { organization_id: HOUSE }));
        let is_early = timeout(Duration::from_millis(100), &mut told).await.is_ok();
        assert!(!is_early, "answered before anybody knew");
        let changed = asked.recv().await.unwrap();
        changed.send(vec![floor(HOUSE, &[(ADA, "Ada"), (BEN, "Ben")])]).unwrap();
        told.await.unwrap();
        assert_eq!(seen(&mut mailbox).await, [HOUSE], "known by the time of the answer");

        everything.send(vec![floor(HOUSE, &[(ADA, "Ada")]), floor(OTHER_HOUSE, &[])]).unwrap();
        assert_eq!(seen(&mut mailbox).await, [OTHER_HOUSE], "what is old of the one is new of the other");
    });
}
