//! Recipients of notices by e-mail or text message.

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::notice::NoticeSettings;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::notice_settings;
use diesel::prelude::*;

use super::Connection;
use super::StoreError;

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
