//! The installation with which a world begins: a folder with two organizations, each with a talk link. Made once, and copied for each world.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use actix_rt::System;
use chrono::{DateTime, Utc};
use cordboard::boot::{self, Running};
use cordboard::config::{Config, Loaded, Sources};
use cordboard::store::{Connection, change};
use cordboard::web::{NewAccount, add_user};
use cordboard_actors::world;
use cordboard_schema::audit::Actor;
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::permission::Role;
use cordboard_test_support::server::{ADMIN_TOKEN, DIALPLAN_TOKEN};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::plan::SecondVoice;
use crate::{http, standstill};

/// Calendar time at which an installation is made: a Tuesday in spring, a minute before worlds begin.
const MADE: &str = "2027-05-04T08:59:00Z";

/// An installation that worlds begin with.
#[derive(Debug)]
pub struct Stage {
    folder: TempDir,
    /// Installations whose profiles have a chain of two voices, by the second one; each is made when a world first needs it.
    with_chain: Mutex<BTreeMap<SecondVoice, TempDir>>,
    /// The first and the second organization.
    pub organizations: [OrganizationId; 2],
    /// Tokens of their talk links.
    pub links: [String; 2],
    /// Access tokens of agents, valid for a quarter of an hour.
    pub agents: Vec<String>,
    /// The agents' users.
    pub agent_users: Vec<UserId>,
    /// Supervisors, in the order of [`SUPERVISORS`].
    pub supervisors: Vec<SupervisorAccount>,
}

/// Account of a supervisor.
#[derive(Clone, Debug)]
pub struct SupervisorAccount {
    /// The user's id.
    pub user: UserId,
    /// Their access token, valid for a quarter of an hour.
    pub token: String,
}

/// Agents: their names, their organizations, and the extensions of their desks. The first two are in the queue `help`.
pub const AGENTS: [(&str, usize, &str); 3] =
    [("anna", 0, "operator"), ("ben", 0, "ben"), ("carl", 1, "operator")];
/// Supervisors: their names, their organizations, and their roles. The last one may not supervise.
pub const SUPERVISORS: [(&str, usize, Role); 3] =
    [("sam", 0, Role::Supervisor), ("tess", 1, Role::Supervisor), ("una", 0, Role::Agent)];
const PASSWORD: &str = "correct horse battery staple";
/// Key of the provider, which its stand-in accepts.
pub const OPENAI_KEY: &str = "sk-of-the-simulator-0123456789";
/// The server's address for Twilio.
pub const TWILIO_BASE: &str = "https://calls.example.com";
/// The key of Twilio's signatures.
pub const TWILIO_TOKEN: &str = "f00dfeedcafe0123456789abcdef0123";
/// The number at Twilio that callers call.
pub const TWILIO_NUMBER: &str = "+15550100001";
/// Address of a voice while there are no calls.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A service of the business, each appointment of which takes three quarters of an hour of a person or thing that no other service takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    /// Its name.
    pub(crate) name: &'static str,
    /// The person or thing; none for the business's own.
    resource: Option<&'static str>,
    /// How many appointments there may be at the same time.
    pub(crate) capacity: usize,
    /// Minutes that are kept free before each of them.
    pub(crate) free_before: u64,
    /// Minutes that are kept free after each of them.
    pub(crate) free_after: u64,
    /// Whether those at the same time begin together.
    pub(crate) is_class: bool,
}

/// The services that models and programs book.
pub(crate) static SERVICES: [Service; 4] = [
    Service { name: "Estimate", resource: None, capacity: 1, free_before: 0, free_after: 0, is_class: false },
    Service {
        name: "Repair",
        resource: Some("van"),
        capacity: 1,
        free_before: 15,
        free_after: 30,
        is_class: false,
    },
    Service {
        name: "Advice",
        resource: Some("counter"),
        capacity: 2,
        free_before: 0,
        free_after: 0,
        is_class: false,
    },
    Service {
        name: "Course",
        resource: Some("room"),
        capacity: 2,
        free_before: 0,
        free_after: 0,
        is_class: true,
    },
];

