//! A server, its clock, and its callers: all tasks of one thread.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use actix_rt::System;
use chrono::{DateTime, TimeDelta, Utc};
use cordboard::boot::{self, Addresses, Running};
use cordboard::config::{Config, Loaded, Sources};
use cordboard::store::{Connection, StoreSettings, migrate};
use cordboard_actors::world;
use cordboard_test_support::audiosocket::TaskCaller;
use cordboard_test_support::described;
use cordboard_test_support::server::{ADMIN_TOKEN, DIALPLAN_TOKEN, Token};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use tracing_subscriber::filter::LevelFilter;
use uuid::Uuid;

use crate::api::{self, Answer};
use crate::log::Log;
use crate::news::{JournalWatch, WriteWatch};

/// The callers' sample rate, in Hz, as with a telephone with G.711.
const RATE: u32 = 8000;

/// The calendar's time when a world begins: a Tuesday in spring, 09:00.
const ORIGIN: &str = "2027-05-04T09:00:00Z";

/// How often other tasks run, and sockets are polled, while a request is answered.
const TURNS_OF_A_REQUEST: usize = 10;

/// How often a condition is checked.
const LOOK: Duration = Duration::from_millis(10);

/// The same for a ledger that has to balance: the exact time does not matter, and each check is a request.
const BALANCE_LOOK: Duration = Duration::from_millis(50);

/// The calendar is set by less than this much at once.
const CALENDAR_STEP: Duration = Duration::from_secs(3_600);

/// Twice the longest pause between two checks of a server for what is due by the calendar, and a little more.
const CALENDAR_LOOKS: Duration = Duration::from_secs(130);

/// A server's own database in its data folder.
const DATABASE: &str = "cordboard.db";

/// A setting, named as in the configuration file.
pub(crate) type Setting<'a> = (&'a str, &'a str);

/// How a world ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server is asked to stop, and drains.
    InOrder,
    /// The server is gone, as if its process had been killed. What it had not stored is lost.
    Killed,
}

/// A running server, as a test sees it.
pub(crate) struct World {
    pub(crate) addresses: Addresses,
    /// Its database.
    database: PathBuf,
    /// `None` once it was asked to stop.
    server: RefCell<Option<Running>>,
    log: Log,
    began: Instant,
    /// The calendar's time when it began.
    origin: DateTime<Utc>,
}

/// Runs `play` in one thread, in virtual time, with a calendar that begins on a fixed day.
pub(crate) fn virtually<T>(play: impl AsyncFnOnce() -> T) -> T {
    from(ORIGIN.parse().unwrap(), 1, play).0
}

/// The same from this day on, with randomness from this seed; also returns the calendar's time at the end.
fn from<T>(origin: DateTime<Utc>, seed: u64, play: impl AsyncFnOnce() -> T) -> (T, DateTime<Utc>) {
    let system = System::with_tokio_rt(|| {
        Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
    });
    system.block_on(async {
        let _stay = world::enter(origin, seed);
        let outcome = play().await;
        (outcome, world::now())
    })
}

/// Runs `play` with a server that has these settings, in virtual time, and then takes the server down.
pub(crate) fn world<T>(settings: &[Setting<'_>], play: impl AsyncFnOnce(&World) -> T) -> T {
    Stage::new().play(settings, End::InOrder, play)
}

/// A folder that servers use, one after the other.
pub(crate) struct Stage {
    folder: TempDir,
    origin: DateTime<Utc>,
    seed: u64,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), origin: ORIGIN.parse().unwrap(), seed: 1 }
    }

    /// The same, with randomness from this seed.
    pub(crate) fn of_seed(seed: u64) -> Self {
        Self { seed: seed.wrapping_mul(1_000).wrapping_add(1), ..Self::new() }
    }

    /// The next server uses these files: a copy from the moment when the one before was killed, because destructors still ran after that.
    pub(crate) fn goes_on_over(&mut self, files: TempDir) {
        self.folder = files;
    }

    /// Runs `play` with a server. The next one on this stage begins when this one has ended.
    pub(crate) fn play<T>(
        &mut self,
        settings: &[Setting<'_>],
        end: End,
        play: impl AsyncFnOnce(&World) -> T,
    ) -> T {
        self.run(async |folder| {
            let world = World::open(folder, settings).await;
            let outcome = play(&world).await;
            if end == End::InOrder {
                world.close().await;
            }
            outcome
        })
    }

    /// Runs `play` with the folder, in which it may start a server. A server that is dropped is killed.
    pub(crate) fn run<T>(&mut self, play: impl AsyncFnOnce(&Path) -> T) -> T {
        let folder = self.folder.path();
        let (outcome, ended) = from(self.origin, self.seed, async || play(folder).await);
        self.origin = ended;
        self.seed += 1;
        outcome
    }
}

