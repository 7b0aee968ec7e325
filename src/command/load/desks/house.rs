//! An organization with agents, a queue and a talk link, as its owner makes them over the API.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::super::measure::Plan;
use super::super::subject::Setting;

/// No provider is asked: the assistant is the built-in one.
pub(super) const NO_PROVIDER: &str = "http://127.0.0.1:9/v1";
/// The queue's name.
pub(super) const QUEUE: &str = "load";

const PASSWORD: &str = "correct horse battery staple";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Lines of the link at most; a call that is over has its own for a moment longer.
const LINES_MAX: u16 = 1_000;
/// How often calls may begin at the link in an hour, from one address.
const CALLS_PER_HOUR: u16 = 10_000;

/// The organization.
#[derive(Debug)]
pub(super) struct House {
    at: SocketAddr,
    http: ureq::Agent,
    owner: String,
    link: String,
}

/// Somebody who works there.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: Value,
    pub(super) token: String,
}

/// What the server is told besides what was asked for.
pub(super) fn settings(plan: &Plan) -> Vec<Setting> {
    let own = [("CORDBOARD_REGISTRATION", "open"), ("CORDBOARD_ASSISTANT__PROVIDER", "builtin")];
    own.iter().map(|(name, value)| Setting::new(name, value)).chain(plan.settings.iter().cloned()).collect()
}

impl House {
    /// Registers the owner, and makes a link at which key 0 leads to the queue.
    ///
    /// # Errors
    /// What the server refuses.
    pub(super) async fn found(at: SocketAddr, calls: u16) -> Result<Self, String> {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_TIMEOUT))
            .http_status_as_error(false)
            .build();
        let mut house = Self { at, http: config.into(), owner: String::new(), link: String::new() };
        let owner = json!({
            "email": "owner@load.example", "password": PASSWORD, "name": "Owner", "organization": "Load",
        });
        let made = house.ask(None, "POST", "/api/v1/auth/register", owner).await?;
        house.owner = text(&made["access_token"])?;
        let action = json!({ "action": "request_handoff", "target": QUEUE });
        let profile = json!({ "name": "load", "dtmf_actions": [{ "digits": "0", "action": action }] });
        let profile = house.own("POST", "/api/v1/agent-profiles", profile).await?;
        let link = json!({
            "name": "Load", "profile_id": profile["id"], "calls_max": calls.saturating_mul(2).clamp(1, LINES_MAX),
            "calls_per_hour_max": CALLS_PER_HOUR,
        });
        let link = house.own("POST", "/api/v1/talk-links", link).await?;
        house.link = text(&link["url"])?.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(house)
    }

    /// Where the server is.
    pub(super) fn at(&self) -> SocketAddr {
        self.at
    }

    /// One more agent.
    pub(super) async fn agent(&self, number: u16) -> Result<Account, String> {
        let invited = json!({ "email": format!("agent{number}@load.example"), "role": "agent" });
        let invited = self.own("POST", "/api/v1/invitations", invited).await?;
        let url = text(&invited["url"])?;
        let token = url.rsplit_once('=').map(|(_, token)| token).unwrap_or_default();
        let accept = json!({ "token": token, "name": format!("Agent {number}"), "password": PASSWORD });
        let made = self.ask(None, "POST", "/api/v1/auth/invitations/accept", accept).await?;
        Ok(Account { id: made["user"]["id"].clone(), token: text(&made["access_token"])? })
    }

    /// A queue of all of them.
    pub(super) async fn queue(&self, agents: &[Account]) -> Result<(), String> {
        let members: Vec<Value> = agents.iter().map(|agent| json!({ "user_id": agent.id })).collect();
        let queue = json!({ "name": QUEUE, "title": "Load", "members": members });
        self.own("POST", "/api/v1/queues", queue).await.map(drop)
    }

    /// A call over the link: its number, and what its audio is known by.
    pub(super) async fn visit(&self) -> Result<(String, String), String> {
        let path = format!("/api/v1/talk/{}/calls", self.link);
        let begun = self.ask(None, "POST", &path, json!({})).await?;
        Ok((text(&begun["call_id"])?, text(&begun["token"])?))
    }

    async fn own(&self, method: &'static str, path: &str, body: Value) -> Result<Value, String> {
        self.ask(Some(&self.owner), method, path, body).await
    }

    /// A request, and its answer.
    ///
    /// # Errors
    /// There is none, or the server refuses.
    pub(super) async fn ask(
        &self,
        token: Option<&str>,
        method: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Value, String> {
        let (http, url) = (self.http.clone(), format!("http://{}{path}", self.at));
        let bearer = token.map(|token| Arc::<str>::from(format!("Bearer {token}")));
        let asked = spawn_blocking(move || {
            let mut request = ureq::http::Request::builder().method(method).uri(&url);
            if let Some(bearer) = &bearer {
                request = request.header("Authorization", bearer.as_ref());
            }
            let request = request.header("Content-Type", "application/json");
            let request = request.body(body.to_string()).map_err(|error| error.to_string())?;
            let mut answer = http.run(request).map_err(|error| format!("{method} {url}: {error}"))?;
            let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
            match answer.status().is_success() {
                true => Ok(serde_json::from_str(&text).unwrap_or_default()),
                false => Err(format!("{method} {url}: {} {text}", answer.status())),
            }
        });
        asked.await.map_err(|error| error.to_string())?
    }
}

/// A text that an answer must have.
fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| "an answer of the server lacks a field".to_owned())
}
