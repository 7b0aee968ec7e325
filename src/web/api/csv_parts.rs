//! A CSV file (RFC 4180) that is made and sent a part at a time, so that a file of many rows takes no more memory than one of few.

use std::io;

use actix_web::HttpResponse;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};

use crate::web::problem::ApiError;

/// Byte order mark by which spreadsheets recognize UTF-8.
pub(super) const BOM: &str = "\u{feff}";

/// Rows of a file, and the begin of the next part; none behind the last.
pub(super) type Part<Next> = (Vec<u8>, Option<Next>);

/// Answers with a file of this name. `make` makes each part of it.
pub(super) async fn sent<Next, Make, Made>(
    name: &str,
    begin: Next,
    make: Make,
) -> Result<HttpResponse, ApiError>
where
    Next: 'static,
    Make: Fn(Next) -> Made + 'static,
    Made: Future<Output = io::Result<Part<Next>>> + 'static,
{
    // The first part is made before the answer begins: where it can't be, the answer's status says so.
    let (rows, next) = make(begin).await.map_err(|cause| ApiError::File { what: "the CSV file", cause })?;
    let further = stream::try_unfold(next, move |next| {
        let part = next.map(&make);
        async move {
            let Some(part) = part else { return Ok::<_, io::Error>(None) };
            let (rows, next) = part.await?;
            // An empty chunk is the end of an answer in chunks. No part has rows behind one that has none.
            Ok((!rows.is_empty()).then(|| (Bytes::from(rows), next)))
        }
    });
    let whole = stream::iter([Ok::<_, io::Error>(Bytes::from(rows))]).chain(further);
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("Content-Disposition", format!("attachment; filename=\"{name}\"")))
        .streaming(whole))
}
