//! The HTTP server: health, the API under `/api/v1`, the control socket, a dialplan's two requests, the pages.
//!
//! It holds no state of calls: it asks the registry by messages and reads the store. No handler blocks its
//! worker.

#[expect(clippy::disallowed_methods, reason = "secrets")]
mod accounts;
mod api;
mod arrival;
mod arriving;
mod attempts;
mod audited;
mod bad_signatures;
mod body;
mod caller;
mod contact_posts;
mod detached;
mod dialler_calls;
mod embedding;
mod forecasts;
mod gate;
mod health;
mod ice_servers;
mod imports;
mod late_body;
mod leased_ports;
mod listenings;
mod live;
mod long_answers;
mod lost_access;
mod metrics;
mod minute_shares;
mod nearness;
mod once;
mod osdial;
mod outside;
mod page;
#[cfg(feature = "pages")]
mod pages;
mod placing;
mod problem;
mod profile_turns;
mod query;
mod refused_dialplans;
mod revision;
mod routes;
mod secure;
mod server;
mod session;
mod shares;
mod socket;
mod switch;
mod talk;
mod turns;
mod untrusted_proxies;
mod webhook;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix::{Addr, Message, Recipient};
use cordboard_actors::circuits::CircuitsActor;
use cordboard_actors::ledger::Ledger;
use cordboard_actors::line::{NoAnswer, PendingRequest};
use cordboard_actors::listening::PortView;
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::media::RecorderHandle;
use cordboard_actors::messages::{
    FloorChanged, RegistryLine, RouterLine, SwitchLine, ToRegistry, TwilioLine,
};
use cordboard_actors::meters::{Meters, SwitchMeter};
use cordboard_actors::rtc::RtcLine;
use cordboard_actors::web::AudioPasses;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    EXTRACTION_TRIALS_PER_MINUTE, HTTP_CHANGE_KNOWN_WAIT_MS, HTTP_REGISTRY_WAIT_MS, VOICE_PREVIEWS_PER_MINUTE,
};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::cache::SharedCache;
use crate::campaigns::CampaignLine;
use crate::certificate::Certificate;
use crate::config::{Config, Loaded, Secret};
use crate::database_hold::DatabaseHold;
use crate::mail::Mailer;
use crate::minute_counter::MinuteCounter;
use crate::osdial::Dialler;
use crate::outside_accounts::OutsideAccounts;
use crate::recordings::RecordingFiles;
use crate::replays::Replays;
use crate::secret_box::SecretBox;
use crate::store::Store;
pub use accounts::by_operator::{
    AddressChange, FactorReset, NewAccount, add_user, reset_second_factor, set_address, setup_token,
};
pub use api::openapi::documents;
use bad_signatures::BadSignatures;
use contact_posts::ContactPosts;
use forecasts::Forecasts;
use health::DatabaseChecks;
use imports::Imports;
pub use leased_ports::LeasedPorts;
use listenings::Listenings;
use live::LiveFeed;
use long_answers::LongAnswers;
use metrics::Figures;
use minute_shares::MinuteShares;
pub(crate) use nearness::is_here;
pub use outside::Outside;
use problem::ApiError;
use profile_turns::ProfileTurns;
use refused_dialplans::RefusedDialplans;
pub use routes::{audited_routes, paths, table};
pub use server::{ServerHandle, server};
use shares::WebShares;
pub use socket::Sockets;
use socket::WaitingRoom;
use switch::AskedSwitch;
use talk::TalkVisitors;
use turns::Turns;
use untrusted_proxies::UntrustedProxies;
pub(crate) use webhook::stored_reports::{FOLDER as WAITING_REPORTS, REPORT as WAITING_REPORT};
use webhook::twilio::TwilioServer;
use webhook::unsigned::UnsignedBodies;
use webhook::waiting_reports::WaitingReports;

/// Secrets for authentication.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// Opens the whole API.
    pub admin_token: Secret,
    /// Opens `/calls/expect` and `/calls/{uuid}/next`.
    pub dialplan_token: Secret,
    /// Secrets from which the keys of sign-ins are derived, and which seal second factors.
    pub secrets: SecretBox,
}

