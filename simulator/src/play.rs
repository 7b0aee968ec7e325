//! Plays a plan: the server, callers, programs and the provider run as tasks of one thread, in virtual time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cordboard::boot;
use cordboard::config::Loaded;
use cordboard_actors::world;
use cordboard_test_support::twilio::Account;
use cordboard_test_support::twilio_rest::Rest;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, sleep_until};

use crate::evidence::{Evidence, FiguresLook, Life, Mails};
use crate::faults;
use crate::here::{Here, Provider};
use crate::log::{self, Log};
use crate::on_disk;
use crate::parties::caller::{Caller, Callers, ServerAddresses};
use crate::parties::follower::FollowerLog;
use crate::parties::orders::NUMBERS_CALLED;
use crate::parties::services::Services;
use crate::parties::switchboard::{SwitchBetween, Switchboard};
use crate::parties::twilio::TwilioLog;
use crate::parties::webhooks::Webhooks;
use crate::plan::{Assistant, Happening, Line, Plan, Timed};
use crate::recording_files;
use crate::stage::{
    OPENAI_KEY, Stage, TWILIO_BASE, TWILIO_NUMBER, TWILIO_TOKEN, configuration, copy_of, give_business,
    give_number, in_virtual_time,
};

/// Calendar time at which a world begins: a Tuesday in spring, 09:00.
pub(crate) const ORIGIN: &str = "2027-05-04T09:00:00Z";
/// The figures are read after every such number of happenings.
const FIGURES_EVERY: usize = 16;
/// Time for the tasks of a call after its end: it waits 7 s for its legs, then for its journal.
const WINDING_UP: Duration = Duration::from_secs(15);
/// Settings of every world: time windows are short, so that they end in short worlds.
const SETTINGS: [(&str, &str); 7] = [
    ("calls.meet_timeout_s", "5"),
    ("calls.resume_window_s", "12"),
    ("calls.drain_timeout_s", "4"),
    ("calls.silence_prompt_s", "10"),
    ("calls.silence_goodbye_s", "6"),
    ("extensions.operator", "people,operator,1"),
    ("calls.fallback_extension", "operator"),
];

/// Plays a plan from its beginning to its end.
///
/// # Errors
/// The machine has no room for it, or the server did not start.
pub fn play(stage: &Stage, plan: &Plan) -> io::Result<Evidence> {
    // A new folder after each kill; the names of the old ones remain in journals.
    let mut folders = vec![match plan.second {
        Some(_) => stage.copy_with_chain(plan.second_voice)?,
        None => stage.copy()?,
    }];
    let callers: Callers = Rc::new(RefCell::new(BTreeMap::new()));
    let mut evidence = Evidence {
        plan: plan.clone(),
        organizations: stage.organizations,
        callers: Vec::new(),
        books: Vec::new(),
        activities: Vec::new(),
        leads: Vec::new(),
        suppressed: Vec::new(),
        appointments: Vec::new(),
        messages: Vec::new(),
        recordings: BTreeMap::new(),
        recorded_ms: BTreeMap::new(),
        mails: Mails::default(),
        cache: Vec::new(),
        lives: Vec::new(),
        looks: Vec::new(),
        figures: Vec::new(),
        connections: Vec::new(),
        second_connections: Vec::new(),
        programs: Vec::new(),
        followers: plan.followers.iter().map(|_| FollowerLog::default()).collect(),
        desks: Vec::new(),
        agent_users: stage.agent_users.clone(),
        supervisors: Vec::new(),
        supervisor_users: stage.supervisors.iter().map(|one| one.user).collect(),
        rights: Vec::new(),
        switches: Vec::new(),
        twilio: TwilioLog::default(),
        told_by_webhook: Vec::new(),
        records: Vec::new(),
        panics: Vec::new(),
    };
    let mut origin: DateTime<Utc> = ORIGIN.parse().map_err(io::Error::other)?;
    let mut began_ms = 0;
    // A switch continues while the server is away. It spends that time in the runtime of the next life.
    let (mut kept, mut away_ms): (Option<SwitchBetween>, u64) = (None, 0);
    let _collected = log::listen_to_panics();
    for (number, happenings) in lives(plan).into_iter().enumerate() {
        let seed = plan.seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
        let Some(folder) = folders.last().map(|folder| folder.path().to_owned()) else { break };
        let scene = Scene { stage, plan, folder: &folder, number, began_ms, happenings, origin };
        let before = kept.take().map(|switch| (switch, Duration::from_millis(away_ms)));
        let begins = if before.is_some() { origin - milliseconds(away_ms) } else { origin };
        let ended = in_virtual_time(begins, seed, async || {
            Ok::<_, io::Error>((scene.live(&callers, &mut evidence, before).await?, world::now()))
        });
        faults::disarm();
        let (ended, calendar) = ended?;
        (kept, away_ms) = (ended.switch, ended.away_ms);
        folders.extend(ended.files);
        let Some(folder) = folders.last() else { break };
        let left = on_disk::books(folder.path(), stage.organizations).map_err(io::Error::other)?;
        evidence.lives.push(Life { left, ..ended.life });
        origin = calendar + milliseconds(away_ms);
        began_ms += ended.passed_ms + away_ms;
    }
    evidence.panics = log::panics();
    evidence.books = evidence.lives.last().map(|life| life.left.clone()).unwrap_or_default();
    if let Some(folder) = folders.last() {
        on_disk::rows(folder.path(), &mut evidence).map_err(io::Error::other)?;
        let data = folder.path().join("data");
        evidence.recorded_ms = recording_files::lengths(&data, &evidence.books);
        if plan.disk_trouble().is_some() {
            evidence.recordings = recording_files::sounds(&data, &evidence.books);
        }
    }
    evidence.callers = std::mem::take(&mut *callers.borrow_mut()).into_values().collect();
    Ok(evidence)
}

