//! Rows of talk links.

use chrono::NaiveDateTime;
use cordboard_schema::page_origin::PageOrigin;
use cordboard_schema::talk_link::{TalkLink, WidgetLook};
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_word, naive, parsed, text, unix};
use crate::tables::talk_links;

/// A talk link.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = talk_links)]
pub struct TalkLinkRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// Display name.
    pub name: String,
    /// SHA-256 of the token, in hex.
    pub token_hash: String,
    /// The profile that answers.
    pub profile_id: String,
    /// Whether it accepts calls.
    pub enabled: bool,
    /// Maximum number of calls at once.
    pub calls_max: i64,
    /// Maximum number of calls in an hour from one address.
    pub calls_per_hour_max: i64,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// When it was last used for a call.
    pub last_used_at: Option<NaiveDateTime>,
    /// Origins of pages that may show the widget, with a space before each, and one after the last.
    pub origins: String,
    /// `right` or `left`.
    pub widget_position: String,
    /// `#rrggbb`.
    pub widget_accent: Option<String>,
    /// Text of the widget's button.
    pub widget_greeting: String,
    /// When the secret was made with which a website's server signs a visitor's identity. The sealed secret itself has its own
    /// column.
    pub signing_secret_made_at: Option<NaiveDateTime>,
}

impl TalkLinkRow {
    /// Returns the row of a link whose token has this hash.
    pub fn new(link: &TalkLink, token_hash: String) -> Self {
        Self {
            id: link.id.to_string(),
            organization_id: link.organization_id.to_string(),
            name: text(&link.name),
            token_hash,
            profile_id: link.profile_id.to_string(),
            enabled: link.enabled,
            calls_max: i64::from(link.calls_max),
            calls_per_hour_max: i64::from(link.calls_per_hour_max),
            created_at: naive(link.created_at),
            last_used_at: link.last_used_at.map(naive),
            origins: Self::listed(&link.origins),
            widget_position: link.widget.position.as_str().to_owned(),
            widget_accent: link.widget.accent.clone(),
            widget_greeting: text(&link.widget.greeting),
            signing_secret_made_at: link.signing_secret_made_at.map(naive),
        }
    }

    /// Writes origins for a column, each between two spaces, so that a search finds only whole origins.
    pub fn listed(origins: &[PageOrigin]) -> String {
        let listed: String = origins.iter().map(|origin| format!(" {origin}")).collect();
        if listed.is_empty() { listed } else { listed + " " }
    }

    /// Returns the link.
    pub fn into_link(self) -> Result<TalkLink, BadRow> {
        let number = |column, number| u32::try_from(number).map_err(|fault| BadRow::new(column, fault));
        Ok(TalkLink {
            id: parsed("talk_links.id", &self.id)?,
            organization_id: parsed("talk_links.organization_id", &self.organization_id)?,
            name: self.name,
            profile_id: parsed("talk_links.profile_id", &self.profile_id)?,
            enabled: self.enabled,
            calls_max: number("talk_links.calls_max", self.calls_max)?,
            calls_per_hour_max: number("talk_links.calls_per_hour_max", self.calls_per_hour_max)?,
            origins: self
                .origins
                .split_whitespace()
                .map(|origin| parsed("talk_links.origins", origin))
                .collect::<Result<_, _>>()?,
            widget: WidgetLook {
                position: from_word("talk_links.widget_position", self.widget_position)?,
                accent: self.widget_accent,
                greeting: self.widget_greeting,
            },
            created_at: unix(self.created_at),
            last_used_at: self.last_used_at.map(unix),
            signing_secret_made_at: self.signing_secret_made_at.map(unix),
        })
    }
}
