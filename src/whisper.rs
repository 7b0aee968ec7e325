//! Speech recognition on this machine: a Whisper model from a folder, with the files of `openai/whisper-tiny` at Hugging Face (`config.json`,
//! `tokenizer.json`, `model.safetensors`).
//!
//! The network is candle's. This file has what surrounds it: the filters that turn sound into the network's input, which tokens may follow, when an
//! answer is invalid, and the decoding of tokens. Whisper was trained on 30 s of sound at 16 kHz, and invents words in silence (Radford et al.,
//! "Robust Speech Recognition via Large-Scale Weak Supervision", sections 2.3 and 4.5). So silence is recognized by the model's own token for it, and
//! answers faster than human speech are rejected.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{D, DType, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_nn::ops::{log_softmax, softmax};
use candle_transformers::models::whisper::{self, Config, model};
use cordboard_actors::assistant::{Recognizer, Speech};
use serde::Deserialize;

/// Maximum bytes of a model: `whisper-large-v3` has 3.1 GB.
const MODEL_BYTES_MAX: u64 = 4 << 30;
/// Maximum bytes of the two other files.
const TEXT_BYTES_MAX: u64 = 64 << 20;
/// Frames of 10 ms that the network takes at once: 30 s.
const FRAMES: usize = whisper::N_FRAMES;
/// Maximum tokens of one answer. People say some four a second.
const TOKENS_MAX: usize = 200;
/// Maximum letters that a person says in a second. More letters mean that the model repeats itself.
const LETTERS_PER_S_MAX: usize = 30;

/// Why a model can't be used.
#[derive(Debug, thiserror::Error)]
pub enum WhisperError {
    /// A file can't be read.
    #[error("{} can't be read: {cause}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        cause: io::Error,
    },
    /// A file is larger than any model's.
    #[error("{} is too large for a Whisper model", .0.display())]
    TooLarge(PathBuf),
    /// A file is not JSON of the expected kind.
    #[error("{} is not what a Whisper model has there: {reason}", .path.display())]
    NotWhisper {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// The weights are not those of the model that `config.json` describes.
    #[error("the weights in {} do not fit config.json: {cause}", .path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// Error of candle.
        cause: candle_core::Error,
    },
    /// The system can't start threads.
    #[error("threads for it can't be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// A loaded model.
pub struct Whisper {
    network: model::Whisper,
    filters: Vec<f32>,
    vocabulary: Vocabulary,
    /// Added to the scores of tokens: minus infinity for those that never appear in a text.
    never: Tensor,
    /// The same for the first token of a text.
    never_first: Tensor,
    threads: Arc<rayon::ThreadPool>,
}

/// Tokens that mean something other than letters.
#[derive(Debug)]
struct Vocabulary {
    /// The bytes of each token; none for tokens that are not letters.
    bytes: Vec<Option<Vec<u8>>>,
    start: u32,
    end: u32,
    transcribe: Option<u32>,
    no_timestamps: u32,
    no_speech: Option<u32>,
    /// By their two-letter tags; none for an English-only model.
    languages: BTreeMap<String, u32>,
}

/// Members of `tokenizer.json` that are read.
#[derive(Deserialize)]
struct TokenizerFile {
    model: TokenizerModel,
    added_tokens: Vec<AddedToken>,
}

#[derive(Deserialize)]
struct TokenizerModel {
    vocab: BTreeMap<String, u32>,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
}