fn milliseconds(ms: u64) -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(ms).unwrap_or_default())
}

/// Splits the happenings by the lives of the server. The happening that ends a life is its last.
fn lives(plan: &Plan) -> Vec<&[Timed]> {
    let is_end = |timed: &Timed| timed.what.ends_a_life();
    let mut lives: Vec<&[Timed]> = plan.happenings.split_inclusive(is_end).collect();
    // Another life always follows a happening that ends one.
    if lives.last().is_none_or(|life| life.last().is_some_and(is_end)) {
        lives.push(&[]);
    }
    lives
}

/// A life of the server that is about to be played.
struct Scene<'a> {
    stage: &'a Stage,
    plan: &'a Plan,
    folder: &'a Path,
    number: usize,
    began_ms: u64,
    happenings: &'a [Timed],
    origin: DateTime<Utc>,
}

/// The end of a life.
struct Ended {
    life: Life,
    passed_ms: u64,
    away_ms: u64,
    /// The files at the moment of a kill: a killed process would not run the destructors that run here.
    files: Option<TempDir>,
    /// The FreeSWITCH, if another life follows.
    switch: Option<SwitchBetween>,
}

/// Findings about a server as it ends. The ledger, the spans and the stored records are only there if the server can still answer.
#[derive(Default)]
struct AtTheEnd {
    away_ms: u64,
    files: Option<TempDir>,
    ledger: Option<Vec<Value>>,
    spans: Option<u64>,
    stored: Option<Result<(), String>>,
    figures: Vec<FiguresLook>,
}

