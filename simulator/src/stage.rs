//! The house before a world begins: a folder with two organizations, each with a talk link. Made once, copied for each world.

use std::fs;
use std::io;
use std::path::Path;

use actix_rt::System;
use chrono::{DateTime, Utc};
use cordboard::boot;
use cordboard::config::{Config, Loaded, Sources};
use cordboard::store::{Connection, change};
use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_test_support::server::{ADMIN_TOKEN, DIALPLAN_TOKEN};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::http;

/// What the calendar says when a house is made: a Tuesday in spring, 08:00.
const MADE: &str = "2027-05-04T08:00:00Z";

/// A house that worlds begin with.
#[derive(Debug)]
pub struct Stage {
    folder: TempDir,
    /// The first organization and the other one.
    pub organizations: [OrganizationId; 2],
    /// Tokens of their talk links.
    pub links: [String; 2],
}

impl Stage {
    /// Makes one.
    ///
    /// # Errors
    /// The server can't be started, or refuses what it is asked for.
    pub fn make() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let loaded = configuration(folder.path(), &[])?;
        let origin = MADE.parse().map_err(io::Error::other)?;
        let (organizations, links) = in_virtual_time(origin, 0, async || {
            let server = boot::start(&loaded).await.map_err(io::Error::other)?;
            let first = server.store.organization_id();
            let make = |connection: &mut Connection| change::create_organization(connection, "The other one");
            let second = server.store.change(make).await.map_err(io::Error::other)?;
            let mut links = Vec::new();
            for organization in [first, second] {
                links.push(talk_link(server.addresses.http, organization).await?);
            }
            server.stop(std::future::pending()).await.map_err(io::Error::other)?;
            let links: [String; 2] = links.try_into().map_err(|_| io::Error::other("two links"))?;
            Ok::<_, io::Error>(([first, second], links))
        })?;
        Ok(Self { folder, organizations, links })
    }

    /// A copy of its folder, for one world.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn copy(&self) -> io::Result<TempDir> {
        let folder = tempfile::tempdir()?;
        copy(self.folder.path(), folder.path())?;
        Ok(folder)
    }
}

async fn talk_link(server: std::net::SocketAddr, organization: OrganizationId) -> io::Result<String> {
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

/// Headers of somebody who may do everything in an organization.
#[must_use]
pub fn headers_of(organization: OrganizationId) -> Vec<String> {
    vec![format!("authorization: Bearer {ADMIN_TOKEN}"), format!("x-organization: {organization}")]
}

/// Runs `play` in one thread, in virtual time, from this day on, with chance that follows from this seed.
pub fn in_virtual_time<T>(origin: DateTime<Utc>, seed: u64, play: impl AsyncFnOnce() -> T) -> T {
    let system = System::with_tokio_rt(|| {
        #[allow(clippy::expect_used, reason = "without a runtime there is no simulation")]
        Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime")
    });
    system.block_on(async {
        let _stay = world::enter(origin, seed);
        play().await
    })
}

/// The configuration of a server over a folder, with these settings besides.
///
/// # Errors
/// A setting is none.
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
        }
    }
    Ok(())
}
