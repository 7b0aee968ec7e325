//! `/api/v1/calls/{id}/recording`: the stored file, whole or by ranges, or a part of it as WAV.

use std::io;

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::http::header::{
    self, ByteRangeSpec, ETag, EntityTag, Header as _, HeaderValue, IfNoneMatch, IfRange, Range,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;
use cordboard_actors::world;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::CallId;
use cordboard_schema::limits::RECORDING_SETTLED_MS;
use cordboard_schema::time::UnixMs;
use futures_util::stream::Stream;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::IntoParams;

use super::calls::find;
use super::opus::DecodedCut;
use super::wav::{Channel, Cut, Span, only, pieces};
use crate::priority;
use crate::recordings::{RecordingFile, RecordingFiles, is_opus};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;
use crate::web::query::Query;

/// Type of a recording that was converted to Opus, always as a whole.
const OGG: &str = "audio/ogg";

/// Part of a recording; the whole file unchanged if no part is requested.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordingPart {
    /// Start of the part, in ms.
    from_ms: Option<u64>,
    /// End of the part, in ms, exclusive.
    to_ms: Option<u64>,
    /// Both channels (left the caller, right what the caller hears), or only the caller.
    channel: Option<Channel>,
}

/// Returns a call's recording.
///
/// A recording is WAV while its call is live, and later unless the configuration says Opus. A part is always created as WAV: `from_ms=0` is the whole
/// recording for players that can't play Opus. Byte ranges are of the file that is requested, the stored one or the part. A recording that is still
/// being written is served as long as it is at that moment. A finished one has an `ETag`: with `If-None-Match` it is not sent again, and with
/// `If-Range` the rest of it is. Its name in `Content-Disposition` is the call's id with `.wav` or `.opus`.
#[utoipa::path(
    get,
    operation_id = "get_recording",
    path = "/api/v1/calls/{id}/recording",
    tag = "calls",
    params(("id" = CallId, Path, description = "The call"), RecordingPart),
    responses(
        (status = 200, description = "The recording or a part of it", content((Vec<u8> = "audio/wav"), (Vec<u8> = "audio/ogg"))),
        (status = 206, description = "A range of its bytes", content((Vec<u8> = "audio/wav"), (Vec<u8> = "audio/ogg"))),
        (status = 304, description = "The client has this recording, as `If-None-Match` says"),
        (status = 400, description = "A parameter is unknown or invalid"),
        (status = 404, description = "No such call, or it has no recording"),
        (status = 416, description = "The range is beyond the end"),
    )
)]
pub(crate) async fn recording(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CallId>,
    wanted: Query<RecordingPart>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut call = find(&state, &caller, *id).await?;
    let name = call.recording.take().ok_or(ApiError::NotFound("recording"))?;
    let is_settled = is_settled(&call, world::now().into());
    let wanted = wanted.into_inner();
    let span = wanted.span()?;
    let files = state.recordings.clone();
    let found =
        blocking(move || Found::open(&files, &name, span, wanted.channel.unwrap_or_default())).await?;
    let (mut response, ending) = match found {
        Found::Whole { file, len, content_type } => {
            let tag = (is_settled || content_type == OGG).then(|| tag_of(len, content_type));
            let response = match tag {
                Some(tag) if is_known(&request, &tag) => {
                    HttpResponse::NotModified().insert_header(ETag(tag)).finish()
                }
                tag => whole(&request, file, (len, content_type), tag)?,
            };
            (response, if content_type == OGG { "opus" } else { "wav" })
        }
        Found::OfWav(cut) => {
            let (response, from, to) = begun(range_of(&request, None), cut.len())?;
            (cut_out(response, cut.stream(from), to - from), "wav")
        }
        Found::OfOpus(mut cut) => {
            let (response, from, to) = begun(range_of(&request, None), cut.len())?;
            let cut = blocking(move || cut.begin_at(from).map(|()| cut)).await?;
            (cut_out(response, cut.stream(), to - from), "wav")
        }
    };
    // Browsers would name all downloads alike, after the last part of the address.
    if let Ok(name) = HeaderValue::try_from(format!("inline; filename=\"{}.{ending}\"", *id)) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    if request.method() == Method::GET {
        note_listening(&state, &caller, *id);
    }
    Ok(response)
}

impl RecordingPart {
    /// Span to cut out; `None` if the whole file is wanted.
    fn span(self) -> Result<Option<Span>, ApiError> {
        let Self { from_ms, to_ms, channel } = self;
        if from_ms.is_none() && to_ms.is_none() && channel.is_none() {
            return Ok(None);
        }
        let span = Span { from_ms: from_ms.unwrap_or(0), to_ms };
        if span.to_ms.is_some_and(|to_ms| to_ms < span.from_ms) {
            return Err(ApiError::BadInput("`to_ms` is before `from_ms`".to_owned()));
        }
        Ok(Some(span))
    }
}

