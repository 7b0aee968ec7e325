//! The body of a request.

/// Names and values, in the order of writing; a list is a name that occurs more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestForm(Vec<(&'static str, String)>);

impl RestForm {
    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a value, if there is one.
    #[must_use]
    pub fn maybe(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a number, if there is one.
    #[must_use]
    pub fn number(self, name: &'static str, value: Option<u32>) -> Self {
        self.maybe(name, value.map(|value| value.to_string()))
    }

    /// Adds `true` or `false`, if it is set.
    #[must_use]
    pub fn flag(self, name: &'static str, value: Option<bool>) -> Self {
        self.maybe(name, value.map(|value| if value { "true" } else { "false" }))
    }

    /// Adds a name with each of these values.
    #[must_use]
    pub fn list(self, name: &'static str, values: &[&str]) -> Self {
        values.iter().fold(self, |form, value| form.with(name, *value))
    }

    /// Returns the pairs, in order.
    pub fn pairs(&self) -> &[(&'static str, String)] {
        &self.0
    }

    /// Encodes the pairs as `application/x-www-form-urlencoded`.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}
