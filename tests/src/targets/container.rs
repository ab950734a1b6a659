//! The readers of the container.

use lmc_codec::Limits;
use lmc_codec::container::{Metadata, Mode, Part, PartKind, SegmentId, StreamParts, StreamWriter, info};

/// Any bytes as a stream: what the strict reader takes is whole for the others, and can be written again.
pub fn container(data: &[u8]) {
    let limits = Limits {
        max_pixels: 1 << 20,
        max_metadata_bytes: 1 << 20,
        max_samples: 1 << 18,
        max_channels: 4,
        ..Limits::default()
    };
    let read = |bytes: &[u8], mode| StreamParts::read(bytes, &limits, mode);
    let (info, tolerant) = (info(data, &limits), read(data, Mode::Tolerant));
    assert_eq!(
        info.is_err(),
        tolerant.is_err(),
        "info and the tolerant reader judge alike"
    );
    let (Ok(info), Ok(tolerant)) = (info, tolerant) else {
        assert!(read(data, Mode::Strict).is_err(), "only the strict reader takes it");
        return;
    };
    assert_eq!(info.damage, tolerant.damage);
    assert_eq!(info.codec_segments, tolerant.codec_segments);
    let Ok(strict) = read(data, Mode::Strict) else {
        assert!(
            !tolerant.damage.is_empty(),
            "what the strict reader refuses is reported"
        );
        return;
    };
    assert!(tolerant.damage.is_empty(), "{:?}", tolerant.damage);
    assert_eq!(strict, tolerant);
    assert_eq!(info.stream_bytes, data.len() as u64, "every byte belongs to something");
    let segments: u64 = info.log.sums().map(|sum| sum.bytes).sum();
    assert_eq!(
        info.header_bytes as u64 + segments,
        data.len() as u64,
        "every byte belongs to something"
    );
    let anew = written_anew(&strict);
    // Segments that no reader keeps get lost, and metadata may come in any order.
    let unread = [SegmentId::INDEX, SegmentId::HASH, SegmentId::TRACK, SegmentId::SOUND]
        .iter()
        .any(|id| info.log.bytes_of(*id) > 0);
    if info.unknown == 0 && !unread && strict.metadata == Metadata::default() {
        assert_eq!(anew, data);
    }
    let again = read(&anew, Mode::Strict).expect("what was written can be read");
    assert_eq!(
        contents(&again),
        contents(&strict),
        "what was written is another stream"
    );
    assert_eq!(written_anew(&again), anew, "what was written is written in one way");
}

/// All of a stream but where its parts lie.
fn contents(parts: &StreamParts) -> impl PartialEq + std::fmt::Debug {
    let part = |part: &Part| (part.index, part.checksum, part.bytes.clone());
    let all = |kind| parts.all(kind).iter().map(part).collect::<Vec<_>>();
    (
        parts.header.clone(),
        parts.metadata.clone(),
        parts.codec_segments.clone(),
        all(PartKind::Symbols),
        all(PartKind::Alpha),
    )
}

/// The same contents as a stream.
pub(crate) fn written_anew(parts: &StreamParts) -> Vec<u8> {
    let mut writer = StreamWriter::new(Vec::new(), &parts.header).expect("the header was read");
    writer.metadata(&parts.metadata).expect("metadata come first");
    for segment in &parts.codec_segments {
        writer.codec(segment).expect("codec segments come before parts");
    }
    for part in parts.all(PartKind::Symbols) {
        writer
            .part(part.index, part.checksum, &part.bytes)
            .expect("parts are in order");
        if let Some(alpha) = parts.get(PartKind::Alpha, part.index) {
            writer
                .alpha(part.index, alpha.checksum, &alpha.bytes)
                .expect("alpha follows its tile");
        }
    }
    writer.finish().expect("all parts are there").0
}
