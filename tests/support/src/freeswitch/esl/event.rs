//! An event, and how it looks on the wire: `text/event-plain`, `-json`, `-xml`.

use serde_json::Value;

/// The format in which a connection gets its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::freeswitch) enum Format {
    #[default]
    Plain,
    Json,
    Xml,
}

impl Format {
    /// The format with this name in `event` and `myevents`.
    pub(in crate::freeswitch) fn named(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "plain" => Some(Self::Plain),
            "json" => Some(Self::Json),
            "xml" => Some(Self::Xml),
            _ => None,
        }
    }

    /// Its name in replies.
    pub(in crate::freeswitch) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }
}

/// The headers in order, and an optional body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::freeswitch) struct Event {
    /// Name and value, not encoded.
    pub(in crate::freeswitch) headers: Vec<(String, String)>,
    /// The inner body.
    pub(in crate::freeswitch) body: Option<String>,
}

impl Event {
    /// The value of a header; names ignore case.
    pub(in crate::freeswitch) fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `Event-Name`.
    pub(in crate::freeswitch) fn name(&self) -> &str {
        self.get("Event-Name").unwrap_or_default()
    }

    /// Adds a header at the end.
    pub(in crate::freeswitch) fn push(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Like [`Event::push`], for building in one expression.
    pub(in crate::freeswitch) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// Gives it an inner body.
    pub(in crate::freeswitch) fn with_body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The whole frame for a connection.
    pub(in crate::freeswitch) fn frame(&self, format: Format) -> Vec<u8> {
        let (kind, text) = match format {
            Format::Plain => ("text/event-plain", self.plain()),
            Format::Json => ("text/event-json", self.json()),
            Format::Xml => ("text/event-xml", self.xml()),
        };
        format!("Content-Length: {}\nContent-Type: {kind}\n\n{text}", text.len()).into_bytes()
    }

    /// The inner text of a plain event.
    pub(in crate::freeswitch) fn plain(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.headers {
            text += &format!("{name}: {}\n", encode(value));
        }
        if let Some(body) = &self.body {
            text += &format!("Content-Length: {}\n\n{body}", body.len());
        } else {
            text += "\n";
        }
        text
    }

    /// The object of a JSON event, in the order of the headers: a repeated header is a repeated key. Arrays of FreeSWITCH become arrays; nothing is
    /// encoded.
    pub(in crate::freeswitch) fn json(&self) -> String {
        let mut members: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| {
                let value = match value.strip_prefix("ARRAY::") {
                    Some(items) => Value::Array(items.split("|:").map(Value::from).collect()),
                    None => Value::from(value.as_str()),
                };
                format!("{}:{value}", Value::from(name.as_str()))
            })
            .collect();
        if let Some(body) = &self.body {
            members.push(format!("\"Content-Length\":\"{}\"", body.len()));
            members.push(format!("\"_body\":{}", Value::from(body.as_str())));
        }
        format!("{{{}}}", members.join(","))
    }

    fn xml(&self) -> String {
        let mut text = "<event>\n  <headers>\n".to_owned();
        for (name, value) in &self.headers {
            text += &format!("    <{name}>{}</{name}>\n", encode(value));
        }
        text += "  </headers>\n";
        if let Some(body) = &self.body {
            text += &format!("  <Content-Length>{}</Content-Length>\n  <body>{body}</body>\n", body.len());
        }
        text + "</event>"
    }
}

/// A value as plain events write it. Text that already looks like an encoded byte stays as it is: the real switch does that, which makes such
/// values ambiguous.
pub(in crate::freeswitch) fn encode(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut text = String::with_capacity(bytes.len());
    for (index, &byte) in bytes.iter().enumerate() {
        let left = byte.is_ascii_alphanumeric() || b"!$'()*,-./_~".contains(&byte);
        let encoded = byte == b'%'
            && bytes.get(index + 1..index + 3).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
        if left || encoded {
            text.push(char::from(byte));
        } else {
            text += &format!("%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_escape_table_of_the_captures() {
        assert_eq!(encode("a b+c:d"), "a%20b%2Bc%3Ad");
        assert_eq!(encode("!$'()*,-./_~"), "!$'()*,-./_~");
        assert_eq!(encode("a%0Ab 100%"), "a%0Ab%20100%25");
        assert_eq!(encode("ü\r\n"), "%C3%BC%0D%0A");
    }

    #[test]
    fn a_body_ends_the_event_without_a_newline() {
        let event = Event::default().with("Event-Name", "CUSTOM").with_body("{}");
        let frame = String::from_utf8(event.frame(Format::Plain)).unwrap();
        assert_eq!(
            frame,
            "Content-Length: 40\nContent-Type: text/event-plain\n\nEvent-Name: CUSTOM\nContent-Length: 2\n\n{}"
        );
    }
}
