//! The bodies of the fuzz targets: any bytes go in, and what must hold of them is asserted.
//!
//! The targets in `fuzz/` call these functions, and so does a plain test with the corpus of each.

mod container;
mod lossless_tile;
mod weights;

use std::sync::Arc;

use lmc_codec::container::{
    CodecId, ImageMedia, Metadata, Mode, Part, PartKind, SegmentId, StreamInfo, StreamReader, StreamWriter,
};
use lmc_codec::files::{self, Format};
use lmc_codec::sound::files::open_bytes;
use lmc_codec::sound::{SampleFormat, Sound, SoundCodec, SoundSource, SoundSpec};
use lmc_codec::{
    CodecError, Color, DecodeOptions, Depth, EncodeOptions, Header, ImageDecoder, ImageEncoder, Limits, Media, Quality,
};
use lmc_entropy::prior::{Coding, Context, LatentPrior, Latents, PriorSpec};
use lmc_entropy::trellis::{Machine, Quantisation};

use crate::models::{Flat, SMALL_HASH, small_prior, small_prior_with_hyper_context, with_model};
use crate::sounds::{decode, small_speech, untrained, verify, wav};

pub use container::container;
pub(crate) use container::written_anew;
pub use lossless_tile::lossless_tile;
pub use weights::weights;

/// What a fuzzer calls with any bytes.
pub type Target = fn(&[u8]);

/// The name of each target, which is that of its corpus too, and its body.
pub const ALL: [(&str, Target); 11] = [
    ("container", container),
    ("prior_spec", prior_spec),
    ("tile", tile),
    ("alpha", alpha),
    ("picture_file", picture_file),
    ("sound_stream", sound_stream),
    ("sound_packet", sound_packet),
    ("speech_packet", speech_packet),
    ("sound_file", sound_file),
    ("lossless_tile", lossless_tile),
    ("weights", weights),
];

/// Limits that let a target run in milliseconds.
fn limits() -> Limits {
    Limits {
        max_pixels: 1 << 20,
        max_metadata_bytes: 1 << 20,
        max_samples: 1 << 18,
        max_channels: 4,
        ..Limits::default()
    }
}

/// The parser of priors: what it takes it writes the same, and what the checks take runs.
pub fn prior_spec(data: &[u8]) {
    let Ok(spec) = PriorSpec::from_bytes(data) else {
        return;
    };
    assert_eq!(spec.to_bytes(), data);
    if let Ok(prior) = LatentPrior::new(spec) {
        let latents = Latents {
            height: 1,
            width: 2,
            z: vec![5; prior.z_channels()],
            y: vec![-700; 2 * prior.channels()],
        };
        for coding in codings() {
            let Ok(coded) = prior.compress(&latents, coding) else {
                let lacks_tables = coding.quantisation != Quantisation::Rounding && !prior.knows_trellis();
                assert!(lacks_tables || coding.context == Context::Four && prior.spec().deep.is_empty());
                continue;
            };
            let back = prior.decompress(&coded.bytes, 1, 2, coding);
            let back = back.expect("what was coded decodes");
            assert_eq!((back.checksum, back.y_hat), (coded.checksum, coded.y_hat));
            drop(prior.decompress(data, 2, 1, coding));
        }
    }
}

fn codings() -> [Coding; 4] {
    let [small, large] = [Machine::SMALLEST, Machine::LARGEST].map(Quantisation::Trellis);
    let four = |quantisation| Coding {
        quantisation,
        context: Context::Four,
    };
    [Coding::default(), small.into(), large.into(), four(small)]
}

/// The decoder of the symbols of a tile. The first two bytes are its size.
pub fn tile(data: &[u8]) {
    let &[height, width, ref bytes @ ..] = data else {
        return;
    };
    let (height, width) = (1 + usize::from(height % 12), 1 + usize::from(width % 12));
    let priors: [&LatentPrior; 2] = [small_prior(), small_prior_with_hyper_context()];
    for (prior, coding) in priors.iter().flat_map(|prior| codings().map(|coding| (prior, coding))) {
        let decode = || prior.decompress(bytes, height, width, coding);
        let first = decode();
        assert_eq!(first, decode(), "decoding is a function of the bytes");
        if let Ok(decoded) = first {
            assert_eq!(decoded.y_hat.len(), height * width * prior.channels());
            assert!(decoded.symbols <= (height * width + 9) * (prior.channels() + prior.z_channels()));
        }
    }
}