/// Returns a service by its index.
#[must_use]
pub(crate) fn service(index: u8) -> &'static Service {
    &SERVICES[usize::from(index) % SERVICES.len()]
}

impl Stage {
    /// Makes an installation.
    ///
    /// # Errors
    /// The server can't be started, or refuses a request.
    pub fn make() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let loaded = configuration(folder.path(), &[])?;
        let origin = MADE.parse().map_err(io::Error::other)?;
        let (organizations, links, (agents, agent_users), supervisors) =
            in_virtual_time(origin, 0, async || {
                let server = boot::start(&loaded).await.map_err(io::Error::other)?;
                let first = server.store.organization_id();
                let make =
                    |connection: &mut Connection| change::create_organization(connection, "The other one");
                let second = server.store.change(make).await.map_err(io::Error::other)?;
                let mut links = Vec::new();
                for organization in [first, second] {
                    links.push(talk_link(server.addresses.http, organization).await?);
                }
                let agents = agents(&server, [first, second]).await?;
                let supervisors = supervisors(&server, [first, second]).await?;
                server.stop(std::future::pending()).await.map_err(io::Error::other)?;
                let links: [String; 2] = links.try_into().map_err(|_| io::Error::other("two links"))?;
                Ok::<_, io::Error>(([first, second], links, agents, supervisors))
            })?;
        Ok(Self {
            folder,
            with_chain: Mutex::default(),
            organizations,
            links,
            agents,
            agent_users,
            supervisors,
        })
    }

    /// Copies its folder for one world.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn copy(&self) -> io::Result<TempDir> {
        copy_of(self.folder.path())
    }

    /// The same with a chain of two voices in the profiles of both organizations: OpenAI, then this one.
    ///
    /// # Errors
    /// There is no room for it, or the server refuses the chain.
    pub fn copy_with_chain(&self, second: SecondVoice) -> io::Result<TempDir> {
        let mut made = self.with_chain.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = made.get(&second) {
            return copy_of(folder.path());
        }
        let folder = self.copy()?;
        let of_second = second.settings(NOWHERE);
        let mut settings = vec![("OPENAI_API_KEY", OPENAI_KEY)];
        settings.extend(of_second.iter().map(|(name, value)| (*name, value.as_str())));
        let loaded = configuration(folder.path(), &settings)?;
        let origin = MADE.parse().map_err(io::Error::other)?;
        in_virtual_time(origin, 0, async || {
            let server = boot::start(&loaded).await.map_err(io::Error::other)?;
            for organization in self.organizations {
                give_chain(server.addresses.http, organization, second).await?;
            }
            server.stop(std::future::pending()).await.map_err(io::Error::other)
        })?;
        let copied = copy_of(folder.path());
        made.insert(second, folder);
        copied
    }
}

/// Copies a folder. The copy is removed when it is dropped.
///
/// # Errors
/// There is no room for it.
pub fn copy_of(folder: &Path) -> io::Result<TempDir> {
    let made = tempfile::tempdir()?;
    copy(folder, made.path())?;
    Ok(made)
}

async fn give_chain(server: SocketAddr, organization: OrganizationId, second: SecondVoice) -> io::Result<()> {
    let headers = headers_of(organization);
    let profiles = http::ask(server, "GET", "/api/v1/agent-profiles", &headers, None).await?.json();
    for profile in profiles["items"].as_array().into_iter().flatten() {
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap_or_default());
        let body = json!({ "voices": [{ "provider": "openai" }, { "provider": second.name() }] });
        done(http::ask(server, "PATCH", &path, &headers, Some(&body)).await?)?;
    }
    Ok(())
}

/// Assigns the number at Twilio to an organization.
///
/// # Errors
/// The server refuses it.
pub(crate) async fn give_number(server: SocketAddr, organization: OrganizationId) -> io::Result<()> {
    let headers = headers_of(organization);
    let profiles = http::ask(server, "GET", "/api/v1/agent-profiles", &headers, None).await?.json();
    let body = json!({ "number": TWILIO_NUMBER, "profile_id": profiles["items"][0]["id"] });
    done(http::ask(server, "POST", "/api/v1/phone-numbers", &headers, Some(&body)).await?)
}

