//! All that the calls of every organization go by, read at once: for commands beside which no server runs.

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
    /// The installation's own organization; none where none was made yet.
    pub first: Option<OrganizationId>,
    /// The profiles that answer calls.
    pub profiles: Vec<PublishedProfile>,
    /// Accounts of organizations at other services.
    pub integrations: Vec<Integration>,
    /// Agents and queues.
    pub floors: Vec<Floor>,
    /// Targets that calls may dial, and what was granted.
    pub dialling: BTreeMap<OrganizationId, Dialling>,
}

impl SettingsOfCalls {
    /// Reads them. The database has to be of this version.
    ///
    /// # Errors
    /// It can't be read.
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

    /// Things that an organization was granted.
    pub fn granted(&self, organization_id: OrganizationId) -> Granted {
        if self.first == Some(organization_id) {
            return Granted::Everything;
        }
        let said = self.dialling.get(&organization_id);
        Granted::Named(said.map(|said| said.grants.clone()).unwrap_or_default())
    }
}