impl Whisper {
    /// Reads a model. Takes a second per 500 MB, and blocks.
    ///
    /// # Errors
    /// [`WhisperError`].
    pub fn load(folder: &Path) -> Result<Self, WhisperError> {
        let path = folder.join("config.json");
        let not_whisper =
            |path: &Path, reason: String| WhisperError::NotWhisper { path: path.to_owned(), reason };
        let config: Config = serde_json::from_slice(&read(&path, TEXT_BYTES_MAX)?)
            .map_err(|error| not_whisper(&path, error.to_string()))?;
        check(&config).map_err(|reason| not_whisper(&path, reason))?;
        let path = folder.join("tokenizer.json");
        let tokens: TokenizerFile = serde_json::from_slice(&read(&path, TEXT_BYTES_MAX)?)
            .map_err(|error| not_whisper(&path, error.to_string()))?;
        let vocabulary =
            Vocabulary::of(tokens, config.vocab_size).map_err(|reason| not_whisper(&path, reason))?;
        let path = folder.join("model.safetensors");
        let weights = read(&path, MODEL_BYTES_MAX)?;
        let device = Device::Cpu;
        let network = VarBuilder::from_buffered_safetensors(weights, DType::F32, &device)
            .and_then(|weights| model::Whisper::load(&weights, config.clone()))
            .map_err(|cause| WhisperError::Weights { path: path.clone(), cause })?;
        let (never, never_first) =
            vocabulary.never(&config, &device).map_err(|cause| WhisperError::Weights { path, cause })?;
        // Half of the cores, because the others serve callers.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads((cores / 2).max(1))
            .thread_name(|number| format!("ears-{number}"))
            .build()?;
        let filters = mel_filters(config.num_mel_bins);
        Ok(Self { network, filters, vocabulary, never, never_first, threads: Arc::new(threads) })
    }

    fn words(&mut self, speech: &Speech) -> candle_core::Result<String> {
        let Some((tokens, log_likelihood)) = self.tokens(speech)? else { return Ok(String::new()) };
        let text = self.vocabulary.text(&tokens);
        let is_believed =
            is_believed(&text, speech.samples.len(), log_likelihood / (tokens.len() + 1) as f64);
        Ok(if is_believed { text } else { String::new() })
    }

    /// Returns the likeliest tokens of the speech, and the logarithm of their likelihood; none if nobody speaks.
    fn tokens(&mut self, speech: &Speech) -> candle_core::Result<Option<(Vec<u32>, f64)>> {
        let device = Device::Cpu;
        let samples: Vec<f32> = speech.samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        let config = &self.network.config;
        let bins = config.num_mel_bins;
        let mel = whisper::audio::pcm_to_mel(config, &samples, &self.filters);
        let frames = mel.len() / bins;
        let mel = Tensor::from_vec(mel, (1, bins, frames), &device)?.narrow(2, 0, FRAMES.min(frames))?;
        let heard = self.network.encoder.forward(&mel, true)?;

        let mut tokens = self.vocabulary.prompt(&speech.language);
        let prompt = tokens.len();
        let longest = (config.max_target_positions / 2).min(TOKENS_MAX);
        let mut log_likelihood = 0.0;
        while tokens.len() < prompt + longest {
            let so_far = Tensor::new(tokens.as_slice(), &device)?.unsqueeze(0)?;
            let is_first = tokens.len() == prompt;
            let states = self.network.decoder.forward(&so_far, &heard, is_first)?;
            if is_first && self.is_silence(&states)? {
                return Ok(None);
            }
            let last = states.i((..1, tokens.len() - 1..))?;
            let scores = self.network.decoder.final_linear(&last)?.i(0)?.i(0)?;
            let scores = (scores + if is_first { &self.never_first } else { &self.never })?;
            let next = scores.argmax(D::Minus1)?.to_scalar::<u32>()?;
            let likelihoods = log_softmax(&scores, D::Minus1)?;
            log_likelihood += f64::from(likelihoods.i(next as usize)?.to_scalar::<f32>()?);
            if next == self.vocabulary.end {
                break;
            }
            tokens.push(next);
        }
        Ok(Some((tokens.split_off(prompt), log_likelihood)))
    }

