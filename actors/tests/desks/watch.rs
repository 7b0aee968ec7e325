//! Reads of the store: their results are sent in order.

use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context, Handler, MessageResult, ResponseFuture, System};
use cordboard_actors::desk::FloorWatch;
use cordboard_actors::known::Unconfirmed;
use cordboard_actors::line::RouterMailbox;
use cordboard_actors::messages::{
    AtRevision, FloorChanged, LoadFloor, LoadOpenWrapUps, Revision, RouterLine, StoreFault, ToRouter,
};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::queue::Floor;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::store::floor;
use super::{ADA, BEN, HOUSE, OTHER_HOUSE};

/// The answer to a read, which the test gives when it wants, and the known revision.
type Answer = (oneshot::Sender<Option<Vec<Floor>>>, Option<Revision>);

/// The revision of everything that is read.
const REVISION: Revision = Revision(7);

struct HeldStore(mpsc::UnboundedSender<Answer>);

impl Actor for HeldStore {
    type Context = Context<Self>;
}

impl Handler<LoadFloor> for HeldStore {
    type Result = ResponseFuture<Result<Option<AtRevision<Vec<Floor>>>, StoreFault>>;

    fn handle(&mut self, LoadFloor { known, .. }: LoadFloor, _: &mut Context<Self>) -> Self::Result {
        let (answer, answered) = oneshot::channel();
        self.0.send((answer, known)).unwrap();
        Box::pin(async move {
            let found = answered.await.unwrap();
            Ok(found.map(|found| AtRevision { revision: REVISION, found }))
        })
    }
}

impl Handler<LoadOpenWrapUps> for HeldStore {
    type Result = MessageResult<LoadOpenWrapUps>;

    fn handle(&mut self, _: LoadOpenWrapUps, _: &mut Context<Self>) -> Self::Result {
        MessageResult(Ok(Vec::new()))
    }
}

/// The organizations whose floors the router gets next. It confirms that it has them, or does not.
async fn seen(mailbox: &mut RouterMailbox, has_them: bool) -> Vec<OrganizationId> {
    loop {
        if let ToRouter::FloorsSeen(Unconfirmed { found, taken }) = mailbox.recv().await.unwrap() {
            if has_them {
                // Nothing waits for the confirmation of a single floor.
                let _ = taken.send(());
            }
            return found.iter().map(|floor| floor.organization_id).collect();
        }
    }
}

/// Runs this with a watch whose reads the test answers, in paused time.
fn with_watch<F: Future<Output = ()>>(
    test: impl FnOnce(Addr<FloorWatch>, mpsc::UnboundedReceiver<Answer>, RouterMailbox) -> F,
) {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    System::with_tokio_rt(runtime).block_on(async {
        let (router, mailbox) = RouterLine::open();
        let (answers, asked) = mpsc::unbounded_channel();
        let store = HeldStore(answers).start();
        let watch = FloorWatch::new(store.clone().recipient(), store.recipient(), router).start();
        test(watch, asked, mailbox).await;
    });
}

/// A server may be shut down before the watch has begun.
#[test]
fn a_watch_whose_runtime_ended_before_it_began_ends_quietly() {
    let (router, _mailbox) = RouterLine::open();
    let (answers, mut asked) = mpsc::unbounded_channel();
    let context = Context::new();
    let store: Addr<HeldStore> = context.address();
    let _store = context.into_future(HeldStore(answers));
    let watch = FloorWatch::new(store.clone().recipient(), store.recipient(), router);
    drop(Context::new().into_future(watch));
    assert!(asked.try_recv().is_err(), "it reads a store that it can't wait for");
}

/// Floors that the router has are not read again; floors that it lost are.
#[test]
fn known_floors_are_not_read_again() {
    with_watch(|_watch, mut asked, mut mailbox| async move {
        let floors = || Some(vec![floor(HOUSE, &[(ADA, "Ada")])]);
        let (answer, known) = asked.recv().await.unwrap();
        assert_eq!(known, None);
        answer.send(floors()).unwrap();
        assert_eq!(seen(&mut mailbox, false).await, [HOUSE]);
        let (answer, known) = asked.recv().await.unwrap();
        assert_eq!(known, None, "it has not confirmed them");
        answer.send(floors()).unwrap();
        assert_eq!(seen(&mut mailbox, true).await, [HOUSE]);
        for _ in 0..3 {
            let (answer, known) = asked.recv().await.unwrap();
            assert_eq!(known, Some(REVISION));
            answer.send(None).unwrap();
        }
        while let Ok(message) = mailbox.try_recv() {
            assert!(!matches!(message, ToRouter::FloorsSeen(_)), "it gets what it has");
        }
    });
}

/// An agent who starts work while everything is read is not forgotten because of an earlier read.
#[test]
fn an_earlier_read_does_not_undo_a_later_change() {
    with_watch(|watch, mut asked, mut mailbox| async move {
        let (everything, _) = asked.recv().await.unwrap();

        let mut reports = std::pin::pin!(watch.send(FloorChanged { organization_id: HOUSE }));
        let is_early = timeout(Duration::from_millis(100), &mut reports).await.is_ok();
        assert!(!is_early, "answered before the router had it");
        let (changed, known) = asked.recv().await.unwrap();
        assert_eq!(known, None);
        changed.send(Some(vec![floor(HOUSE, &[(ADA, "Ada"), (BEN, "Ben")])])).unwrap();
        reports.await.unwrap();
        assert_eq!(seen(&mut mailbox, true).await, [HOUSE], "known by the time of the answer");

        everything.send(Some(vec![floor(HOUSE, &[(ADA, "Ada")]), floor(OTHER_HOUSE, &[])])).unwrap();
        assert_eq!(
            seen(&mut mailbox, true).await,
            [OTHER_HOUSE],
            "the old floor of one comes with the new one of the other"
        );
    });
}
