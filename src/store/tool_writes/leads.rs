//! The lead of a call.

use cordboard_actors::messages::WriteDone;
use cordboard_actors::tools::LeadWords;
use cordboard_actors::world;
use cordboard_schema::ids::LeadId;
use cordboard_schema::lead::{Lead, LeadStatus};
use cordboard_schema::written::Written;

use super::{ForCall, Outcome, customer};
use crate::store::{Connection, LeadQuery, StoreError, leads};

/// Creates the call's lead, or adds to it.
pub(super) fn write(
    connection: &mut Connection,
    call: &ForCall,
    words: LeadWords,
) -> Result<Outcome, StoreError> {
    let of_call = LeadQuery { call_id: Some(call.call_id), limit: 1, ..LeadQuery::default() };
    let known = leads::list(connection, call.organization_id, of_call)?.pop();
    let Some(mut lead) = known else {
        if words.need.is_empty() {
            return Ok(Err("`need` is missing: what does the caller want?".to_owned()));
        }
        let phone = words.phone.or_else(|| call.phone());
        let customer_id = customer(connection, call, phone.as_ref(), &words.name, &words.address)?;
        let lead = Lead {
            id: LeadId(world::new_id()),
            organization_id: call.organization_id,
            customer_id,
            call_id: Some(call.call_id),
            name: words.name,
            phone,
            need: words.need,
            urgency: words.urgency,
            budget: words.budget,
            address: words.address,
            status: LeadStatus::New,
            value_minor: None,
            currency: None,
            owner_id: None,
            next_step: String::new(),
            notes: String::new(),
            created_at: call.at(),
            updated_at: call.at(),
        };
        leads::create(connection, &lead)?;
        let note = "the lead is written down".to_owned();
        return Ok(Ok(WriteDone { note, written: Some(Written::LeadCreated(lead.id)) }));
    };
    let read = lead.updated_at;
    let said = [
        (&mut lead.name, words.name),
        (&mut lead.need, words.need),
        (&mut lead.urgency, words.urgency),
        (&mut lead.budget, words.budget),
        (&mut lead.address, words.address),
    ];
    for (text, said) in said {
        if !said.is_empty() {
            *text = said;
        }
    }
    lead.phone = words.phone.or(lead.phone.take());
    let of_number = customer(connection, call, lead.phone.as_ref(), &lead.name, &lead.address)?;
    // A number that does not identify a caller does not remove a customer that a user has set.
    lead.customer_id = of_number.or(lead.customer_id);
    lead.updated_at = read.next_change(call.at());
    if !leads::update(connection, &lead, read)? {
        return Ok(Err("the lead was just changed by a user: try again".to_owned()));
    }
    let note = "the lead is changed".to_owned();
    Ok(Ok(WriteDone { note, written: Some(Written::LeadUpdated(lead.id)) }))
}
