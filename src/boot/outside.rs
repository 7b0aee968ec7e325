//! Work that connects to addresses that users entered: a separate arbiter without audio, with the postman and the runner of custom tools.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ArbiterHandle, Recipient};
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::lasting;
use cordboard_actors::ledger::Ledger;
use cordboard_actors::messages::RunCustomTool;
use cordboard_actors::threads::{Place, Threads};
use cordboard_actors::twilio::ConfiguredTwilio;
use cordboard_schema::dial::DialPolicy;
use tokio::sync::{mpsc, oneshot, watch};

use super::left_recordings::UnknownRecordings;
use super::{StartError, blocking};
use crate::alarms::AlarmRaiser;
use crate::cache::SharedCache;
use crate::call_sessions;
use crate::campaigns::{CampaignMailbox, CampaignRunner, HourFiller, ListFilterer};
use crate::config::Config;
use crate::counting::keep_counting;
use crate::custom_tools::ToolRunner;
use crate::customer_erasure::CustomerEraser;
use crate::customer_profiles::Written;
use crate::database_hold::DatabaseHold;
use crate::extraction::Extractor;
use crate::mail::{CourierHandle, Mailer};
use crate::organization_deletion::OrganizationDeleter;
use crate::osdial::Dialler;
use crate::outbox::{Messenger, OutboxSettings, Postman, PostmanHandle, TextNotices};
use crate::outside_accounts::{AccountsError, AccountsSettings, OutsideAccounts, OwnTwilio};
use crate::outside_http::OutsideHttp;
use crate::recordings::RecordingFiles;
use crate::report_mails::Reporter;
use crate::retention::RetentionKeeper;
use crate::scorecards::ScorecardFiller;
use crate::secret_box::SecretBox;
use crate::store::Store;
use crate::texts::{TextAccount, TextAccounts, TextSender};
use crate::unusual_figures::FigureWatch;
use crate::warehouse::Exporter;
use crate::web::Outside;

/// The parts that connect to other services.
pub(super) struct ReachingOut {
    /// For handlers.
    pub(super) outside: Outside,
    /// For calls.
    pub(super) custom_tools: Recipient<RunCustomTool>,
    /// Sends text messages, if accounts can get the address at which this server is reached.
    pub(super) texts: Option<TextSender>,
    /// The account that sends an organization's text messages.
    pub(super) text_accounts: TextAccounts,
    /// Organizations' own accounts.
    pub(super) accounts: OutsideAccounts,
    /// The dialler, if there is one.
    pub(super) dialler: Option<Dialler>,
    /// Some work is done only by the server that has the database.
    database: DatabaseHold,
    postman: PostmanHandle,
    /// Sends mails with a link; none if there is no mail server.
    courier: Option<CourierHandle>,
    arbiter: Place,
    /// Dropping these stops the counter of figures, the mailer of reports and so on.
    work_stops: Vec<oneshot::Sender<()>>,
}

impl ReachingOut {
    /// Starts them. Reads the system's certificates.
    pub(super) async fn start(
        config: &Config,
        (store, database): (&Store, DatabaseHold),
        secrets: SecretBox,
        mailer: &Mailer,
        twilio: Option<&ConfiguredTwilio>,
        (prompts, ledger): (&Arc<SoundSet<Prompt>>, &Ledger),
    ) -> Result<Self, StartError> {
        let outbound = config.outbound.clone();
        let http = blocking(move || OutsideHttp::new(&outbound)).await?.map_err(StartError::Tls)?;
        let outside = Outside::new(http, secrets);
        let arbiter = Threads::here().place();
        let accounts = AccountsSettings {
            config,
            store: store.clone(),
            outside: outside.clone(),
            prompts: Arc::clone(prompts),
            connections: ledger.provider_connections.clone(),
        };
        let accounts = OutsideAccounts::start(accounts, &arbiter.handle()).await;
        let accounts = accounts.map_err(|error| match error {
            AccountsError::Store(error) => error.into(),
            AccountsError::NoArbiter => StartError::Task(error.to_string()),
        })?;
        let dialler = super::osdial::start(config, store, &arbiter.handle()).await?;
        let text_accounts = text_accounts(twilio, &accounts, config.dial_policy.policy());
        let base = config.http.public_base_url.as_ref().map(|base| base.trimmed());
        let texts = base.map(|base| TextSender::new(store.clone(), Arc::clone(&text_accounts), base));
        let postman = Postman {
            store: store.clone(),
            http: outside.http.clone(),
            secrets: outside.secrets.clone(),
            mail: mailer.has_server().then(|| Arc::new(mailer.clone()) as Arc<dyn Messenger>),
            sms: texts.clone().map(|sender| Arc::new(TextNotices { sender }) as Arc<dyn Messenger>),
            dialler: dialler.clone(),
            settings: OutboxSettings::default(),
        };
        let postman = postman.start(&arbiter.handle());
        let courier = mailer.start_courier(store.clone(), &arbiter.handle());
        let runner = ToolRunner::new(store.clone(), outside.clone()).with_dialler(dialler.clone());
        let custom_tools = ToolRunner::start_in_arbiter(&arbiter.handle(), move |_| runner).recipient();
        let mut started = Self {
            outside,
            custom_tools,
            texts,
            text_accounts,
            accounts,
            dialler,
            database,
            postman,
            courier,
            arbiter,
            work_stops: Vec::new(),
        };
        let store = store.clone();
        started.keep_at("counting of figures", async move || keep_counting(store.clone()).await)?;
        Ok(started)
    }

