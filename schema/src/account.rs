//! Accounts: users, and the credentials of programs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::composed::composed;
use crate::ids::{ApiTokenId, InvitationId, OrganizationId, UserId};
use crate::limits::{ACCOUNT_NAME_CHARS_MAX, EMAIL_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use crate::permission::{Permission, Role};
use crate::time::{UnixMs, rfc3339};

/// The e-mail address that a user signs in with, in lower case. ASCII; an international domain is written in its `xn--` form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Parses an address. Case is ignored.
    ///
    /// # Errors
    /// The fault, as text that follows the field's name.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.len() > EMAIL_BYTES_MAX {
            return Err("is too long for an e-mail address");
        }
        let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
        let is_label = |label: &str| {
            let fits = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            fits && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
        };
        let is_good = text.rsplit_once('@').is_some_and(|(local, domain)| {
            let dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
            (1..=64).contains(&local.len())
                && dots
                && local.bytes().all(is_local)
                && domain.split('.').all(is_label)
        });
        if is_good {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err("must be an e-mail address, as ada@example.com")
        }
    }

    /// Returns the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the name of a person, an organization or a program, without surrounding spaces.
///
/// # Errors
/// The fault, as text that follows the field's name.
pub fn checked_name(text: &str) -> Result<String, String> {
    let name = composed(text.trim());
    let is_good =
        (1..=ACCOUNT_NAME_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if is_good {
        Ok(name.into_owned())
    } else {
        Err(format!("must have 1 to {ACCOUNT_NAME_CHARS_MAX} characters, in one line"))
    }
}

/// Checks whether this may be a password. Only its length counts (NIST SP 800-63B, 5.1.1.2).
///
/// # Errors
/// The fault, as text that follows the field's name.
pub fn check_password(password: &str) -> Result<(), String> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        Err(format!("must have {PASSWORD_CHARS_MIN} characters or more"))
    } else if password.len() > PASSWORD_BYTES_MAX {
        Err(format!("must have {PASSWORD_BYTES_MAX} bytes at most"))
    } else {
        Ok(())
    }
}

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// They may.
    Active,
    /// They may not. Their records stay.
    Disabled,
}

/// A language that the pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PageLanguage {
    /// English.
    En,
    /// German.
    De,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
}

/// A user, as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// UUID v7.
    pub id: UserId,
    /// The organization that they belong to.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// Address that they sign in with; unique on the server.
    pub email: EmailAddress,
    /// Display name.
    pub name: String,
    /// Role in the organization.
    pub role: Role,
    /// Whether they may sign in.
    pub status: UserStatus,
    /// Whether signing in requires a code as well.
    pub has_totp: bool,
    /// When they became a user.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When they last signed in.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_sign_in_at: Option<UnixMs>,
}

/// An API token, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    /// UUID v7.
    pub id: ApiTokenId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// Display name.
    pub name: String,
    /// First characters of the token, to tell it from others.
    pub prefix: String,
    /// Scopes of the token. A scope is effective only while the token's maker has that permission, too.
    pub scopes: Vec<Permission>,
    /// The user who made it, directly or with their own token. The token is valid while they exist and may sign in. Null for the
    /// server's admin token.
    pub created_by: Option<UserId>,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When it expires; null for never.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<UnixMs>,
    /// When it was last used, to the minute.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub last_used_at: Option<UnixMs>,
}

/// A pending invitation, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// UUID v7.
    pub id: InvitationId,
    /// The organization that it leads to.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The invited person's address; null for the setup token of a first start.
    pub email: Option<EmailAddress>,
    /// The role that the invited person gets.
    pub role: Role,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// Until when it is valid.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub expires_at: UnixMs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_ignores_case_and_bad_ones_are_refused() {
        let ada = EmailAddress::parse("  Ada.Lovelace+desk@Example.COM ").map(|email| email.to_string());
        assert_eq!(ada.as_deref(), Ok("ada.lovelace+desk@example.com"));
        let long = format!("{}@example.com", "x".repeat(EMAIL_BYTES_MAX));
        for bad in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "a b@example.com",
            "ada@exa mple.com",
            "ada@-example.com",
            "ada@example..com",
            ".ada@example.com",
            "ada\r\nBcc: eve@example.com",
            "ada@example.com\0",
            "ada@example.com, eve@example.com",
            "<script>@example.com",
            "ad\u{430}@example.com",
            long.as_str(),
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_one_line_of_any_script() {
        for good in [
            "Ada",
            "  O'Brien; DROP TABLE users--",
            "\u{5d0}\u{5d1}\u{5d2}",
            "\u{1F469}\u{200D}\u{1F527} Kim",
        ] {
            assert_eq!(checked_name(good).as_deref(), Ok(good.trim()));
        }
        for bad in ["", "   ", "a\nb", "a\0", &"x".repeat(ACCOUNT_NAME_CHARS_MAX + 1)] {
            assert!(checked_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_password_is_neither_too_short_nor_too_long() {
        assert!(check_password("correct horse").is_ok());
        assert!(check_password("short").is_err());
        assert!(check_password(&"\u{1F511}".repeat(PASSWORD_BYTES_MAX)).is_err());
    }
}