/// Moves the calendar on by this much, for tests in which hours pass and nothing happens. A server that is idle for an hour costs 3.5 s of CPU, so
/// the calendar is set by most of each hour. The server then runs for as long as it takes to check twice everything that it checks by the
/// calendar. Timeouts and pauses, which the clock measures, see only that rest.
pub(crate) async fn calendar_goes_on(by: Duration) {
    let mut left = by;
    while !left.is_zero() {
        let step = left.min(CALENDAR_STEP);
        let runs = step.min(CALENDAR_LOOKS);
        world::set_calendar(TimeDelta::from_std(step - runs).unwrap());
        sleep(runs).await;
        left -= step;
    }
}

/// Whether `look` finds that something has come. Everything that is due at this moment is done first, as it would be while the API answers.
async fn comes(mut look: impl FnMut() -> bool) -> bool {
    for _ in 0..TURNS_OF_A_REQUEST {
        if look() {
            return true;
        }
        yield_now().await;
    }
    look()
}

/// A copy of a server's files at this moment.
pub(crate) fn copy_of(folder: &Path) -> TempDir {
    fn copy(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                fs::create_dir_all(&target).unwrap();
                copy(&entry.path(), &target);
                fs::set_permissions(&target, entry.metadata().unwrap().permissions()).unwrap();
            } else {
                fs::copy(entry.path(), &target).unwrap();
            }
        }
    }
    let made = tempfile::tempdir().unwrap();
    copy(folder, made.path());
    made
}

impl World {
    /// Starts a server with these settings in a folder. It logs at level debug, as in every test.
    pub(crate) async fn open(folder: &Path, settings: &[Setting<'_>]) -> Self {
        Self::open_logging(folder, settings, LevelFilter::DEBUG).await
    }

    /// The same with a log of this level: for a server in one of thousands of worlds nobody reads the rest.
    pub(crate) async fn open_logging(folder: &Path, settings: &[Setting<'_>], level: LevelFilter) -> Self {
        described::know(cordboard::web::documents);
        let log = Log::begin(level);
        let origin = world::now();
        let loaded = configuration(folder, settings);
        let database = loaded.config.data_dir.join(DATABASE);
        lay_tables(&database);
        let server = boot::start(&loaded).await.unwrap();
        let addresses = server.addresses;
        Self { addresses, database, server: RefCell::new(Some(server)), log, began: Instant::now(), origin }
    }

    /// Takes the server down, which drains. Nothing may have panicked.
    pub(crate) async fn close(self) {
        self.stops().await;
        assert!(!self.log.text().contains("panicked"), "something panicked:\n{}", self.log.text());
    }

    /// The setup token for the installation's owner.
    pub(crate) fn setup_token(&self) -> Option<String> {
        let server = self.server.borrow();
        server.as_ref()?.setup_token.as_ref().map(|token| token.expose().to_owned())
    }

    /// Asks the server to stop, as one SIGTERM does, while the test goes on. Returns how long it took.
    pub(crate) async fn stops(&self) -> Duration {
        let told_at = Instant::now();
        let server = self.server.borrow_mut().take();
        if let Some(server) = server {
            server.stop(std::future::pending()).await.unwrap();
        }
        told_at.elapsed()
    }

    /// Asks the server to stop where it may not be able to store everything, and waits for its end.
    pub(crate) async fn tries_to_stop(&self) {
        let server = self.server.borrow_mut().take();
        if let Some(server) = server {
            // It reports which rows were lost, and no test that calls this needs to know.
            let _ = server.stop(std::future::pending()).await;
        }
    }

    /// Runs SQL in the server's database, after everything that the server has written.
    pub(crate) async fn sql(&self, sql: &str) {
        let store = self.server.borrow().as_ref().map(|server| server.store.clone()).unwrap();
        let sql = sql.to_owned();
        let done = store.change(move |connection: &mut Connection| Ok(connection.batch_execute(&sql)?));
        done.await.unwrap();
    }

    /// Runs SQL in the file of the server's database, as an administrator with a shell: also while the server can't reach it.
    pub(crate) fn sql_beside(&self, sql: &str) {
        let mut connection = SqliteConnection::establish(&self.database.display().to_string()).unwrap();
        connection.batch_execute(sql).unwrap();
    }

    /// A watch of what the server writes about its calls after the last look; `None` for one that was asked to stop.
    pub(crate) fn news(&self) -> Option<JournalWatch> {
        self.server.borrow().as_ref().map(|server| JournalWatch::of(server.store.tap()))
    }

    /// Whether there is news, or may be.
    pub(crate) async fn has(&self, news: &mut Option<JournalWatch>) -> bool {
        let look = || match (self.server.borrow().as_ref(), news.as_mut()) {
            (Some(server), Some(news)) => news.came(server.store.health().waiting),
            _ => true,
        };
        comes(look).await
    }

    /// Whether it has written anything since the last look with this watch, or may have.
    pub(crate) async fn has_written(&self, watch: &mut WriteWatch) -> bool {
        let look = || {
            let server = self.server.borrow();
            watch.came(server.as_ref().and_then(|server| server.store.written()))
        };
        comes(look).await
    }

    /// The server's log.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }
}

/// Puts all tables and no rows into a new database. A start makes the same from nothing by running every migration, which `tests/store` tests; here
/// it would cost more than the rest of the start, some 700 times.
fn lay_tables(file: &Path) {
    static TABLES: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(DATABASE);
        migrate(&StoreSettings::file(&file)).unwrap();
        fs::read(file).unwrap()
    });
    if !file.exists() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, &*TABLES).unwrap();
    }
}

