//! Whether the process is up, and whether it should be given calls.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, ReqData};
use cordboard_actors::messages::{Census, CountCalls, JournalHealth};
use cordboard_schema::limits::{DATABASE_READ_WAIT_MS, READY_WAITING_MAX};
use serde::Serialize;
use utoipa::ToSchema;

use super::WebState;
use super::gate::Sight;
use crate::cache::CacheState;
use crate::store::query;

/// The answer of `/readyz`.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// Whether calls can be taken and stored.
    ready: bool,
    /// Why it is not ready. This and what follows is for operators; others get null.
    reasons: Option<Vec<String>>,
    /// Null where the registry does not answer, too.
    #[schema(value_type = Option<Object>)]
    calls: Option<Census>,
    /// Whether the journal keeps up.
    #[schema(value_type = Option<Object>)]
    journal: Option<JournalHealth>,
    /// State of the cache. A Redis that is away keeps nobody from taking calls.
    cache: Option<CacheState>,
    /// Its data folder: by it `doctor` knows whether it is the server of its configuration.
    data_dir: Option<String>,
}

/// Says that the process is up. It names itself, so that `doctor` knows its own from other servers at its port.
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

/// Says whether calls can be taken and stored; whoever is on this machine or has the admin token learns why not.
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
    if let Some(fault) = &journal.fault {
        reasons.push(format!("the database does not take the journal: {fault}"));
    }
    if journal.waiting > READY_WAITING_MAX {
        reasons.push(format!("{} rows of the journal wait for the database", journal.waiting));
    }
    reasons.extend(database_fault(&state).await);
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

async fn database_fault(state: &WebState) -> Option<String> {
    let look = state.store.reads().run(query::first_organization);
    match tokio::time::timeout(Duration::from_millis(DATABASE_READ_WAIT_MS), look).await {
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
        let why = "the server is draining, no agent profile can be read, the first organization has spent costs.daily_cap, or the journal's memory is full";
        Some(format!("no new calls are taken: {why}"))
    }
}