    /// Returns whether the model says that nobody speaks, at the place of the very first token.
    fn is_silence(&self, states: &Tensor) -> candle_core::Result<bool> {
        let Some(no_speech) = self.vocabulary.no_speech else { return Ok(false) };
        let scores = self.network.decoder.final_linear(&states.i((..1, ..1))?)?.i(0)?.i(0)?;
        let likely = softmax(&scores, D::Minus1)?.i(no_speech as usize)?.to_scalar::<f32>()?;
        Ok(f64::from(likely) > whisper::NO_SPEECH_THRESHOLD)
    }
}

impl Recognizer for Whisper {
    fn recognize(&mut self, speech: &Speech) -> Result<String, String> {
        // Only these threads do the network's parallel work.
        let threads = Arc::clone(&self.threads);
        threads.install(|| self.words(speech)).map_err(|error| error.to_string())
    }
}

impl Vocabulary {
    fn of(file: TokenizerFile, count: usize) -> Result<Self, String> {
        let mut bytes = vec![None; count];
        for (letters, id) in &file.model.vocab {
            let place =
                bytes.get_mut(*id as usize).ok_or_else(|| format!("the token {id} is beyond the model's"))?;
            *place = letters.chars().map(byte_of).collect();
        }
        let special: BTreeMap<&str, u32> =
            file.added_tokens.iter().map(|token| (token.content.as_str(), token.id)).collect();
        for id in special.values() {
            let place =
                bytes.get_mut(*id as usize).ok_or_else(|| format!("the token {id} is beyond the model's"))?;
            *place = None;
        }
        let find = |name: &str| special.get(name).copied();
        let needed = |name: &str| find(name).ok_or_else(|| format!("it has no token {name}"));
        let language = |(name, id): (&&str, &u32)| {
            let tag = name.strip_prefix("<|")?.strip_suffix("|>")?;
            (tag.len() == 2 && tag.bytes().all(|letter| letter.is_ascii_lowercase()))
                .then(|| (tag.to_owned(), *id))
        };
        let languages: BTreeMap<String, u32> = special.iter().filter_map(language).collect();
        // An English-only model may list the languages without using them: it has no token for the task.
        let transcribe = find(whisper::TRANSCRIBE_TOKEN);
        Ok(Self {
            start: needed(whisper::SOT_TOKEN)?,
            end: needed(whisper::EOT_TOKEN)?,
            no_timestamps: needed(whisper::NO_TIMESTAMPS_TOKEN)?,
            no_speech: whisper::NO_SPEECH_TOKENS.into_iter().find_map(find),
            languages,
            transcribe,
            bytes,
        })
    }

    /// Returns the prefix of an answer: for a text in this language, or in English if the model does not know it.
    fn prompt(&self, language: &str) -> Vec<u32> {
        let tag = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let language = self.languages.get(&tag).or_else(|| self.languages.get("en"));
        let task = language.zip(self.transcribe.as_ref()).map(|(language, task)| [*language, *task]);
        [self.start].into_iter().chain(task.into_iter().flatten()).chain([self.no_timestamps]).collect()
    }

    /// Returns the bias of the scores of tokens, in general and at the beginning of a text: only letters and the end may occur, and a text begins
    /// with a letter.
    fn never(&self, config: &Config, device: &Device) -> candle_core::Result<(Tensor, Tensor)> {
        let is_letters = |id: usize| self.bytes[id].is_some();
        let is_suppressed = |id: usize| config.suppress_tokens.iter().any(|never| *never as usize == id);
        let end = self.end as usize;
        let allowed = |id: usize| id == end || (is_letters(id) && !is_suppressed(id));
        let is_blank =
            |id: usize| self.bytes[id].as_deref().is_some_and(|bytes| bytes.trim_ascii().is_empty());
        let scores = |allowed: &dyn Fn(usize) -> bool| {
            let score = |id| if allowed(id) { 0.0 } else { f32::NEG_INFINITY };
            Tensor::from_iter((0..self.bytes.len()).map(score), device)
        };
        Ok((scores(&allowed)?, scores(&|id| allowed(id) && id != end && !is_blank(id))?))
    }

