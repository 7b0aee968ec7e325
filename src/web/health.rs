//! Whether the process is up, and whether it can take calls.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, ReqData};
use cordboard_actors::messages::{Census, CountCalls, JournalHealth};
use cordboard_schema::limits::{DATABASE_READ_WAIT_MS, READY_WAITING_MAX};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use serde::Serialize;
use utoipa::ToSchema;

use super::WebState;
use super::gate::Sight;
use crate::cache::CacheState;
use crate::store::{Store, query};

/// Checks the database for `/readyz`. Anybody may request that at any rate, so clients that ask during a check share its result, and a crowd never
/// takes more than one connection from calls. Clones share their checks.
#[derive(Clone, Default)]
pub(super) struct DatabaseChecks(Arc<Mutex<Option<WeakShared<DatabaseCheck>>>>);

/// A check: why the database can't be read, or `None` if it can.
type DatabaseCheck = BoxFuture<'static, Option<String>>;

impl DatabaseChecks {
    /// Joins the running check, or begins this one. A check that nobody waits for any more has ended.
    fn join(&self, begin: impl FnOnce() -> DatabaseCheck) -> Shared<DatabaseCheck> {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = newest.as_ref().and_then(WeakShared::upgrade).filter(|check| check.peek().is_none());
        under_way.unwrap_or_else(|| {
            let check = begin().shared();
            *newest = check.downgrade();
            check
        })
    }
}

/// The answer of `/readyz`.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// Whether calls can be taken and stored.
    ready: bool,
    /// Why it is not ready. This and the following members are for operators; others get null.
    reasons: Option<Vec<String>>,
    /// Also null if the registry does not answer.
    #[schema(value_type = Option<Object>)]
    calls: Option<Census>,
    /// Whether the journal keeps up.
    #[schema(value_type = Option<Object>)]
    journal: Option<JournalHealth>,
    /// State of the cache. Calls are taken even if Redis is away.
    cache: Option<CacheState>,
    /// Its data folder, by which `doctor` recognizes the server of its configuration.
    data_dir: Option<String>,
}

/// Reports that the process is up. It names itself, so that `doctor` can distinguish it from another server on its port.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "health",
    security(()),
    responses((status = 200, description = "The process is up", body = String, content_type = "text/plain"))
)]
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("cordboard ok\n")
}

/// Reports whether calls can be taken and stored. Clients on this machine and the admin token also get the reasons if not.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    security((), ("token" = [])),
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready", body = Readiness),
    )
)]
pub(super) async fn readyz(state: web::Data<WebState>, sight: ReqData<Sight>) -> HttpResponse {
    let journal = state.store.health();
    let calls = state.ask(CountCalls).await.ok();
    let mut reasons = Vec::new();
    if state.database.is_taken() {
        reasons.push(
            "another server has locked the database, and both write to it: stop one of the two".to_owned(),
        );
    }
    if let Some(fault) = &journal.fault {
        reasons.push(format!("the database does not take the journal: {fault}"));
    }
    if journal.waiting > READY_WAITING_MAX {
        reasons.push(format!("{} rows of the journal are waiting for the database", journal.waiting));
    }
    reasons.extend(state.database_checks.join(|| database_fault(state.store.clone()).boxed()).await);
    reasons.extend(registry_fault(calls));
    let closed = state.ports.iter().filter(|port| !(port.is_open)());
    reasons.extend(closed.map(|port| format!("the {} port is closed", port.port.name)));
    let ready = reasons.is_empty();
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(match *sight {
        Sight::Outside => {
            Readiness { ready, reasons: None, calls: None, journal: None, cache: None, data_dir: None }
        }
        Sight::Inside => Readiness {
            ready,
            reasons: Some(reasons),
            calls,
            journal: Some(journal),
            cache: Some(state.cache().state()),
            data_dir: std::path::absolute(&state.configuration.config.data_dir)
                .ok()
                .map(|folder| folder.display().to_string()),
        },
    })
}

async fn database_fault(store: Store) -> Option<String> {
    let check = store.reads().run(query::first_organization);
    let outcome = tokio::time::timeout(Duration::from_millis(DATABASE_READ_WAIT_MS), check).await;
    match outcome {
        Ok(Ok(_)) => None,
        Ok(Err(fault)) => Some(format!("the database can't be read: {fault}")),
        Err(_) => Some("the database does not answer".to_owned()),
    }
}

fn registry_fault(calls: Option<Census>) -> Option<String> {
    let Some(census) = calls else { return Some("the registry does not answer".to_owned()) };
    if census.admitting {
        None
    } else if census.calls >= census.calls_max {
        Some(format!("{} calls are live, the most that `calls.max` admits", census.calls))
    } else {
        let why = "the server is draining, the first organization has no room for another call, no agent profile can be read, each organization has \
                   spent costs.daily_cap, or the journal's memory is full";
        Some(format!("no new calls are taken: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::watch;

    use super::*;

    #[tokio::test]
    async fn simultaneous_health_checks_share_one_database_read() {
        let (checks, begun) = (DatabaseChecks::default(), Arc::new(AtomicUsize::new(0)));
        let (answer, waiting) = watch::channel(false);
        let begin = || -> DatabaseCheck {
            let (begun, mut waiting) = (Arc::clone(&begun), waiting.clone());
            let check = async move {
                begun.fetch_add(1, Ordering::Relaxed);
                let is_released = waiting.wait_for(|is_released| *is_released).await.is_ok();
                is_released.then(|| "away".to_owned())
            };
            check.boxed()
        };
        let crowd: Vec<Shared<DatabaseCheck>> = (0..100).map(|_| checks.join(begin)).collect();
        answer.send_replace(true);
        for one in crowd {
            assert_eq!(one.await.as_deref(), Some("away"));
        }
        assert_eq!(begun.load(Ordering::Relaxed), 1);
        let first = checks.join(begin);
        assert_eq!(first.clone().await.as_deref(), Some("away"));
        let next = checks.join(begin);
        assert_eq!(next.await.as_deref(), Some("away"));
        assert_eq!(begun.load(Ordering::Relaxed), 3, "a check that has ended is not joined");
    }
}
