//! The server's ledger: what it has opened and not closed yet, by kind.

use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::http;
use crate::stage::headers_of;

/// Time that parties who are still there may take when everybody has hung up.
const ENDING_LIMIT: Duration = Duration::from_secs(150);

/// Waits until nothing of a call is open; gives what is.
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

/// All rows of it.
///
/// # Errors
/// The answer that came in its place.
pub(crate) async fn rows(server: SocketAddr, organization: OrganizationId) -> Result<Vec<Value>, Value> {
    let headers = headers_of(organization);
    let Ok(answer) = http::ask(server, "GET", "/api/v1/admin/actors", &headers, None).await else {
        return Err(json!("no answer"));
    };
    // A registry that dies of this very question answers nothing, and that is no quiet.
    if answer.status != 200 {
        return Err(json!(format!("the answer {}", answer.status)));
    }
    let shown = answer.json();
    match shown["ledger"].as_array() {
        Some(rows) if !rows.is_empty() => Ok(rows.clone()),
        _ => Err(json!("no ledger")),
    }
}

/// Rows of what belongs to calls or leads to them, that don't balance.
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
