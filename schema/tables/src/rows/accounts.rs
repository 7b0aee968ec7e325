//! Rows of accounts. Their secrets are hashed or sealed before they get here.

use chrono::NaiveDateTime;
use cordboard_schema::account::{ApiToken, EmailAddress, Invitation, PageLanguage, User};
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::time::UnixMs;
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, from_word, json, naive, parsed, unix, word};
use crate::tables::{api_tokens, invitations, login_sessions, mails, password_resets, users};

/// A user, with what they sign in with.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub struct UserRow {
    /// UUID v7.
    pub id: String,
    /// The organization that they belong to.
    pub organization_id: String,
    /// In lower case; nobody else of the installation has it.
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
    /// Sealed; one that is offered and not confirmed yet.
    pub totp_pending: Option<String>,
    /// The newest step of 30 s whose code was used: no code is taken twice.
    pub totp_step: i64,
    /// JSON array of the SHA-256 of codes that were not used yet.
    pub recovery_codes: String,
    /// Since when they are a user.
    pub created_at: NaiveDateTime,
    /// When they signed in last.
    pub last_sign_in_at: Option<NaiveDateTime>,
    /// A `PageLanguage`; none where they have chosen none.
    pub language: Option<String>,
}

impl UserRow {
    /// The row of a new user without a second factor.
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

    /// The language that they have chosen for the pages. One that only a later version has is as none: it keeps nobody from signing in.
    pub fn language(&self) -> Option<PageLanguage> {
        self.language.clone().and_then(|language| from_word("users.language", language).ok())
    }

    /// The column's value for a language of the pages.
    pub fn language_word(language: PageLanguage) -> Result<String, BadRow> {
        word("users.language", &language)
    }

    /// The user.
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

    /// The hashes of the recovery codes that are left.
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
    /// SHA-256 of the refresh token's secret that the newest has replaced.
    pub previous_hash: Option<String>,
    /// When it began.
    pub created_at: NaiveDateTime,
    /// When it was used last.
    pub used_at: NaiveDateTime,
    /// When it ends.
    pub expires_at: NaiveDateTime,
    /// The client's address at its beginning.
    pub address: Option<String>,
    /// Name that the client gave itself.
    pub user_agent: Option<String>,
}

impl LoginSessionRow {
    /// Its organization.
    pub fn organization(&self) -> Result<OrganizationId, BadRow> {
        parsed("login_sessions.organization_id", &self.organization_id)
    }

    /// Its user.
    pub fn user(&self) -> Result<Option<UserId>, BadRow> {
        self.user_id.as_deref().map(|id| parsed("login_sessions.user_id", id)).transpose()
    }

    /// When it ends.
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
    /// When it ends.
    pub expires_at: Option<NaiveDateTime>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<NaiveDateTime>,
}

impl ApiTokenRow {
    /// The row of a new token.
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

    /// The token.
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
    /// Until when it holds.
    pub expires_at: NaiveDateTime,
}

impl InvitationRow {
    /// The row of a new invitation.
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

    /// The invitation.
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

/// A link to a new password.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = password_resets)]
pub struct PasswordResetRow {
    /// SHA-256 of its token, as hex.
    pub token_hash: String,
    /// The user's.
    pub organization_id: String,
    /// The user whose password it is.
    pub user_id: String,
    /// When it was asked for.
    pub created_at: NaiveDateTime,
    /// Until when it holds.
    pub expires_at: NaiveDateTime,
}

/// A mail that waits for the mail server.
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
    /// Plain text, sealed: it may hold a link.
    pub sealed_text: String,
    /// SHA-256 of the link's token, as hex, as it is in the row of what it opens; of a mail without a link a word for what it is, and
    /// the user's id.
    pub link_hash: String,
    /// Attempts that were begun.
    pub attempts: i32,
    /// When it was written.
    pub created_at: NaiveDateTime,
    /// When it is tried next; while it is tried, when that counts as lost.
    pub due_at: NaiveDateTime,
    /// When it is given up.
    pub give_up_at: NaiveDateTime,
}

impl MailRow {
    /// Context that the text of a mail is sealed for. It opens in no other context.
    pub fn seal_context(&self) -> String {
        format!("mail:{}:text", self.id)
    }
}
