//! Serves one connection: actix's HTTP over any stream, together with our watch.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_http::HttpServiceBuilder;
use actix_http::error::{DispatchError, ParseError};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, map_config};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, web as app};
use cordboard_schema::limits::HTTP_IDLE_MS_MAX;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::connection::{Connection, Watched};
use super::entrance::Seat;
use crate::web::accounts::Accounts;
use crate::web::{WebSettings, WebState, routes};

/// How long a client may take for its half of closing a connection.
const GOODBYE: Duration = Duration::from_secs(1);

/// A failure that an operator should know of; clients that leave are not logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// A request can't be parsed.
    Request,
    /// Its answer can't be completed.
    Answer,
}

impl Broken {
    fn of(error: &DispatchError) -> Option<Self> {
        match error {
            DispatchError::Parse(ParseError::Io(_) | ParseError::Incomplete | ParseError::Timeout) => None,
            DispatchError::Parse(_) | DispatchError::InternalError => Some(Self::Request),
            DispatchError::Body(_) | DispatchError::Upgrade => Some(Self::Answer),
            _ => None,
        }
    }
}

/// State from which each thread builds its routes. Clones share it.
#[derive(Clone)]
pub(super) struct RouteState {
    settings: app::Data<WebSettings>,
    state: app::Data<WebState>,
    accounts: app::Data<Accounts>,
}

impl RouteState {
    pub(super) fn new(settings: WebSettings, state: WebState) -> Self {
        let operator = state.configuration.config.operator;
        let ended = state.talk.passes.ended_sign_ins().clone();
        let accounts = app::Data::new(Accounts::new(settings.secrets.clone(), operator, ended));
        Self { settings: app::Data::new(settings), state: app::Data::new(state), accounts }
    }

    /// Counts a failure of a connection.
    pub(super) fn note(&self, broken: Broken) {
        match broken {
            Broken::Request => self.state.unreadable.note(),
            Broken::Answer => self.state.torn.note(),
        }
    }

    /// Ends audio whose sign-in ends elsewhere, as long as the server runs.
    pub(super) async fn end_lost_audio(&self) {
        self.accounts.end_lost_audio(&self.state.store, &self.state.talk.passes).await;
    }

    /// Writes the rate-limited log lines, as long as the server runs.
    pub(super) async fn log_periodically(&self) {
        let unreadable = self.state.unreadable.each_minute(|requests| {
            tracing::warn!(
                requests,
                "bytes on the HTTP port could not be read as requests: they come from a program with another protocol, or from a stranger; at level \
                 debug the log has each with its address"
            );
        });
        let torn = self.state.torn.each_minute(|answers| {
            tracing::warn!(answers, "answers of the HTTP port were cut off; at level debug the log has each");
        });
        let (refused_dialplans, bad_signatures) = (&self.state.refused_dialplans, &self.state.bad_signatures);
        let _ = tokio::join!(
            unreadable,
            torn,
            refused_dialplans.log_periodically(),
            bad_signatures.log_periodically()
        );
    }

    /// The routes.
    pub(super) fn app(
        self,
    ) -> App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse,
            Error = Error,
            InitError = (),
        >,
    > {
        App::new()
            .app_data(self.settings)
            .app_data(self.state)
            .app_data(self.accounts)
            .configure(routes::configure)
    }
}

/// Service of these routes over streams of one kind. `None` if the routes can't be made, which is logged.
pub(super) async fn answering<IO, T>(app: App<T>) -> Option<impl Answering<IO>>
where
    IO: AsyncRead + AsyncWrite + Unpin + 'static,
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>
        + 'static,
{
    let app = app.into_factory().map_err(|error: Error| error.error_response());
    HttpServiceBuilder::default()
        .keep_alive(Duration::from_millis(HTTP_IDLE_MS_MAX))
        // The watch handles timeouts, also of further requests.
        .client_request_timeout(Duration::ZERO)
        .client_disconnect_timeout(GOODBYE)
        .on_connect_ext(|stream: &Watched<IO>, data| {
            data.insert(Rc::clone(&stream.connection));
        })
        .h1::<_, BoxBody>(map_config(app, |()| AppConfig::default()))
        .new_service(())
        .await
        .ok()
}

/// Answers requests over streams of one kind.
pub(super) trait Answering<IO>:
    Service<(Watched<IO>, Option<SocketAddr>), Response = (), Error = DispatchError>
{
}

impl<IO, S> Answering<IO> for S where
    S: Service<(Watched<IO>, Option<SocketAddr>), Response = (), Error = DispatchError>
{
}

/// Serves one connection until it ends or has to close.
pub(super) async fn serve<IO>(
    stream: IO,
    peer: SocketAddr,
    seat: Seat,
    answering: Rc<impl Answering<IO>>,
    stopping: watch::Receiver<bool>,
) -> Option<Broken> {
    let connection = Rc::new(Connection::opened(seat.place.clone()));
    let serving = async {
        poll_fn(|cx| answering.poll_ready(cx)).await?;
        answering.call((Watched::new(stream, Rc::clone(&connection)), Some(peer))).await
    };
    let mut broken = None;
    tokio::select! {
        biased;
        () = seat.place.cut.requested() => tracing::debug!(%peer, "an HTTP connection was closed to make room"),
        () = connection.watch(stopping) => {
            tracing::debug!(%peer, "an HTTP connection was dropped: it did not end in time, or the server is stopping");
        },
        ended = serving => {
            if let Err(error) = ended {
                broken = Broken::of(&error);
                tracing::debug!(%peer, %error, "an HTTP connection broke");
            }
        }
    }
    // The stream is only closed now: its file counts until then.
    drop(seat);
    broken
}
