//! ElevenLabs' reports on finished conversations, signed with the webhook's secret.

use std::path::Path;

use cordboard_schema::limits::ELEVENLABS_REPORTS_READ_OF_ADDRESS_MAX;
use cordboard_test_support::elevenlabs::{Agent, ElevenLabsStandIn};
use cordboard_test_support::http::ask;
use cordboard_test_support::openai::{Answer, Script};
use cordboard_test_support::server::{ADMIN_TOKEN, Token};
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::stage::{AGENT, KEY, Stage};
use crate::book::Book;
use crate::openai::stage::{RATE, Talk, ms};
use crate::suites::book::until;
use crate::suites::voice::VoiceStage;
use crate::world::{Stage as Lives, World, virtually};

const SECRET: &str = "wsec_of_the_tests_0123456789";

fn script() -> Script {
    Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600)))
}

/// ElevenLabs' report about a conversation.
fn report(conversation: &str) -> String {
    json!({
        "type": "post_call_transcription",
        "event_timestamp": 1,
        "data": {
            "agent_id": AGENT,
            "conversation_id": conversation,
            "status": "done",
            "transcript": [{ "role": "agent", "message": "Good day.", "time_in_call_secs": 0 }],
            "metadata": { "call_duration_secs": 41, "cost": 214, "termination_reason": "Client disconnected: 1000" },
            "analysis": { "call_successful": "success", "transcript_summary": "The caller wanted nothing." },
        },
    })
    .to_string()
}

/// The status of the answer to a webhook.
async fn told(world: &World, path: &str, body: &str, secret: &str) -> u16 {
    let now_s = cordboard_actors::world::now().timestamp();
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let code = mac.chain_update(format!("{now_s}.{body}")).finalize().into_bytes();
    let digits: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    let signature = format!("t={now_s},v0={digits}");
    let headers = [("Content-Type", "application/json"), ("elevenlabs-signature", signature.as_str())];
    ask(world.addresses.http, "POST", path, &headers, body.as_bytes()).await.unwrap().status
}

