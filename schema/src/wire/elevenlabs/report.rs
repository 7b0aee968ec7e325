//! ElevenLabs' report of a finished conversation: the post-call webhook.

use serde::{Deserialize, Serialize};

/// Characters of a summary that are kept.
const SUMMARY_CHARS_MAX: usize = 4_000;
/// Characters of shorter texts that are kept.
const WORDS_CHARS_MAX: usize = 300;

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostCall {
    /// The report of a finished conversation.
    Over(ConversationReport),
    /// Anything else, such as the sound of a conversation.
    Other {
        /// Its type.
        kind: String,
    },
}

/// Report of a finished conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ConversationReport {
    /// The conversation.
    pub conversation_id: String,
    /// Summary of the conversation, in a few sentences.
    pub summary: Option<String>,
    /// Whether it achieved the agent's goal, as judged by ElevenLabs: `success`, `failure` or `unknown`.
    pub outcome: Option<String>,
    /// Duration, in seconds.
    pub duration_s: Option<u64>,
    /// Cost, in credits of the account.
    pub cost_credits: Option<u64>,
    /// Why it ended, in words.
    pub ended_because: Option<String>,
}

#[derive(Deserialize)]
struct Envelope {
    r#type: String,
    #[serde(default)]
    data: serde_json::Value,
}

#[derive(Deserialize)]
struct Data {
    conversation_id: String,
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default)]
    analysis: Option<Analysis>,
}

/// Numbers that are whole by ElevenLabs' description; a report with a fraction is accepted as well.
#[derive(Deserialize)]
struct Metadata {
    call_duration_secs: Option<f64>,
    cost: Option<f64>,
    termination_reason: Option<String>,
}

#[derive(Deserialize)]
struct Analysis {
    transcript_summary: Option<String>,
    call_successful: Option<String>,
}

impl PostCall {
    /// Reads the body of a webhook.
    ///
    /// # Errors
    /// The body isn't a webhook, or its report of a conversation has another shape.
    pub fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        let Envelope { r#type: kind, data } = serde_json::from_slice(body)?;
        if kind != "post_call_transcription" {
            return Ok(Self::Other { kind: kept(&kind, WORDS_CHARS_MAX).unwrap_or_default() });
        }
        let Data { conversation_id, metadata, analysis } = serde_json::from_value(data)?;
        let words = |text: Option<&String>| text.and_then(|text| kept(text, WORDS_CHARS_MAX));
        let (metadata, analysis) = (metadata.as_ref(), analysis.as_ref());
        Ok(Self::Over(ConversationReport {
            conversation_id,
            summary: analysis
                .and_then(|analysis| analysis.transcript_summary.as_ref())
                .and_then(|summary| kept(summary, SUMMARY_CHARS_MAX)),
            outcome: words(analysis.and_then(|analysis| analysis.call_successful.as_ref())),
            duration_s: metadata.and_then(|metadata| whole(metadata.call_duration_secs?)),
            cost_credits: metadata.and_then(|metadata| whole(metadata.cost?)),
            ended_because: words(metadata.and_then(|metadata| metadata.termination_reason.as_ref())),
        }))
    }
}

/// Rounds a number; none for a negative one.
fn whole(number: f64) -> Option<u64> {
    (number >= 0.0).then(|| number.round() as u64)
}

/// Returns the part of a text that is kept; none if it is blank.
fn kept(text: &str, chars_max: usize) -> Option<String> {
    let is_kept = |c: &char| !c.is_control() || *c == '\n';
    let text: String = text.chars().filter(is_kept).collect();
    let text: String = text.trim().chars().take(chars_max).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_report_is_read() {
        let parse = |text: &str| PostCall::parse(text.as_bytes());
        let bare = r#"{"type":"post_call_transcription","data":{"conversation_id":"conv_1"}}"#;
        let report = ConversationReport { conversation_id: "conv_1".to_owned(), ..Default::default() };
        assert_eq!(parse(bare).unwrap(), PostCall::Over(report));
        let other = PostCall::Other { kind: "post_call_audio".to_owned() };
        assert_eq!(parse(r#"{"type":"post_call_audio","data":{"full_audio":"AAAA"}}"#).unwrap(), other);
        for bad in ["", "[]", "{}", r#"{"type":7}"#, r#"{"type":"post_call_transcription","data":{}}"#] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn fractions_are_rounded() {
        let read = |duration: f64, cost: f64| {
            let body = serde_json::json!({ "type": "post_call_transcription", "data": {
                "conversation_id": "conv_1", "metadata": { "call_duration_secs": duration, "cost": cost } } });
            match PostCall::parse(body.to_string().as_bytes()).unwrap() {
                PostCall::Over(report) => (report.duration_s, report.cost_credits),
                PostCall::Other { kind } => panic!("{kind}"),
            }
        };
        assert_eq!(read(41.0, 214.0), (Some(41), Some(214)));
        assert_eq!(read(41.2, 213.5), (Some(41), Some(214)));
        assert_eq!(read(0.0, -1.0), (Some(0), None));
    }

    #[test]
    fn a_summary_is_bounded_and_has_no_control_characters() {
        let words = format!("\u{7} One.\nTwo.{}", "x".repeat(10_000));
        let body = serde_json::json!({ "type": "post_call_transcription", "data": {
            "conversation_id": "conv_1", "analysis": { "transcript_summary": words } } });
        let PostCall::Over(report) = PostCall::parse(body.to_string().as_bytes()).unwrap() else { panic!() };
        let summary = report.summary.unwrap();
        assert!(summary.starts_with("One.\nTwo.x"), "{summary:.20}");
        assert_eq!(summary.chars().count(), SUMMARY_CHARS_MAX);
    }
}
