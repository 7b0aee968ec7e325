//! Rows of accounts. Their secrets are hashed or sealed before they are put into a row.

use chrono::NaiveDateTime;
use cordboard_schema::account::{ApiToken, EmailAddress, Invitation, PageLanguage, User};
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::time::UnixMs;
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, from_word, json, naive, parsed, unix, word};
use crate::tables::{api_tokens, invitations, login_sessions, mails, password_resets, users};

/// A user, with their credentials.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub struct UserRow {
    /// UUID v7.
    pub id: String,
    /// The organization that they belong to.
    pub organization_id: String,
    /// In lower case; unique on the server.
    pub email: String,
    /// Display name.
    pub name: String,
    /// A `Role`.
    pub role: String,
    /// A `UserStatus`.
    pub status: String,
    /// Argon2id, in the PHC string format.
    pub password_hash: String,
    /// Sealed; none without a second factor.
    pub totp_secret: Option<String>,
    /// Sealed secret that was offered and is not confirmed yet.
    pub totp_pending: Option<String>,
    /// The newest step of 30 s whose code was used: no code is accepted twice.
    pub totp_step: i64,
    /// JSON array of the SHA-256 hashes of unused codes.
    pub recovery_codes: String,
    /// When they became a user.
    pub created_at: NaiveDateTime,
    /// When they last signed in.
    pub last_sign_in_at: Option<NaiveDateTime>,
    /// A `PageLanguage`; none if they have not chosen one.
    pub language: Option<String>,
}

impl UserRow {
    /// Returns the row of a new user without a second factor.
    pub fn new(user: &User, password_hash: String) -> Result<Self, BadRow> {
        Ok(Self {
            id: user.id.to_string(),
            organization_id: user.organization_id.to_string(),
            email: user.email.to_string(),
            name: user.name.clone(),
            role: word("users.role", &user.role)?,
            status: word("users.status", &user.status)?,
            password_hash,
            totp_secret: None,
            totp_pending: None,
            totp_step: 0,
            recovery_codes: "[]".to_owned(),
            created_at: naive(user.created_at),
            last_sign_in_at: user.last_sign_in_at.map(naive),
            language: None,
        })
    }

    /// Returns the language that they have chosen for the pages. A language that this version does not know counts as none, so
    /// that the user can still sign in.
    pub fn language(&self) -> Option<PageLanguage> {
        self.language.clone().and_then(|language| from_word("users.language", language).ok())
    }

    /// Returns the column's value for a language of the pages.
    pub fn language_word(language: PageLanguage) -> Result<String, BadRow> {
        word("users.language", &language)
    }

    /// Returns the user.
    pub fn user(&self) -> Result<User, BadRow> {
        Ok(User {
            id: parsed("users.id", &self.id)?,
            organization_id: parsed("users.organization_id", &self.organization_id)?,
            email: EmailAddress::parse(&self.email).map_err(|fault| BadRow::new("users.email", fault))?,
            name: self.name.clone(),
            role: from_word("users.role", self.role.clone())?,
            status: from_word("users.status", self.status.clone())?,
            has_totp: self.totp_secret.is_some(),
            created_at: unix(self.created_at),
            last_sign_in_at: self.last_sign_in_at.map(unix),
        })
    }

    /// Returns the hashes of the unused recovery codes.
    pub fn recovery_codes(&self) -> Result<Vec<String>, BadRow> {
        from_json("users.recovery_codes", &self.recovery_codes)
    }
}

/// A sign-in: a family of refresh tokens, or a page's cookie.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = login_sessions)]
pub struct LoginSessionRow {
    /// UUID v7.
    pub id: String,
    /// The organization.
    pub organization_id: String,
    /// The user who signed in; none for the admin token on a page.
    pub user_id: Option<String>,
    /// `page` or `program`.
    pub kind: String,
    /// SHA-256 of the cookie's secret, or of the newest refresh token's.
    pub secret_hash: String,
    /// SHA-256 of the previous refresh token's secret, which the newest has replaced.
    pub previous_hash: Option<String>,
    /// When it began.
    pub created_at: NaiveDateTime,
    /// When it was last used.
    pub used_at: NaiveDateTime,
    /// When it expires.
    pub expires_at: NaiveDateTime,
    /// The client's address when it began.
    pub address: Option<String>,
    /// The client's user agent.
    pub user_agent: Option<String>,
}

impl LoginSessionRow {
    /// Returns its organization.
    pub fn organization(&self) -> Result<OrganizationId, BadRow> {
        parsed("login_sessions.organization_id", &self.organization_id)
    }

    /// Returns its user.
    pub fn user(&self) -> Result<Option<UserId>, BadRow> {
        self.user_id.as_deref().map(|id| parsed("login_sessions.user_id", id)).transpose()
    }

    /// Returns when it expires.
    pub fn expires(&self) -> UnixMs {
        unix(self.expires_at)
    }
}

