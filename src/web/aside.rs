//! Work of a request or a command that goes on although nobody waits for its answer any more.

use actix_web::rt::task::JoinHandle;

use crate::store::{asked_by, present_asker};

/// Does this work in a task of its own, still for whoever the present work is done for: its changes and reads take their shares, also
/// where they hung up meanwhile.
pub(super) fn goes_on<T: 'static>(work: impl Future<Output = T> + 'static) -> JoinHandle<T> {
    match present_asker() {
        Some(asker) => actix_web::rt::spawn(asked_by(asker, work)),
        None => actix_web::rt::spawn(work),
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::OrganizationId;
    use uuid::Uuid;

    use super::*;
    use crate::store::Asker;

    #[actix_web::test]
    async fn what_goes_on_aside_is_still_done_for_whoever_asked() {
        let asker = Asker::Requests(OrganizationId(Uuid::from_u128(7)));
        let aside = asked_by(asker, async { goes_on(async { present_asker() }) }).await;
        assert_eq!(aside.await.unwrap(), Some(asker));
        assert_eq!(goes_on(async { present_asker() }).await.unwrap(), None, "the server's own");
    }
}