fn configuration(folder: &Path, settings: &[Setting<'_>]) -> Loaded {
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
    let variable = |(name, value): &Setting<'_>| {
        let capitals = name.to_uppercase();
        let named =
            if *name == capitals { capitals } else { format!("CORDBOARD_{}", capitals.replace('.', "__")) };
        (named.into(), (*value).into())
    };
    let environment = own.iter().chain(settings).map(variable).collect();
    Config::load(&Sources { file: None, dotenv: None, environment }).unwrap()
}

impl World {
    /// When the server was started.
    pub(crate) fn began(&self) -> Instant {
        self.began
    }

    /// How long the server has run.
    pub(crate) fn passed(&self) -> Duration {
        self.began.elapsed()
    }

    /// A caller over an AudioSocket connection, unannounced.
    pub(crate) async fn caller(&self, uuid: Uuid) -> TaskCaller {
        TaskCaller::connect(self.addresses.audiosocket, uuid, RATE).await.unwrap()
    }

    /// The API's answer.
    pub(crate) async fn get(&self, path: &str, token: Token) -> Answer {
        api::ask(self.addresses.http, "GET", path, token, None).await
    }

    /// Puts a body to the API.
    pub(crate) async fn put(&self, path: &str, body: &Value, token: Token) -> Answer {
        api::ask(self.addresses.http, "PUT", path, token, Some(body)).await
    }

    /// Posts a body to the API.
    pub(crate) async fn post(&self, path: &str, body: &Value, token: Token) -> Answer {
        api::ask(self.addresses.http, "POST", path, token, Some(body)).await
    }

    /// The API's answer to an administrator at a path that must exist.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path, Token::Admin).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// The newest call with that UUID, once there is one.
    pub(crate) async fn call_of(&self, uuid: Uuid) -> Value {
        let name = uuid.to_string();
        self.until_written(&format!("the call of {uuid}"), async || {
            let calls = self.json("/api/v1/calls?limit=200").await;
            let knows =
                |call: &&Value| items(call, "outside_ids").iter().any(|id| id["value"] == name.as_str());
            items(&calls, "items").iter().find(knows).cloned()
        })
        .await
    }

