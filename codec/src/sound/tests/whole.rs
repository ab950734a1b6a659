//! Every length and kind of sound, and what the caller is told.

use super::*;

#[test]
fn every_length_and_shape_comes_back() {
    for coding_rate in [16_000, 48_000] {
        let codec = Rounding::at(coding_rate);
        for (rate, channels, format) in [
            (8000, 1, SampleFormat::Int8),
            (16_000, 2, SampleFormat::Int16),
            (44_100, 2, SampleFormat::Int16),
            (48_000, 3, SampleFormat::Int24),
            (192_000, 1, SampleFormat::Float32),
            (11_027, 5, SampleFormat::Int32),
        ] {
            for length in [0, 1, 7, 1023, coding_rate as usize / 4, 44_100 * 3 + 1] {
                let sound = tones(spec(rate, channels, format), length);
                let (bytes, stats) = encode(&codec, &sound, 70.0);
                let (back, damage) = decode(&codec, &bytes, Mode::Strict).unwrap();
                let what = format!("{length} samples at {rate} Hz in {channels} channels, coded at {coding_rate} Hz");
                assert!(damage.is_empty(), "{what}");
                assert_eq!(
                    (back.spec(), back.samples().len()),
                    (sound.spec(), sound.samples().len()),
                    "{what}"
                );
                assert_eq!((stats.samples, stats.cleaned), (length as u64, 0), "{what}");
                assert_eq!(stats.bytes.total, bytes.len() as u64, "{what}");
                if rate == coding_rate {
                    assert!(distance(&back, &sound) < 0.001, "{what}");
                }
            }
        }
    }
}

#[test]
fn resampling_there_and_back_keeps_tones_in_place() {
    let codec = Rounding::at(48_000);
    for rate in [8000, 44_100, 96_000] {
        let sound = tones(spec(rate, 2, SampleFormat::Float32), rate as usize);
        let (bytes, _) = encode(&codec, &sound, 100.0);
        let (back, _) = decode(&codec, &bytes, Mode::Strict).unwrap();
        let middle = rate as usize / 2..rate as usize * 3 / 2;
        let errors = sound.samples()[middle.clone()].iter().zip(&back.samples()[middle]);
        let largest = errors.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 0.001, "{rate} Hz: {largest}");
    }
}

#[test]
fn hard_sounds_are_coded() {
    let codec = Rounding::at(48_000);
    let length = 48_000;
    let shape = spec(48_000, 1, SampleFormat::Float32);
    let square = |at: usize| if (at / 50).is_multiple_of(2) { 1.0 } else { -1.0 };
    let kinds: [(&str, Vec<f32>); 3] = [
        ("silence", vec![0.0; length]),
        ("constant", vec![0.7; length]),
        ("square", (0..length).map(square).collect()),
    ];
    for (name, samples) in kinds {
        let sound = Sound::new(shape, samples).unwrap();
        let (bytes, _) = encode(&codec, &sound, 60.0);
        let (back, _) = decode(&codec, &bytes, Mode::Strict).unwrap();
        assert!(distance(&back, &sound) < 0.002, "{name}");
    }
    let broken = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, 0.25];
    let sound = Sound::new(shape, broken.repeat(1000)).unwrap();
    let (bytes, stats) = encode(&codec, &sound, 60.0);
    assert_eq!(stats.cleaned, 4000);
    let (back, _) = decode(&codec, &bytes, Mode::Strict).unwrap();
    assert!(back.samples().iter().all(|sample| sample.is_finite()));
    assert!((back.samples()[104] - 0.25).abs() < 0.002 && back.samples()[100].abs() < 0.002);
}

#[test]
fn pieces_of_any_size_give_the_same_bytes() {
    for rate in [44_100, 48_000] {
        let codec = Rounding::at(48_000);
        let sound = tones(spec(rate, 2, SampleFormat::Int16), 100_000);
        let (whole, _) = encode(&codec, &sound, 50.0);
        for piece in [1, 777, 65_536] {
            let (out, options) = (Cursor::new(Vec::new()), at_quality(50.0));
            let mut encoder = SoundEncoder::new(codec.clone(), sound.spec(), &Tags::default(), options, out).unwrap();
            sound
                .samples()
                .chunks(2 * piece)
                .for_each(|piece| encoder.push(piece).unwrap());
            let (out, _) = encoder.finish().unwrap();
            assert!(out.into_inner() == whole, "pieces of {piece} at {rate} Hz");
        }
        let (back, _) = decode(&codec, &whole, Mode::Strict).unwrap();
        for piece in [1, 777, 65_536] {
            let reader = Pieces(&whole, piece);
            let (other, _) = decode_sound(&codec, reader, &Limits::default(), Mode::Strict).unwrap();
            assert!(other == back, "read in pieces of {piece} bytes");
        }
    }
}

/// Gives bytes in pieces, as a pipe does.
struct Pieces<'a>(&'a [u8], usize);

impl std::io::Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(out.len());
        let (piece, rest) = self.0.split_at(count);
        out[..count].copy_from_slice(piece);
        self.0 = rest;
        Ok(count)
    }
}

