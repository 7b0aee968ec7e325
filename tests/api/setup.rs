//! A running HTTP server with its own store, and a registry that answers as the test wants.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix::{Actor, Arbiter, Recipient};
use cordboard::cache::SharedCache;
use cordboard::config::{Config, Loaded, Networks, Outbound, Secret};
use cordboard::custom_tools::ToolRunner;
use cordboard::outbox::{OutboxSettings, Postman};
use cordboard::outside_http::OutsideHttp;
use cordboard::recordings::{RecordingFiles, RemoteStore};
use cordboard::replays::{Judge, Replays, VoiceOf};
use cordboard::secret_box::SecretBox;
use cordboard::store::{Connection, Store, StoreError, StoreSettings, migrate};
use cordboard::web::{self, LeasedPorts, Outside, ServerHandle, WebSettings, WebState};
use cordboard_actors::assistant::Account;
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::asterisk::AudioSocketSettings;
use cordboard_actors::ledger::Ledger;
use cordboard_actors::line::{PendingRequest, RegistryMailbox, RouterMailbox};
use cordboard_actors::listening::{PortSettings as _, PortView};
use cordboard_actors::messages::{
    AskNext, Census, CommandRefused, Drain, EndCall, Expect, Instruct, NextFault, NoSuchCall, PlaceCall,
    PlaceRefused, Placed, Refused, RegistryLine, RouterLine, RunCustomTool, SwitchLine, ToRegistry,
};
use cordboard_actors::vitals::{ActorTree, CallShown, RegistryShown};
use cordboard_schema::call::Direction;
use cordboard_schema::delivery::Retries;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Event, Fact, JournalEntry};
use cordboard_schema::ids::CallId;
use cordboard_schema::usage::ModelPrice;
use cordboard_test_support::described;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

pub(crate) use crate::answer::Answer;
use crate::entries::Conversation;
use crate::letters::Letters;
use crate::router::Router;

pub(crate) const ADMIN: &str = "an-admin-token";
pub(crate) const DIALPLAN: &str = "a-dialplan-token";
/// The model that answers in replays, and its price.
pub(crate) const MODEL: &str = "a-model";
const PRICE: ModelPrice = ModelPrice {
    text_input: 1_000_000,
    text_input_cached: 1_000_000,
    audio_input: 0,
    audio_input_cached: 0,
    text_output: 2_000_000,
    audio_output: 0,
    audio_minute: 0,
};
/// The shipped sounds, read once.
static PROMPTS: LazyLock<Arc<SoundSet<Prompt>>> = LazyLock::new(|| Arc::new(SoundSet::embedded().unwrap()));
/// A database with tables and without rows. Running every migration, which `tests/store` tests, would take a third of a usual test.
static TABLES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.db");
    migrate(&StoreSettings::file(&file)).unwrap();
    std::fs::read(file).unwrap()
});
/// Source of the keys of sign-ins.
pub(crate) const SECRET_KEY: &str = "0123456789abcdef0123456789abcdef";

/// The stand-in's answers, and the messages that it received.
pub(crate) struct Answers {
    pub(crate) expect: Result<CallId, Refused>,
    pub(crate) next: Result<NextStep, NextFault>,
    pub(crate) end_call: Result<(), NoSuchCall>,
    pub(crate) instruct: Result<(), CommandRefused>,
    /// Commands that wait for their answer, if commands are not answered at once.
    pub(crate) held: Option<Vec<oneshot::Sender<Result<(), CommandRefused>>>>,
    /// Why calls are refused, if they are.
    pub(crate) place: Option<PlaceRefused>,
    /// Whether announced calls are still live.
    pub(crate) is_live: bool,
    pub(crate) placed: BTreeSet<CallId>,
    pub(crate) actors: Vec<CallShown>,
    pub(crate) census: Census,
    pub(crate) heard: Vec<String>,
}

