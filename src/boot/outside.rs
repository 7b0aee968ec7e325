//! What reaches addresses that users typed: an arbiter of its own, where no audio is, with the postman and the runner of custom
//! tools on it.

use std::sync::Arc;

use actix::{Actor, Arbiter, Recipient};
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::ledger::Ledger;
use cordboard_actors::messages::{RunCustomTool, TwilioLine};

use super::{StartError, blocking};
use crate::config::Config;
use crate::custom_tools::ToolRunner;
use crate::mail::Mailer;
use crate::outbox::{Messenger, OutboxSettings, Postman, PostmanHandle, TextNotices};
use crate::outside_accounts::{AccountsError, AccountsSettings, OutsideAccounts};
use crate::outside_http::OutsideHttp;
use crate::secret_box::SecretBox;
use crate::store::Store;
use crate::texts::TextSender;
use crate::web::Outside;

/// The parts that reach others.
pub(super) struct ReachingOut {
    /// For handlers.
    pub(super) outside: Outside,
    /// For calls.
    pub(super) custom_tools: Recipient<RunCustomTool>,
    /// Sends text messages, where there is an account for that.
    pub(super) texts: Option<TextSender>,
    postman: PostmanHandle,
    arbiter: Arbiter,
}

impl ReachingOut {
    /// Starts them. Reads the system's certificates.
    pub(super) async fn start(
        config: &Config,
        store: &Store,
        secrets: SecretBox,
        mailer: &Mailer,
        twilio: Option<&TwilioLine>,
    ) -> Result<Self, StartError> {
        let outbound = config.outbound.clone();
        let http = blocking(move || OutsideHttp::new(&outbound)).await?.map_err(StartError::Tls)?;
        let outside = Outside { http, secrets };
        let arbiter = Arbiter::new();
        let postman = Postman {
            store: store.clone(),
            http: outside.http.clone(),
            secrets: outside.secrets.clone(),
            mail: mailer.has_server().then(|| Arc::new(mailer.clone()) as Arc<dyn Messenger>),
            sms: twilio.map(|line| {
                let (store, line) = (store.clone(), line.clone());
                let caller_id = config.twilio.transfer_caller_id.clone();
                Arc::new(TextNotices { store, line, caller_id }) as Arc<dyn Messenger>
            }),
            settings: OutboxSettings::default(),
        };
        let postman = postman.start(&arbiter.handle());
        let runner = ToolRunner::new(store.clone(), outside.clone());
        let custom_tools = ToolRunner::start_in_arbiter(&arbiter.handle(), move |_| runner).recipient();
        let base = config.http.public_base_url.as_ref().map(|base| base.as_str());
        let texts = twilio.zip(base).map(|(line, base)| TextSender::new(store.clone(), line.clone(), base));
        if let Some(texts) = &texts
            && !arbiter.spawn(texts.clone().catch_up())
        {
            return Err(StartError::Task("the arbiter for what reaches outside has ended".to_owned()));
        }
        Ok(Self { outside, custom_tools, texts, postman, arbiter })
    }

    /// Starts who keeps the directory of organizations' accounts.
    pub(super) async fn accounts(
        &self,
        config: &Config,
        store: &Store,
        prompts: &Arc<SoundSet<Prompt>>,
        ledger: &Ledger,
    ) -> Result<OutsideAccounts, StartError> {
        let settings = AccountsSettings {
            config,
            store: store.clone(),
            outside: self.outside.clone(),
            prompts: Arc::clone(prompts),
            connections: ledger.provider_connections.clone(),
        };
        OutsideAccounts::start(settings, &self.arbiter.handle()).await.map_err(|error| match error {
            AccountsError::Store(error) => error.into(),
            AccountsError::NoArbiter => StartError::Task(error.to_string()),
        })
    }

    /// Ends them: what is being delivered may be finished for some seconds.
    pub(super) async fn stop(self) {
        self.postman.stop().await;
        self.arbiter.stop();
    }
}