#[test]
fn packets_come_out_before_the_stream_is_over() {
    let codec = Rounding::at(16_000);
    let sound = tones(spec(16_000, 1, SampleFormat::Int16), 16_000 * 60);
    let (bytes, _) = encode(&codec, &sound, 40.0);
    let mut unread = Counted { bytes: &bytes, read: 0 };
    let reader = StreamReader::new(&mut unread, &Limits::default(), Mode::Strict).unwrap();
    let mut decoder = SoundDecoder::new(codec.clone(), reader).unwrap();
    let first = decoder.next_packet().unwrap().unwrap();
    assert_eq!((first.len(), decoder.position()), (4000, 4000));
    drop(decoder);
    assert!(unread.read < bytes.len() / 2, "{} bytes", unread.read);

    // One by one, nothing is read behind the packet that follows.
    let reader = StreamReader::new(Pieces(&bytes, 100), &Limits::default(), Mode::Strict).unwrap();
    let mut decoder = SoundDecoder::new(codec, reader).unwrap().reading_ahead(1);
    assert_eq!(decoder.next_packet().unwrap().unwrap(), first);
    let packet = bytes.len() as u64 / 240;
    assert!(decoder.bytes_read() < 3 * packet, "{} bytes", decoder.bytes_read());
}

/// Counts what is read.
struct Counted<'a> {
    bytes: &'a [u8],
    read: usize,
}

impl std::io::Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.bytes.read(out)?;
        self.read += count;
        Ok(count)
    }
}

#[test]
fn threads_do_not_change_anything() {
    let codec = Rounding::at(48_000);
    let sound = tones(spec(44_100, 3, SampleFormat::Int16), 150_000);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (bytes, stats) = encode(&codec, &sound, 50.0);
            let back = decode(&codec, &bytes, Mode::Strict).unwrap().0;
            (bytes, stats, back)
        })
    };
    assert!(run(1) == run(2));
}

#[test]
fn what_is_told_adds_up() {
    let codec = Rounding::at(48_000);
    let tags: Tags = [(Tag::Title, "A".to_owned()), (Tag::Comment, "ß".to_owned())]
        .into_iter()
        .collect();
    let sound = tones(spec(48_000, 3, SampleFormat::Int24), 50_000).with_tags(tags.clone());
    let (bytes, stats) = encode(&codec, &sound, 33.25);
    let info = info(&bytes);
    assert_eq!((&info.metadata.tags, info.damage.is_empty()), (&tags, true));
    assert_eq!(
        (info.stream_bytes, info.parts, info.symbols.count),
        (bytes.len() as u64, u64::from(stats.packets), 10)
    );
    let media = media(&info);
    let quality = codec.quality(&info.header.codec_block).unwrap();
    assert_eq!((media.samples, quality.hundredths(), media.channels), (50_000, 3325, 3));
    assert_eq!(media.delay_ms(), (24_000 + 8) as f64 / 48.0);
    let all = info.header_bytes as u64 + stats.bytes.tags + stats.bytes.packets + 7;
    assert_eq!(
        (all, stats.kbps),
        (info.stream_bytes, bytes.len() as f64 * 8.0 / 1000.0 / (50.0 / 48.0))
    );
    assert!(info.symbols.smallest <= info.symbols.largest && info.symbols.bytes < stats.bytes.packets);
    let verified = verify(&codec, &bytes).unwrap();
    assert!(verified.is_good());
    assert_eq!(
        (verified.symbol_hash, verified.symbols),
        (Some(stats.symbol_hash), stats.symbols)
    );
    let (back, _) = decode(&codec, &bytes, Mode::Strict).unwrap();
    assert_eq!(back.tags(), &tags);
    let options = SoundEncodeOptions {
        keep_tags: false,
        ..at_quality(33.25)
    };
    let bare = encode_sound(
        &codec,
        &mut sound.clone(),
        &options,
        Cursor::new(Vec::new()),
        &mut |_| {},
    )
    .unwrap();
    assert_eq!((bare.1.bytes.tags, bare.1.symbol_hash), (0, stats.symbol_hash));
}

#[test]
fn what_cannot_be_is_refused() {
    let codec = Rounding::at(48_000);
    let new = |spec, limits| {
        let options = SoundEncodeOptions {
            limits,
            ..SoundEncodeOptions::default()
        };
        SoundEncoder::new(codec.clone(), spec, &Tags::default(), options, Cursor::new(Vec::new()))
    };
    let limits = Limits::default;
    for (rate, channels) in [(7999, 1), (192_001, 1), (48_000, 0), (48_000, 256)] {
        let refused = new(spec(rate, channels, SampleFormat::Int16), limits());
        assert!(matches!(refused.err(), Some(CodecError::Unsupported(_))));
    }
    let stereo = spec(48_000, 2, SampleFormat::Int16);
    let few = Limits {
        max_channels: 1,
        ..limits()
    };
    assert!(matches!(new(stereo, few).err(), Some(CodecError::Limit { .. })));
    let short = Limits {
        max_samples: 9,
        ..limits()
    };
    let mut encoder = new(stereo, short).unwrap();
    assert!(matches!(encoder.push(&[0.0; 3]), Err(CodecError::Parameter(_))));
    assert!(encoder.push(&[0.0; 18]).is_ok());
    assert!(matches!(encoder.push(&[0.0; 2]), Err(CodecError::Limit { .. })));
    assert!(Sound::new(stereo, vec![0.0; 3]).is_err());

    let (bytes, _) = encode(&codec, &tones(stereo, 100), 50.0);
    let other = Rounding::at(16_000);
    let error = decode(&other, &bytes, Mode::Strict).unwrap_err();
    assert!(
        matches!(error, CodecError::Malformed { .. }),
        "the same model at another rate: {error}"
    );
    let limits = Limits {
        max_samples: 99,
        ..limits()
    };
    let error = decode_sound(&codec, &bytes[..], &limits, Mode::Tolerant).unwrap_err();
    assert!(matches!(error, CodecError::Limit { value: 100, .. }));
}
