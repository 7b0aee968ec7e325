//! How HTTP is served: by workers with threads of their own, or on the current thread where everything is.

use std::io;
use std::net::TcpListener;

use actix_web::dev::ServerHandle;
use cordboard_actors::threads::Threads;

use crate::web::{self, InLineHandle, WebSettings, WebState};

/// Stops the server.
pub(super) enum Serving {
    OnCores(ServerHandle),
    InLine(InLineHandle),
}

impl Serving {
    /// Starts the server on `listener`.
    pub(super) async fn start(
        listener: TcpListener,
        settings: WebSettings,
        state: WebState,
    ) -> io::Result<Self> {
        match Threads::here() {
            Threads::OnCores => {
                let server = web::server(listener, settings, state)?;
                let handle = server.handle();
                actix::spawn(server);
                Ok(Self::OnCores(handle))
            }
            Threads::InLine => web::serve_in_line(listener, settings, state).await.map(Self::InLine),
        }
    }

    /// Closes the port and all connections, and waits until they are.
    pub(super) async fn stop(self) {
        match self {
            Self::OnCores(server) => server.stop(false).await,
            Self::InLine(server) => server.stop().await,
        }
    }
}
