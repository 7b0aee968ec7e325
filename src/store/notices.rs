//! Recipients of notices by e-mail or text message, and the language and clocks by which they read them.

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;
use cordboard_schema::account::{PageLanguage, UserStatus};
use cordboard_schema::delivery::Channel;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::notice::{NoticeForm, NoticeSettings};
use cordboard_tables::rows::{BadRow, UserRow};
use cordboard_tables::tables::{notice_settings, users};
use diesel::prelude::*;

use super::StoreError;
use super::{Connection, business, deliveries};

/// Returns the organization's settings; without any, nobody is notified.
pub fn settings(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<NoticeSettings, StoreError> {
    let text: Option<String> = notice_settings::table
        .find(organization_id.to_string())
        .select(notice_settings::settings)
        .first(connection)
        .optional()?;
    let Some(text) = text else { return Ok(NoticeSettings::default()) };
    Ok(serde_json::from_str(&text).map_err(|fault| BadRow::new("notice_settings.settings", fault))?)
}

/// Sets them.
pub fn set(
    connection: &mut Connection,
    organization_id: OrganizationId,
    settings: &NoticeSettings,
) -> Result<(), StoreError> {
    let owner = organization_id.to_string();
    let text =
        serde_json::to_string(settings).map_err(|fault| BadRow::new("notice_settings.settings", fault))?;
    diesel::delete(notice_settings::table.find(&owner)).execute(connection)?;
    diesel::insert_into(notice_settings::table)
        .values((notice_settings::organization_id.eq(owner), notice_settings::settings.eq(text)))
        .execute(connection)?;
    Ok(())
}

/// Notices to an e-mail address go to another one from now on, or to nobody, also those that wait. Returns whether it was named as a recipient.
/// Settings that can't be read stay as they are.
pub fn readdress(
    connection: &mut Connection,
    organization_id: OrganizationId,
    from: &str,
    to: Option<&str>,
) -> Result<bool, StoreError> {
    deliveries::readdress(connection, organization_id, from, to.ok_or("its reader is no user any more"))?;
    let mut kept = match settings(connection, organization_id) {
        Ok(found) => found,
        Err(StoreError::BadRow(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    let was_named = kept.readdress(from, to);
    if was_named {
        set(connection, organization_id, &kept)?;
    }
    Ok(was_named)
}

/// How the people of an organization read notices: in the language that they have chosen for the pages if their address is a user's, else in the first
/// language of the business that the pages have, else in English. Times are those of the business.
#[derive(Debug)]
pub(super) struct Forms {
    language: PageLanguage,
    zone: Tz,
    by_address: HashMap<String, PageLanguage>,
    /// Addresses of users who may not sign in.
    disabled: HashSet<String>,
}

impl Forms {
    /// Those of the people whom these settings name. A business profile that can't be read keeps no notice back.
    pub(super) fn of(
        connection: &mut Connection,
        organization_id: OrganizationId,
        settings: &NoticeSettings,
    ) -> Result<Self, StoreError> {
        let business = match business::find(connection, organization_id) {
            Ok(found) => found.map(|stored| stored.profile),
            Err(StoreError::BadRow(_)) => None,
            Err(error) => return Err(error),
        };
        let spoken = business.iter().flat_map(|business| &business.languages).map(String::as_str);
        let language = PageLanguage::first_of(spoken).unwrap_or(PageLanguage::En);
        let zone = business.as_ref().map_or(Tz::UTC, |business| business.time_zone);
        let addresses: Vec<String> = settings.emails().map(|address| address.to_lowercase()).collect();
        let (mut by_address, mut disabled) = (HashMap::new(), HashSet::new());
        if !addresses.is_empty() {
            let rows: Vec<UserRow> = users::table
                .filter(users::organization_id.eq(organization_id.to_string()))
                .filter(users::email.eq_any(&addresses))
                .select(UserRow::as_select())
                .load(connection)?;
            let may_not_sign_in =
                |row: &&UserRow| row.user().is_ok_and(|user| user.status == UserStatus::Disabled);
            disabled.extend(rows.iter().filter(may_not_sign_in).map(|row| row.email.clone()));
            by_address.extend(rows.into_iter().filter_map(|row| Some((row.email.clone(), row.language()?))));
        }
        Ok(Self { language, zone, by_address, disabled })
    }

    /// Whether this is the address of a user who may not sign in: they get no notices.
    pub(super) fn is_disabled(&self, channel: Channel, target: &str) -> bool {
        channel == Channel::Email && self.disabled.contains(&target.to_lowercase())
    }

    /// That of the person with this address or number.
    pub(super) fn form(&self, channel: Channel, target: &str) -> NoticeForm {
        let own = match channel {
            Channel::Email => self.by_address.get(&target.to_lowercase()).copied(),
            Channel::Webhook | Channel::Sms | Channel::Dialler => None,
        };
        NoticeForm {
            language: own.unwrap_or(self.language),
            zone: self.zone,
            is_text: channel == Channel::Sms,
        }
    }
}
