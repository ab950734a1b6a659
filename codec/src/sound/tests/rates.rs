//! Wanted bit rates.

use super::*;

fn search(sound: &Sound, bits: f64) -> Result<FoundBitrate<Cursor<Vec<u8>>>> {
    let codec = Rounding::at(16_000);
    let open = || Ok(sound.clone());
    let create = || Ok(Cursor::new(Vec::new()));
    encode_to_bitrate(&codec, bits, &SoundEncodeOptions::default(), open, create, &mut |_| {})
}

#[test]
fn bit_rates_are_met() {
    // The second part is much quieter than the first: no excerpt is all of it.
    let shape = spec(16_000, 1, SampleFormat::Float32);
    let mut samples = tones(shape, 16_000 * 100).samples().to_vec();
    samples[16_000 * 30..].iter_mut().for_each(|sample| *sample *= 0.03);
    for length in [16_000 * 2, 16_000 * 100] {
        let sound = Sound::new(shape, samples[..length].to_vec()).unwrap();
        for bits in [40_000.0, 100_000.0] {
            let found = search(&sound, bits).unwrap();
            let rate = found.stats.kbps * 1000.0;
            assert!(
                found.is_met && (rate / bits - 1.0).abs() <= BITRATE_TOLERANCE,
                "{rate} for {bits}"
            );
            let bytes = found.out.into_inner();
            let info = info(&bytes);
            assert_eq!(info.header.codec_block, found.quality.hundredths().to_le_bytes());
            assert_eq!(kbps(info.stream_bytes, media(&info).seconds()), found.stats.kbps);
        }
    }
}

#[test]
fn a_codec_of_few_rates_gives_the_one_below() {
    let codec: Arc<dyn SoundCodec> = Arc::new(Rounding {
        rate: 16_000,
        packet: 4000,
        channels: 2,
        rates: 4,
    });
    let sound = tones(spec(16_000, 1, SampleFormat::Int16), 16_000 * 3);
    let rates: Vec<f64> = [0.0, 30.0, 60.0, 90.0]
        .map(|q| encode(&codec, &sound, q).1.kbps)
        .to_vec();
    let open = || Ok(sound.clone());
    let create = || Ok(Cursor::new(Vec::new()));
    let options = SoundEncodeOptions::default();
    for (wanted, found, met) in [
        (rates[1], rates[1], true),
        (rates[2] * 1.1, rates[2], false),
        (rates[3] * 0.95, rates[2], false),
    ] {
        let result = encode_to_bitrate(&codec, wanted * 1000.0, &options, open, create, &mut |_| {}).unwrap();
        assert_eq!(
            (result.stats.kbps, result.is_met),
            (found, met),
            "{wanted} of {rates:?}"
        );
        assert!(result.trials <= 14, "{} trials", result.trials);
    }
}

#[test]
fn bit_rates_out_of_reach_name_what_is_in_reach() {
    let sound = tones(spec(16_000, 1, SampleFormat::Int16), 16_000);
    for bits in [1.0, 9e9] {
        let error = search(&sound, bits).unwrap_err().to_string();
        assert!(
            error.contains("out of reach") && error.contains("kbit/s with the codec audio"),
            "{error}"
        );
    }
    for bits in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(search(&sound, bits), Err(CodecError::Parameter(_))));
    }
    let nothing = tones(spec(16_000, 1, SampleFormat::Int16), 0);
    assert_eq!(search(&nothing, 1000.0).unwrap().stats.samples, 0);
}
