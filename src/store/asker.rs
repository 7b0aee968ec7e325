//! The source of a change or a read. Each organization has a share of the writer's queue, so that none fills it, and of the connections for reading
//! (`read_turns.rs`).
//!
//! The gate that admits a caller sets the source once, around all work for that caller ([`asked_by`]); its changes and reads count for it. Work
//! without a caller is the server's own, such as that of the outbox.

use cordboard_actors::shares::{Claim, Reach};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::STORE_CHANGES_OF_ORGANIZATION_MAX;

/// The source of changes and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// Requests of an organization's users and tokens.
    Requests(OrganizationId),
    /// An organization's calls. Its requests can't keep them from writing.
    Calls(OrganizationId),
    /// Callers with access to the whole server.
    Installation,
}

tokio::task_local! {
    static ASKER: Asker;
}

/// Runs this work for `asker`.
pub fn asked_by<F: Future>(asker: Asker, work: F) -> impl Future<Output = F::Output> {
    ASKER.scope(asker, work)
}

/// Runs this work for `asker`; if that is none, for the present asker.
pub(crate) async fn done_for<F: Future>(asker: Option<Asker>, work: F) -> F::Output {
    match asker {
        Some(asker) => asked_by(asker, work).await,
        None => work.await,
    }
}

/// The asker of the present work; none for the server's own work.
pub(crate) fn present_asker() -> Option<Asker> {
    ASKER.try_with(|asker| *asker).ok()
}

/// Shares of the queue for the present work.
pub(super) fn claims() -> (Vec<Claim<Asker>>, Reach) {
    claims_of(present_asker())
}

/// Shares of the queue for an asker; none is the server itself.
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
    async fn only_work_for_an_asker_counts_as_theirs() {
        let theirs = Asker::Requests(OrganizationId(Uuid::nil()));
        let claimed = asked_by(theirs, async {
            tokio::task::yield_now().await;
            claims()
        });
        assert_eq!(claimed.await, claims_of(Some(theirs)));
        assert_eq!(claims(), (Vec::new(), Reach::Reserve), "the server's own");
    }
}