    /// The newest call with that UUID, once it is over.
    pub(crate) async fn ended(&self, uuid: Uuid) -> Value {
        self.until_written(&format!("the end of the call of {uuid}"), async || {
            Some(self.call_of(uuid).await).filter(|call| call["state"] == "ended")
        })
        .await
    }

    /// The journal of a call.
    pub(crate) async fn journal(&self, call: &Value) -> Vec<Entry> {
        let id = call["id"].as_str().unwrap();
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let path = format!("/api/v1/calls/{id}/events?limit=200&cursor={}", entries.len());
            let page = self.json(&path).await;
            entries.extend(items(&page, "items").iter().map(|event| self.entry(event)));
            if page["next_cursor"].is_null() {
                return entries;
            }
        }
    }

    /// How many of a kind the server has open.
    pub(crate) async fn open_of(&self, kind: &str) -> Option<u64> {
        let shown = self.json("/api/v1/admin/actors").await;
        items(&shown, "ledger").iter().find(|row| row["kind"] == kind).and_then(|row| row["open"].as_u64())
    }

    /// Waits until its ledger balances: everything that was opened for calls, and for the ways to them, is closed.
    pub(crate) async fn balanced(&self) {
        let is_of_calls = |row: &&Value| {
            row["is_of_calls"] == true || row["kind"] == "handshakes" || row["kind"] == "audio_ports"
        };
        let is_closed = |row: &Value| row["open"] == 0 && row["opened"] == row["closed"];
        self.until_every(BALANCE_LOOK, "a ledger that balances", async || {
            let shown = self.json("/api/v1/admin/actors").await;
            let mut of_calls = items(&shown, "ledger").iter().filter(is_of_calls).peekable();
            (of_calls.peek().is_some() && of_calls.all(is_closed)).then_some(())
        })
        .await;
    }

    fn entry(&self, event: &Value) -> Entry {
        let at: DateTime<Utc> = event["at"].as_str().unwrap().parse().unwrap();
        Entry { at: (at - self.origin).to_std().unwrap_or_default(), event: event.clone() }
    }

    /// The same for something that the server writes about its calls: checks only at moments at which there is news.
    async fn until_written<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let mut news = self.news();
        self.until(what, async || if self.has(&mut news).await { look().await } else { None }).await
    }

    /// Checks every 10 ms of virtual time until there is a value. Waits for at most two virtual hours.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        self.until_every(LOOK, what, look).await
    }

    async fn until_every<T>(
        &self,
        pause: Duration,
        what: &str,
        mut look: impl AsyncFnMut() -> Option<T>,
    ) -> T {
        let began = self.passed();
        loop {
            if let Some(value) = look().await {
                return value;
            }
            assert!(self.passed() - began < Duration::from_secs(7_200), "never came: {what}");
            sleep(pause).await;
        }
    }
}

/// An entry of a journal.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// When it was made, counted from the beginning of this world's calendar.
    pub(crate) at: Duration,
    pub(crate) event: Value,
}

impl Entry {
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.event["kind"] == kind
    }
}

/// When the first entry of this kind was made. The journal must have one.
#[track_caller]
pub(crate) fn when(journal: &[Entry], kind: &str) -> Duration {
    let entry = journal.iter().find(|entry| entry.is(kind));
    entry.unwrap_or_else(|| panic!("no {kind} in {journal:#?}")).at
}

/// When the assistant began to say a line. It must have.
#[track_caller]
pub(crate) fn begun(journal: &[Entry], line: &str) -> Duration {
    let is_begin = |entry: &&Entry| entry.is("item_started") && entry.event["line"] == line;
    journal.iter().find(is_begin).unwrap_or_else(|| panic!("{line} was never begun: {journal:#?}")).at
}

/// When the last of a line was played. It must have been.
#[track_caller]
pub(crate) fn said(journal: &[Entry], line: &str) -> Duration {
    let begin = journal.iter().find(|entry| entry.is("item_started") && entry.event["line"] == line);
    let item = &begin.unwrap_or_else(|| panic!("{line} was never begun: {journal:#?}")).event["item"];
    let is_end = |entry: &&Entry| {
        entry.is("played_until") && entry.event["item"] == *item && entry.event["end"] == "finished"
    };
    journal.iter().find(is_end).unwrap_or_else(|| panic!("{line} was never heard out: {journal:#?}")).at
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}
