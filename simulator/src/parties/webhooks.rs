//! The receiver of webhooks: one web server in each life of the server, for both organizations.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use cordboard_test_support::receiver::{Received, Receiver};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::http::{self, Answer};
use crate::plan::WebhookTarget;
use crate::stage::headers_of;

/// Subscribed events: all of those that happen in worlds.
const EVENTS: [&str; 8] = [
    "call.started",
    "call.ended",
    "lead.created",
    "appointment.booked",
    "appointment.moved",
    "appointment.cancelled",
    "handoff.failed",
    "recording.ready",
];
/// Time for the last deliveries: an attempt that died with its server counts as lost after a minute, and a refusal is followed by pauses of 5 and 15
/// s.
const DELIVERED_LIMIT: Duration = Duration::from_secs(180);

/// A web server, and the webhooks that point to it.
pub(crate) struct Webhooks {
    server: SocketAddr,
    receiver: Receiver,
    target: WebhookTarget,
    /// The organizations' webhooks, with their ids.
    all: Vec<(OrganizationId, String)>,
}

impl Webhooks {
    /// Starts a web server, and has the events of both organizations sent there.
    ///
    /// # Errors
    /// There is no port, or the server refuses an address.
    pub(crate) async fn open(
        server: SocketAddr,
        organizations: [OrganizationId; 2],
        target: WebhookTarget,
    ) -> io::Result<Self> {
        let receiver = Receiver::start_here()?;
        let mut all = Vec::new();
        for (number, organization) in organizations.into_iter().enumerate() {
            let path = match target {
                WebhookTarget::Takes => format!("/ok/{number}"),
                WebhookTarget::RefusesTwice => format!("/fails/2/{number}"),
                WebhookTarget::NeverAnswers => format!("/slow?{number}"),
            };
            let body = json!({ "url": receiver.url(&path), "events": EVENTS });
            all.push((organization, place(server, organization, &body).await?));
        }
        Ok(Self { server, receiver, target, all })
    }

    /// Waits until everything is delivered, if the receiver accepts it.
    pub(crate) async fn wait_for_deliveries(&self) {
        let began = Instant::now();
        while self.target != WebhookTarget::NeverAnswers && began.elapsed() < DELIVERED_LIMIT {
            sleep(Duration::from_secs(2)).await;
            if self.are_all_delivered().await {
                return;
            }
        }
    }

    async fn are_all_delivered(&self) -> bool {
        for (organization, id) in &self.all {
            let path = format!("/api/v1/webhooks/{id}/deliveries?limit=200");
            let headers = headers_of(*organization);
            let Ok(answer) = http::ask(self.server, "GET", &path, &headers, None).await else { return false };
            let shown = answer.json();
            let Some(deliveries) = shown["items"].as_array() else { return false };
            if deliveries.iter().any(|delivery| delivery["state"] == "waiting") {
                return false;
            }
        }
        true
    }

    /// Returns the requests that arrived.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.receiver.received()
    }
}

/// Creates an organization's webhook, or changes the one of an earlier life; returns its id.
async fn place(server: SocketAddr, organization: OrganizationId, body: &Value) -> io::Result<String> {
    let headers = headers_of(organization);
    let known = done(http::ask(server, "GET", "/api/v1/webhooks", &headers, None).await?)?;
    let made = match known["items"][0]["id"].as_str() {
        Some(id) => http::ask(server, "PUT", &format!("/api/v1/webhooks/{id}"), &headers, Some(body)).await?,
        None => http::ask(server, "POST", "/api/v1/webhooks", &headers, Some(body)).await?,
    };
    let made = done(made)?;
    made["id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| io::Error::other(format!("the webhook was not created: {made}")))
}

fn done(answer: Answer) -> io::Result<Value> {
    if answer.status < 300 {
        Ok(answer.json())
    } else {
        Err(io::Error::other(format!("{} {}", answer.status, answer.text())))
    }
}
