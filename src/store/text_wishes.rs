//! What senders of incoming text messages wish: `STOP`, and `START` after it. A message that was fetched later may be older than a wish that is
//! known, so each wish counts from the time at which it was sent.

use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::customer::Customer;
use cordboard_schema::ids::{CallId, CustomerId, OrganizationId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::phone::E164;
use cordboard_schema::sms::Keyword;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::messages;
use diesel::prelude::*;

use super::customer_erasures::{being_erased, erased_among};
use super::moments::column;
use super::{Connection, StoreError, customers, phone_numbers, text_opt_outs};

/// Maximum of later messages of a sender that are searched for another wish, newest first.
const LATER_MAX: i64 = 1_000;

/// Somebody who has sent a message from a number of their own.
#[derive(Debug)]
pub(super) struct Sender {
    organization_id: OrganizationId,
    party: KnownCaller,
    /// None if no customer has the number.
    customer: Option<Customer>,
}

impl Sender {
    /// Returns the sender with that number; none if the number could be anybody's.
    pub(super) fn of(
        connection: &mut Connection,
        organization_id: OrganizationId,
        from: &str,
        configured: &OwnNumbers,
    ) -> Result<Option<Self>, StoreError> {
        let own = phone_numbers::own_numbers(connection, organization_id, configured)?;
        let Some(party) = KnownCaller::parse(from, &own) else { return Ok(None) };
        let customer = customers::known_as(connection, organization_id, &party)?;
        Ok(Some(Self { organization_id, party, customer }))
    }

    /// Their numbers. A wish counts for all of them.
    fn numbers(&self) -> Vec<&E164> {
        match &self.customer {
            Some(customer) => customer.numbers().collect(),
            None => vec![self.party.number()],
        }
    }

    /// Tells whether a message that they sent at this time may have been erased, with everything else about them.
    pub(super) fn is_erased(&self, connection: &mut Connection, sent_at: UnixMs) -> Result<bool, StoreError> {
        let under_way = being_erased(connection, self.organization_id)?;
        if self.party.number().spellings().iter().any(|spelled| under_way.numbers.contains(spelled)) {
            return Ok(true);
        }
        // The customer of an erased person is a new one, made after the erasure.
        if self.customer.as_ref().is_some_and(|customer| customer.created_at <= sent_at) {
            return Ok(false);
        }
        let number = std::iter::once(self.party.number());
        Ok(!erased_among(connection, self.organization_id, number)?.is_empty())
    }

    /// Opts them out of text messages, since the time of their wish. Numbers that are on the list already keep their time.
    pub(super) fn opt_out(
        &self,
        connection: &mut Connection,
        (since, at): (UnixMs, UnixMs),
    ) -> Result<(), StoreError> {
        // Before the customer is changed, which would add them since now.
        text_opt_outs::add(connection, self.organization_id, self.numbers().into_iter(), since)?;
        match &self.customer {
            Some(customer) => customers::set_sms_opted_out(connection, customer, true, at),
            None => Ok(()),
        }
    }

    /// Opts them in again.
    fn opt_in(&self, connection: &mut Connection, at: UnixMs) -> Result<(), StoreError> {
        match &self.customer {
            Some(customer) => customers::set_sms_opted_out(connection, customer, false, at),
            None => text_opt_outs::remove(connection, self.organization_id, self.numbers().into_iter()),
        }
    }

    /// Returns their wish in a message that was sent at this time, unless they have wished the opposite since. If both were sent in the same second,
    /// `STOP` counts.
    pub(super) fn standing(
        &self,
        connection: &mut Connection,
        wish: Option<Keyword>,
        (sent_at, at): (UnixMs, UnixMs),
    ) -> Result<Option<Keyword>, StoreError> {
        let first = CallId::first_at(sent_at).to_string();
        let is_over = match wish {
            Some(Keyword::Stop) => self.has_said(connection, Keyword::Start, first, (sent_at + 1, at))?,
            Some(Keyword::Start) => {
                let spelled: Vec<String> = self.numbers().into_iter().flat_map(E164::spellings).collect();
                let listed = text_opt_outs::entries(connection, self.organization_id, &spelled)?;
                listed.iter().any(|(_, since)| *since >= sent_at)
                    || self.has_said(connection, Keyword::Stop, first, (sent_at, at))?
            }
            None => false,
        };
        Ok(wish.filter(|_| !is_over))
    }

    /// Obeys the `STOP` of a message that is stored, with this id and since this time, unless they have sent `START` since.
    pub(super) fn note_stop(
        &self,
        connection: &mut Connection,
        (id, since): (String, UnixMs),
        at: UnixMs,
    ) -> Result<(), StoreError> {
        if self.has_said(connection, Keyword::Start, id, (since, at))? {
            return Ok(());
        }
        self.opt_out(connection, (since, at))
    }

    /// Tells whether a message of theirs says this that has a later id and was sent within these times, as far as is stored.
    fn has_said(
        &self,
        connection: &mut Connection,
        keyword: Keyword,
        after: String,
        (since, until): (UnixMs, UnixMs),
    ) -> Result<bool, StoreError> {
        let later = messages::table
            .filter(messages::organization_id.eq(self.organization_id.to_string()))
            .filter(messages::id.gt(after))
            .filter(messages::direction.eq(Direction::Inbound.as_str()))
            .filter(messages::created_at.ge(column(since)))
            // A clock that was ahead has left messages of the future.
            .filter(messages::created_at.le(column(until)))
            .order(messages::id.desc())
            .limit(LATER_MAX)
            .select(messages::body);
        let bodies: Vec<String> = match &self.customer {
            Some(customer) => {
                later.filter(messages::customer_id.eq(customer.id.to_string())).load(connection)?
            }
            None => later
                .filter(messages::customer_id.is_null())
                .filter(messages::from_number.eq_any(self.party.number().spellings()))
                .load(connection)?,
        };
        Ok(bodies.iter().any(|body| Keyword::read(None, body) == Some(keyword)))
    }

    /// Returns their customer, who is created if there is none, with this wish since the time at which it was sent.
    pub(super) fn customer(
        &self,
        connection: &mut Connection,
        wish: Option<Keyword>,
        (sent_at, at): (UnixMs, UnixMs),
    ) -> Result<CustomerId, StoreError> {
        match wish {
            Some(Keyword::Stop) => self.opt_out(connection, (sent_at, at))?,
            Some(Keyword::Start) => self.opt_in(connection, at)?,
            None => {}
        }
        if let Some(known) = &self.customer {
            return Ok(known.id);
        }
        let phone = Some(self.party.number().clone());
        // The list of text opt-outs says whether they want messages.
        let made = Customer::new(CustomerId(world::new_id()), self.organization_id, phone, at);
        customers::create(connection, &made)?;
        Ok(made.id)
    }
}
