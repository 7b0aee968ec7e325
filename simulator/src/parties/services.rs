//! Services that the server of a life needs besides its database: its disk, its mail server, its Redis, and their troubles.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cordboard_actors::world;
use cordboard_schema::call::CallState;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_test_support::redis_stand_in::{RedisManner, RedisStandIn};
use cordboard_test_support::smtp::{MailServer, Manner};
use cordboard_test_support::twilio_rest::{Rest, Trouble};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use crate::evidence::{CacheLook, Evidence, Look, Mails};
use crate::plan::{Happening, Plan};
use crate::services::{MailTrouble, RedisTrouble, ServiceTrouble, TextTrouble};
use crate::stage::{done, headers_of};
use crate::{faults, http};

/// Time for the last mails after the world's end: a pause of 45 s follows the third try, an attempt that died with its server counts as lost after
/// two minutes, and a session with a slow mail server takes a quarter of a minute.
const MAILED_LIMIT: Duration = Duration::from_secs(240);
/// A notice that is being tried is due again when its claim expires, after a minute; one that waits to be sent with others waits longer.
const DUE_WITHIN: TimeDelta = TimeDelta::seconds(120);
/// Pause between two checks of the mails.
const LOOK: Duration = Duration::from_secs(2);
/// Delay of each answer of a slow Redis: less than any client's timeout.
const REDIS_LATE: Duration = Duration::from_millis(80);
/// Time in which a Redis has all live calls after the beginning of a life, and after trouble: every second the server checks whether it answers, and
/// waits for an answer for a second.
const REDIS_SETTLES: Duration = Duration::from_secs(5);
/// Time from when a call was first seen to when the Redis has it, in ms.
const CACHED_MS: u64 = 1_000;

/// Returns the address that receives every notice of an organization, by the organization's number.
#[must_use]
pub(crate) fn told(organization: usize) -> String {
    format!("told-{organization}@example.com")
}

/// The services of a life.
#[derive(Debug, Default)]
pub(crate) struct Services {
    troubled_until: Option<Instant>,
    post: Option<Post>,
    cache: Option<SeenCache>,
    /// Twilio, if its only trouble is that of text messages.
    texts: Option<Rc<Rest>>,
}

/// A Redis, and what was read from it in this life.
#[derive(Debug)]
struct SeenCache {
    server: RedisStandIn,
    /// Its address, as in a setting.
    url: String,
    began: Instant,
    /// Calls, and when they were first seen, in ms from the beginning of the world.
    calls: BTreeMap<CallId, u64>,
    looks: Vec<CacheLook>,
}

/// A mail server, and what is known of mails in this life.
#[derive(Debug)]
struct Post {
    server: MailServer,
    /// Its port, as in a setting.
    port: String,
    known: Mails,
}

impl Services {
    /// Starts the services of the plan; Twilio is already running.
    ///
    /// # Errors
    /// There is no port.
    pub(crate) fn open(plan: &Plan, texts: Option<Rc<Rest>>) -> io::Result<Self> {
        let post = if plan.services.mail {
            let server = MailServer::start_here()?;
            let port = server.port().to_string();
            Some(Post { server, port, known: Mails::default() })
        } else {
            None
        };
        let cache = if plan.services.redis {
            let server = RedisStandIn::start_here()?;
            let (url, began) = (server.url(), Instant::now());
            Some(SeenCache { server, url, began, calls: BTreeMap::new(), looks: Vec::new() })
        } else {
            None
        };
        Ok(Self { troubled_until: None, post, cache, texts })
    }

    /// Returns the settings that tell the server where they are.
    pub(crate) fn settings(&self) -> Vec<(&'static str, &str)> {
        let of_post = self.post.iter().flat_map(|post| {
            [
                ("smtp.host", "127.0.0.1"),
                ("smtp.port", post.port.as_str()),
                ("smtp.tls", "none"),
                ("smtp.from", "Cordboard <calls@example.com>"),
            ]
        });
        of_post.chain(self.cache.iter().map(|cache| ("REDIS_URL", cache.url.as_str()))).collect()
    }

