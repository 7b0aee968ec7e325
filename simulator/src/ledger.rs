//! The server's ledger: what it has opened and not yet closed, by kind.

use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::http;
use crate::stage::headers_of;

/// Time for parties who are still there after everyone has hung up.
const ENDING_LIMIT: Duration = Duration::from_secs(150);

/// Waits until nothing of a call is open; returns what still is.
pub(crate) async fn wait_for_quiet(server: SocketAddr, organization: OrganizationId) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let open = open_rows(server, organization).await;
        if open.is_empty() || began.elapsed() > ENDING_LIMIT {
            return open;
        }
        sleep(Duration::from_millis(250)).await;
    }
}

/// Returns all its rows.
///
/// # Errors
/// The answer that came instead.
pub(crate) async fn rows(server: SocketAddr, organization: OrganizationId) -> Result<Vec<Value>, Value> {
    let headers = headers_of(organization);
    let Ok(answer) = http::ask(server, "GET", "/api/v1/admin/actors", &headers, None).await else {
        return Err(json!("no answer"));
    };
    // A registry that dies of this very request returns nothing, and that does not mean quiet.
    if answer.status != 200 {
        return Err(json!(format!("the answer has status {}", answer.status)));
    }
    let shown = answer.json();
    match shown["ledger"].as_array() {
        Some(rows) if !rows.is_empty() => Ok(rows.clone()),
        _ => Err(json!("no ledger")),
    }
}

/// Returns the unbalanced rows of resources that belong to calls or lead to them.
async fn open_rows(server: SocketAddr, organization: OrganizationId) -> Vec<Value> {
    let is_of_calls = |row: &Value| {
        row["is_of_calls"] == true || row["kind"] == "handshakes" || row["kind"] == "audio_ports"
    };
    let is_closed = |row: &Value| row["open"] == 0 && row["opened"] == row["closed"];
    match rows(server, organization).await {
        Ok(rows) => rows.into_iter().filter(|row| is_of_calls(row) && !is_closed(row)).collect(),
        Err(why) => vec![why],
    }
}
