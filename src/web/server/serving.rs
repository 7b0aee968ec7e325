//! One connection served: actix's HTTP over any stream, with our watch beside it.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_http::HttpServiceBuilder;
use actix_http::error::DispatchError;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, map_config};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, web as app};
use cordboard_schema::limits::HTTP_IDLE_MS_MAX;
use tokio::io::{AsyncRead, AsyncWrite};

use super::connection::{Connection, Watched};
use super::entrance::Seat;
use crate::web::accounts::Accounts;
use crate::web::{WebSettings, WebState, routes};

/// How long a client may take for its half of a connection's end.
const GOODBYE: Duration = Duration::from_secs(1);

/// What every thread makes its routes with. Clones share it.
#[derive(Clone)]
pub(super) struct House {
    settings: app::Data<WebSettings>,
    state: app::Data<WebState>,
    accounts: app::Data<Accounts>,
}

impl House {
    pub(super) fn new(settings: WebSettings, state: WebState) -> Self {
        let accounts = app::Data::new(Accounts::new(settings.secrets.clone()));
        Self { settings: app::Data::new(settings), state: app::Data::new(state), accounts }
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

/// What answers with these routes over streams of one kind. None where the routes can't be made, which is logged.
pub(super) async fn answering<IO, T>(app: App<T>) -> Option<impl Answering<IO>>
where
    IO: AsyncRead + AsyncWrite + Unpin + 'static,
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>
        + 'static,
{
    let app = app.into_factory().map_err(|error: Error| error.error_response());
    HttpServiceBuilder::default()
        .keep_alive(Duration::from_millis(HTTP_IDLE_MS_MAX))
        // The watch looks to that, on further requests too.
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

/// What answers requests over streams of one kind.
pub(super) trait Answering<IO>:
    Service<(Watched<IO>, Option<SocketAddr>), Response = (), Error = DispatchError>
{
}

impl<IO, S> Answering<IO> for S where
    S: Service<(Watched<IO>, Option<SocketAddr>), Response = (), Error = DispatchError>
{
}

/// Serves one connection until it ends or has to go.
pub(super) async fn serve<IO>(stream: IO, peer: SocketAddr, seat: Seat, answering: Rc<impl Answering<IO>>) {
    let connection = Rc::new(Connection::opened(seat.place.clone()));
    let serving = async {
        poll_fn(|cx| answering.poll_ready(cx)).await?;
        answering.call((Watched::new(stream, Rc::clone(&connection)), Some(peer))).await
    };
    tokio::select! {
        biased;
        () = seat.place.cut.told() => tracing::debug!(%peer, "an HTTP connection went for another"),
        () = connection.watch() => tracing::debug!(%peer, "an HTTP connection was dropped: it did not end in time"),
        ended = serving => {
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "an HTTP connection broke");
            }
        }
    }
    // Only now is the stream closed: its file counts until then.
    drop(seat);
}