/// Describes an organization's business: it is open every day, and can be booked.
///
/// # Errors
/// The server refuses it.
pub(crate) async fn give_business(server: SocketAddr, organization: OrganizationId) -> io::Result<()> {
    let day = json!([{ "from": "06:00", "to": "22:00" }]);
    let shown = |service: &Service| {
        json!({
            "name": service.name, "duration_minutes": 45, "price": { "type": "on_request" },
            "resource": service.resource, "capacity": service.capacity, "begins_together": service.is_class,
            "buffer_before_minutes": service.free_before, "buffer_after_minutes": service.free_after,
        })
    };
    let services: Vec<Value> = SERVICES.iter().map(shown).collect();
    let business = json!({
        "revision": 0, "trade": "plumber", "name": "Ada & Daughter", "time_zone": "Europe/Berlin",
        "services": services,
        "hours": { "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day,
                   "saturday": day, "sunday": day },
    });
    let headers = headers_of(organization);
    done(http::ask(server, "PUT", "/api/v1/business-profile", &headers, Some(&business)).await?)
}

async fn talk_link(server: SocketAddr, organization: OrganizationId) -> io::Result<String> {
    let headers = headers_of(organization);
    let profiles = http::ask(server, "GET", "/api/v1/agent-profiles", &headers, None).await?.json();
    let body = json!({
        "name": "Website", "profile_id": profiles["items"][0]["id"], "calls_max": 1000, "calls_per_hour_max": 10000,
    });
    let made = http::ask(server, "POST", "/api/v1/talk-links", &headers, Some(&body)).await?;
    let url = made.json()["url"].as_str().map(str::to_owned);
    let token = url.and_then(|url| url.rsplit('/').next().map(str::to_owned));
    token.ok_or_else(|| io::Error::other(format!("no talk link: {} {}", made.status, made.text())))
}

/// Creates agents with extensions, and a queue of the first organization's agents; returns their access tokens and their users.
async fn agents(
    server: &Running,
    organizations: [OrganizationId; 2],
) -> io::Result<(Vec<String>, Vec<UserId>)> {
    let http = server.addresses.http;
    let (mut tokens, mut users, mut members) = (Vec::new(), Vec::new(), Vec::new());
    for (name, organization, extension) in AGENTS {
        let login = somebody(server, name, organizations[organization], Role::Agent).await?;
        tokens.push(login["access_token"].as_str().unwrap_or_default().to_owned());
        users.push(id_of(name, &login)?);
        let path = format!("/api/v1/agents/{}", login["user"]["id"].as_str().unwrap_or_default());
        let body = json!({ "extension": extension, "audio": "browser", "skills": [] });
        done(http::ask(http, "PUT", &path, &headers_of(organizations[organization]), Some(&body)).await?)?;
        if organization == 0 {
            members.push(json!({ "user_id": login["user"]["id"] }));
        }
    }
    let body = json!({ "name": "help", "title": "Help", "skills": [], "members": members });
    done(http::ask(http, "POST", "/api/v1/queues", &headers_of(organizations[0]), Some(&body)).await?)?;
    Ok((tokens, users))
}

/// Creates supervisors and signs them in.
async fn supervisors(
    server: &Running,
    organizations: [OrganizationId; 2],
) -> io::Result<Vec<SupervisorAccount>> {
    let mut accounts = Vec::new();
    for (name, organization, role) in SUPERVISORS {
        let login = somebody(server, name, organizations[organization], role).await?;
        let user = id_of(name, &login)?;
        let token = login["access_token"].as_str().unwrap_or_default().to_owned();
        accounts.push(SupervisorAccount { user, token });
    }
    Ok(accounts)
}

