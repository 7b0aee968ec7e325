//! Work of a request or a command that goes on even if nobody waits for its answer any more.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use tokio::time::timeout;

use crate::store::{done_for, present_asker};
use crate::web::problem::ApiError;

/// Runs this work in a task of its own, on behalf of the present asker: its changes and reads count as theirs, even after nobody waits for the
/// answer.
pub(super) fn spawn_for_asker<T: 'static>(work: impl Future<Output = T> + 'static) -> JoinHandle<T> {
    actix_web::rt::spawn(done_for(present_asker(), work))
}

/// Runs this work as [`spawn_for_asker`] does, and returns its result. `None` if that is not there in time, and the work goes on, or if it panicked.
pub(super) async fn done_within<T: 'static>(
    wait: Duration,
    work: impl Future<Output = T> + 'static,
) -> Option<T> {
    timeout(wait, spawn_for_asker(work)).await.ok()?.ok()
}

/// Runs this work to its end as [`spawn_for_asker`] does, also if the client leaves: nobody wants half of a file.
///
/// # Errors
/// The work's error; unavailable if it panicked, or the server is going down.
pub(super) async fn done_whole<T: 'static>(
    work: impl Future<Output = Result<T, ApiError>> + 'static,
) -> Result<T, ApiError> {
    spawn_for_asker(work).await.unwrap_or_else(|_| Err(ApiError::going_down()))
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::OrganizationId;
    use uuid::Uuid;

    use super::*;
    use crate::store::{Asker, asked_by};

    #[actix_web::test]
    async fn work_that_comes_too_late_goes_on() {
        let (done, seen) = tokio::sync::oneshot::channel();
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let work = async move {
            let _ = begun.await;
            let _ = done.send("late");
        };
        assert_eq!(done_within(Duration::ZERO, work).await, None);
        drop(begin);
        assert_eq!(seen.await, Ok("late"));
        assert_eq!(done_within(Duration::MAX, async { 7 }).await, Some(7));
    }

    #[actix_web::test]
    async fn work_goes_on_after_its_client_has_left() {
        let (done, seen) = tokio::sync::oneshot::channel();
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let work = async move {
            let _ = begun.await;
            let _ = done.send("whole");
            Ok(())
        };
        assert!(timeout(Duration::ZERO, done_whole(work)).await.is_err(), "the request is dropped");
        drop(begin);
        assert_eq!(seen.await, Ok("whole"));
    }

    #[actix_web::test]
    async fn detached_work_runs_for_its_asker() {
        let asker = Asker::Requests(OrganizationId(Uuid::from_u128(7)));
        let spawned = asked_by(asker, async { [spawn_for_asker(async { present_asker() })] });
        let [spawned] = spawned.await;
        assert_eq!(spawned.await.unwrap(), Some(asker));
        assert_eq!(spawn_for_asker(async { present_asker() }).await.unwrap(), None, "the server's own");
    }
}
