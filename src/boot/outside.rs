//! What reaches addresses that users typed: an arbiter of its own, where no audio is, with the postman and the runner of custom
//! tools on it.

use actix::{Actor, Arbiter, Recipient};
use cordboard_actors::messages::RunCustomTool;

use super::{StartError, blocking};
use crate::config::Config;
use crate::custom_tools::ToolRunner;
use crate::outbox::{OutboxSettings, Postman, PostmanHandle};
use crate::outside_http::OutsideHttp;
use crate::secret_box::SecretBox;
use crate::store::Store;
use crate::web::Outside;

/// The parts that reach others.
pub(super) struct ReachingOut {
    /// For handlers.
    pub(super) outside: Outside,
    /// For calls.
    pub(super) custom_tools: Recipient<RunCustomTool>,
    postman: PostmanHandle,
    arbiter: Arbiter,
}

impl ReachingOut {
    /// Starts them. Reads the system's certificates and the secret key.
    pub(super) async fn start(config: &Config, store: &Store) -> Result<Self, StartError> {
        let of_config = config.clone();
        let outside = blocking(move || {
            let secrets = SecretBox::open(&of_config)?;
            let http = OutsideHttp::new(&of_config.outbound).map_err(StartError::Tls)?;
            Ok::<_, StartError>(Outside { http, secrets })
        })
        .await??;
        let arbiter = Arbiter::new();
        let postman = Postman {
            store: store.clone(),
            http: outside.http.clone(),
            secrets: outside.secrets.clone(),
            mail: None,
            sms: None,
            settings: OutboxSettings::default(),
        };
        let postman = postman.start(&arbiter.handle());
        let runner = ToolRunner::new(store.clone(), outside.clone());
        let custom_tools = ToolRunner::start_in_arbiter(&arbiter.handle(), move |_| runner).recipient();
        Ok(Self { outside, custom_tools, postman, arbiter })
    }

    /// Ends them: what is being delivered may be finished for some seconds.
    pub(super) async fn stop(self) {
        self.postman.stop().await;
        self.arbiter.stop();
    }
}