    /// Sends text messages that wait. Those that an earlier server has left wait until the missed STOPs are known.
    pub(super) fn send_waiting_texts(
        &mut self,
        stops_known: watch::Receiver<bool>,
    ) -> Result<(), StartError> {
        let Some(texts) = self.texts.clone() else { return Ok(()) };
        let (stop, stopping) = oneshot::channel();
        if !texts.keep_sending(&self.arbiter.handle(), stops_known, stopping) {
            return Err(no_arbiter());
        }
        self.work_stops.push(stop);
        Ok(())
    }

    /// Keeps sessions of live calls in the cache, with the profiles that are reported.
    pub(super) fn keep_sessions(
        &mut self,
        store: &Store,
        cache: &SharedCache,
        session_ttl: Duration,
        mut written: mpsc::Receiver<Written>,
    ) -> Result<(), StartError> {
        let (store, cache) = (store.clone(), cache.clone());
        self.keep_at("sessions of calls in the cache", async move || {
            call_sessions::keep(store.clone(), cache.clone(), session_ttl, &mut written).await;
        })
    }

    /// Mails weekly reports, with links to pages at this address.
    pub(super) fn mail_reports(&mut self, reporter: Reporter) -> Result<(), StartError> {
        self.keep_at("mailing of reports", async move || reporter.clone().run().await)
    }

    /// Notifies people of figures that differ from the usual ones.
    pub(super) fn watch_figures(&mut self, watch: FigureWatch) -> Result<(), StartError> {
        self.keep_at("comparison of figures", async move || watch.clone().run().await)
    }

    /// Writes calls for a warehouse, if configured.
    pub(super) fn export_calls(&mut self, exporter: Option<Exporter>) -> Result<(), StartError> {
        exporter.map_or(Ok(()), |exporter| {
            self.keep_at("warehouse export", async move || exporter.clone().run().await)
        })
    }

    /// Follows the calls that a dialler has given us, if there is one.
    pub(super) fn follow_dialler(&mut self, store: &Store) -> Result<(), StartError> {
        let Some(dialler) = self.dialler.clone() else { return Ok(()) };
        let store = store.clone();
        self.keep_at("the dialler's calls", async move || {
            crate::osdial::follow(dialler.clone(), store.clone()).await;
        })
    }

    /// Raises alarms of live calls.
    pub(super) fn raise_alarms(&mut self, raiser: AlarmRaiser) -> Result<(), StartError> {
        self.keep_at("alarms", async move || raiser.clone().run().await)
    }

    /// Runs campaigns, including the calls that agents request.
    pub(super) fn run_campaigns(
        &mut self,
        runner: CampaignRunner,
        mut asked: CampaignMailbox,
    ) -> Result<(), StartError> {
        self.keep_at("campaigns", async move || runner.clone().run(&mut asked).await)
    }

    /// Applies the filters of campaigns to their lists.
    pub(super) fn filter_lists(&mut self, filterer: ListFilterer) -> Result<(), StartError> {
        self.keep_at("filters of campaigns", async move || filterer.clone().run().await)
    }

    /// Sums calls of campaigns of an earlier version by hour.
    pub(super) fn fill_hours(&mut self, filler: HourFiller) -> Result<(), StartError> {
        self.keep_at("sums of campaigns by hour", async move || filler.clone().run().await)
    }

    /// Finds out what calls were about.
    pub(super) fn extract(&mut self, extractor: Extractor) -> Result<(), StartError> {
        self.keep_unless_taken("extraction", async move || extractor.clone().run().await)
    }

