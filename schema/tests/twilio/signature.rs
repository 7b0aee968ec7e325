//! The signature, tested with vectors that Twilio's own library has verified.

use cordboard_schema::wire::twilio::Form;
use cordboard_schema::wire::twilio::signature::{
    BadSignature, SignedBody, SignedRequest, SigningKeys, check, check_handshake, sign,
};
use serde_json::Value;

use crate::{capture, requests};

const TOKEN: &str = "f00dfeedcafe0123456789abcdef0123";

/// Returns the fields of a vector; a list is a name that occurs more than once.
fn form(params: &Value) -> Form {
    let fields = params.as_object().unwrap().iter();
    fields
        .flat_map(|(name, value)| match value {
            Value::Array(values) => {
                values.iter().map(|value| (name.as_str(), value.as_str().unwrap())).collect()
            }
            value => vec![(name.as_str(), value.as_str().unwrap())],
        })
        .collect()
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

/// Returns the result of a vector that is checked with these keys.
fn verdict(case: &Value, url: &str, keys: &SigningKeys<'_>) -> Result<(), BadSignature> {
    let form = form(&case["params"]);
    let is_sha256 = case["algorithm"] == "HMAC_SHA256";
    let request = SignedRequest {
        url,
        body: match (case["body"].as_str(), case["method"] == "GET") {
            (Some(body), _) => SignedBody::Raw(body.as_bytes()),
            (None, true) => SignedBody::None,
            (None, false) => SignedBody::Form(&form),
        },
        signature: case["signature"].as_str(),
        settings: is_sha256.then_some("key=ours,algorithm=HMAC_SHA256"),
    };
    if url.starts_with("wss") { check_handshake(&request, keys) } else { check(&request, keys) }
}

fn keys<'a>(auth_tokens: &'a [&'a str], shared_keys: &'a [(&'a str, &'a str)]) -> SigningKeys<'a> {
    SigningKeys { auth_tokens, shared_keys }
}

#[test]
fn requests_signed_by_twilio_are_accepted() {
    let vectors = capture("examples/signature-vectors.json");
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 11);
    for case in cases {
        let token = text(case, "auth_token");
        let name = text(case, "name");
        let keys = SigningKeys {
            auth_tokens: &["another token", token],
            shared_keys: &[("theirs", "x"), ("ours", token)],
        };
        assert_eq!(verdict(case, text(case, "url"), &keys), Ok(()), "{name}");
        let others = SigningKeys { auth_tokens: &["another token", ""], shared_keys: &[("ours", "x")] };
        assert_eq!(verdict(case, text(case, "url"), &others), Err(BadSignature::Wrong), "{name}");
    }
}

#[test]
fn requests_not_signed_by_twilio_are_refused() {
    let vectors = capture("examples/signature-vectors.json");
    let cases = vectors["must_fail"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let verdict = verdict(case, text(case, "url"), &keys(&[TOKEN], &[]));
        let expected = if case["signature"] == "" { BadSignature::Missing } else { BadSignature::Wrong };
        assert_eq!(verdict, Err(expected), "{}", case["name"]);
    }
}

