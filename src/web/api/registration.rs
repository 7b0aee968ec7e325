//! `/api/v1/auth/registration`: what the pages need to know before anybody is signed in.

use actix_web::web;
use cordboard_schema::limits::PASSWORD_CHARS_MIN;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Registration;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::problem::ApiError;

/// Available ways to sign in and to register.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationView {
    /// Who may register.
    registration: Registration,
    /// Whether the installation's organization has an owner. Until then the setup token makes its owner, and the admin token opens the pages.
    has_owner: bool,
    /// Whether there are users who sign in by e-mail.
    has_users: bool,
    /// The minimum length of a password in characters.
    password_chars_min: usize,
}

impl RegistrationView {
    /// Reads the state of the registration.
    pub(in crate::web) async fn of(state: &WebState) -> Result<Self, ApiError> {
        let first = state.store.organization_id();
        let read = move |connection: &mut Connection| {
            Ok((query::count_owners(connection, first)? > 0, query::has_users(connection)?))
        };
        let (has_owner, has_users) = state.store.reads().run_for_stranger(read).await?;
        let registration = state.configuration.config.registration;
        Ok(Self { registration, has_owner, has_users, password_chars_min: PASSWORD_CHARS_MIN })
    }

    /// Whether the setup token makes an owner.
    #[cfg(feature = "pages")]
    pub(in crate::web) fn accepts_setup_token(self) -> bool {
        self.registration != Registration::Closed && !self.has_owner
    }

    /// Whether the only thing to do is to make the first owner.
    #[cfg(feature = "pages")]
    pub(in crate::web) fn is_first_start(self) -> bool {
        self.accepts_setup_token() && !self.has_users
    }
}

/// Shows who can register here, and whether there are users already.
#[utoipa::path(
    get,
    operation_id = "show_registration",
    path = "/api/v1/auth/registration",
    tag = "accounts",
    security(()),
    responses(
        (status = 200, description = "The ways to sign in and to register", body = RegistrationView),
        (status = 503, description = "The database does not answer at the moment"),
    )
)]
pub(crate) async fn show(state: web::Data<WebState>) -> Result<web::Json<RegistrationView>, ApiError> {
    Ok(web::Json(RegistrationView::of(&state).await?))
}