/// State of the handlers. Cheap to clone.
#[derive(Clone)]
pub struct WebState {
    registry: RegistryLine,
    router: RouterLine,
    campaigns: CampaignLine,
    store: Store,
    live: LiveFeed,
    ledger: Ledger,
    sockets: Sockets,
    browsers_waiting: WaitingRoom,
    streams_waiting: WaitingRoom,
    outside: Outside,
    outside_accounts: Option<OutsideAccounts>,
    circuits: Option<Addr<CircuitsActor>>,
    recordings: RecordingFiles,
    configuration: Arc<Loaded>,
    listening: Option<SocketAddr>,
    figures: Figures,
    /// Ports at which calls arrive.
    ports: Vec<PortView>,
    switches: Arc<[(String, AskedSwitch)]>,
    leased_ports: Option<LeasedPorts>,
    twilio: Option<TwilioServer>,
    mailer: Mailer,
    cache: SharedCache,
    certificate: Option<Arc<Certificate>>,
    twilio_calls: Option<TwilioLine>,
    /// Counts webhooks of the configured account at Twilio.
    twilio_meter: SwitchMeter,
    floor: Option<Recipient<FloorChanged>>,
    replays: Option<Replays>,
    dialler: Option<Dialler>,
    talk: TalkVisitors,
    webrtc: Option<RtcLine>,
    untrusted_proxies: UntrustedProxies,
    refused_dialplans: RefusedDialplans,
    bad_signatures: BadSignatures,
    /// Limits log lines about requests that could not be parsed.
    unreadable: MinuteCounter,
    /// Limits log lines about answers that were cut off.
    torn: MinuteCounter,
    shares: WebShares,
    listenings: Listenings,
    voice_previews: MinuteShares,
    long_answers: LongAnswers,
    extraction_trials: MinuteShares,
    forecasts: Forecasts,
    imports: Imports,
    filter_previews: Turns,
    hosted_agents: ProfileTurns,
    contact_posts: ContactPosts,
    unsigned_bodies: UnsignedBodies,
    waiting_reports: WaitingReports,
    database_checks: DatabaseChecks,
    /// Whether the database is ours.
    database: DatabaseHold,
}

impl WebState {
    /// Adds the router of its desks.
    #[must_use]
    pub fn with_router(self, router: RouterLine) -> Self {
        Self { router, ..self }
    }

    /// Adds the actor of campaigns.
    #[must_use]
    pub fn with_campaigns(self, campaigns: CampaignLine) -> Self {
        Self { campaigns, ..self }
    }

    /// The state of a server with this registry of calls and these recordings.
    pub fn new(registry: RegistryLine, store: Store, recordings: RecordingFiles, outside: Outside) -> Self {
        let shares = WebShares::for_first(store.organization_id());
        let imports = Imports::for_first(store.organization_id());
        Self {
            registry,
            // Until the router is added, nothing is known of agents.
            router: RouterLine::open().0,
            // Until the actor is added, campaigns don't run.
            campaigns: CampaignLine::open().0,
            live: LiveFeed::new(store.clone(), Config::default().costs.currency.as_str(), LiveCount::new()),
            sockets: Sockets::default(),
            browsers_waiting: WaitingRoom::of_browsers(None),
            streams_waiting: WaitingRoom::of_twilio(),
            store,
            ledger: Ledger::default(),
            outside,
            outside_accounts: None,
            circuits: None,
            recordings,
            configuration: Arc::default(),
            listening: None,
            figures: Figures::default(),
            ports: Vec::new(),
            switches: Arc::default(),
            leased_ports: None,
            certificate: None,
            twilio: None,
            mailer: Mailer::disabled(),
            cache: SharedCache::in_process(),
            twilio_calls: None,
            twilio_meter: SwitchMeter::default(),
            floor: None,
            replays: None,
            dialler: None,
            #[expect(clippy::disallowed_methods, reason = "a secret, where no other is set")]
            talk: TalkVisitors::new(AudioPasses::new(rand::random())),
            webrtc: None,
            untrusted_proxies: UntrustedProxies::default(),
            refused_dialplans: RefusedDialplans::default(),
            bad_signatures: BadSignatures::default(),
            unreadable: MinuteCounter::default(),
            torn: MinuteCounter::default(),
            shares,
            listenings: Listenings::default(),
            voice_previews: MinuteShares::of(VOICE_PREVIEWS_PER_MINUTE),
            long_answers: LongAnswers::default(),
            extraction_trials: MinuteShares::of(EXTRACTION_TRIALS_PER_MINUTE),
            forecasts: Forecasts::default(),
            imports,
            filter_previews: Turns::default(),
            hosted_agents: ProfileTurns::default(),
            contact_posts: ContactPosts::default(),
            unsigned_bodies: UnsignedBodies::default(),
            waiting_reports: WaitingReports::default(),
            database_checks: DatabaseChecks::default(),
            database: DatabaseHold::default(),
        }
    }

    /// Adds a port for calls: `/readyz` reports if it is not open, and `/metrics` counts its connections.
    #[must_use]
    pub fn with_port(mut self, port: PortView) -> Self {
        self.ports.push(port);
        self
    }

