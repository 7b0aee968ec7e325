//! Tests of the queue without a writer.

use std::collections::HashMap;

use cordboard_schema::event::Decision;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::STORE_CHANGES_OF_ORGANIZATION_MAX;
use cordboard_schema::time::UnixMs;
use uuid::Uuid;

use super::super::asker::claims_of;
use super::*;

fn of(number: usize) -> OrganizationId {
    OrganizationId(Uuid::from_u128(number as u128))
}

#[tokio::test]
async fn an_organization_has_its_share_of_the_changes_that_wait() {
    let queue = Queue::new(1);
    let push = |asker| queue.push_change(claims_of(asker), LastWord::default(), Box::new(|_| {}));
    let most = |asker| (0..).take_while(|_| push(asker).is_ok()).count();
    let theirs = Some(Asker::Requests(of(1)));
    assert_eq!(most(theirs), STORE_CHANGES_OF_ORGANIZATION_MAX);
    assert!(matches!(push(theirs), Err(NoRoom::ShareUsedUp { share: STORE_CHANGES_OF_ORGANIZATION_MAX })));
    push(Some(Asker::Calls(of(1)))).unwrap();
    push(Some(Asker::Requests(of(2)))).unwrap();
    let Some(Work::Change(change)) = queue.next_work().await else { panic!("no change") };
    assert!(push(theirs).is_err(), "it counts until it is made");
    drop(change);
    push(theirs).unwrap();
    for number in 3..9 {
        most(Some(Asker::Requests(of(number))));
    }
    assert!(matches!(push(Some(Asker::Requests(of(99)))), Err(NoRoom::Full)));
    assert_eq!(most(None), STORE_CHANGES_RESERVED, "reserved for the server and its operator");
    queue.end();
    assert_eq!(queue.places.now(), 0);
}

/// A charge of an organization.
fn charge(organization: usize, cost_micros: u64) -> Arc<JournalEntry> {
    Arc::new(JournalEntry {
        organization_id: of(organization),
        call_id: CallId(Uuid::nil()),
        seq: 1,
        at: UnixMs::from(cordboard_actors::world::now()),
        event: Decision::Charged { model: "voice".to_owned(), cost_micros }.into(),
    })
}

fn line() -> AuditEntry {
    AuditEntry {
        id: cordboard_schema::ids::AuditId(Uuid::nil()),
        organization_id: of(1),
        at: UnixMs::from(cordboard_actors::world::now()),
        actor: cordboard_schema::audit::Actor::System,
        action: String::new(),
        subject: String::new(),
        address: None,
        detail: String::new(),
    }
}

/// The writer's next work, which is finished at once.
async fn done(queue: &Queue) -> &'static str {
    match queue.next_work().await {
        Some(Work::Rows(rows)) => {
            queue.finish(rows.len());
            "rows"
        }
        Some(Work::Change(_)) => "change",
        Some(Work::Audit(_)) => "audit",
        None => "end",
    }
}

#[tokio::test(start_paused = true)]
async fn kinds_of_work_take_turns_and_unhurried_entries_wait() {
    let queue = Queue::new(10_000);
    let change = || queue.push_change(claims_of(None), LastWord::default(), Box::new(|_| {})).unwrap();
    for _ in 0..5 {
        change();
        queue.push_audit(line());
    }
    queue.push(charge(1, 1)).unwrap();
    assert_eq!(done(&queue).await, "change");
    assert_eq!(done(&queue).await, "audit");
    assert_eq!(done(&queue).await, "change", "the batch of entries is neither full nor old");
    // A commit waits.
    let committed = queue.committed();
    tokio::pin!(committed);
    tokio::select! {
        biased;
        _ = &mut committed => panic!("nothing was written"),
        () = std::future::ready(()) => {}
    }
    // All entries of the audit log went together, so it is the journal's turn.
    assert_eq!(done(&queue).await, "rows");
    committed.await.unwrap();
    assert_eq!(done(&queue).await, "change");
    queue.push(charge(1, 1)).unwrap();
    let began = Instant::now();
    // They get their turn, although there are always changes.
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(10)).await;
        change();
        queue.push_audit(line());
        match done(&queue).await {
            "rows" => break,
            _ => before += 1,
        }
    }
    assert_eq!(began.elapsed(), Duration::from_millis(JOURNAL_BATCH_MS));
    assert_eq!(before, 9);
    // Others get their turn, although there are always entries.
    let full = || (0..JOURNAL_BATCH_ROWS).try_for_each(|_| queue.push(charge(1, 1))).unwrap();
    let mut order = Vec::new();
    for _ in 0..3 {
        full();
        order.push(done(&queue).await);
    }
    assert_eq!(order, ["change", "audit", "rows"]);
}

#[tokio::test(start_paused = true)]
async fn a_charge_counts_until_it_is_on_disk_or_refused() {
    let queue = Queue::new(1_000);
    queue.push(charge(1, 5)).unwrap();
    queue.push(charge(1, 70)).unwrap();
    queue.push(charge(2, 900)).unwrap();
    let of_both = || {
        let charges: HashMap<OrganizationId, u64> = queue.charges_everywhere().into_iter().collect();
        let of_one = |number| charges.get(&of(number)).copied().unwrap_or_default();
        (of_one(1), of_one(2))
    };
    assert_eq!(of_both(), (75, 900));
    let Some(Work::Rows(rows)) = queue.next_work().await else { panic!("no rows") };
    assert_eq!(rows.len(), 3);
    assert_eq!(of_both(), (75, 900), "in the writer's hands");
    tokio::time::advance(Duration::from_millis(300)).await;
    assert_eq!(queue.lag(), Duration::from_millis(JOURNAL_BATCH_MS + 300));
    queue.finish(1);
    assert_eq!(of_both(), (70, 900));
    queue.refuse("bad".to_owned());
    assert_eq!(of_both(), (0, 900));
    queue.finish(1);
    assert_eq!((of_both(), queue.lag()), ((0, 0), Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_commit_gets_its_own_refusal_after_a_later_one() {
    let queue = Queue::new(10);
    queue.push(charge(1, 1)).unwrap();
    let committed = queue.committed();
    tokio::pin!(committed);
    // It waits only for the first entry.
    tokio::select! {
        biased;
        _ = &mut committed => panic!("nothing was written"),
        () = std::future::ready(()) => {}
    }
    queue.push(charge(2, 1)).unwrap();
    let Some(Work::Rows(rows)) = queue.next_work().await else { panic!("no rows") };
    assert_eq!(rows.len(), 2);
    queue.refuse("the first is bad".to_owned());
    queue.refuse("the second is bad".to_owned());
    assert_eq!(committed.await, Err(StoreFault::Database("the first is bad".to_owned())));
    assert_eq!(queue.committed().await, Ok(()));
}