/// The decoder of alpha, in a stream that is whole otherwise. The first two bytes are its size and depth.
pub fn alpha(data: &[u8]) {
    let &[width, height, ref coded @ ..] = data else {
        return;
    };
    let media = ImageMedia {
        width: 1 + u32::from(width % 64),
        height: 1 + u32::from(height % 64),
        color: Color::Gray,
        depth: if width < 128 { Depth::Eight } else { Depth::Sixteen },
        alpha: true,
        cicp: None,
        tile_size: 64,
    };
    let bytes = with_alpha(&media, coded);
    let codecs = with_model(Arc::new(Flat));
    let decode = |conceal, bytes: &[u8]| {
        let options = DecodeOptions::default().with_limits(limits()).with_conceal(conceal);
        ImageDecoder::new(codecs.clone(), options).decode(bytes)
    };
    let tolerant = decode(true, &bytes).expect("damage to alpha is concealed");
    match decode(false, &bytes) {
        Err(_) => assert_eq!(tolerant.damage.runs(PartKind::Alpha).collect::<Vec<_>>(), [(0, 1)]),
        Ok(strict) => {
            assert_eq!(strict.picture, tolerant.picture);
            assert!(tolerant.damage.is_empty());
            let encoder = ImageEncoder::new(codecs.clone(), EncodeOptions::default());
            let again = encoder.encode(&strict.picture).expect("every alpha can be coded");
            let again = decode(false, &again.bytes).expect("what was coded decodes");
            assert_eq!(again.picture.alpha(), strict.picture.alpha());
        }
    }
}

/// A stream of one tile with `coded` as its alpha, and the checksum of what that decodes to if it does.
fn with_alpha(media: &ImageMedia, coded: &[u8]) -> Vec<u8> {
    let prior = small_prior();
    let (height, width) = (media.height.div_ceil(16) as usize, media.width.div_ceil(16) as usize);
    let latents = Latents {
        height,
        width,
        z: vec![0; prior.z_channels()],
        y: vec![0; height * width * prior.channels()],
    };
    let tile = prior.compress(&latents, Coding::default());
    let tile = tile.expect("zeros can be coded");
    let header = Header {
        codec: CodecId(1),
        model: SMALL_HASH,
        media: Media::Image(media.clone()),
        codec_block: vec![0x88, 0x13, 0],
    };
    let write = |checksum| {
        let mut writer = StreamWriter::new(Vec::new(), &header).expect("the header is valid");
        writer.part(0, tile.checksum, &tile.bytes).expect("the tile is due");
        writer.alpha(0, checksum, coded).expect("the alpha is due");
        writer.finish().expect("nothing is missing").0
    };
    let options = DecodeOptions::default().with_limits(limits());
    match ImageDecoder::new(with_model(Arc::new(Flat)), options).decode(&write(0)) {
        Err(CodecError::AlphaDesync { found, .. }) => write(found),
        _ => write(0),
    }
}

/// The readers of picture files: what they take is within the limits and survives being written as PNG.
pub fn picture_file(data: &[u8]) {
    let limits = limits();
    let Ok(picture) = files::read_bytes(data, &limits) else {
        return;
    };
    assert!(limits.check_size(picture.width(), picture.height()).is_ok());
    let (png, lost) = files::to_bytes(&picture, Format::Png).expect("PNG holds every picture");
    assert!(!lost.depth && !lost.alpha && !lost.exif);
    let again = files::read_bytes(&png, &limits).expect("what was written can be read");
    let pixels = |image: &lmc_codec::Image| {
        (
            image.width(),
            image.height(),
            image.samples().clone(),
            image.alpha().cloned(),
        )
    };
    assert_eq!(pixels(&again), pixels(&picture));
}

/// All packets of a stream, and whether something is wrong with it.
fn packets(data: &[u8], mode: Mode) -> lmc_codec::Result<(Vec<Part>, lmc_codec::DamageReport)> {
    let mut reader = StreamReader::new(data, &limits(), mode)?;
    let mut parts = Vec::new();
    while let Some(part) = reader.next_part()? {
        parts.push(part);
    }
    Ok((parts, reader.damage().clone()))
}

/// The readers of streams of sound: what the strict one takes is whole for the others, and comes out as it went in.
pub fn sound_stream(data: &[u8]) {
    let (info, tolerant) = (lmc_codec::info(data, &limits()), packets(data, Mode::Tolerant));
    assert_eq!(
        info.is_err(),
        tolerant.is_err(),
        "info and the tolerant reader judge alike"
    );
    let (Ok(info), Ok(tolerant)) = (info, tolerant) else {
        assert!(packets(data, Mode::Strict).is_err());
        return;
    };
    assert_eq!(info.damage, tolerant.1);
    assert_eq!((info.symbols.count + info.alpha.count) as usize, tolerant.0.len());
    let Media::Sound(sound) = &info.header.media else {
        return;
    };
    let Ok((parts, _)) = packets(data, Mode::Strict) else {
        assert!(!info.damage.is_empty(), "what the strict reader refuses is reported");
        return;
    };
    assert_eq!((&parts, true), (&tolerant.0, info.damage.is_empty()));
    check_anew(&info, &parts, data);
    if let Ok(verified) = verify(untrained(), data)
        && verified.is_good()
        && sound.samples * u64::from(sound.channels) < 1 << 15
    {
        let (decoded, _) = decode(untrained(), data, Mode::Strict).expect("what is verified decodes");
        assert_eq!(decoded.samples_per_channel() as u64, sound.samples);
    }
}