/// Sends a request to the API, by the installation's operator on behalf of an organization.
async fn asked_in(
    world: &World,
    organization: Option<&str>,
    (method, path): (&str, &str),
    body: &Value,
) -> Value {
    let bearer = format!("Bearer {ADMIN_TOKEN}");
    let mut headers = vec![("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
    headers.extend(organization.map(|id| ("X-Organization", id)));
    let reply = ask(world.addresses.http, method, path, &headers, body.to_string().as_bytes()).await.unwrap();
    assert!((200..300).contains(&reply.status), "{path}: {}", String::from_utf8_lossy(&reply.body));
    serde_json::from_slice(&reply.body).unwrap()
}

#[test]
fn a_report_is_kept_once_after_its_call_has_ended() {
    virtually(async || {
        let stage = Stage::opened(script(), &[("elevenlabs.webhook_secret", SECRET)]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let (world, path, body) = (&stage.server, "/elevenlabs/post-call", report("conv_0"));
        // The call goes on: reports about it wait.
        assert_eq!(told(world, path, &body, SECRET).await, 204);
        assert_eq!(told(world, path, &body, SECRET).await, 204, "reported again, it waits once");
        assert_eq!(talk.events_of("conversation_reported").await, Vec::<Value>::new());
        talk.hang_up().await;
        let reported = talk.event("conversation_reported").await;
        let kept = json!({
            "conversation_id": "conv_0", "summary": "The caller wanted nothing.", "outcome": "success",
            "duration_s": 41, "cost_credits": 214, "ended_because": "Client disconnected: 1000",
        });
        assert_eq!((&reported["provider"], &reported["report"]), (&json!("elevenlabs"), &kept));
        assert_eq!(told(world, path, &body, SECRET).await, 204);
        assert_eq!(told(world, path, &report("conv_of_nobody"), SECRET).await, 204);
        assert_eq!(talk.events_of("conversation_reported").await.len(), 1);
        world.sql("DELETE FROM call_events; UPDATE calls SET words_deleted_at = '2026-01-01 00:00:00'").await;
        assert_eq!(told(world, path, &body, SECRET).await, 204);
        assert_eq!(talk.events_of("conversation_reported").await.len(), 0, "the call's words are deleted");
        assert_eq!(told(world, path, &body, "wsec_another").await, 403);
        assert_eq!(told(world, path, "{}", SECRET).await, 400);
        let mut stream = TcpStream::connect(world.addresses.http).await.unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 5 << 20);
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 413");
        // Bodies without an end use their share of the bodies that are read at a time, and no more.
        let mut slow = Vec::new();
        for _ in 0..ELEVENLABS_REPORTS_READ_OF_ADDRESS_MAX {
            let mut stream = TcpStream::connect(world.addresses.http).await.unwrap();
            let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{");
            stream.write_all(head.as_bytes()).await.unwrap();
            slow.push(stream);
        }
        until("no room", async || (told(world, path, &body, SECRET).await == 429).then_some(())).await;
        drop(slow);
        until("room", async || (told(world, path, &body, SECRET).await == 204).then_some(())).await;
        assert!(!world.log().contains(SECRET), "the log shows the secret");
        stage.closed().await;
    });
}

/// The call's actor still journals the end of the recording then, by a number of its own.
#[cfg(feature = "fault-injection")]
#[test]
fn a_report_right_after_the_end_costs_no_entry() {
    use cordboard_actors::disk_fault::{self, DiskFault};
    virtually(async || {
        disk_fault::set(None);
        let stage = Stage::opened(script(), &[("elevenlabs.webhook_secret", SECRET)]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        disk_fault::set(Some(DiskFault::Slow { ms: 1_000 }));
        talk.hang_up().await;
        assert_eq!(talk.events_of("recording_finished").await, Vec::<Value>::new());
        assert_eq!(told(&stage.server, "/elevenlabs/post-call", &report("conv_0"), SECRET).await, 204);
        disk_fault::set(None);
        talk.event("recording_finished").await;
        assert_eq!(talk.events_of("conversation_reported").await.len(), 1);
        stage.closed().await;
    });
}

/// ElevenLabs does not send a report again that was accepted.
#[test]
fn a_report_that_waits_outlives_a_killed_server() {
    let mut lives = Lives::new();
    let open = async |folder: &Path, provider: &ElevenLabsStandIn| {
        let base_url = provider.base_url();
        let settings = [
            ("assistant.provider", "elevenlabs"),
            ("ELEVENLABS_BASE_URL", base_url.as_str()),
            ("ELEVENLABS_AGENT_ID", AGENT),
            ("ELEVENLABS_API_KEY", KEY),
            ("elevenlabs.webhook_secret", SECRET),
        ];
        World::open(folder, &settings).await
    };
    let provider = || ElevenLabsStandIn::start_here(Agent::new(AGENT, Some(KEY)), script()).unwrap();
    let id = lives.run(async |folder| {
        let provider = provider();
        let server = open(folder, &provider).await;
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        assert_eq!(told(&server, "/elevenlabs/post-call", &report("conv_0"), SECRET).await, 204);
        server.call_of(talk.uuid).await["id"].as_str().unwrap().to_owned()
    });
    lives.run(async |folder| {
        let provider = provider();
        let server = open(folder, &provider).await;
        // Nobody comes back.
        let reported = Book::event(&server, &id, "conversation_reported").await;
        assert_eq!(reported["report"]["conversation_id"], "conv_0");
    });
}

#[test]
fn an_organization_reports_only_on_its_own_calls() {
    virtually(async || {
        let provider = ElevenLabsStandIn::start_here(Agent::new(AGENT, Some(KEY)), script()).unwrap();
        let base_url = provider.base_url();
        let folder = tempfile::tempdir().unwrap();
        let settings = [
            ("assistant.provider", "elevenlabs"),
            ("ELEVENLABS_BASE_URL", base_url.as_str()),
            ("ELEVENLABS_AGENT_ID", AGENT),
            ("ELEVENLABS_API_KEY", KEY),
            ("extensions.operator", "people,operator,1"),
            ("registration", "open"),
        ];
        let server = World::open(folder.path(), &settings).await;
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        talk.hang_up().await;
        let organizations = server.json("/api/v1/organizations").await;
        let own = organizations["items"][0]["id"].as_str().unwrap().to_owned();
        let at = |organization: &str| format!("/elevenlabs/post-call/{organization}");
        let body = report("conv_0");
        assert_eq!(told(&server, "/elevenlabs/post-call", &body, SECRET).await, 404, "no secret is set");
        assert_eq!(told(&server, &at(&own), &body, SECRET).await, 404, "no secret is set");
        let secrets = json!({ "secrets": { "webhook_secret": SECRET } });
        let set = server.put("/api/v1/integrations/elevenlabs", &secrets, Token::Admin).await;
        assert_eq!(set.status, 200, "{}", set.text());

        let account = json!({
            "email": "ada@example.com", "password": "correct horse battery staple", "name": "Ada",
            "organization": "Lovelace Plumbing",
        });
        asked_in(&server, None, ("POST", "/api/v1/auth/register"), &account).await;
        let organizations = server.json("/api/v1/organizations").await;
        let is_hers = |organization: &&Value| organization["name"] == "Lovelace Plumbing";
        let other = organizations["items"].as_array().unwrap().iter().find(is_hers).unwrap();
        let other = other["id"].as_str().unwrap().to_owned();
        asked_in(&server, Some(&other), ("PUT", "/api/v1/integrations/elevenlabs"), &secrets).await;
        assert_eq!(told(&server, &at(&other), &body, SECRET).await, 204);
        assert_eq!(
            talk.events_of("conversation_reported").await.len(),
            0,
            "it is another organization's call"
        );
        assert_eq!(told(&server, &at(&own), &body, SECRET).await, 204);
        assert_eq!(talk.events_of("conversation_reported").await.len(), 1);
        server.close().await;
        provider.finish();
    });
}
