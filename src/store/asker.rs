//! The source of a change or a read: the writer's queue has a share for each organization, so that none fills it, and so have the
//! connections for reading (`read_turns.rs`).
//!
//! The gate that admits a caller sets it once, round all the work for them ([`asked_by`]); changes and reads in it count as theirs.
//! Those without a caller are the server's own, as of the outbox.

use cordboard_actors::shares::{Claim, Reach};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::STORE_CHANGES_OF_ORGANIZATION_MAX;

/// Source of changes and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// Requests of somebody of an organization.
    Requests(OrganizationId),
    /// Its calls, which no request keeps from writing.
    Calls(OrganizationId),
    /// Callers who may see the installation.
    Installation,
}

tokio::task_local! {
    static ASKER: Asker;
}

/// Does this work for `asker`.
pub fn asked_by<F: Future>(asker: Asker, work: F) -> impl Future<Output = F::Output> {
    ASKER.scope(asker, work)
}

/// Does this work for `asker`; where that is none, as the present work is done.
pub(crate) async fn done_for<F: Future>(asker: Option<Asker>, work: F) -> F::Output {
    match asker {
        Some(asker) => asked_by(asker, work).await,
        None => work.await,
    }
}

/// For whom the present work is done; nobody where it is the server's own.
pub(crate) fn present_asker() -> Option<Asker> {
    ASKER.try_with(|asker| *asker).ok()
}

/// Shares of the queue for the present work.
pub(super) fn claims() -> (Vec<Claim<Asker>>, Reach) {
    claims_of(present_asker())
}

/// Shares of the queue for a caller; none is the server itself.
pub(super) fn claims_of(asker: Option<Asker>) -> (Vec<Claim<Asker>>, Reach) {
    match asker {
        Some(holder @ (Asker::Requests(_) | Asker::Calls(_))) => {
            (vec![Claim { holder, share: STORE_CHANGES_OF_ORGANIZATION_MAX }], Reach::Usual)
        }
        Some(Asker::Installation) | None => (Vec::new(), Reach::Reserve),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn only_work_done_for_somebody_counts_as_theirs() {
        let theirs = Asker::Requests(OrganizationId(Uuid::nil()));
        let claimed = asked_by(theirs, async {
            tokio::task::yield_now().await;
            claims()
        });
        assert_eq!(claimed.await, claims_of(Some(theirs)));
        assert_eq!(claims(), (Vec::new(), Reach::Reserve), "the server's own");
    }
}