/// Header, packets and end of a stream are written as they were read, byte for byte. Between header and packets, metadata
/// may have been in another order, and there may be segments and tags that this version does not know.
fn check_anew(info: &StreamInfo, parts: &[Part], data: &[u8]) {
    let out = std::io::Cursor::new(Vec::new());
    let mut writer = StreamWriter::deferred(out, &info.header).expect("the header was read");
    writer.metadata(&info.metadata).expect("metadata come before packets");
    for segment in &info.codec_segments {
        writer.codec(segment).expect("codec segments come before packets");
    }
    for part in parts {
        writer
            .part(part.index, part.checksum, &part.bytes)
            .expect("packets are in order");
    }
    let anew = writer
        .finish_with(info.header.media.clone())
        .expect("all packets are there");
    let anew = anew.0.into_inner();
    assert_eq!(anew[..info.header_bytes], data[..info.header_bytes]);
    if info.unknown == 0 && info.log.bytes_of(SegmentId::HASH) == 0 {
        let behind: u64 = [SegmentId::PART, SegmentId::END]
            .map(|id| info.log.bytes_of(id))
            .iter()
            .sum();
        let end = |bytes: &[u8]| bytes[bytes.len() - behind as usize..].to_vec();
        assert_eq!(end(&anew), end(data));
    }
    if info.unknown == 0 && info.metadata == Metadata::default() && info.codec_segments.is_empty() {
        let unread = [SegmentId::INDEX, SegmentId::HASH, SegmentId::TAGS];
        let has_unread = unread.into_iter().any(|id| info.log.bytes_of(id) > 0);
        assert!(has_unread || anew == data);
    }
}

/// The decoder of packets of sound. The first two bytes are the channels and the quality.
pub fn sound_packet(data: &[u8]) {
    packet(&**untrained(), data);
}

/// The same of packets of speech.
pub fn speech_packet(data: &[u8]) {
    packet(small_speech(), data);
}

fn packet(codec: &dyn SoundCodec, data: &[u8]) {
    let &[channels, quality, ref bytes @ ..] = data else {
        return;
    };
    let channels = 1 + usize::from(channels) % codec.max_channels();
    let quality = Quality::from_hundredths(u16::from(quality) * 39).expect("at most 9945");
    let first = codec.read(bytes, channels, quality);
    let again = codec.read(bytes, channels, quality);
    assert_eq!(first.is_ok(), again.is_ok(), "decoding is a function of the bytes");
    if let (Ok(first), Ok(again)) = (first, again) {
        assert_eq!(first, again, "decoding is a function of the bytes");
        let samples = codec.synthesise(None, &first, Some(&again), channels, quality);
        let samples = samples.expect("what was read can be heard");
        assert_eq!(samples.len(), channels);
        assert!(samples.iter().all(|channel| channel.len() == codec.packet_samples()));
    }
}

/// The readers of sound files: what they take survives being written as WAV.
pub fn sound_file(data: &[u8]) {
    let Ok(mut source) = open_bytes(data.to_vec()) else {
        return;
    };
    let spec = source.spec();
    assert!(spec.check().is_ok());
    let mut samples = Vec::new();
    // A small file may hold days of silence.
    while samples.len() < 1 << 16 {
        match source.read(&mut samples, 1 << 12) {
            Ok(0) | Err(_) => break,
            Ok(count) => assert!(count <= 1 << 12),
        }
    }
    assert!(samples.len().is_multiple_of(usize::from(spec.channels)));
    let samples = samples.iter().map(|&sample| {
        if sample.is_nan() {
            0.0
        } else {
            spec.format.rounded(sample)
        }
    });
    let spec = SoundSpec {
        // Integers of 32 bits have more than what samples here hold.
        format: if spec.format == SampleFormat::Int32 {
            SampleFormat::Float32
        } else {
            spec.format
        },
        ..spec
    };
    let sound = Sound::new(spec, samples.collect()).expect("whole samples");
    let again = open_bytes(wav(&sound)).and_then(|mut source| Sound::read_all(&mut *source));
    let again = again.expect("what was written can be read");
    assert_eq!((again.spec(), again.samples()), (sound.spec(), sound.samples()));
}