    fn text(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens
            .iter()
            .filter_map(|id| self.bytes.get(*id as usize)?.as_deref())
            .flatten()
            .copied()
            .collect();
        // A letter that the end of the answer cuts off is dropped.
        String::from_utf8_lossy(&bytes).trim_end_matches('\u{fffd}').trim().to_owned()
    }
}

/// Returns the byte that a letter of a token stands for. Tokens are written in visible letters: bytes that are visible in Latin-1 stand for
/// themselves, the others for letters from U+0100 on (`bytes_to_unicode` of GPT-2).
fn byte_of(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    let is_seen = |byte: u32| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    if is_seen(code) {
        return u8::try_from(code).ok();
    }
    let number = usize::try_from(code.checked_sub(0x100)?).ok()?;
    (0..=0xff_u32).filter(|byte| !is_seen(*byte)).nth(number).and_then(|byte| u8::try_from(byte).ok())
}

/// Returns whether this is speech of this many samples, and not a guess of the model.
fn is_believed(text: &str, samples: usize, mean_log_likelihood: f64) -> bool {
    let seconds = samples / whisper::SAMPLE_RATE + 1;
    mean_log_likelihood >= whisper::LOGPROB_THRESHOLD && text.chars().count() <= seconds * LETTERS_PER_S_MAX
}

/// Checks what this code requires of a model, whatever its file says.
fn check(config: &Config) -> Result<(), String> {
    let is_split = |states: usize, heads: usize| heads > 0 && states.is_multiple_of(heads);
    let is_small = |count: usize| (1..=64).contains(&count);
    if ![80, 128].contains(&config.num_mel_bins) {
        return Err(format!("num_mel_bins is {}, and known models have 80 or 128", config.num_mel_bins));
    }
    if config.max_source_positions != FRAMES / 2 {
        return Err(format!("max_source_positions is {}, not {}", config.max_source_positions, FRAMES / 2));
    }
    let is_usual = is_split(config.d_model, config.encoder_attention_heads)
        && is_split(config.d_model, config.decoder_attention_heads)
        && is_small(config.encoder_layers)
        && is_small(config.decoder_layers)
        && (4..=8_192).contains(&config.d_model)
        && config.d_model.is_multiple_of(2)
        && (16..=2_048).contains(&config.max_target_positions)
        && (1..=1_000_000).contains(&config.vocab_size);
    if is_usual { Ok(()) } else { Err("no Whisper model has its sizes".to_owned()) }
}

/// Reads a file of at most `bytes_max` bytes.
fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, WhisperError> {
    let failed = |cause| WhisperError::File { path: path.to_owned(), cause };
    if std::fs::metadata(path).map_err(failed)?.len() > bytes_max {
        return Err(WhisperError::TooLarge(path.to_owned()));
    }
    std::fs::read(path).map_err(failed)
}

/// Returns the weight of each of the 201 frequencies from 0 to 8 kHz in each band, one row per band: triangles on the mel scale of Slaney's Auditory
/// Toolbox (linear up to 1 kHz, logarithmic above), each of the same area.
fn mel_filters(bands: usize) -> Vec<f32> {
    const FREQUENCIES: usize = whisper::N_FFT / 2 + 1;
    const HZ_A_MEL: f64 = 200.0 / 3.0;
    const LINEAR_MELS: f64 = 1_000.0 / HZ_A_MEL;
    // 27 mels above 1 kHz are a factor of 6.4.
    let step = 6.4_f64.ln() / 27.0;
    let to_hz = |mel: f64| {
        if mel < LINEAR_MELS { mel * HZ_A_MEL } else { 1_000.0 * ((mel - LINEAR_MELS) * step).exp() }
    };
    let highest_hz = whisper::SAMPLE_RATE as f64 / 2.0;
    let highest_mel = LINEAR_MELS + (highest_hz / 1_000.0).ln() / step;
    let edges: Vec<f64> =
        (0..bands + 2).map(|edge| to_hz(highest_mel * edge as f64 / (bands + 1) as f64)).collect();
    let mut filters = Vec::with_capacity(bands * FREQUENCIES);
    for edge in edges.windows(3) {
        let [low, middle, high] = [edge[0], edge[1], edge[2]];
        let area = 2.0 / (high - low);
        filters.extend((0..FREQUENCIES).map(|place| {
            let hz = highest_hz * place as f64 / (FREQUENCIES - 1) as f64;
            let part = ((hz - low) / (middle - low)).min((high - hz) / (high - middle)).max(0.0);
            (part * area) as f32
        }));
    }
    filters
}

