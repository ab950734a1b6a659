//! The bodies of the fuzz targets: any bytes go in, and what must hold of them is asserted.
//!
//! The targets in `fuzz/` call these functions, and so does a plain test with the corpus of each.

use std::sync::Arc;

use lmc_codec::container::{
    Container, ContainerWriter, Header, ImageCodec, Mode, PacketPart, SoundReader, SoundWriter, sound_info,
};
use lmc_codec::files::{self, Format};
use lmc_codec::sound::files::open_bytes;
use lmc_codec::sound::{SampleFormat, Sound, SoundSource, SoundSpec};
use lmc_codec::{
    Color, Damage, DecodeOptions, Depth, EncodeOptions, ImageDecoder, ImageEncoder, Limits, Orientation, Quality,
};
use lmc_entropy::prior::{Coding, Context, LatentPrior, Latents, PriorSpec};
use lmc_entropy::trellis::{Machine, Quantisation};

use crate::models::{Flat, SMALL_HASH, small_prior, small_prior_with_hyper_context};
use crate::sounds::{decode, untrained, verify, wav};

/// What a fuzzer calls with any bytes.
pub type Target = fn(&[u8]);

/// The name of each target, which is that of its corpus too, and its body.
pub const ALL: [(&str, Target); 8] = [
    ("container", container),
    ("prior_spec", prior_spec),
    ("tile", tile),
    ("alpha", alpha),
    ("picture_file", picture_file),
    ("sound_stream", sound_stream),
    ("sound_packet", sound_packet),
    ("sound_file", sound_file),
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

/// The readers of the container: what the strict one takes is whole for the others, and comes out as it went in.
pub fn container(data: &[u8]) {
    let (info, limits) = (lmc_codec::info(data, &limits()), limits());
    let tolerant = Container::parse(data, &limits, Mode::Tolerant);
    assert_eq!(
        info.is_err(),
        tolerant.is_err(),
        "info and the tolerant reader judge alike"
    );
    let Ok(strict) = Container::parse(data, &limits, Mode::Strict) else {
        if let Ok(tolerant) = tolerant {
            assert!(
                !tolerant.damage.is_empty(),
                "what the strict reader refuses is reported"
            );
        }
        return;
    };
    let (tolerant, info) = (
        tolerant.expect("whole streams are read"),
        info.expect("whole streams are read"),
    );
    assert!(tolerant.damage.is_empty() && info.damage.is_empty());
    assert_eq!((&strict.tiles, &strict.alpha), (&tolerant.tiles, &tolerant.alpha));
    let segments: usize = info.segments.iter().map(|segment| segment.bytes).sum();
    assert_eq!(
        info.header_bytes + segments,
        data.len(),
        "every byte belongs to something"
    );
    if !info.segments.iter().any(|segment| segment.id.is_ancillary()) && metadata_in_order(&info) {
        assert_eq!(written_anew(&strict), data);
    }
}

/// Whether ICC stands before EXIF, as the writer below has it.
fn metadata_in_order(info: &lmc_codec::StreamInfo) -> bool {
    let ids: Vec<u8> = info.segments.iter().map(|segment| segment.id.to_byte()).collect();
    !ids.windows(2).any(|pair| pair == [4, 3])
}

fn written_anew(container: &Container<'_>) -> Vec<u8> {
    let mut writer = ContainerWriter::new(Vec::new(), &container.header).expect("the header was read");
    if let Some(icc) = container.icc {
        writer.icc(icc).expect("ICC comes first");
    }
    if let Some(exif) = container.exif {
        writer.exif(exif).expect("EXIF comes before tiles");
    }
    for (index, tile) in (0u32..).zip(container.tiles.iter().flatten()) {
        writer
            .tile(index, tile.checksum, tile.bytes)
            .expect("tiles are in order");
        if let Some(Some(alpha)) = container.alpha.get(index as usize) {
            writer.alpha(index, alpha.bytes).expect("alpha follows its tile");
        }
    }
    writer.finish().expect("all tiles are there")
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
    let header = Header {
        codec: ImageCodec::Wavelet,
        model: SMALL_HASH,
        width: 1 + u32::from(width % 64),
        height: 1 + u32::from(height % 64),
        orientation: Orientation::default(),
        color: Color::Gray,
        depth: if width < 128 { Depth::Eight } else { Depth::Sixteen },
        alpha: true,
        coding: Coding::default(),
        quality: 5000,
        tile_size: 64,
    };
    let bytes = with_alpha(&header, coded);
    let decode = |conceal, bytes: &[u8]| {
        let limits = limits();
        ImageDecoder::new(
            Arc::new(Flat),
            DecodeOptions {
                limits,
                conceal,
                ..DecodeOptions::default()
            },
        )
        .decode(bytes)
    };
    let tolerant = decode(true, &bytes).expect("damage to alpha is concealed");
    match decode(false, &bytes) {
        Err(_) => assert!(matches!(tolerant.damage[..], [Damage::Alpha { tile: 0, .. }])),
        Ok(strict) => {
            assert_eq!((&strict.picture, &tolerant.damage[..]), (&tolerant.picture, &[][..]));
            let encoder = ImageEncoder::new(Arc::new(Flat), EncodeOptions::default());
            let again = encoder.encode(&strict.picture).expect("every alpha can be coded");
            let again = decode(false, &again.bytes).expect("what was coded decodes");
            assert_eq!(again.picture.alpha(), strict.picture.alpha());
        }
    }
}

/// A stream of one tile with `coded` as its alpha.
fn with_alpha(header: &Header, coded: &[u8]) -> Vec<u8> {
    let prior = small_prior();
    let (height, width) = (header.height.div_ceil(16) as usize, header.width.div_ceil(16) as usize);
    let latents = Latents {
        height,
        width,
        z: vec![0; prior.z_channels()],
        y: vec![0; height * width * prior.channels()],
    };
    let tile = prior.compress(&latents, header.coding);
    let tile = tile.expect("zeros can be coded");
    let mut writer = ContainerWriter::new(Vec::new(), header).expect("the header is valid");
    writer.tile(0, tile.checksum, &tile.bytes).expect("the tile is due");
    writer.alpha(0, coded).expect("the alpha is due");
    writer.finish().expect("nothing is missing")
}

/// The readers of picture files: what they take is within the limits and survives being written as PNG.
pub fn picture_file(data: &[u8]) {
    let limits = limits();
    let Ok(picture) = files::read_bytes(data, &limits) else {
        return;
    };
    assert!(limits.check_size(picture.width(), picture.height()).is_ok());
    let (png, lost) = files::to_bytes(&picture, Format::Png).expect("PNG holds every picture");
    assert_eq!(lost, files::Lost::default());
    let again = files::read_bytes(&png, &limits).expect("what was written can be read");
    assert_eq!(again, picture);
}

/// All packets of a stream of sound.
fn packets(data: &[u8], mode: Mode) -> lmc_codec::Result<(Vec<PacketPart>, Vec<Damage>)> {
    let mut reader = SoundReader::new(data, &limits(), mode)?;
    let mut parts = Vec::new();
    while let Some((_, part)) = reader.next_packet()? {
        parts.extend(part);
    }
    Ok((parts, reader.damage().to_vec()))
}

/// The readers of streams of sound: what the strict one takes is whole for the others, and comes out as it went in.
pub fn sound_stream(data: &[u8]) {
    let (info, tolerant) = (sound_info(data, &limits()), packets(data, Mode::Tolerant));
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
    assert_eq!(info.whole_packets as usize, tolerant.0.len());
    let Ok((parts, _)) = packets(data, Mode::Strict) else {
        assert!(!info.damage.is_empty(), "what the strict reader refuses is reported");
        return;
    };
    assert_eq!((&parts, &[][..]), (&tolerant.0, &info.damage[..]));
    let mut writer = SoundWriter::new(std::io::Cursor::new(Vec::new()), &info.header).expect("the header was read");
    writer.tags(&info.tags).expect("tags come before packets");
    for part in &parts {
        writer.packet(part.checksum, &part.bytes).expect("packets are in order");
    }
    let anew = writer
        .finish(info.header.samples)
        .expect("all packets are there")
        .0
        .into_inner();
    // Streams may have ancillary segments, and tags that this version does not know.
    assert!(anew.len() <= data.len() && (anew.len() < data.len() || anew == data));
    if let Ok(verified) = verify(untrained(), data)
        && verified.is_good()
        && info.header.samples * u64::from(info.header.channels) < 1 << 15
    {
        let (sound, _) = decode(untrained(), data, Mode::Strict).expect("what is verified decodes");
        assert_eq!(sound.samples_per_channel() as u64, info.header.samples);
    }
}

/// The decoder of packets of sound. The first two bytes are the channels and the quality.
pub fn sound_packet(data: &[u8]) {
    let &[channels, quality, ref bytes @ ..] = data else {
        return;
    };
    let codec = untrained();
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