    /// Adds the sources of figures about calls and recordings, for `/metrics`.
    #[must_use]
    pub fn with_figures(mut self, meters: Meters, recorder: RecorderHandle) -> Self {
        self.figures = Figures { meters, recorder: Some(recorder), ..self.figures };
        self
    }

    /// Adds the figures of our connections to switches, by the switches' names, for `/metrics`.
    #[must_use]
    pub fn with_switch_figures(mut self, switches: Vec<(String, SwitchMeter)>) -> Self {
        self.figures.switches = switches.into();
        self
    }

    /// Adds the ledger of everything that is open.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Ledger) -> Self {
        self.ledger = ledger;
        self.live = self.live_feed();
        self
    }

    /// A live view without clients.
    fn live_feed(&self) -> LiveFeed {
        LiveFeed::new(self.store.clone(), self.currency(), self.ledger.live_views.clone())
    }

    /// Adds the configuration; without it, the defaults apply.
    #[must_use]
    pub fn with_configuration(mut self, configuration: Loaded) -> Self {
        self.twilio = TwilioServer::of(&configuration.config);
        self.browsers_waiting = WaitingRoom::of_browsers(configuration.config.http.trusted_proxies.clone());
        self.configuration = Arc::new(configuration);
        self.live = self.live_feed();
        self
    }

    /// Adds the address at which the pages listen; without it, the configuration's is used.
    #[must_use]
    pub fn with_listening(mut self, at: SocketAddr) -> Self {
        self.listening = Some(at);
        self
    }

    /// Address at which the server listens.
    fn listening(&self) -> SocketAddr {
        self.listening.unwrap_or(self.configuration.config.http.listen)
    }

    /// The address of the pages, without a trailing slash, for mailed links.
    fn base_url(&self) -> String {
        self.configuration.config.base_url(self.listening())
    }

    /// Adds the switches under control, by their names in `freeswitch.servers` and `asterisk.servers`.
    #[must_use]
    pub fn with_switches(mut self, switches: Vec<(String, SwitchLine)>) -> Self {
        self.switches = switches.into_iter().map(|(name, line)| (name, AskedSwitch::new(line))).collect();
        self
    }

    /// Adds the actor of calls at Twilio, which gets their states; the meter counts webhooks of the configured account.
    #[must_use]
    pub fn with_twilio_calls(mut self, line: TwilioLine, meter: SwitchMeter) -> Self {
        (self.twilio_calls, self.twilio_meter) = (Some(line), meter);
        self
    }

    /// Adds the router, which is notified when agents and queues change; without it, nothing is.
    #[must_use]
    pub fn with_floor(mut self, router: Recipient<FloorChanged>) -> Self {
        self.floor = Some(router);
        self
    }

    /// Notifies the router that agents, queues or users of the organization have changed, and waits until it knows. The rows are written: a router
    /// that is too busy finds them within seconds.
    async fn floor_changed(&self, organization_id: OrganizationId) {
        let Some(router) = &self.floor else { return };
        let wait = Duration::from_millis(HTTP_CHANGE_KNOWN_WAIT_MS);
        if !matches!(timeout(wait, router.send(FloorChanged { organization_id })).await, Ok(Ok(()))) {
            tracing::debug!("a change is not known to the floor yet");
        }
    }

    /// Adds the replays; without them, calls can't be replayed.
    #[must_use]
    pub fn with_replays(mut self, replays: Replays) -> Self {
        self.replays = Some(replays);
        self
    }

    /// Adds the passes for browser audio; without them, no `resume` is valid after a restart.
    #[must_use]
    pub fn with_audio_passes(mut self, passes: AudioPasses) -> Self {
        self.talk = TalkVisitors::new(passes);
        self
    }

    /// Adds the WebRTC port; without it, browsers only use `/ws/audio`.
    #[must_use]
    pub fn with_webrtc(mut self, line: RtcLine) -> Self {
        self.webrtc = Some(line);
        self
    }

    /// Adds the ports that can be leased; without them, there are none.
    #[must_use]
    pub fn with_leased_ports(mut self, ports: LeasedPorts) -> Self {
        self.leased_ports = Some(ports);
        self
    }

    /// Adds the accounts of organizations that calls use; without them, calls use none.
    #[must_use]
    pub fn with_outside_accounts(mut self, accounts: OutsideAccounts) -> Self {
        self.outside_accounts = Some(accounts);
        self
    }

    /// Adds the circuits of voices; without them, all voices count as usable.
    #[must_use]
    pub fn with_circuits(mut self, circuits: Addr<CircuitsActor>) -> Self {
        self.circuits = Some(circuits);
        self
    }

    /// Adds the mailer; without it, no mail is sent.
    #[must_use]
    pub fn with_mailer(mut self, mailer: Mailer) -> Self {
        self.mailer = mailer;
        self
    }

    /// Adds the hold on the database, which another server may take.
    #[must_use]
    pub fn with_database_hold(self, database: DatabaseHold) -> Self {
        Self { database, ..self }
    }

    /// Adds a certificate: HTTP is then served over TLS only.
    #[must_use]
    pub fn with_certificate(self, certificate: Arc<Certificate>) -> Self {
        Self { certificate: Some(certificate), ..self }
    }

    /// Adds the cache of calls' profiles; without it, an empty one is used.
    #[must_use]
    pub fn with_cache(mut self, cache: SharedCache) -> Self {
        self.cache = cache;
        self
    }

    /// The cache.
    fn cache(&self) -> &SharedCache {
        &self.cache
    }

    /// Finishes what an earlier process left to be done for calls that are over, and looks for messages of callers that were not reported, and for
    /// text messages that no webhook has brought. Sets `texts_looked` once it has looked for those for the first time, or drops it if nobody brings any.
    pub async fn catch_up(self, texts_looked: watch::Sender<bool>) {
        let has_twilio = self.twilio_calls.is_some() || self.outside_accounts.is_some();
        let state = &self;
        let texts = async move {
            if has_twilio {
                match webhook::twilio::missed_texts::fetch(state, &texts_looked).await {}
            }
        };
        let calls = async {
            webhook::elevenlabs::catch_up(&self).await;
            webhook::twilio::recording::catch_up(self.clone()).await;
            if has_twilio {
                match webhook::twilio::unreported::ask_about_messages(self.clone()).await {}
            }
        };
        tokio::join!(texts, calls);
    }

    /// The open WebSockets, to be closed when the server stops.
    pub fn sockets(&self) -> Sockets {
        self.sockets.clone()
    }

    /// The switches under control, by name.
    fn switches(&self) -> &[(String, AskedSwitch)] {
        &self.switches
    }

    /// The currency of all costs.
    fn currency(&self) -> &str {
        self.configuration.config.costs.currency.as_str()
    }

    /// Sends the registry a request and waits for the answer for a limited time.
    async fn ask<M>(&self, request: M) -> Result<M::Result, ApiError>
    where
        M: Message<Result: Send>,
        ToRegistry: From<PendingRequest<M>>,
    {
        self.answer_to(request).await.map_err(Unanswered::of_request)
    }

    /// Sends the registry a request and waits for the answer, however late it comes. For work that goes on without its client.
    async fn ask_without_timeout<M>(&self, request: M) -> Result<M::Result, ApiError>
    where
        M: Message<Result: Send>,
        ToRegistry: From<PendingRequest<M>>,
    {
        self.registry.ask(request).await.map_err(|why| Unanswered::from(why).of_request())
    }

    /// Sends the registry a command to a live call, and waits as [`Self::ask`] does. Without an answer it is unknown whether the command is carried
    /// out, unless it could not be sent.
    async fn command<M>(&self, command: M) -> Result<M::Result, ApiError>
    where
        M: Message<Result: Send>,
        ToRegistry: From<PendingRequest<M>>,
    {
        self.answer_to(command).await.map_err(Unanswered::of_command)
    }

    async fn answer_to<M>(&self, request: M) -> Result<M::Result, Unanswered>
    where
        M: Message<Result: Send>,
        ToRegistry: From<PendingRequest<M>>,
    {
        let wait = Duration::from_millis(HTTP_REGISTRY_WAIT_MS);
        match tokio::time::timeout(wait, self.registry.ask(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(why)) => Err(why.into()),
            Err(_) => Err(Unanswered::Late),
        }
    }
}

/// Why the registry has not answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Unanswered {
    /// It did not get the request.
    #[error("the server is going down")]
    Ended,
    /// It died while it had the request.
    #[error("the registry failed at this request")]
    Failed,
    /// It still has the request, and may answer it later.
    #[error("the registry did not answer in time")]
    Late,
}

impl From<NoAnswer> for Unanswered {
    fn from(why: NoAnswer) -> Self {
        match why {
            NoAnswer::Ended => Self::Ended,
            NoAnswer::Failed => Self::Failed,
        }
    }
}

impl Unanswered {
    /// The error for the client whose request has no answer.
    fn of_request(self) -> ApiError {
        ApiError::Unavailable(self.to_string())
    }

    /// The error for the client whose command has no answer.
    fn of_command(self) -> ApiError {
        match self {
            Self::Ended => ApiError::Unavailable(self.to_string()),
            Self::Failed | Self::Late => ApiError::CommandUnknown(self.to_string()),
        }
    }
}
