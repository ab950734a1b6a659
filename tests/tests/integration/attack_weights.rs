//! An attack on weights files, which `--model` takes from anyone: a changed file is refused, or works. As the attack on
//! streams, for the whole of it:
//!
//! ```sh
//! ATTACK_CASES=3000 ATTACK_SEED=1 cargo test --release -p lmc-tests attacked_weights -- --nocapture
//! ```

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use lmc_codec::codecs::frames::{FrameKind, FrameOptions};
use lmc_codec::codecs::{AnyCodec, Codecs};
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::media::video::{Ratio, VideoFormat, VideoFrame};
use lmc_codec::sound::{SampleFormat, Sound, SoundEncodeOptions, decode_sound, encode_sound, verify_sound};
use lmc_codec::weights::WeightsFile;
use lmc_codec::{DecodeOptions, EncodeOptions, Image, ImageDecoder, ImageEncoder, Limits, Quality};
use lmc_models::zoo;
use lmc_tests::attack::timed;
use lmc_tests::damage::Damager;
use lmc_tests::pictures::{part, sample};
use lmc_tests::sounds::{music, spec};

/// The longest that loading, encoding and decoding of little may take.
const PATIENCE: Duration = Duration::from_secs(3);

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Changes a few bytes of the header or the data, or the length of the file.
fn change(bytes: &mut Vec<u8>, damager: &mut Damager) {
    let header = 8 + u64::from_le_bytes(*bytes.first_chunk().expect("files have a header")) as usize;
    let header = header.min(bytes.len());
    for _ in 0..1 + damager.below(4) {
        match damager.below(8) {
            // A digit of a shape, an offset or a setting: the file stays JSON.
            0..=3 => {
                let digits: Vec<usize> = (8..header).filter(|&at| bytes[at].is_ascii_digit()).collect();
                bytes[digits[damager.below(digits.len())]] = b'0' + damager.below(10) as u8;
            }
            4 => {
                let at = damager.below(header);
                bytes[at] ^= 1 << damager.below(8);
            }
            5 | 6 => {
                for _ in 0..1 + damager.below(2000) {
                    let at = header + damager.below(bytes.len() - header);
                    bytes[at] = damager.below(256) as u8;
                }
            }
            _ => bytes.truncate(header + damager.below(bytes.len() - header)),
        }
        if bytes.len() <= header {
            return;
        }
    }
}

/// Opens a changed file and, where that works, encodes and decodes with it; whether it worked.
fn used(codec: &str, bytes: &[u8], picture: &Image, sound: &Sound) -> Result<bool, String> {
    let mut codecs = Codecs::default();
    let row = codecs.registry().named(codec).expect("the codec is registered").clone();
    match codecs.open(&row, Some(&WeightsFile::new(bytes))) {
        Err(_) => Ok(false),
        Ok(AnyCodec::Image(_)) => {
            let options = EncodeOptions::default()
                .with_codec(Some(row.id))
                .with_quality(Quality::new(50.0).expect("a quality"));
            let Ok(encoded) = ImageEncoder::new(codecs.clone(), options).encode(picture) else {
                return Ok(false);
            };
            let decoder = ImageDecoder::new(codecs, DecodeOptions::default());
            let decoded = decoder
                .decode(&encoded.bytes)
                .map_err(|error| format!("decoding: {error}"))?;
            assert_eq!(decoded.picture.width(), picture.width());
            Ok(true)
        }
        Ok(AnyCodec::Sound(codec)) => {
            let out = Cursor::new(Vec::new());
            let options = SoundEncodeOptions::default();
            let Ok((out, stats)) = encode_sound(&codec, &mut sound.clone(), &options, out, &mut |_| {}) else {
                return Ok(false);
            };
            let stream = out.into_inner();
            let reader = StreamReader::new(&stream[..], &Limits::default(), Mode::Tolerant);
            let verified = reader.and_then(|reader| verify_sound(&codec, reader));
            let verified = verified.map_err(|error| format!("verifying: {error}"))?;
            assert_eq!(verified.symbol_hash, Some(stats.symbol_hash));
            decode_sound(&codec, &stream[..], &Limits::default(), Mode::Strict)
                .map_err(|error| format!("decoding: {error}"))?;
            Ok(true)
        }
        Ok(AnyCodec::Video(codec)) => {
            let format = VideoFormat::new(40, 24, Ratio::new(25, 1));
            let frame = VideoFrame::flat(&format, 99, 0).expect("a frame");
            let options = FrameOptions::default();
            let block = codec.block(&options);
            let encoder = codec.encoder(&format, &block, &options);
            let Ok(encoded) = encoder.and_then(|mut encoder| encoder.encode(&frame, FrameKind::Key)) else {
                return Ok(false);
            };
            let decoder = codec.decoder(&format, &block);
            let decoded = decoder.and_then(|mut decoder| decoder.decode(&encoded.bytes, encoded.kind));
            let decoded = decoded.map_err(|error| format!("decoding: {error}"))?;
            assert_eq!(decoded.checksum, encoded.checksum);
            Ok(true)
        }
    }
}

#[test]
fn attacked_weights_are_refused_or_work() {
    let (cases, seed) = (setting("ATTACK_CASES", 40), setting("ATTACK_SEED", 1));
    let picture = part(&sample(), 30, 40, 72, 40);
    let sound = music(spec(16_000, 1, SampleFormat::Int16), 8000);
    let shipped = zoo::shipped();
    let (mut faults, mut worked) = (Vec::new(), 0);
    for case in 0..cases {
        let mut damager = Damager::new((seed as u64) << 32 | case as u64);
        let model = &shipped[damager.below(shipped.len())];
        let mut bytes = model.bytes.to_vec();
        change(&mut bytes, &mut damager);
        let attempt = || timed(|| catch_unwind(AssertUnwindSafe(|| used(model.codec, &bytes, &picture, &sound))));
        let (outcome, time) = attempt();
        if time > PATIENCE && attempt().1 > PATIENCE {
            println!("case {case} of seed {seed}, {}: {time:?}", model.id);
            faults.push(case);
        }
        match outcome {
            Ok(Ok(does)) => worked += usize::from(does),
            Ok(Err(error)) => {
                println!("case {case} of seed {seed}, {}: {error}", model.id);
                faults.push(case);
            }
            Err(_) => {
                println!("case {case} of seed {seed}, {}: panic", model.id);
                faults.push(case);
            }
        }
    }
    println!("{cases} changed weights files, {worked} of them work");
    assert!(faults.is_empty(), "seed {seed}: cases {faults:?}");
}
