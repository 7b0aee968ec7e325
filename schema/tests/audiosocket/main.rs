//! The AudioSocket codec against captured traffic, tables and random bytes.

#[cfg(test)]
mod captures;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod table;

use cordboard_schema::wire::audiosocket::{DecodeError, Decoder, Message};

/// Returns everything that `input` completes, each with the position after it.
fn drain(decoder: &mut Decoder, mut input: &[u8]) -> Vec<(u64, Result<Message, DecodeError>)> {
    let (mut drained, bytes) = (Vec::new(), input.len());
    while let Some(result) = decoder.decode(&mut input).transpose() {
        assert!(drained.len() <= bytes, "no input was used for {result:?}");
        drained.push((decoder.position(), result));
    }
    assert!(input.is_empty(), "the decoder left {} bytes", input.len());
    drained
}
