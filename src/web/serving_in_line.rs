//! HTTP without threads of its own: the routes are served by tasks of the thread that starts it, whose clock a test can pause.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory as _, Service as _, ServiceFactory as _, map_config};
use actix_web::dev::AppConfig;
use actix_web::{App, web as app};
use cordboard_schema::limits::{HTTP_IDLE_MS_MAX, HTTP_REQUEST_MS_MAX};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet, spawn_local};

use super::accounts::Accounts;
use super::{WebSettings, WebState, routes, set_up};

/// Stops the server.
#[derive(Debug)]
pub struct InLineHandle {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl InLineHandle {
    /// Closes the port and all connections.
    pub async fn stop(self) {
        // Ended already is as good.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

/// Starts the server on `listener`, as a task of the current `LocalSet`.
///
/// # Errors
/// The runtime can't have the listener, or the routes can't be made.
pub async fn serve_in_line(
    listener: TcpListener,
    settings: WebSettings,
    state: WebState,
) -> io::Result<InLineHandle> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let accounts = Accounts::new(settings.secrets.clone());
    let routes = App::new()
        .app_data(app::Data::new(settings))
        .app_data(app::Data::new(state))
        .app_data(app::Data::new(accounts))
        .configure(routes::configure);
    let answering = HttpService::build()
        .keep_alive(Duration::from_millis(HTTP_IDLE_MS_MAX))
        .client_request_timeout(Duration::from_millis(HTTP_REQUEST_MS_MAX))
        .client_disconnect_timeout(Duration::from_secs(1))
        .local_addr(address)
        .finish(map_config(routes.into_factory(), |()| AppConfig::default()))
        .new_service(())
        .await
        .map_err(|()| io::Error::other("the routes can't be made"))?;
    let answering = Rc::new(answering);
    let (stop, mut stopping) = oneshot::channel();
    let task = spawn_local(async move {
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                _ = &mut stopping => break,
                Some(_) = connections.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, peer)) = accepted else { continue };
            set_up(&stream);
            let answering = Rc::clone(&answering);
            connections.spawn_local(async move {
                if let Err(error) = answering.call((stream, Protocol::Http1, Some(peer))).await {
                    tracing::debug!(%peer, %error, "an HTTP connection broke");
                }
            });
        }
        connections.shutdown().await;
    });
    Ok(InLineHandle { stop, task })
}