#[test]
fn a_port_may_be_signed_or_not() {
    let vectors = capture("examples/signature-vectors.json");
    let pairs = vectors["port_rule"]["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 4);
    for pair in pairs {
        assert_eq!(verdict(pair, text(pair, "url_seen"), &keys(&[TOKEN], &[])), Ok(()), "{pair}");
        assert_eq!(verdict(pair, text(pair, "url_signed"), &keys(&[TOKEN], &[])), Ok(()), "{pair}");
    }
}

#[test]
fn the_requests_of_the_examples_are_signed() {
    for request in requests() {
        let form = Form::parse(text(&request, "body").as_bytes()).unwrap();
        let signature = request["headers"]["X-Twilio-Signature"].as_str();
        let (url, body) = (text(&request, "url"), SignedBody::Form(&form));
        let signed = SignedRequest { url, body, signature, settings: None };
        assert_eq!(check(&signed, &keys(&[TOKEN], &[])), Ok(()), "{}", request["name"]);
        assert_eq!(Some(sign(url, &form, TOKEN).as_str()), signature, "{}", request["name"]);
    }
}

#[test]
fn a_handshake_may_be_signed_with_a_trailing_slash() {
    let vectors = capture("examples/signature-vectors.json");
    let case = vectors["cases"].as_array().unwrap().iter().find(|case| text(case, "url").starts_with("wss"));
    let case = case.unwrap();
    let keys = keys(&[TOKEN], &[]);
    assert_eq!(verdict(case, "wss://calls.example.com/twilio/media/", &keys), Ok(()));
    assert_eq!(verdict(case, "wss://calls.example.com/twilio/medium", &keys), Err(BadSignature::Wrong));
    let https = SignedRequest {
        url: "https://calls.example.com/twilio/media",
        body: SignedBody::None,
        signature: case["signature"].as_str(),
        settings: None,
    };
    assert_eq!(check(&https, &keys), Err(BadSignature::Wrong), "the scheme is part of it");
}

#[test]
fn a_json_body_is_signed_only_by_its_hash() {
    let vectors = capture("examples/signature-vectors.json");
    let case = vectors["cases"].as_array().unwrap().iter().find(|case| case["body"].is_string()).unwrap();
    let keys = keys(&[TOKEN], &[]);
    let request = |url, body| SignedRequest {
        url,
        body: SignedBody::Raw(body),
        signature: case["signature"].as_str(),
        settings: None,
    };
    let url = text(case, "url");
    assert_eq!(check(&request(url, b"{}"), &keys), Err(BadSignature::BodyChanged));
    let bare = url.split('?').next().unwrap();
    assert_eq!(check(&request(bare, b"{}"), &keys), Err(BadSignature::BodyNotSigned));
}

#[test]
fn settings_choose_the_algorithm_and_the_key() {
    let vectors = capture("examples/signature-vectors.json");
    let cases = vectors["cases"].as_array().unwrap();
    let sha256 = cases.iter().find(|case| case["algorithm"] == "HMAC_SHA256").unwrap();
    let sha1 = &cases[0];
    let check = |case: &Value, settings| {
        let form = form(&case["params"]);
        let (url, body) = (text(case, "url"), SignedBody::Form(&form));
        let request = SignedRequest { url, body, signature: case["signature"].as_str(), settings };
        cordboard_schema::wire::twilio::signature::check(&request, &keys(&[TOKEN], &[("ours", TOKEN)]))
    };
    assert_eq!(check(sha256, Some("algorithm=HMAC_SHA256, key=ours")), Ok(()));
    assert_eq!(check(sha256, Some("key=x,algorithm=HMAC_SHA256")), Err(BadSignature::UnknownKey));
    assert_eq!(check(sha256, Some("algorithm=HMAC_SHA256")), Err(BadSignature::UnknownKey));
    assert_eq!(check(sha256, Some("key=ours,algorithm=HMAC_MD5")), Err(BadSignature::UnknownAlgorithm));
    assert_eq!(check(sha256, None), Err(BadSignature::Wrong), "no settings mean SHA-1");
    assert_eq!(check(sha1, Some("key=ours,algorithm=HMAC_SHA1")), Ok(()));
    assert_eq!(check(sha1, Some("key=ours,algorithm=HMAC_SHA256")), Err(BadSignature::Wrong));
}

#[test]
fn missing_and_malformed_signatures_are_distinguished() {
    let request = |signature| SignedRequest {
        url: "https://calls.example.com/twilio/voice",
        body: SignedBody::None,
        signature,
        settings: None,
    };
    let keys = keys(&[TOKEN], &[]);
    assert_eq!(check(&request(None), &keys), Err(BadSignature::Missing));
    assert_eq!(check(&request(Some("ä")), &keys), Err(BadSignature::Unreadable));
    assert_eq!(check(&request(Some("AAAA")), &keys), Err(BadSignature::Wrong));
}
