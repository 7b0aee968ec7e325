//! All settings for calls of every organization, read at once: for commands that run without a server.

use std::collections::BTreeMap;

use cordboard_actors::messages::Dialling;
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::Integration;
use cordboard_schema::profile::PublishedProfile;
use cordboard_schema::queue::Floor;

use super::pool::Connector;
use super::settings::Access;
use super::{StoreError, StoreSettings, agents, dialling, integrations, profile_versions, profiles};

/// Settings of all organizations, without the rows that can't be read.
#[derive(Debug)]
pub struct SettingsOfCalls {
    /// The server's first organization; none before it is created.
    pub first: Option<OrganizationId>,
    /// The profiles that answer calls.
    pub profiles: Vec<PublishedProfile>,
    /// Organizations' accounts at other services.
    pub integrations: Vec<Integration>,
    /// Agents and queues.
    pub floors: Vec<Floor>,
    /// The numbers and places that calls may dial, including grants.
    pub dialling: BTreeMap<OrganizationId, Dialling>,
}

impl SettingsOfCalls {
    /// Reads them. The database must have this version.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn read(settings: &StoreSettings) -> Result<Self, StoreError> {
        let mut connection = Connector::of(settings)?.open(Access::Read)?;
        Ok(Self {
            first: profiles::first_organization(&mut connection)?,
            profiles: profile_versions::published_everywhere(&mut connection)?.found,
            integrations: integrations::everywhere(&mut connection)?,
            floors: agents::floors_everywhere(&mut connection)?.found,
            dialling: dialling::said_everywhere(&mut connection)?.found,
        })
    }

    /// Returns what an organization was granted.
    pub fn granted(&self, organization_id: OrganizationId) -> Granted {
        if self.first == Some(organization_id) {
            return Granted::Everything;
        }
        let said = self.dialling.get(&organization_id);
        Granted::Named(said.map(|said| said.grants.clone()).unwrap_or_default())
    }
}