/// Returns the user's id in the answer to a sign-in.
fn id_of(name: &str, login: &Value) -> io::Result<UserId> {
    let user = login["user"]["id"].as_str().and_then(|id| id.parse().ok());
    user.ok_or_else(|| io::Error::other(format!("{name} has no id: {login}")))
}

/// Creates a user and signs them in; returns the answer to that.
async fn somebody(
    server: &Running,
    name: &str,
    organization_id: OrganizationId,
    role: Role,
) -> io::Result<Value> {
    let account = NewAccount {
        organization_id,
        email: email_of(name),
        name: name.to_owned(),
        role,
        password: PASSWORD.to_owned(),
    };
    add_user(&server.store, account, Actor::Installation).await.map_err(|error| other(&error))?;
    log_in(server.addresses.http, name).await
}

fn email_of(agent: &str) -> String {
    format!("{agent}@example.com")
}

async fn log_in(server: SocketAddr, agent: &str) -> io::Result<Value> {
    let body = json!({ "email": email_of(agent), "password": PASSWORD });
    Ok(http::ask(server, "POST", "/api/v1/auth/login", &[], Some(&body)).await?.json())
}

/// Signs an agent in; returns an access token that is valid for a quarter of an hour.
pub(crate) async fn access_token(server: SocketAddr, agent: &str) -> io::Result<String> {
    let login = log_in(server, agent).await?;
    let token = login["access_token"].as_str().map(str::to_owned);
    token.ok_or_else(|| io::Error::other(format!("{agent} can't sign in: {login}")))
}

pub(crate) fn done(answer: http::Answer) -> io::Result<()> {
    if answer.status < 300 {
        Ok(())
    } else {
        Err(io::Error::other(format!("{} {}", answer.status, answer.text())))
    }
}

fn other(error: &impl std::fmt::Debug) -> io::Error {
    io::Error::other(format!("{error:?}"))
}

/// Returns the headers of a user who has every right in an organization.
#[must_use]
pub fn headers_of(organization: OrganizationId) -> Vec<String> {
    vec![format!("authorization: Bearer {ADMIN_TOKEN}"), format!("x-organization: {organization}")]
}

/// Runs `play` in one thread, in virtual time, from this calendar time on, with random numbers that follow from this seed.
pub fn in_virtual_time<T>(origin: DateTime<Utc>, seed: u64, play: impl AsyncFnOnce() -> T) -> T {
    let system = System::with_tokio_rt(|| {
        #[allow(clippy::expect_used, reason = "without a runtime there is no simulation")]
        Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime")
    });
    system.block_on(async {
        let _stay = world::enter(origin, seed);
        actix_rt::spawn(standstill::count());
        play().await
    })
}

/// Returns the configuration of a server over a folder, with these settings added.
///
/// # Errors
/// A setting is invalid.
pub fn configuration(folder: &Path, settings: &[(&str, &str)]) -> io::Result<Loaded> {
    let data_dir = folder.join("data").display().to_string();
    let own = [
        ("data_dir", data_dir.as_str()),
        ("admin_token", ADMIN_TOKEN),
        ("dialplan_token", DIALPLAN_TOKEN),
        ("http.listen", "127.0.0.1:0"),
        ("audiosocket.listen", "127.0.0.1:0"),
        ("freeswitch.esl_listen", "127.0.0.1:0"),
        ("freeswitch.audio_listen", "127.0.0.1:0"),
    ];
    let variable = |(name, value): &(&str, &str)| {
        let capitals = name.to_uppercase();
        let named =
            if *name == capitals { capitals } else { format!("CORDBOARD_{}", capitals.replace('.', "__")) };
        (named.into(), (*value).into())
    };
    let environment = own.iter().chain(settings).map(variable).collect();
    Config::load(&Sources { file: None, dotenv: None, environment }).map_err(io::Error::other)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
            fs::set_permissions(&target, entry.metadata()?.permissions())?;
        } else {
            fs::copy(entry.path(), &target)?;
            // A recording that continues after a kill counts its silence from this date.
            File::options().append(true).open(&target)?.set_modified(entry.metadata()?.modified()?)?;
        }
    }
    Ok(())
}