    /// Lets the judge model fill in scorecards.
    pub(super) fn fill_in_scorecards(&mut self, filler: ScorecardFiller) -> Result<(), StartError> {
        self.keep_unless_taken("scorecards", async move || filler.clone().run().await)
    }

    /// Deletes data of organizations whose retention time is over.
    pub(super) fn keep_retention(&mut self, keeper: RetentionKeeper) -> Result<(), StartError> {
        self.keep_unless_taken("retention", async move || keeper.clone().run().await)
    }

    /// Deletes organizations that the operator has given up.
    pub(super) fn delete_organizations(
        &mut self,
        store: &Store,
        files: &RecordingFiles,
    ) -> Result<(), StartError> {
        let deleter = OrganizationDeleter {
            store: store.clone(),
            files: files.clone(),
            accounts: Some(self.accounts.clone()),
        };
        self.keep_unless_taken("deletion of organizations", async move || deleter.clone().run().await)
    }

    /// Erases everything about customers for whom that was requested.
    pub(super) fn erase_customers(&mut self, eraser: CustomerEraser) -> Result<(), StartError> {
        self.keep_unless_taken("erasure of customers", async move || eraser.clone().run().await)
    }

    /// Deletes recordings that a killed process has left and that no call has, if there are any.
    pub(super) fn delete_recordings(
        &mut self,
        store: &Store,
        unknown: UnknownRecordings,
    ) -> Result<(), StartError> {
        if unknown.is_empty() {
            return Ok(());
        }
        let store = store.clone();
        self.keep_at("deletion of unknown recordings", async move || {
            unknown.clone().delete_later(store.clone()).await;
        })
    }

    /// Starts work that only the server of a database may do: it rests while another one has it.
    fn keep_unless_taken(
        &mut self,
        job: &'static str,
        work: impl AsyncFnMut() + Send + 'static,
    ) -> Result<(), StartError> {
        let database = self.database.clone();
        self.keep(async move || database.unless_taken(job, work).await)
    }

    /// Starts work on the arbiter. It is dropped when the server ends, and restarted if it panics.
    fn keep_at(
        &mut self,
        job: &'static str,
        work: impl AsyncFnMut() + Send + 'static,
    ) -> Result<(), StartError> {
        self.keep(async move || lasting::last(job, work).await)
    }

    /// Starts work on the arbiter, until the server ends.
    fn keep(&mut self, work: impl AsyncFnOnce() + Send + 'static) -> Result<(), StartError> {
        let (stop, stopping) = oneshot::channel::<()>();
        let is_there = self.arbiter.handle().spawn_fn(move || {
            actix::spawn(async move {
                tokio::select! {
                    biased;
                    // Never sent, only dropped.
                    _ = stopping => {}
                    () = work() => {}
                }
            });
        });
        if !is_there {
            return Err(no_arbiter());
        }
        self.work_stops.push(stop);
        Ok(())
    }

    /// The arbiter on which they run.
    pub(super) fn arbiter(&self) -> ArbiterHandle {
        self.arbiter.handle()
    }

    /// Ends them. Deliveries and mails under way may finish for some seconds.
    pub(super) async fn stop(self) {
        let Self { postman, courier, arbiter, work_stops, .. } = self;
        drop(work_stops);
        let courier = async {
            if let Some(courier) = courier {
                courier.stop().await;
            }
        };
        tokio::join!(postman.stop(), courier);
        arbiter.stop();
    }
}

/// An organization's text messages use its own account, if it has one, otherwise the configuration's, if there is one.
fn text_accounts(
    twilio: Option<&ConfiguredTwilio>,
    accounts: &OutsideAccounts,
    policy: DialPolicy,
) -> TextAccounts {
    let configured = twilio
        .map(|twilio| TextAccount::new(twilio.line.clone(), twilio.caller_id.as_ref(), None, policy.clone()));
    let accounts = accounts.clone();
    Arc::new(move |organization_id| match accounts.twilio(organization_id) {
        OwnTwilio::Configured => configured.clone(),
        OwnTwilio::Own(own) => {
            let sid = Some(own.sid.clone());
            Some(TextAccount::new(own.line.clone(), own.caller_id.as_ref(), sid, policy.clone()))
        }
        OwnTwilio::Unusable => None,
    })
}

fn no_arbiter() -> StartError {
    StartError::Task("the arbiter for outside connections has ended".to_owned())
}
