//! The body of a webhook: names and values, urlencoded.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::limits::{TWILIO_FORM_BYTES_MAX, TWILIO_FORM_FIELDS_MAX, TWILIO_VALUE_BYTES_MAX};

/// The fields of a webhook, each name with its values in the order of the body. Only [`FormFields`](super::FormFields) interprets
/// them; here they are the signed text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: BTreeMap<String, Vec<String>>,
}

/// A body that isn't a webhook's form. The error doesn't show values, which are callers' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadForm {
    /// More than [`TWILIO_FORM_BYTES_MAX`].
    #[error("the form has {bytes} bytes, at most {TWILIO_FORM_BYTES_MAX} are accepted")]
    TooLong {
        /// Length, in bytes.
        bytes: usize,
    },
    /// More than [`TWILIO_FORM_FIELDS_MAX`].
    #[error("the form has more than {TWILIO_FORM_FIELDS_MAX} fields")]
    TooManyFields,
    /// A required field is missing or empty.
    #[error("the form has no {field}")]
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// A field has an invalid value.
    #[error("the form's {field} can't be read")]
    Unreadable {
        /// Its name.
        field: &'static str,
    },
    /// A requested field occurs more than once: two readers could read different values.
    #[error("the form has {field} more than once")]
    NotOnce {
        /// Its name.
        field: &'static str,
    },
    /// The address has one of Twilio's names. Names are read only from the body.
    #[error("the address has a name that belongs in the form")]
    InAddress,
    /// A field's value has more than [`TWILIO_VALUE_BYTES_MAX`].
    #[error("the form's {field} has {bytes} bytes, at most {TWILIO_VALUE_BYTES_MAX} are accepted")]
    ValueTooLong {
        /// Its name.
        field: &'static str,
        /// Length, in bytes.
        bytes: usize,
    },
}

impl Form {
    /// Reads `name=value&...`, as in a body or a query. Invalid UTF-8 becomes replacement characters.
    ///
    /// # Errors
    /// It is too long, or has too many fields.
    pub fn parse(body: &[u8]) -> Result<Self, BadForm> {
        if body.len() > TWILIO_FORM_BYTES_MAX {
            return Err(BadForm::TooLong { bytes: body.len() });
        }
        let mut fields = BTreeMap::<String, Vec<String>>::new();
        for (count, (name, value)) in form_urlencoded::parse(body).enumerate() {
            if count == TWILIO_FORM_FIELDS_MAX {
                return Err(BadForm::TooManyFields);
            }
            fields.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Ok(Self { fields })
    }

    /// Returns all names, in byte order, with their values.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.fields.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// Returns the form, unless it has this field more than once.
    ///
    /// # Errors
    /// [`BadForm::NotOnce`].
    pub(super) fn once(&self, field: &'static str) -> Result<&Self, BadForm> {
        match self.fields.get(field).map_or(0, Vec::len) {
            0 | 1 => Ok(self),
            _ => Err(BadForm::NotOnce { field }),
        }
    }

    /// Returns the form without these fields.
    pub(super) fn without(mut self, is_left_out: impl Fn(&str) -> bool) -> Self {
        self.fields.retain(|name, _| !is_left_out(name));
        self
    }

    /// Returns the first value of this name, if it isn't empty.
    ///
    /// # Errors
    /// It is too long.
    pub(super) fn get(&self, field: &'static str) -> Result<Option<&str>, BadForm> {
        let value =
            self.fields.get(field).and_then(|values| values.first()).filter(|value| !value.is_empty());
        match value {
            Some(value) if value.len() > TWILIO_VALUE_BYTES_MAX => {
                Err(BadForm::ValueTooLong { field, bytes: value.len() })
            }
            value => Ok(value.map(String::as_str)),
        }
    }

    /// Returns the value of this name, which is required.
    ///
    /// # Errors
    /// It is missing, empty, or too long.
    pub(super) fn need(&self, field: &'static str) -> Result<&str, BadForm> {
        self.get(field)?.ok_or(BadForm::Missing { field })
    }

    /// Returns the value of this name, parsed; none if it is missing or empty.
    ///
    /// # Errors
    /// It can't be read, or is too long.
    pub(super) fn read<T: FromStr>(&self, field: &'static str) -> Result<Option<T>, BadForm> {
        let value = self.get(field)?.map(str::trim);
        value.map(|value| value.parse().map_err(|_| BadForm::Unreadable { field })).transpose()
    }

    /// Returns the value of this name, parsed, which is required.
    ///
    /// # Errors
    /// It is missing, can't be read, or is too long.
    pub(super) fn must<T: FromStr>(&self, field: &'static str) -> Result<T, BadForm> {
        self.read(field)?.ok_or(BadForm::Missing { field })
    }

    /// Whether the value of this name is `true`.
    ///
    /// # Errors
    /// It is too long.
    pub(super) fn says(&self, field: &'static str) -> Result<bool, BadForm> {
        Ok(self.get(field)? == Some("true"))
    }
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.fields.keys()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Form {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut fields = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in pairs {
            fields.entry(name.into()).or_default().push(value.into());
        }
        Self { fields }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_bounded() {
        let form = Form::parse(b"Body=Gr%C3%BC%C3%9Fe+%2B&Empty=&Media=z&Media=a&N=%2012&Bad=%ff").unwrap();
        assert_eq!(form.get("Body"), Ok(Some("Grüße +")));
        assert_eq!(form.get("Empty"), Ok(None));
        assert_eq!(form.need("Empty"), Err(BadForm::Missing { field: "Empty" }));
        assert_eq!(form.read::<u32>("N"), Ok(Some(12)));
        assert_eq!(form.read::<u32>("Body"), Err(BadForm::Unreadable { field: "Body" }));
        assert_eq!(form.get("Bad"), Ok(Some("\u{fffd}")));
        let media: Vec<_> = form.fields().filter(|(name, _)| *name == "Media").collect();
        assert_eq!(media, [("Media", ["z".to_owned(), "a".to_owned()].as_slice())]);
    }

    #[test]
    fn long_forms_are_refused() {
        let long = vec![b'a'; TWILIO_FORM_BYTES_MAX + 1];
        assert_eq!(Form::parse(&long), Err(BadForm::TooLong { bytes: long.len() }));
        assert_eq!(
            Form::parse("a=1&".repeat(TWILIO_FORM_FIELDS_MAX + 1).as_bytes()),
            Err(BadForm::TooManyFields)
        );
        assert!(Form::parse("a=1&".repeat(TWILIO_FORM_FIELDS_MAX).as_bytes()).is_ok());
        let body = format!("Body={}", "x".repeat(TWILIO_VALUE_BYTES_MAX + 1));
        let form = Form::parse(body.as_bytes()).unwrap();
        assert!(matches!(form.get("Body"), Err(BadForm::ValueTooLong { field: "Body", .. })));
    }

    #[test]
    fn logs_show_no_values() {
        let form = Form::parse(b"Body=secret").unwrap();
        assert_eq!(format!("{form:?}"), r#"{"Body"}"#);
    }
}