/// An API token.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_tokens)]
pub struct ApiTokenRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// Display name.
    pub name: String,
    /// First characters of the token.
    pub prefix: String,
    /// SHA-256 of the token, as hex.
    pub token_hash: String,
    /// JSON array of permissions.
    pub scopes: String,
    /// The user who made it.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// When it expires.
    pub expires_at: Option<NaiveDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<NaiveDateTime>,
}

impl ApiTokenRow {
    /// Returns the row of a new token.
    pub fn new(token: &ApiToken, token_hash: String) -> Result<Self, BadRow> {
        Ok(Self {
            id: token.id.to_string(),
            organization_id: token.organization_id.to_string(),
            name: token.name.clone(),
            prefix: token.prefix.clone(),
            token_hash,
            scopes: json("api_tokens.scopes", &token.scopes)?,
            created_by: token.created_by.map(|id| id.to_string()),
            created_at: naive(token.created_at),
            expires_at: token.expires_at.map(naive),
            last_used_at: token.last_used_at.map(naive),
        })
    }

    /// Returns the token.
    pub fn into_token(self) -> Result<ApiToken, BadRow> {
        Ok(ApiToken {
            id: parsed("api_tokens.id", &self.id)?,
            organization_id: parsed("api_tokens.organization_id", &self.organization_id)?,
            name: self.name,
            prefix: self.prefix,
            scopes: from_json("api_tokens.scopes", &self.scopes)?,
            created_by: self.created_by.map(|id| parsed("api_tokens.created_by", &id)).transpose()?,
            created_at: unix(self.created_at),
            expires_at: self.expires_at.map(unix),
            last_used_at: self.last_used_at.map(unix),
        })
    }
}

/// An invitation.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations)]
pub struct InvitationRow {
    /// UUID v7.
    pub id: String,
    /// The organization that it leads to.
    pub organization_id: String,
    /// The invited person's address; none for a setup token.
    pub email: Option<String>,
    /// A `Role`.
    pub role: String,
    /// SHA-256 of its token, as hex.
    pub token_hash: String,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// Until when it is valid.
    pub expires_at: NaiveDateTime,
}

impl InvitationRow {
    /// Returns the row of a new invitation.
    pub fn new(invitation: &Invitation, token_hash: String) -> Result<Self, BadRow> {
        Ok(Self {
            id: invitation.id.to_string(),
            organization_id: invitation.organization_id.to_string(),
            email: invitation.email.as_ref().map(ToString::to_string),
            role: word("invitations.role", &invitation.role)?,
            token_hash,
            created_at: naive(invitation.created_at),
            expires_at: naive(invitation.expires_at),
        })
    }

    /// Returns the invitation.
    pub fn into_invitation(self) -> Result<Invitation, BadRow> {
        let email = |text: String| {
            EmailAddress::parse(&text).map_err(|fault| BadRow::new("invitations.email", fault))
        };
        Ok(Invitation {
            id: parsed("invitations.id", &self.id)?,
            organization_id: parsed("invitations.organization_id", &self.organization_id)?,
            email: self.email.map(email).transpose()?,
            role: from_word("invitations.role", self.role)?,
            created_at: unix(self.created_at),
            expires_at: unix(self.expires_at),
        })
    }
}

/// A link to set a new password, or to confirm a new e-mail address.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = password_resets)]
pub struct PasswordResetRow {
    /// SHA-256 of its token, as hex; after a word for its kind if it is not for a password.
    pub token_hash: String,
    /// The user's organization.
    pub organization_id: String,
    /// The user whose password or address it is.
    pub user_id: String,
    /// When it was requested.
    pub created_at: NaiveDateTime,
    /// Until when it is valid.
    pub expires_at: NaiveDateTime,
}

/// A mail that waits to be sent.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = mails)]
pub struct MailRow {
    /// UUID v7.
    pub id: String,
    /// The organization of the recipient, or of a future member.
    pub organization_id: String,
    /// One address.
    pub recipient: String,
    /// One line.
    pub subject: String,
    /// Plain text, sealed, because it may contain a link.
    pub sealed_text: String,
    /// SHA-256 of the link's token, as hex, the same as in the row that the link opens; for a mail without a link, a word for its
    /// kind, and the user's id.
    pub link_hash: String,
    /// Number of attempts that were started.
    pub attempts: i32,
    /// When it was written.
    pub created_at: NaiveDateTime,
    /// When it is tried next; during an attempt, when the attempt counts as lost.
    pub due_at: NaiveDateTime,
    /// When it is no longer tried.
    pub give_up_at: NaiveDateTime,
}

impl MailRow {
    /// Returns the context that the text of a mail is sealed for. It can be opened in no other context.
    pub fn seal_context(&self) -> String {
        format!("mail:{}:text", self.id)
    }
}
