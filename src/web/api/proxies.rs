//! `/api/v1/admin/proxies`: senders of proxy headers that are not trusted proxies.

use std::net::IpAddr;

use actix_web::web;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::WebState;
use crate::web::page::Page;
use crate::web::untrusted_proxies::SeenProxy;

/// An address that sends `X-Forwarded-For` or `Forwarded` and is not in `http.trusted_proxies`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UntrustedProxyView {
    /// Its address. All clients whose requests it forwards are counted as this one.
    #[schema(value_type = String, example = "127.0.0.1")]
    address: IpAddr,
    /// Number of such requests.
    requests: u64,
    /// When the last one came.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    last_at: UnixMs,
}

impl From<SeenProxy> for UntrustedProxyView {
    fn from(SeenProxy { address, requests, last_at }: SeenProxy) -> Self {
        Self { address, requests, last_at: last_at.into() }
    }
}

/// Lists addresses that have sent proxy headers since the start and are not in `http.trusted_proxies`, all on one page.
#[utoipa::path(
    get,
    operation_id = "list_untrusted_proxies",
    path = "/api/v1/admin/proxies",
    tag = "admin",
    responses((status = 200, description = "The addresses, most requests first", body = Page<UntrustedProxyView>))
)]
pub(crate) async fn list(state: web::Data<WebState>) -> web::Json<Page<UntrustedProxyView>> {
    web::Json(Page::whole(state.untrusted_proxies.list().into_iter().map(UntrustedProxyView::from).collect()))
}