/// The stand-in for the registry: answers as the test wants until its mailbox closes. A call that it makes is then in the journal. It only has calls
/// of the first organization.
async fn stand_in(mut mailbox: RegistryMailbox, answers: Arc<Mutex<Answers>>, store: Store) {
    let is_another = |organization_id| organization_id != store.organization_id();
    while let Some(message) = mailbox.recv().await {
        let mut answers = answers.lock().unwrap();
        match message {
            ToRegistry::Expect(PendingRequest { request, reply }) => {
                let Expect { outside_id, announcement, call, .. } = request;
                let Announcement { from, to, identity, writes, .. } = announcement;
                let identity = identity.map(|identity| format!(" {identity:?}")).unwrap_or_default();
                let writes = if writes { " writes" } else { "" };
                answers.heard.push(format!("expect {outside_id} {from:?} {to:?} {call:?}{identity}{writes}"));
                let _ = reply.send(answers.expect);
            }
            ToRegistry::AskNext(PendingRequest { request: AskNext { call, lacks }, reply }) => {
                answers.heard.push(format!("next {call:?}{}", if lacks { " lacks" } else { "" }));
                let _ = reply.send(answers.next.clone());
            }
            ToRegistry::EndCall(PendingRequest { request, reply }) if is_another(request.organization_id) => {
                let _ = reply.send(Err(NoSuchCall));
            }
            ToRegistry::EndCall(PendingRequest { request: EndCall { call_id, by, cause, .. }, reply }) => {
                answers.heard.push(format!("end {call_id} {by:?} {cause}"));
                let _ = reply.send(answers.end_call);
            }
            ToRegistry::AskOwner(PendingRequest { reply, .. }) => {
                let _ = reply.send(answers.is_live.then(|| store.organization_id()));
            }
            ToRegistry::CountCalls(PendingRequest { reply, .. }) => {
                let _ = reply.send(answers.census);
            }
            ToRegistry::Instruct(PendingRequest { request, reply })
                if is_another(request.organization_id) =>
            {
                let _ = reply.send(Err(CommandRefused::NoSuchCall));
            }
            ToRegistry::Instruct(PendingRequest { request: Instruct { call_id, command, .. }, reply }) => {
                answers.heard.push(format!("instruct {call_id} {command:?}"));
                if let Some(held) = &mut answers.held {
                    held.push(reply);
                    continue;
                }
                let _ = reply.send(answers.instruct);
            }
            ToRegistry::PlaceCall(PendingRequest { request: PlaceCall { call_id, call, .. }, reply }) => {
                answers.heard.push(format!("place {call:?}"));
                let answer = match answers.place.clone() {
                    Some(refused) => Err(refused),
                    None if answers.placed.insert(call_id) => {
                        let mut said = Conversation::new(store.organization_id());
                        said.call_id = call_id;
                        store.journal(vec![called(said.started())]);
                        Ok(Placed::New)
                    }
                    None => Ok(Placed::Known),
                };
                let _ = reply.send(answer);
            }
            ToRegistry::Drain(PendingRequest { request: Drain { timeout_ms }, reply }) => {
                answers.heard.push(format!("drain {timeout_ms}"));
                let _ = reply.send(());
            }
            ToRegistry::ReloadSettings(PendingRequest { reply, .. }) => {
                let _ = reply.send(());
            }
            // Its sockets are closed.
            ToRegistry::AudioArrived(PendingRequest { reply, .. }) => {
                let _ = reply.send(Err(NoSuchCall));
            }
            ToRegistry::AskActors(PendingRequest { reply, .. }) => {
                let registry = RegistryShown { restarts: 1, mailbox: 0, since: crate::entries::now() };
                let _ = reply.send(ActorTree { registry, calls: answers.actors.clone() });
            }
            other => panic!("the API sent an unexpected {other:?}"),
        }
    }
}

/// The real ports of the configuration, if it has any.
fn leased_ports(configuration: &Loaded, registry: &RegistryLine) -> Option<LeasedPorts> {
    let audiosocket = &configuration.config.legs.audiosocket;
    let (line, meter) = audiosocket.start_leased(audiosocket.listen.ip(), registry, &Ledger::default())?;
    Some(LeasedPorts { line, host: audiosocket.port_host(), meter })
}

/// The client for requests to other servers, which also reaches this machine, with a key in this folder.
pub(crate) fn outside(folder: &Path) -> Outside {
    let config = Config { data_dir: folder.to_owned(), ..Config::default() };
    let settings = Outbound { allow: Some(Networks::loopback()), plain_http: true };
    Outside::new(OutsideHttp::new(&settings).unwrap(), SecretBox::open(&config).unwrap())
}

/// The mail courier, without long pauses.
fn postman(store: &Store, outside: &Outside, letters: &Letters) -> Postman {
    Postman {
        store: store.clone(),
        http: outside.http.clone(),
        secrets: outside.secrets.clone(),
        mail: Some(Arc::new(letters.clone())),
        sms: None,
        dialler: None,
        settings: OutboxSettings {
            retries: Retries { pause_ms_min: 10, pause_ms_max: 100 },
            poll_ms: 25,
            ..OutboxSettings::default()
        },
    }
}

