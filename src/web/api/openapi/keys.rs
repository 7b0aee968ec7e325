//! The header `Idempotency-Key` in the document, on every operation that accepts it.

use utoipa::Modify;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required, ResponseBuilder};

use super::problem_body;
use crate::web::once::KEY;
use crate::web::routes::{Answers, answers_of};

/// Further answers of operations that accept a key.
pub(super) struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            if let (Some(answers), Some(operation)) = (answers_of(path), &mut item.post) {
                describe(operation, answers);
            }
        }
    }
}

fn describe(operation: &mut Operation, answers: Answers) {
    let again = match answers {
        Answers::Whole | Answers::OfFile => "gets the same answer",
        Answers::Secret => {
            "gets the problem `answer_not_kept`, because the answer has a secret, which is not stored"
        }
    };
    let description = format!(
        "A key for this request, of 1 to 255 visible ASCII characters: the same request sent again within 24 h by the same user or token is not \
         done again, and {again}. A refusal because of the present state (403, 404, 409, 429) creates nothing and leaves the key free, and so does \
         an invalid body"
    );
    let parameter = ParameterBuilder::new()
        .name(KEY)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
    add(
        operation,
        "409",
        "a request with this key is still running (`idempotency_key_in_use`), or was begun and its answer is not stored (`answer_not_kept`)",
    );
    add(operation, "422", "the key is invalid, or was used for another request (`idempotency_key_reused`)");
    add(
        operation,
        "429",
        "the user or token has used 7,500 keys within 24 h, or the organization 10,000 (`share_used_up`); `Retry-After` says when the oldest is \
         forgotten",
    );
}

/// Extends the description of an answer, or adds the answer.
fn add(operation: &mut Operation, status: &str, more: &str) {
    let capital = |text: &str| {
        let mut letters = text.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    match operation.responses.responses.get_mut(status) {
        Some(RefOr::T(response)) => {
            response.description = format!("{}; or {more}", response.description);
        }
        Some(RefOr::Ref(_)) => {}
        None => {
            let response = ResponseBuilder::new().description(capital(more));
            let response = response.content("application/problem+json", problem_body()).build();
            operation.responses.responses.insert(status.to_owned(), RefOr::T(response));
        }
    }
}
