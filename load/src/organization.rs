//! An organization with agents, a queue and a talk link, as its owner creates them through the API.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::measure::Plan;
use super::subject::Setting;

/// No provider is used: the assistant is the built-in one.
pub(super) const NO_PROVIDER: &str = "http://127.0.0.1:9/v1";
/// The queue's name.
pub(super) const QUEUE: &str = "load";

const PASSWORD: &str = "correct horse battery staple";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum lines of the link. An ended call occupies its line for a moment longer.
const LINES_MAX: u16 = 1_000;
/// How often calls may begin at the link in an hour, from one address.
const CALLS_PER_HOUR: u16 = 10_000;

/// The organization.
#[derive(Debug)]
pub(super) struct Organization {
    at: SocketAddr,
    http: ureq::Agent,
    owner: String,
    link: String,
}

/// A member of it.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: Value,
    pub(super) token: String,
}

/// Additional settings of the server.
pub(super) fn settings(plan: &Plan) -> Vec<Setting> {
    let own = [("CORDBOARD_REGISTRATION", "open"), ("CORDBOARD_ASSISTANT__PROVIDER", "builtin")];
    own.iter().map(|(name, value)| Setting::new(name, value)).chain(plan.settings.iter().cloned()).collect()
}

impl Organization {
    /// Registers the owner, and creates a link on which key 0 leads to the queue.
    ///
    /// # Errors
    /// The server's refusal.
    pub(super) async fn found(at: SocketAddr, calls: u16) -> Result<Self, String> {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_TIMEOUT))
            .http_status_as_error(false)
            .build();
        let mut organization = Self { at, http: config.into(), owner: String::new(), link: String::new() };
        let owner = json!({
            "email": "owner@load.example", "password": PASSWORD, "name": "Owner", "organization": "Load",
        });
        let made = organization.ask(None, "POST", "/api/v1/auth/register", owner).await?;
        organization.owner = text(&made["access_token"])?;
        let action = json!({ "action": "request_handoff", "target": QUEUE });
        let profile = json!({ "name": "load", "dtmf_actions": [{ "digits": "0", "action": action }] });
        let profile = organization.own("POST", "/api/v1/agent-profiles", profile).await?;
        let link = json!({
            "name": "Load", "profile_id": profile["id"], "calls_max": calls.saturating_mul(2).clamp(1, LINES_MAX),
            "calls_per_hour_max": CALLS_PER_HOUR,
        });
        let link = organization.own("POST", "/api/v1/talk-links", link).await?;
        organization.link = text(&link["url"])?.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(organization)
    }

    /// Address of the server.
    pub(super) fn at(&self) -> SocketAddr {
        self.at
    }

    /// Adds an agent.
    pub(super) async fn agent(&self, number: u16) -> Result<Account, String> {
        let invited = json!({ "email": format!("agent{number}@load.example"), "role": "agent" });
        let invited = self.own("POST", "/api/v1/invitations", invited).await?;
        let url = text(&invited["url"])?;
        let token = url.rsplit_once('=').map(|(_, token)| token).unwrap_or_default();
        let accept = json!({ "token": token, "name": format!("Agent {number}"), "password": PASSWORD });
        let made = self.ask(None, "POST", "/api/v1/auth/invitations/accept", accept).await?;
        Ok(Account { id: made["user"]["id"].clone(), token: text(&made["access_token"])? })
    }

    /// Creates a queue with all of them.
    pub(super) async fn queue(&self, agents: &[Account]) -> Result<(), String> {
        let members: Vec<Value> = agents.iter().map(|agent| json!({ "user_id": agent.id })).collect();
        let queue = json!({ "name": QUEUE, "title": "Load", "members": members });
        self.own("POST", "/api/v1/queues", queue).await.map(drop)
    }

    /// Starts a call over the link. Returns its id, and the token of its audio.
    pub(super) async fn visit(&self) -> Result<(String, String), String> {
        self.visit_from(None).await
    }

    /// Does the same for a visitor whom a proxy names: from one address, calls are limited to those of a household.
    pub(super) async fn visit_from(&self, visitor: Option<IpAddr>) -> Result<(String, String), String> {
        let path = format!("/api/v1/talk/{}/calls", self.link);
        let asked = Request { visitor, ..Request::json("POST", path, &json!({})) };
        let begun = self.send(asked).await?.json();
        Ok((text(&begun["call_id"])?, text(&begun["token"])?))
    }

    /// Offers a WebRTC connection. Returns its address, and the answer.
    ///
    /// # Errors
    /// Fails if the server refuses it.
    pub(super) async fn offer(
        &self,
        token: &str,
        offer: String,
        visitor: IpAddr,
    ) -> Result<(String, String), String> {
        let asked = Request {
            method: "POST",
            path: "/api/v1/webrtc".to_owned(),
            token: Some(token.to_owned()),
            visitor: Some(visitor),
            kind: "application/sdp",
            body: offer,
        };
        let reply = self.send(asked).await?;
        Ok((reply.location.ok_or("a connection of WebRTC has no address")?, reply.text))
    }

    /// Hangs up such a connection.
    ///
    /// # Errors
    /// Fails if it no longer exists.
    pub(super) async fn end(&self, location: String, visitor: IpAddr) -> Result<(), String> {
        let asked = Request { visitor: Some(visitor), ..Request::json("DELETE", location, &Value::Null) };
        self.send(asked).await.map(drop)
    }

    /// Sends a request of the owner. Returns its answer.
    pub(super) async fn own(&self, method: &'static str, path: &str, body: Value) -> Result<Value, String> {
        self.ask(Some(&self.owner), method, path, body).await
    }

    /// Sends a request. Returns its answer.
    ///
    /// # Errors
    /// Fails if there is none, or the server refuses.
    pub(super) async fn ask(
        &self,
        token: Option<&str>,
        method: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Value, String> {
        let asked =
            Request { token: token.map(str::to_owned), ..Request::json(method, path.to_owned(), &body) };
        Ok(self.send(asked).await?.json())
    }

    async fn send(&self, asked: Request) -> Result<Response, String> {
        let Request { method, path, token, visitor, kind, body } = asked;
        let (http, url) = (self.http.clone(), format!("http://{}{path}", self.at));
        let asked = spawn_blocking(move || {
            let mut request = ureq::http::Request::builder().method(method).uri(&url);
            if let Some(token) = token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            if let Some(visitor) = visitor {
                request = request.header("X-Forwarded-For", visitor.to_string());
            }
            let request = request.header("Content-Type", kind);
            let request = request.body(body).map_err(|error| error.to_string())?;
            let mut answer = http.run(request).map_err(|error| format!("{method} {url}: {error}"))?;
            let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
            let location = answer.headers().get("Location").and_then(|value| value.to_str().ok());
            match answer.status().is_success() {
                true => Ok(Response { location: location.map(str::to_owned), text }),
                false => Err(format!("{method} {url}: {} {text}", answer.status())),
            }
        });
        asked.await.map_err(|error| error.to_string())?
    }
}

/// A request.
struct Request {
    method: &'static str,
    path: String,
    token: Option<String>,
    /// Visitor for whom a proxy asks.
    visitor: Option<IpAddr>,
    kind: &'static str,
    body: String,
}

/// The server's answer to it.
struct Response {
    location: Option<String>,
    text: String,
}

impl Request {
    fn json(method: &'static str, path: String, body: &Value) -> Self {
        Self { method, path, token: None, visitor: None, kind: "application/json", body: body.to_string() }
    }
}

impl Response {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// Returns a text that an answer must have.
fn text(value: &Value) -> Result<String, String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| "a field is missing in an answer of the server".to_owned())
}