/// The beginning of an outbound call to the operator.
fn called(mut started: JournalEntry) -> JournalEntry {
    if let Event::Fact(Fact::CallStarted { direction, announced, .. }) = &mut started.event {
        *direction = Direction::Outbound;
        *announced = Some(Announcement { to: Some("operator".to_owned()), ..Announcement::default() });
    }
    started
}

/// The server; it ends with the test.
pub(crate) struct Setup {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    pub(crate) answers: Arc<Mutex<Answers>>,
    /// Sends mails and texts to people.
    pub(crate) letters: Letters,
    /// Offers callers to people.
    pub(crate) router: Router,
    /// Messages to the router of the desks.
    pub(crate) desks: Mutex<RouterMailbox>,
    /// Makes the requests of custom tools.
    pub(crate) tools: Recipient<RunCustomTool>,
    /// The cache.
    pub(crate) cache: SharedCache,
    /// The account that answers in replays; the built-in assistant if there is none.
    pub(crate) voice: Arc<Mutex<Option<Arc<dyn Account>>>>,
    /// Whether the audio port is open.
    pub(crate) listening: Arc<AtomicBool>,
    folder: TempDir,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Setup {
    pub(crate) fn open() -> Self {
        Self::open_with(Loaded::default())
    }

    pub(crate) fn open_with(configuration: Loaded) -> Self {
        Self::open_among(configuration, Vec::new())
    }

    /// A server with these switches under control.
    pub(crate) fn open_among(configuration: Loaded, switches: Vec<(String, SwitchLine)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("recordings")).unwrap();
        let database = folder.path().join("cordboard.db");
        std::fs::write(&database, &*TABLES).unwrap();
        let store = Store::open(&StoreSettings::file(database)).unwrap();
        let census = Census { calls_max: 100, admitting: true, ..Census::default() };
        let answers = Arc::new(Mutex::new(Answers {
            expect: Ok(CallId(uuid::Uuid::now_v7())),
            next: Err(NextFault::NoSuchCall),
            end_call: Err(NoSuchCall),
            instruct: Err(CommandRefused::NoSuchCall),
            held: None,
            place: None,
            placed: BTreeSet::new(),
            actors: Vec::new(),
            census,
            is_live: true,
            heard: Vec::new(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listening = Arc::new(AtomicBool::new(true));
        let (started, handle) = mpsc::channel();
        let (asked, state_store, open) = (answers.clone(), store.clone(), listening.clone());
        let letters = Letters::default();
        let router = Router::default();
        let (router_line, desks) = RouterLine::open();
        let remote = RemoteStore::open(&configuration.config.recordings).unwrap();
        let recordings = RecordingFiles::new(folder.path().join("recordings"), remote);
        let kept_letters = letters.clone();
        let kept_router = router.clone();
        let outside = outside(folder.path());
        let cache = SharedCache::in_process();
        let cached = cache.clone();
        let voice = Arc::new(Mutex::new(None));
        let voices = Arc::clone(&voice);
        let thread = std::thread::spawn(move || {
            actix::System::new().block_on(async move {
                let secret_key = Some(Secret::new(SECRET_KEY));
                let settings = WebSettings {
                    admin_token: Secret::new(ADMIN),
                    dialplan_token: Secret::new(DIALPLAN),
                    secrets: SecretBox::open(&Config { secret_key, ..Config::default() }).unwrap(),
                };
                let arbiter = Arbiter::new();
                let postman = postman(&state_store, &outside, &kept_letters).start(&arbiter.handle());
                let tools = ToolRunner::new(state_store.clone(), outside.clone()).start().recipient();
                let (registry, mailbox) = RegistryLine::open();
                actix::spawn(stand_in(mailbox, asked, state_store.clone()));
                let leased_ports = leased_ports(&configuration, &registry);
                let voice: VoiceOf = Arc::new(move |_| voices.lock().unwrap().clone());
                let prices = BTreeMap::from([(MODEL.to_owned(), PRICE)]);
                let Config { judge, costs, .. } = &configuration.config;
                let replays =
                    Replays::new(arbiter.handle(), state_store.clone(), voice, Arc::clone(&PROMPTS), prices)
                        .judged_by(Judge::of(judge).unwrap(), costs.daily_cap.map(|cap| cap.micros()));
                let state = WebState::new(registry, state_store, recordings, outside)
                    .with_configuration(configuration)
                    .with_switches(switches)
                    .with_router(router_line)
                    .with_floor(kept_router.start().recipient())
                    .with_cache(cached)
                    .with_replays(replays)
                    .with_port(PortView {
                        port: AudioSocketSettings::PORT,
                        is_open: Arc::new(move || open.load(Ordering::Relaxed)),
                        outcomes: Arc::new(Vec::<(&'static str, u64)>::new),
                    });
                let state = leased_ports.into_iter().fold(state, WebState::with_leased_ports);
                let server = web::server(listener, settings, state).unwrap();
                started.send((server.clone(), tools)).unwrap();
                server.stopped().await;
                postman.stop().await;
                arbiter.stop();
            });
        });
        let (handle, tools) = handle.recv().unwrap();
        described::know(web::documents);
        let thread = Some(thread);
        let desks = Mutex::new(desks);
        Self {
            address,
            store,
            answers,
            letters,
            router,
            desks,
            tools,
            cache,
            voice,
            listening,
            folder,
            handle,
            thread,
        }
    }

    /// Journals entries and waits until they are on disk.
    pub(crate) fn journal(&self, entries: Vec<JournalEntry>) {
        self.store.journal(entries);
        // The writer waits 100 ms for more rows, unless a commit is requested. A row that the database refuses is up to the test.
        let _ = self.block_on(self.store.commit());
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.store.health().waiting > 0 {
            assert!(Instant::now() < deadline, "the journal is not written");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Changes the store, as another part of the server would.
    pub(crate) fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(self.store.change(change)).unwrap()
    }

    pub(crate) fn recording_path(&self, name: &str) -> PathBuf {
        self.folder.path().join("recordings").join(name)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("cordboard.db")
    }

    /// Opens a connection of another program to the database; it waits while the server writes.
    pub(crate) fn stranger(&self) -> SqliteConnection {
        let mut stranger = SqliteConnection::establish(&self.database().to_string_lossy()).unwrap();
        stranger.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
        stranger
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.answers.lock().unwrap().heard)
    }

    /// Returns the messages to the registry once there are `count`: for messages that are not acknowledged.
    pub(crate) fn wait_heard(&self, count: usize) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.answers.lock().unwrap().heard.len() < count {
            assert!(Instant::now() < deadline, "the registry received {:?}", self.heard());
            std::thread::sleep(Duration::from_millis(2));
        }
        self.heard()
    }

    /// A request with the admin token.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[("Authorization", &format!("Bearer {ADMIN}"))])
    }

    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Sends a request with the admin token and, unless it is null, a JSON body.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send_text(method, path, &if body.is_null() { String::new() } else { body.to_string() })
    }

    /// Sends a request of older programs that is no longer in the API document, but is still accepted.
    pub(crate) fn send_of_before(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {ADMIN}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = Answer::parse(&self.raw(&head));
        // A body that is not JSON is not checked against the document.
        answer.check(method, path, b"(as before)");
        answer
    }

    #[track_caller]
    pub(crate) fn send_text(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send_with(method, path, "", body.as_bytes())
    }

    /// Sends a request with further header lines, each with a line end, and these bytes.
    #[track_caller]
    pub(crate) fn send_with(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {ADMIN}\r\n\
             Content-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.exchange(method, path, &head, body)
    }

    /// Sends a request with this token, or none, and a JSON body unless it is null.
    #[track_caller]
    pub(crate) fn send_as(&self, method: &str, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{token}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.exchange(method, path, &head, body.as_bytes())
    }

    /// Sends a request with only these headers, and a JSON body unless it is null.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let length = body.len();
        head += &format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        self.exchange(method, path, &head, body.as_bytes())
    }

    /// Runs a future, for the store.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    /// Sends a request of a dialplan: its token is in the query, the answer is text.
    pub(crate) fn curl(&self, path: &str) -> (u16, String) {
        let token =
            if path.contains('?') { format!("&token={DIALPLAN}") } else { format!("?token={DIALPLAN}") };
        let answer = self.request("GET", &format!("{path}{token}"), &[]);
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    #[track_caller]
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        self.exchange(method, path, &format!("{head}\r\n"), &[])
    }

    /// Sends a request, and checks that the answer matches the API document.
    #[track_caller]
    fn exchange(&self, method: &str, path: &str, head: &str, body: &[u8]) -> Answer {
        let answer = Answer::parse(&self.raw_bytes(&[head.as_bytes(), body].concat()));
        answer.check(method, path, body);
        answer
    }

    /// Sends raw bytes and reads until the server closes.
    pub(crate) fn raw(&self, request: &str) -> Vec<u8> {
        self.raw_bytes(request.as_bytes())
    }

    pub(crate) fn raw_bytes(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        // The command is sent when the future is created; the thread ends with the server.
        drop(self.handle.stop());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
