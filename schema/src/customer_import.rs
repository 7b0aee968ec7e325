//! A customer as a row of an imported file describes them, and how the row is combined with a customer who is there already.

use crate::customer::{Customer, CustomerChange};
use crate::ids::{CustomerId, OrganizationId};
use crate::limits::{CUSTOMER_NUMBERS_MAX, TAGS_MAX};
use crate::phone::E164;
use crate::time::UnixMs;

/// The treatment of a customer who has one of a row's numbers already. In either case a row only adds numbers, tags and an opt-out
/// from text messages, and an empty cell changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It fills what is empty, and overwrites nothing.
    Complete,
    /// It also overwrites name, e-mail address, address, notes and language.
    Overwrite,
}

/// A customer as a row describes them. Empty fields say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedCustomer {
    /// Their numbers, each once.
    pub numbers: Vec<E164>,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Address.
    pub address: String,
    /// Notes for the staff.
    pub notes: String,
    /// BCP 47 tag of the language they speak.
    pub language: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Whether they want no text messages.
    pub sms_opted_out: bool,
    /// Whether no campaign may call them.
    pub do_not_call: bool,
}

/// The things of which a customer would have too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overfull {
    /// Further numbers.
    Numbers,
    /// Tags.
    Tags,
}

impl ImportedCustomer {
    /// Returns the customer whom the row creates.
    ///
    /// # Errors
    /// The row has too many numbers or tags.
    pub fn created(
        &self,
        id: CustomerId,
        organization_id: OrganizationId,
        at: UnixMs,
    ) -> Result<Customer, Overfull> {
        let mut customer = Customer::new(id, organization_id, None, at);
        let change = self.change_of(&customer, Existing::Complete)?;
        customer.change(change, at);
        Ok(customer)
    }

    /// Returns the customer as the row changes them at this time; none if it says nothing new.
    ///
    /// # Errors
    /// With the row's, they would have too many numbers or tags.
    pub fn combined(
        &self,
        customer: &Customer,
        existing: Existing,
        at: UnixMs,
    ) -> Result<Option<Customer>, Overfull> {
        let (mut before, mut changed) = (customer.clone(), customer.clone());
        before.change(CustomerChange::default(), at);
        changed.change(self.change_of(customer, existing)?, at);
        Ok((changed != before).then_some(changed))
    }

    fn change_of(&self, customer: &Customer, existing: Existing) -> Result<CustomerChange, Overfull> {
        let text = |old: &str, new: &str| {
            let counts = !new.is_empty() && (old.is_empty() || existing == Existing::Overwrite);
            counts.then(|| new.to_owned())
        };
        let (mut phone, mut other_numbers) = (customer.phone.clone(), customer.other_numbers.clone());
        for number in &self.numbers {
            if phone.as_ref() == Some(number) || other_numbers.contains(number) {
                continue;
            }
            match phone {
                None => phone = Some(number.clone()),
                Some(_) => other_numbers.push(number.clone()),
            }
        }
        if other_numbers.len() > CUSTOMER_NUMBERS_MAX.max(customer.other_numbers.len()) {
            return Err(Overfull::Numbers);
        }
        let mut tags = customer.tags.clone();
        for tag in &self.tags {
            let is_there = tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase());
            if !is_there {
                tags.push(tag.clone());
            }
        }
        if tags.len() > TAGS_MAX.max(customer.tags.len()) {
            return Err(Overfull::Tags);
        }
        Ok(CustomerChange {
            phone: Some(phone),
            other_numbers: Some(other_numbers),
            name: text(&customer.name, &self.name),
            email: text(&customer.email, &self.email),
            address: text(&customer.address, &self.address),
            notes: text(&customer.notes, &self.notes),
            language: text(&customer.language, &self.language),
            tags: Some(tags),
            verified: None,
            sms_opted_out: self.sms_opted_out.then_some(true),
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn number(nth: usize) -> E164 {
        format!("+4930111111{nth:02}").parse().unwrap()
    }

    fn row(numbers: &[usize]) -> ImportedCustomer {
        let numbers = numbers.iter().map(|nth| number(*nth)).collect();
        ImportedCustomer { numbers, ..ImportedCustomer::default() }
    }

    fn made(row: &ImportedCustomer) -> Customer {
        row.created(CustomerId(Uuid::nil()), OrganizationId(Uuid::nil()), UnixMs(1)).unwrap()
    }

    #[test]
    fn importing_a_row_again_changes_nothing() {
        let row = ImportedCustomer {
            name: "Jose\u{301}".to_owned(),
            email: "jose@example.com".to_owned(),
            notes: "two\nlines".to_owned(),
            tags: vec!["Regular".to_owned(), "regular".to_owned()],
            sms_opted_out: true,
            ..row(&[2, 3, 1])
        };
        let customer = made(&row);
        assert_eq!((&*customer.name, customer.phone.as_ref()), ("Jos\u{e9}", Some(&number(2))));
        assert_eq!((&customer.other_numbers, customer.tags.len()), (&vec![number(1), number(3)], 1));
        for existing in [Existing::Complete, Existing::Overwrite] {
            assert_eq!(row.combined(&customer, existing, UnixMs(2)), Ok(None), "{existing:?}");
        }
    }

    #[test]
    fn only_overwriting_replaces_what_is_there() {
        let customer = Customer {
            email: String::new(),
            ..made(&ImportedCustomer { name: "Ada".to_owned(), ..row(&[1]) })
        };
        let row = ImportedCustomer {
            name: "Countess Ada".to_owned(),
            email: "ada@example.com".to_owned(),
            ..row(&[1, 2])
        };
        for (existing, name) in [(Existing::Complete, "Ada"), (Existing::Overwrite, "Countess Ada")] {
            let changed = row.combined(&customer, existing, UnixMs(2)).unwrap().unwrap();
            assert_eq!((&*changed.name, &*changed.email), (name, "ada@example.com"), "{existing:?}");
            assert_eq!(
                (changed.phone.as_ref(), &changed.other_numbers),
                (Some(&number(1)), &vec![number(2)])
            );
            assert_eq!((changed.created_at, changed.updated_at), (UnixMs(1), UnixMs(2)));
        }
    }

    #[test]
    fn empty_cells_and_a_missing_opt_out_take_nothing_away() {
        let customer = Customer {
            name: "Ada".to_owned(),
            tags: vec!["regular".to_owned()],
            sms_opted_out: true,
            verified: true,
            ..made(&row(&[1, 2]))
        };
        assert_eq!(row(&[2]).combined(&customer, Existing::Overwrite, UnixMs(2)), Ok(None));
    }

    #[test]
    fn nobody_gets_more_numbers_or_tags_than_allowed() {
        let all: Vec<usize> = (0..=CUSTOMER_NUMBERS_MAX).collect();
        let customer = made(&row(&all));
        let further = row(&[0, CUSTOMER_NUMBERS_MAX + 1]);
        assert_eq!(further.combined(&customer, Existing::Complete, UnixMs(2)), Err(Overfull::Numbers));
        let tags = (0..=TAGS_MAX).map(|nth| nth.to_string()).collect();
        let tagged = ImportedCustomer { tags, ..row(&[0]) };
        assert_eq!(tagged.combined(&customer, Existing::Complete, UnixMs(2)), Err(Overfull::Tags));
    }
}