    /// Subscribes an address of each organization to all notices by mail.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) async fn set_up(
        &self,
        server: SocketAddr,
        organizations: [OrganizationId; 2],
    ) -> io::Result<()> {
        if self.post.is_none() {
            return Ok(());
        }
        for (number, organization) in organizations.into_iter().enumerate() {
            let somebody = json!({ "email": [told(number)], "sms": [] });
            let nobody = json!({ "email": [], "sms": [] });
            let body = json!({
                "new_lead": somebody, "missed_call": somebody, "failed_handoff": somebody,
                "webhook_off": nobody, "alarm": nobody, "figures_changed": nobody,
            });
            let headers = headers_of(organization);
            done(http::ask(server, "PUT", "/api/v1/notices", &headers, Some(&body)).await?)?;
        }
        Ok(())
    }

    /// Gives one of them trouble from now on, for `length`.
    pub(crate) fn strike(&mut self, trouble: ServiceTrouble, length: Duration) {
        let until = Instant::now() + length;
        self.troubled_until = self.troubled_until.max(Some(until));
        let post = self.post.as_ref().map(|post| post.server.clone());
        let redis = self.cache.as_ref().map(|cache| cache.server.clone());
        let texts = self.texts.clone();
        set(trouble, true, post.as_ref(), redis.as_ref(), texts.as_deref());
        tokio::task::spawn_local(async move {
            sleep_until(until).await;
            set(trouble, false, post.as_ref(), redis.as_ref(), texts.as_deref());
        });
    }

    /// Begins a life: trouble that began earlier and is not over goes on.
    pub(crate) fn go_on(&mut self, plan: &Plan, began_ms: u64) {
        for timed in &plan.happenings {
            if let Happening::Service { trouble, ms } = timed.what
                && timed.at_ms < began_ms
                && timed.at_ms + ms > began_ms
            {
                self.strike(trouble, Duration::from_millis(timed.at_ms + ms - began_ms));
            }
        }
    }

    /// Waits until none of them has trouble.
    pub(crate) async fn wait(&self) {
        if let Some(until) = self.troubled_until {
            sleep_until(until).await;
        }
    }

    /// Invites a guest to work for an organization.
    pub(crate) async fn invite(&mut self, server: SocketAddr, organization: OrganizationId, guest: u32) {
        let Some(post) = &mut self.post else { return };
        let email = format!("guest-{guest}@example.com");
        let body = json!({ "email": email, "role": "agent" });
        let headers = headers_of(organization);
        let made = http::ask(server, "POST", "/api/v1/invitations", &headers, Some(&body)).await;
        // A refused invitation, or one whose answer is lost, needs no mail.
        if made.is_ok_and(|made| made.status == 201) {
            post.known.invited.push(email);
        }
    }

    /// Waits until all invited people have their mail, also from earlier lives, and no notice is due. A notice that waits to be sent with others is
    /// due minutes later.
    pub(crate) async fn wait_for_mails(
        &mut self,
        server: SocketAddr,
        organizations: [OrganizationId; 2],
        earlier: &Mails,
    ) {
        let Some(post) = &mut self.post else { return };
        let began = Instant::now();
        while began.elapsed() < MAILED_LIMIT {
            sleep(LOOK).await;
            let Some(listed) = notices(server, organizations).await else { continue };
            let taken = post.server.taken();
            let has_mail =
                |email: &String| earlier.taken.iter().chain(&taken).any(|mail| mail.to.contains(email));
            let is_over =
                !listed.iter().any(is_due) && earlier.invited.iter().chain(&post.known.invited).all(has_mail);
            post.known.notices = listed;
            if is_over {
                return;
            }
        }
    }

    /// Checks whether a live call is in the Redis, if that has had no trouble for a while.
    pub(crate) fn look_at_cache(&mut self, look: Option<&Look>) {
        let (Some(cache), Some(Look { at_ms, row, .. })) = (&mut self.cache, look) else { return };
        let first_ms = *cache.calls.entry(row.id).or_insert(*at_ms);
        let settled_at =
            self.troubled_until.map_or(cache.began, |until| until.max(cache.began)) + REDIS_SETTLES;
        if row.state == CallState::Ended || *at_ms < first_ms + CACHED_MS || Instant::now() < settled_at {
            return;
        }
        let session = format!("session:{}", row.id);
        let is_there = cache.server.keys().iter().any(|key| key.ends_with(&session));
        cache.looks.push(CacheLook { at_ms: *at_ms, call: row.id, is_there });
    }

    /// Saves what they know.
    pub(crate) fn keep(&mut self, evidence: &mut Evidence) {
        evidence.cache.extend(self.cache.take().into_iter().flat_map(|cache| cache.looks));
        let Some(Post { server, known, .. }) = self.post.take() else { return };
        evidence.mails.invited.extend(known.invited);
        evidence.mails.taken.extend(server.taken());
        evidence.mails.notices = known.notices;
    }
}

/// Returns the notices of both organizations, as the API lists them.
async fn notices(server: SocketAddr, organizations: [OrganizationId; 2]) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for organization in organizations {
        let headers = headers_of(organization);
        let path = "/api/v1/notices/deliveries?limit=200";
        let shown = http::ask(server, "GET", path, &headers, None).await.ok()?.json();
        all.extend(shown["items"].as_array()?.iter().cloned());
    }
    Some(all)
}

/// Whether a notice is being tried, or will be soon.
fn is_due(notice: &Value) -> bool {
    let next = notice["next_attempt_at"].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
    notice["state"] == "waiting" && next.is_some_and(|next| next < world::now() + DUE_WITHIN)
}

/// Begins or ends a trouble.
fn set(
    trouble: ServiceTrouble,
    is_there: bool,
    post: Option<&MailServer>,
    redis: Option<&RedisStandIn>,
    texts: Option<&Rest>,
) {
    let manner = match trouble {
        ServiceTrouble::Disk(trouble) => return faults::set_disk(is_there.then_some(trouble)),
        ServiceTrouble::Mail(MailTrouble::Slow) => return faults::set_mail_slow(is_there),
        ServiceTrouble::Mail(MailTrouble::Away) => Manner::Away,
        ServiceTrouble::Mail(MailTrouble::Refuses) => Manner::Refuses,
        ServiceTrouble::Mail(MailTrouble::LosesAnswer) => Manner::LosesAnswer,
        ServiceTrouble::Redis(trouble) => {
            let manner = match trouble {
                RedisTrouble::Away => RedisManner::Away,
                RedisTrouble::Hangs => RedisManner::Hangs,
                RedisTrouble::Slow => RedisManner::Slow(REDIS_LATE),
            };
            if let Some(redis) = redis {
                redis.behaves(if is_there { manner } else { RedisManner::Answers });
            }
            return;
        }
        ServiceTrouble::Texts(trouble) => {
            let trouble = match trouble {
                TextTrouble::TooMany => Trouble::TooMany { retry_after_s: 1 },
                TextTrouble::Fails => Trouble::DoneAndFails,
                TextTrouble::LosesAnswer => Trouble::DoneAndSilent,
            };
            if let Some(texts) = texts {
                texts.behaves(is_there.then_some(trouble));
            }
            return;
        }
    };
    if let Some(post) = post {
        post.behaves(if is_there { manner } else { Manner::Takes });
    }
}