/// A recording's file, or the requested part of it.
enum Found {
    Whole { file: RecordingFile, len: u64, content_type: &'static str },
    OfWav(Cut),
    OfOpus(Box<DecodedCut>),
}

impl Found {
    /// Finds it. Blocks.
    fn open(files: &RecordingFiles, name: &str, span: Option<Span>, channel: Channel) -> io::Result<Self> {
        let (file, name) = files.open(name)?;
        Ok(match (span, is_opus(&name)) {
            (Some(span), true) => Self::OfOpus(Box::new(DecodedCut::open(file, span, channel)?)),
            (Some(span), false) => Self::OfWav(Cut::open(file, span, channel)?),
            (None, is_opus) => {
                let len = file.len()?;
                Self::Whole { file, len, content_type: if is_opus { OGG } else { "audio/wav" } }
            }
        })
    }
}

fn cut_out(
    mut response: HttpResponseBuilder,
    bytes: impl Stream<Item = io::Result<Bytes>> + Unpin + 'static,
    len: u64,
) -> HttpResponse {
    response.content_type("audio/wav").body(SizedStream::new(len, Box::pin(only(bytes, len))))
}

/// Writes the listener into the audit log, once for each listening. The audio does not wait for it.
fn note_listening(state: &WebState, caller: &Caller, id: CallId) {
    if state.listenings.begins(caller.actor, id, Instant::now()) {
        state.store.audit(caller.did("recording.played", id, ""));
    }
}

/// Whether the WAV file of this call is finished.
fn is_settled(call: &Call, now: UnixMs) -> bool {
    call.recording_ms.is_some() && call.ended_at.is_some_and(|ended_at| ended_at + RECORDING_SETTLED_MS < now)
}

/// The tag of a finished recording: a call has one file of each format.
fn tag_of(len: u64, content_type: &str) -> EntityTag {
    EntityTag::new_strong(format!("{len}-{content_type}"))
}

/// Whether the client has the file with this tag.
fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// Whether a range of the present file is wanted: a client that has the beginning of another one needs the whole.
fn is_of_range(request: &HttpRequest, tag: Option<&EntityTag>) -> bool {
    if !request.headers().contains_key(header::IF_RANGE) {
        return true;
    }
    match (IfRange::parse(request), tag) {
        (Ok(IfRange::EntityTag(begun)), Some(tag)) => begun.strong_eq(tag),
        _ => false,
    }
}

/// The range of bytes that is requested. One that can't be parsed, or several, are answered with the whole file, as RFC 9110 allows.
fn range_of(request: &HttpRequest, tag: Option<&EntityTag>) -> Option<ByteRangeSpec> {
    match Range::parse(request) {
        Ok(Range::Bytes(mut ranges)) if ranges.len() == 1 && is_of_range(request, tag) => ranges.pop(),
        _ => None,
    }
}

/// Begins the answer with this range of `len` bytes, or with all. Returns it with the first byte, and the one after the last.
fn begun(range: Option<ByteRangeSpec>, len: u64) -> Result<(HttpResponseBuilder, u64, u64), ApiError> {
    let (mut response, from, to) = match range {
        Some(range) => {
            let (from, last) = range.to_satisfiable_range(len).ok_or(ApiError::Range { len })?;
            let mut response = HttpResponse::PartialContent();
            response.insert_header((header::CONTENT_RANGE, format!("bytes {from}-{last}/{len}")));
            (response, from, last + 1)
        }
        None => (HttpResponse::Ok(), 0, len),
    };
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    Ok((response, from, to))
}

fn whole(
    request: &HttpRequest,
    file: RecordingFile,
    (len, content_type): (u64, &'static str),
    tag: Option<EntityTag>,
) -> Result<HttpResponse, ApiError> {
    let (mut response, from, to) = begun(range_of(request, tag.as_ref()), len)?;
    response.content_type(content_type);
    if let Some(tag) = tag {
        response.insert_header(ETag(tag));
    }
    Ok(response.body(SizedStream::new(to - from, Box::pin(pieces(file, from, to - from)))))
}

/// Runs work on files on a blocking thread. A file that is gone counts as a recording that does not exist.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    match priority::blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(cause)) if cause.kind() == io::ErrorKind::NotFound => Err(ApiError::NotFound("recording")),
        Ok(Err(cause)) => Err(ApiError::File { what: "the recording can't be read", cause }),
        Err(_) => Err(ApiError::going_down()),
    }
}
