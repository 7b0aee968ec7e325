//! A customer: a person who called, or whom the business called.

use serde::{Deserialize, Serialize};

use crate::composed::composed;
use crate::ids::{CustomerId, OrganizationId};
use crate::limits::EMAIL_CHARS_MAX;
use crate::phone::E164;
use crate::time::{UnixMs, rfc3339};

/// A customer. Unknown fields are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// Their number; unique among the organization's customers.
    pub phone: Option<E164>,
    /// Further numbers; also unique among the organization's customers.
    pub other_numbers: Vec<E164>,
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
    /// Whether a user has verified that they are who they say.
    pub verified: bool,
    /// Whether they have opted out of text messages.
    pub sms_opted_out: bool,
    /// When they became known.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When they were last changed.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: UnixMs,
}

impl Customer {
    /// Returns a customer of whom only a number is known.
    pub fn new(
        id: CustomerId,
        organization_id: OrganizationId,
        phone: Option<E164>,
        created_at: UnixMs,
    ) -> Self {
        Self {
            id,
            organization_id,
            phone,
            other_numbers: Vec::new(),
            name: String::new(),
            email: String::new(),
            address: String::new(),
            notes: String::new(),
            language: String::new(),
            tags: Vec::new(),
            verified: false,
            sms_opted_out: false,
            created_at,
            updated_at: created_at,
        }
    }

    /// Returns the text that a search looks through: name, numbers and e-mail in lower case, with composed letters.
    pub fn search_text(&self) -> String {
        let phone = self.phone.as_ref().map_or("", E164::as_str);
        let others: String = self.other_numbers.iter().map(|number| format!("\n{number}")).collect();
        composed(&format!("{}\n{phone}\n{}{others}", self.name, self.email)).to_lowercase()
    }

    /// Returns all of their numbers.
    pub fn numbers(&self) -> impl Iterator<Item = &E164> {
        self.phone.iter().chain(&self.other_numbers)
    }

    /// Applies the fields of a body or a change.
    pub fn change(&mut self, change: CustomerChange, at: UnixMs) {
        let CustomerChange {
            phone,
            other_numbers,
            name,
            email,
            address,
            notes,
            language,
            tags,
            verified,
            sms_opted_out,
        } = change;
        // As callers' numbers come. A number that they have already stays as it is.
        let known: Vec<E164> = self.numbers().cloned().collect();
        let plain = |number: E164| match known.contains(&number) {
            true => number,
            false => number.without_national_zero(),
        };
        if let Some(phone) = phone {
            self.phone = phone.map(plain);
        }
        if let Some(others) = other_numbers {
            self.other_numbers = others.into_iter().map(plain).collect();
        }
        self.tidy_numbers();
        let texts = [
            (&mut self.name, name),
            (&mut self.email, email),
            (&mut self.address, address),
            (&mut self.notes, notes),
            (&mut self.language, language),
        ];
        for (text, new) in texts {
            if let Some(new) = new {
                *text = composed(new.trim()).into_owned();
            }
        }
        self.tags = tags.unwrap_or_else(|| std::mem::take(&mut self.tags));
        self.verified = verified.unwrap_or(self.verified);
        self.sms_opted_out = sms_opted_out.unwrap_or(self.sms_opted_out);
        self.updated_at = at;
    }
}

impl Customer {
    /// Removes repeated numbers, and keeps a fixed order.
    pub(crate) fn tidy_numbers(&mut self) {
        self.other_numbers.sort();
        self.other_numbers.dedup();
        self.other_numbers.retain(|number| Some(number) != self.phone.as_ref());
    }
}

/// Whether a text can be an e-mail address. Only sending mail shows whether it exists.
pub fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    let is_part = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control())
    };
    text.chars().count() <= EMAIL_CHARS_MAX
        && parts.is_some_and(|(name, host)| is_part(name) && is_part(host))
}

/// Fields of a customer. Fields that are left out stay as they are; in a new customer they are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CustomerChange {
    /// Their number; null removes it.
    #[serde(deserialize_with = "crate::plain::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<E164>))]
    pub phone: Option<Option<E164>>,
    /// Further numbers of theirs, at most 10.
    pub other_numbers: Option<Vec<E164>>,
    /// Their name.
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub name: Option<String>,
    /// Their e-mail address.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: Option<String>,
    /// Address.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub address: Option<String>,
    /// Notes for the staff.
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub notes: Option<String>,
    /// BCP 47 tag of the language they speak.
    #[cfg_attr(feature = "openapi", schema(example = "pt-BR"))]
    pub language: Option<String>,
    /// Tags, at most 20 with at most 40 characters each.
    pub tags: Option<Vec<String>>,
    /// Whether a user has verified that they are who they say.
    pub verified: Option<bool>,
    /// Whether they have opted out of text messages.
    pub sms_opted_out: Option<bool>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_name_in_either_form_of_unicode_is_the_same() {
        let (id, of) = (CustomerId(Uuid::nil()), OrganizationId(Uuid::nil()));
        let named = |name: &str| {
            let mut customer = Customer::new(id, of, None, UnixMs(0));
            let name = Some(name.to_owned());
            customer.change(CustomerChange { name, ..CustomerChange::default() }, UnixMs(1));
            customer
        };
        let (one, other) = (named(" Jose\u{301} "), named("Jos\u{e9}"));
        assert_eq!(one, other);
        assert!(one.search_text().starts_with("jos\u{e9}\n"), "{}", one.search_text());
        let imported = Customer { name: "JOSE\u{301}".to_owned(), ..other.clone() };
        assert_eq!(imported.search_text(), other.search_text());
    }

    #[test]
    fn a_new_number_has_no_zero_of_its_country() {
        let number = |text: &str| text.parse::<E164>().unwrap();
        let (id, of) = (CustomerId(Uuid::nil()), OrganizationId(Uuid::nil()));
        let with_zero = number("+44 07911 123456");
        let mut customer = Customer::new(id, of, Some(with_zero.clone()), UnixMs(0));
        let others = vec![with_zero.clone(), number("+49 030 12345678"), number("+39 06 12345678")];
        let change = CustomerChange { other_numbers: Some(others), ..CustomerChange::default() };
        customer.change(change, UnixMs(1));
        assert_eq!(customer.phone, Some(with_zero), "nothing was said about it");
        assert_eq!(customer.other_numbers, [number("+39 06 12345678"), number("+49 30 12345678")]);
        let phone = Some(Some(number("+44 07911 123457")));
        customer.change(CustomerChange { phone, ..CustomerChange::default() }, UnixMs(2));
        assert_eq!(customer.phone, Some(number("+44 7911 123457")));
    }
}