#[cfg(test)]
mod tests {
    use candle_nn::VarMap;
    use serde_json::json;

    use super::*;

    /// Makes a folder with an untrained model: its words mean nothing, and are always the same.
    fn folder(change: impl FnOnce(&mut serde_json::Value)) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut config = json!({
            "num_mel_bins": 80, "max_source_positions": 1500, "d_model": 8, "encoder_attention_heads": 2,
            "encoder_layers": 1, "decoder_attention_heads": 2, "decoder_layers": 1, "max_target_positions": 64,
            "vocab_size": 264, "suppress_tokens": [0, 1],
        });
        let letters: serde_json::Map<_, _> = (0..=0xffff_u32)
            .filter_map(char::from_u32)
            .filter_map(|letter| Some((letter.to_string(), json!(byte_of(letter)?))))
            .collect();
        assert_eq!(letters.len(), 256);
        let special = [
            "<|endoftext|>",
            "<|startoftranscript|>",
            "<|en|>",
            "<|de|>",
            "<|transcribe|>",
            "<|notimestamps|>",
            "<|nospeech|>",
        ];
        let added: Vec<_> =
            special.iter().zip(256..).map(|(content, id)| json!({ "id": id, "content": content })).collect();
        let tokens = json!({ "model": { "vocab": letters }, "added_tokens": added });
        let known: Config = serde_json::from_value(config.clone()).unwrap();
        let weights = VarMap::new();
        model::Whisper::load(&VarBuilder::from_varmap(&weights, DType::F32, &Device::Cpu), known).unwrap();
        for (name, variable) in weights.data().lock().unwrap().iter() {
            // The same each time, and no two tokens alike.
            let seed = name.len() as f32;
            let count = variable.elem_count();
            let values = (0..count).map(|at| (at as f32 * 0.37 + seed).sin() * 0.9);
            let values = Tensor::from_iter(values, &Device::Cpu).unwrap().reshape(variable.shape()).unwrap();
            variable.set(&values).unwrap();
        }
        weights.save(folder.path().join("model.safetensors")).unwrap();
        change(&mut config);
        std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        std::fs::write(folder.path().join("tokenizer.json"), tokens.to_string()).unwrap();
        folder
    }

    fn said(seconds: usize) -> Speech {
        let samples = (0..seconds * 16_000).map(|at| (((at * at) % 9_973) as i16) * 3 - 15_000).collect();
        Speech { samples, language: "de-AT".to_owned() }
    }

    #[test]
    fn any_weights_are_read_and_answers_are_bounded_and_repeatable() {
        let folder = folder(|_| {});
        let mut ears = Whisper::load(folder.path()).unwrap();
        for seconds in [0, 1, 16, 29] {
            let speech = said(seconds);
            let (tokens, log_likelihood) = ears.tokens(&speech).unwrap().unwrap();
            assert!((1..=32).contains(&tokens.len()) && log_likelihood < 0.0, "{tokens:?}, {log_likelihood}");
            assert!(tokens.iter().all(|token| (2..256).contains(token)), "letters alone: {tokens:?}");
            assert_eq!(ears.tokens(&speech).unwrap().unwrap().0, tokens);
            ears.recognize(&speech).unwrap();
        }
    }

    #[test]
    fn guesses_and_repetitions_are_rejected() {
        assert!(is_believed("When do you open?", 16_000, -0.4));
        assert!(!is_believed("Thank you for watching.", 16_000, -1.2), "a guess");
        assert!(!is_believed(&"No. ".repeat(60), 2 * 16_000, -0.1), "nobody speaks so fast");
    }

    #[test]
    fn tokens_are_letters_and_answers_begin_in_their_language() {
        let folder = folder(|_| {});
        let ears = Whisper::load(folder.path()).unwrap();
        let of = |text: &str| text.bytes().map(u32::from).collect::<Vec<_>>();
        assert_eq!(ears.vocabulary.text(&of(" Grüß Gott, öffnen Sie?")), "Grüß Gott, öffnen Sie?");
        assert_eq!(ears.vocabulary.text(&of("Grü")[..3]), "Gr", "half a letter is dropped");
        assert_eq!(ears.vocabulary.text(&[256, 257, 72, 105, 9_999]), "Hi");
        assert_eq!(ears.vocabulary.prompt("de-AT"), [257, 259, 260, 261]);
        assert_eq!(ears.vocabulary.prompt("pl"), [257, 258, 260, 261]);
        let never = |tensor: &Tensor, id: usize| tensor.i(id).unwrap().to_scalar::<f32>().unwrap() != 0.0;
        let (later, first) = (&ears.never, &ears.never_first);
        assert!(!never(later, 65) && !never(first, 65));
        assert!(!never(later, 32) && never(first, 32), "a text begins with a letter");
        assert!(!never(later, 256) && never(first, 256), "and is not empty, where somebody speaks");
        assert!(never(later, 0) && never(later, 257) && never(later, 262));
    }

    #[test]
    fn an_invalid_model_is_refused_with_its_reason() {
        let message = |folder: &Path| Whisper::load(folder).err().unwrap().to_string();
        let empty = tempfile::tempdir().unwrap();
        assert!(message(empty.path()).contains("config.json can't be read"), "{}", message(empty.path()));
        for (field, value, reason) in [
            ("num_mel_bins", json!(81), "num_mel_bins is 81"),
            ("encoder_attention_heads", json!(0), "no Whisper model has its sizes"),
            ("d_model", json!(10), "the weights"),
            ("vocab_size", json!(100), "beyond the model's"),
            ("encoder_layers", json!("many"), "config.json is not what a Whisper model has there"),
        ] {
            let folder = folder(|config| config[field] = value);
            assert!(message(folder.path()).contains(reason), "{}", message(folder.path()));
        }
        let cut = folder(|_| {});
        let weights = cut.path().join("model.safetensors");
        let bytes = std::fs::read(&weights).unwrap();
        std::fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
        assert!(message(cut.path()).contains("do not fit config.json"), "{}", message(cut.path()));
    }

    /// Values of `mel_filters.npz` in openai-whisper 20250625.
    #[test]
    fn the_filters_are_those_of_openai() {
        let filters = mel_filters(80);
        let at = |band: usize, place: usize| filters[band * 201 + place];
        for (band, place, value) in [
            (0, 1, 0.024_862_595),
            (10, 10, 0.019_908_218),
            (40, 43, 0.014_735_566),
            (79, 192, 0.003_164_711_9),
        ] {
            assert!((at(band, place) - value).abs() < 1e-7, "band {band}, {place}: {}", at(band, place));
        }
        let area = |filters: &[f32], band: usize| filters[band * 201..(band + 1) * 201].iter().sum::<f32>();
        assert!((area(&filters, 79) - 0.024_925_34).abs() < 1e-6);
        assert!((area(&mel_filters(128), 127) - 0.024_936_04).abs() < 1e-6);
    }
}