impl Scene<'_> {
    /// Plays a life. A switch that has outlived the previous life comes with the time for which the server is away.
    async fn live(
        &self,
        callers: &Callers,
        evidence: &mut Evidence,
        before: Option<(SwitchBetween, Duration)>,
    ) -> io::Result<Ended> {
        let log = Log::begin();
        let switch = self.switch(before).await?;
        let began = Instant::now();
        let mut here = self.open(callers, began, switch.map(Rc::new)).await?;
        here.services.go_on(self.plan, self.began_ms);
        here.stay_on_calls();
        here.open_followers(self.plan, &evidence.followers);
        here.write_on(&evidence.records);
        let end = self.have_all_happen(&mut here, evidence).await;
        let AtTheEnd { away_ms, files, ledger, spans, stored, figures } =
            self.end(end, &mut here, callers, &log, &evidence.mails).await?;
        evidence.figures.extend(figures);
        callers.borrow_mut().values_mut().for_each(|caller| caller.left(&here.addresses));
        here.keep(evidence);
        let switch = here.addresses.switch.as_ref().filter(|_| end.is_some()).map(|switch| switch.outlives());
        // After a kill no part of the server logs or writes anything: no task of this thread runs again.
        let life = Life {
            began_ms: self.began_ms,
            began: began.into_std(),
            ended_ms: self.began_ms + began.elapsed().as_millis() as u64,
            origin: self.origin,
            log: log.lines(),
            ledger,
            spans,
            stored,
            left: Vec::new(),
        };
        Ok(Ended { life, passed_ms: began.elapsed().as_millis() as u64, away_ms, files, switch })
    }

    /// Starts or continues the FreeSWITCH of this life, if the plan has one. A switch that has outlived the previous life is alone for the time in
    /// which the server is away.
    async fn switch(&self, before: Option<(SwitchBetween, Duration)>) -> io::Result<Option<Switchboard>> {
        match before {
            Some((switch, away)) => {
                let switch = Switchboard::goes_on(switch)?;
                sleep(away).await;
                Ok(Some(switch))
            }
            None => {
                let plan = self.plan.switch.as_ref();
                plan.map(|plan| Switchboard::open(plan, self.loses_legs())).transpose()
            }
        }
    }

    /// Carries out the happenings of this life, each at its time, and reads the calls concerned. Returns the happening that ends the life.
    async fn have_all_happen(&self, here: &mut Here<'_>, evidence: &mut Evidence) -> Option<&Happening> {
        let mut waiting = BTreeSet::new();
        for (place, Timed { at_ms, what }) in self.happenings.iter().enumerate() {
            // A caller who calls while the server is away retries with one connection until it is back. Their acts meanwhile are left out.
            let is_early = *at_ms < self.began_ms && !what.ends_a_life();
            let is_done = match what {
                Happening::Calls { caller, .. } | Happening::ComesBack { caller } => waiting.insert(*caller),
                Happening::HangsUp { caller } => {
                    waiting.remove(caller);
                    true
                }
                _ => false,
            };
            if is_early && !is_done {
                continue;
            }
            let after = Duration::from_millis(at_ms.saturating_sub(self.began_ms));
            sleep_until(here.addresses.began + after).await;
            if what.ends_a_life() {
                return Some(what);
            }
            here.happens(what).await;
            if let Some(caller) = what.caller() {
                let look = here.look(caller).await;
                here.services.look_at_cache(look.as_ref());
                evidence.looks.extend(look);
            }
            if place % FIGURES_EVERY == FIGURES_EVERY - 1 {
                evidence.figures.extend(here.look_at_figures().await);
            }
        }
        None
    }

    /// Ends the server as planned: kills or restarts it, or shuts it down once everyone has hung up and all is quiet.
    async fn end(
        &self,
        end: Option<&Happening>,
        here: &mut Here<'_>,
        callers: &Callers,
        log: &Log,
        mails: &Mails,
    ) -> io::Result<AtTheEnd> {
        let mut found = AtTheEnd::default();
        match end {
            Some(Happening::Killed { away_ms }) => {
                found.files = Some(copy_of(self.folder)?);
                found.away_ms = *away_ms;
            }
            Some(Happening::Restarted { away_ms }) => {
                here.wait_for_database().await;
                found.stored = Some(here.stop().await);
                found.away_ms = *away_ms;
            }
            _ => {
                let length = Duration::from_millis(self.plan.length_ms.saturating_sub(self.began_ms));
                sleep_until(here.addresses.began + length).await;
                here.addresses.is_over.set(true);
                callers.borrow_mut().values_mut().for_each(Caller::hang_up);
                here.wait_for_database().await;
                here.services.wait().await;
                here.wait_for_records().await;
                found.ledger = Some(here.wait_for_quiet().await);
                found.spans = log.spans_at_rest(WINDING_UP).await;
                here.wait_for_deliveries(mails).await;
                found.figures = here.figures_at_end().await;
                found.stored = Some(here.stop().await);
            }
        }
        Ok(found)
    }

    /// Whether servers die, and legs of calls with them.
    fn loses_legs(&self) -> bool {
        self.plan.happenings.iter().any(|timed| timed.what.ends_a_life())
    }

    /// Returns the server's configuration, with the addresses of the parties around it.
    fn configuration(
        &self,
        provider: Option<&Provider>,
        twilio: Option<&Rest>,
        switch: Option<&Switchboard>,
        services: &Services,
    ) -> io::Result<Loaded> {
        let base_url = provider.map(Provider::base_url);
        let second_url = provider.and_then(Provider::second_url);
        let of_second = second_url.map(|url| self.plan.second_voice.settings(&url)).unwrap_or_default();
        let mut settings = SETTINGS.to_vec();
        if let Some(url) = &base_url {
            settings.extend([
                ("assistant.provider", "openai"),
                ("OPENAI_API_KEY", OPENAI_KEY),
                ("OPENAI_BASE_URL", url.as_str()),
                ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
            ]);
        }
        settings.extend(of_second.iter().map(|(name, value)| (*name, value.as_str())));
        if self.plan.webhooks.is_some() {
            settings.extend([("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")]);
        }
        if self.plan.has_webrtc() {
            settings.extend([("webrtc.enabled", "true"), ("webrtc.listen", "127.0.0.1:0")]);
        }
        if self.plan.has_orders_at_twilio() {
            settings.push(("dial_policy.numbers_allowed", NUMBERS_CALLED));
        }
        if self.plan.has_orders_at_twilio() || self.plan.services.texts {
            settings.push(("TWILIO_TRANSFER_CALLER_ID", TWILIO_NUMBER));
        }
        let twilio_api = twilio.map(Rest::base_url);
        if let Some(url) = &twilio_api {
            settings.extend([
                ("twilio.api_base_url", url.as_str()),
                ("http.public_base_url", TWILIO_BASE),
                ("TWILIO_ACCOUNT_SID", Account::SID),
                ("TWILIO_AUTH_TOKEN", TWILIO_TOKEN),
            ]);
        }
        if self.plan.has_line(Line::Twilio) {
            settings.push(("FREEPBX_DOMAIN", "pbx.example.com"));
        }
        let of_switch = switch.map(Switchboard::settings).unwrap_or_default();
        settings.extend(of_switch.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        settings.extend(services.settings());
        configuration(self.folder, &settings)
    }

    async fn open<'a>(
        &'a self,
        callers: &'a Callers,
        began: Instant,
        switch: Option<Rc<Switchboard>>,
    ) -> io::Result<Here<'a>> {
        let provider = match self.plan.assistant {
            Assistant::Builtin => None,
            Assistant::Openai => Some(Provider::open(self.plan, self.number).await?),
        };
        let has_twilio = self.plan.has_line(Line::Twilio);
        let twilio = if has_twilio || self.plan.services.texts {
            Some(Rc::new(Rest::start_here(Account::SID, Account::SID, TWILIO_TOKEN)?))
        } else {
            None
        };
        let services = Services::open(self.plan, twilio.clone().filter(|_| !has_twilio))?;
        let loaded =
            self.configuration(provider.as_ref(), twilio.as_deref(), switch.as_deref(), &services)?;
        let server = boot::start(&loaded).await.map_err(io::Error::other)?;
        let addresses = ServerAddresses {
            life: self.number,
            began_ms: self.began_ms,
            began,
            audiosocket: server.addresses.audiosocket,
            http: server.addresses.http,
            links: self.stage.links.clone(),
            twilio,
            switch,
            is_over: Rc::default(),
        };
        if has_twilio && self.number == 0 {
            give_number(addresses.http, self.stage.organizations[0]).await?;
        }
        if self.plan.services.bookings && self.number == 0 {
            for organization in self.stage.organizations {
                give_business(addresses.http, organization).await?;
            }
        }
        services.set_up(addresses.http, self.stage.organizations).await?;
        let webhooks = match self.plan.webhooks {
            Some(target) => Some(Webhooks::open(addresses.http, self.stage.organizations, target).await?),
            None => None,
        };
        let mut here = Here::new(addresses, server, (provider, webhooks), callers, self.stage).await;
        here.services = services;
        Ok(here)
    }
}
