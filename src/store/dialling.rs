//! The numbers and places that an organization's calls may dial: its extensions, its dial policy, and how much was dialled.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDateTime;
use cordboard_actors::messages::Dialling;
use cordboard_actors::world;
use cordboard_schema::agent::AgentAudio;
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::did::{Did, Proof};
use cordboard_schema::extension::Extension;
use cordboard_schema::grant::Grants;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{BadRow, DialPolicyRow, ExtensionRow};
use cordboard_tables::tables::{dial_policies, extensions};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use super::moments::day_of;
use super::readable::{Faults, fault_of, organizations};
use super::text::kept_text;
use super::{Connection, Readable, StoreError, agents, business, grants, phone_numbers, queues};

/// Returns the organization's extensions, by name.
pub fn extensions(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<Extension>, StoreError> {
    let rows = extensions::table
        .filter(extensions::organization_id.eq(organization_id.to_string()))
        .order(extensions::name)
        .select(ExtensionRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(ExtensionRow::into_extension).collect::<Result<_, _>>()?)
}

/// Adds an extension. A name that another one of the organization has is a unique violation.
pub fn create_extension(connection: &mut Connection, extension: &Extension) -> Result<(), StoreError> {
    let row = ExtensionRow::new(extension, world::now().into());
    diesel::insert_into(extensions::table).values(row).execute(connection)?;
    Ok(())
}

/// Changes the extension with this name. Returns false if the organization has none.
pub fn update_extension(connection: &mut Connection, extension: &Extension) -> Result<bool, StoreError> {
    let row = ExtensionRow::new(extension, world::now().into());
    let found = extensions::table.find((row.organization_id, row.name));
    let changed = diesel::update(found)
        .set((extensions::title.eq(row.title), extensions::target.eq(row.target)))
        .execute(connection)?;
    Ok(changed > 0)
}

/// Removes the extension with this name. Returns false if the organization has none.
pub fn delete_extension(
    connection: &mut Connection,
    organization_id: OrganizationId,
    name: &str,
) -> Result<bool, StoreError> {
    let found = extensions::table.find((organization_id.to_string(), kept_text(name)));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

/// Returns the organization's own dial policy, if it has one.
pub fn dial_policy(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Option<DialPolicy>, StoreError> {
    let row = dial_policies::table
        .find(organization_id.to_string())
        .select(DialPolicyRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(DialPolicyRow::into_policy).transpose()?)
}

/// Sets the organization's dial policy.
pub fn set_dial_policy(
    connection: &mut Connection,
    organization_id: OrganizationId,
    policy: &DialPolicy,
) -> Result<(), StoreError> {
    diesel::delete(dial_policies::table.find(organization_id.to_string())).execute(connection)?;
    let row = DialPolicyRow::new(organization_id, policy)?;
    diesel::insert_into(dial_policies::table).values(row).execute(connection)?;
    Ok(())
}

/// Everything that new calls of an organization need to know about what they may dial, except agents, grants and today's count. A row that can't be
/// read never permits more than it would if it could be read.
fn dialling(
    connection: &mut Connection,
    organization_id: OrganizationId,
    faults: &mut Faults,
) -> Result<Dialling, StoreError> {
    let owner = organization_id.to_string();
    let (extensions, withheld) = targets(connection, &owner, faults)?;
    let business = business::find(connection, organization_id);
    let business = faults.note(&owner, "business_profiles", business)?.flatten();
    let policy = dial_policy(connection, organization_id);
    // A policy that can't be read permits nothing: without a policy, the configuration's would apply.
    let policy = faults.note(&owner, "dial_policies", policy)?.unwrap_or_else(|| Some(DialPolicy::none()));
    let account = phone_numbers::own_account(connection, organization_id);
    let account = faults.note(&owner, "integrations", account)?.flatten();
    Ok(Dialling {
        escalation: business.and_then(|business| business.profile.escalation_rules()),
        extensions,
        withheld,
        desks: BTreeSet::new(),
        desk_phones: BTreeSet::new(),
        queues: BTreeSet::new(),
        policy,
        grants: Grants::default(),
        own_numbers: proved(
            phone_numbers::readable(connection, organization_id, faults)?,
            account.as_deref(),
        ),
        dialled_today: 0,
    })
}

/// The targets of an organization's extensions by name, and the names of extensions whose targets can't be read.
fn targets(
    connection: &mut Connection,
    owner: &str,
    faults: &mut Faults,
) -> Result<(BTreeMap<String, DialplanTarget>, BTreeSet<String>), StoreError> {
    let rows: Vec<(String, String)> = extensions::table
        .filter(extensions::organization_id.eq(owner))
        .select((extensions::name, extensions::target))
        .load(connection)?;
    let (mut targets, mut withheld) = (BTreeMap::new(), BTreeSet::new());
    for (name, target) in rows {
        let read = target.parse::<DialplanTarget>();
        let read = read.map_err(|fault| fault_of(&name, BadRow::new("extensions.target", fault)));
        if let Some(target) = faults.note(owner, "extensions", read)? {
            targets.insert(name, target);
        } else {
            withheld.insert(name);
        }
    }
    Ok((targets, withheld))
}

/// Returns what new calls may dial, by organization. `day` is the begin of the day in UTC.
pub fn dialling_everywhere(
    connection: &mut Connection,
    day: UnixMs,
) -> Result<Readable<BTreeMap<OrganizationId, Dialling>>, StoreError> {
    let mut all = said_everywhere(connection)?;
    for (organization_id, dialled) in dialled_everywhere(connection, day)? {
        all.found.entry(organization_id).or_default().dialled_today = dialled;
    }
    Ok(all)
}

/// The same, without counts of dialled calls.
pub(super) fn said_everywhere(
    connection: &mut Connection,
) -> Result<Readable<BTreeMap<OrganizationId, Dialling>>, StoreError> {
    let (ids, mut faults) = (organizations(connection)?, Faults::default());
    let mut desks = by_organization(agents::extensions_everywhere(connection, None)?);
    let by_phone = agents::extensions_everywhere(connection, Some(AgentAudio::Phone))?;
    let mut desk_phones = by_organization(by_phone);
    let mut queues = by_organization(queues::names_everywhere(connection)?);
    let mut granted = grants::everywhere(connection, &mut faults)?;
    let mut all = BTreeMap::new();
    for id in ids {
        let mut said = dialling(connection, id, &mut faults)?;
        said.desks = desks.remove(&id.to_string()).unwrap_or_default();
        said.desk_phones = desk_phones.remove(&id.to_string()).unwrap_or_default();
        said.queues = queues.remove(&id.to_string()).unwrap_or_default();
        said.grants = granted.remove(&id.to_string()).unwrap_or_default();
        all.insert(id, said);
    }
    Ok(faults.with(all))
}

/// The numbers that an organization answers and may show: those that are proved to be its own.
pub(super) fn own_numbers(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<BTreeSet<String>, StoreError> {
    let account = phone_numbers::own_account(connection, organization_id)?;
    Ok(proved(phone_numbers::list(connection, organization_id)?, account.as_deref()))
}

/// `account` is the organization's own at Twilio. A number that another account proved is no longer known to be the organization's.
fn proved(numbers: Vec<Did>, account: Option<&str>) -> BTreeSet<String> {
    let is_proved = |did: &Did| match &did.proof {
        Proof::Operator => true,
        Proof::Account(proved) => account == Some(proved.as_str()),
        Proof::None => false,
    };
    numbers.into_iter().filter(is_proved).map(|did| did.number.to_string()).collect()
}

fn by_organization(names: Vec<(String, String)>) -> HashMap<String, BTreeSet<String>> {
    let mut by_organization: HashMap<String, BTreeSet<String>> = HashMap::new();
    for (organization, name) in names {
        by_organization.entry(organization).or_default().insert(name);
    }
    by_organization
}

/// Counts what was dialled on this day (UTC), by organization.
pub(super) fn dialled_everywhere(
    connection: &mut Connection,
    day: UnixMs,
) -> Result<BTreeMap<OrganizationId, u64>, StoreError> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = Text)]
        organization_id: String,
        #[diesel(sql_type = BigInt)]
        dialled: i64,
    }
    let on_the_day = match connection {
        Connection::Sqlite(_) => "at >= ? AND at < ?",
        Connection::Postgres(_) => "at >= $1 AND at < $2",
    };
    // Worded as in the partial index: the planner uses it only then.
    let count = format!(
        "SELECT organization_id, COUNT(*) AS dialled FROM call_events \
         WHERE kind IN ('handoff_requested', 'transfer_requested', 'dial_requested') AND {on_the_day} \
         GROUP BY organization_id"
    );
    let (from, to) = day_of(day);
    let counted = diesel::sql_query(count)
        .bind::<Timestamp, NaiveDateTime>(from)
        .bind::<Timestamp, NaiveDateTime>(to)
        .load::<Counted>(connection)?;
    // A row with an invalid id has no calls that dial.
    let read = |Counted { organization_id, dialled }: Counted| {
        let id = organization_id.parse::<OrganizationId>().ok()?;
        Some((id, u64::try_from(dialled).unwrap_or(0)))
    };
    Ok(counted.into_iter().filter_map(read).collect())
}
