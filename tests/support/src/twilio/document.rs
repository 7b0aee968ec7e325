//! TwiML, read as Twilio reads it.

use roxmltree::{Document, Node};

/// A verb that the stand-in supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verb {
    Stream {
        url: String,
        parameters: Vec<(String, String)>,
    },
    Redirect(String),
    Conference {
        room: String,
        label: String,
        callback: String,
        ends_with_them: bool,
        action: Option<String>,
    },
    /// The target that is dialled, and the address that is called at its end.
    Dial {
        to: String,
        action: Option<String>,
    },
    /// The address for the caller's words or keys.
    Gather(String),
    Say,
    Hangup,
    Reject,
}

/// The verbs of a document, or what is wrong with it.
pub(super) fn verbs(text: &str) -> Result<Vec<Verb>, String> {
    let document = Document::parse(text).map_err(|error| format!("no XML: {error}"))?;
    let response = document.root_element();
    if response.tag_name().name() != "Response" {
        return Err(format!("the root is {}", response.tag_name().name()));
    }
    response.children().filter(Node::is_element).map(verb).collect()
}

fn verb(node: Node<'_, '_>) -> Result<Verb, String> {
    let text = node.text().unwrap_or_default().trim().to_owned();
    let child = |name: &str| node.children().find(|child| child.has_tag_name(name));
    let attribute = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap_or_default().to_owned();
    match node.tag_name().name() {
        "Connect" => {
            let stream = child("Stream").ok_or("<Connect> has no <Stream>")?;
            let url = attribute(stream, "url");
            if !url.starts_with("wss://") || url.contains('?') {
                return Err(format!("{url} is not the address of a stream"));
            }
            let parameters = stream.children().filter(|child| child.has_tag_name("Parameter"));
            let parameters: Vec<(String, String)> =
                parameters.map(|node| (attribute(node, "name"), attribute(node, "value"))).collect();
            if parameters.iter().any(|(name, value)| name.len() + value.len() > 500) {
                return Err("a parameter is too long".to_owned());
            }
            Ok(Verb::Stream { url, parameters })
        }
        "Redirect" => Ok(Verb::Redirect(text)),
        "Dial" if child("Conference").is_some() => {
            let conference = child("Conference").unwrap_or(node);
            if attribute(conference, "beep") != "false" {
                return Err("everybody would hear a tone".to_owned());
            }
            Ok(Verb::Conference {
                room: conference.text().unwrap_or_default().trim().to_owned(),
                label: attribute(conference, "participantLabel"),
                callback: attribute(conference, "statusCallback"),
                ends_with_them: attribute(conference, "endConferenceOnExit") == "true",
                action: node.attribute("action").map(str::to_owned),
            })
        }
        "Dial" => {
            let dialled = child("Sip").or_else(|| child("Number")).and_then(|dialled| dialled.text());
            let to = dialled.ok_or("<Dial> has no <Sip> and no <Number>")?.to_owned();
            Ok(Verb::Dial { to, action: node.attribute("action").map(str::to_owned) })
        }
        "Gather" => Ok(Verb::Gather(attribute(node, "action"))),
        "Say" => Ok(Verb::Say),
        "Hangup" => Ok(Verb::Hangup),
        "Reject" => Ok(Verb::Reject),
        name => Err(format!("unsupported verb <{name}>")),
    }
}
