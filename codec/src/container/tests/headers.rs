//! Headers: every field, every refusal, and their size.

use super::*;

/// The media block of `header` changed by `change`, with its length and the CRC-32 made right again.
fn with_media(header: &Header, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut media = header.media.to_bytes().unwrap();
    change(&mut media);
    let mut bytes = header.to_bytes().unwrap()[..22].to_vec();
    for block in [&media, &header.codec_block] {
        leb::write_leb(&mut bytes, block.len() as u32);
        bytes.extend_from_slice(block);
    }
    sealed(bytes)
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc32fast::hash(&bytes).to_le_bytes();
    bytes.extend_from_slice(&crc);
    bytes
}

const HDR: Cicp = Cicp {
    primaries: 9,
    transfer: 16,
    matrix: 0,
    full_range: true,
};

fn video() -> VideoMedia {
    VideoMedia {
        format: VideoFormat {
            chroma: Chroma::Half,
            depth: 10,
            cicp: Some(HDR),
            ..VideoFormat::new(1920, 1080, Ratio::new(30_000, 1001))
        },
        frames: Some(77),
    }
}

fn all_media() -> Vec<Media> {
    let tiles = [64, 128, 192, 1024, 4032, 4096];
    let images = tiles.map(|tile_size| {
        Media::Image(ImageMedia {
            width: 1 << 20,
            height: 129,
            color: if tile_size % 128 == 0 { Color::Rgb } else { Color::Gray },
            depth: if tile_size > 1000 { Depth::Sixteen } else { Depth::Eight },
            alpha: tile_size > 100,
            cicp: (tile_size > 200).then_some(HDR),
            tile_size,
        })
    });
    let sounds = [
        (8000, 1, SampleFormat::Int8, None, 0),
        (192_000, 255, SampleFormat::Float32, Some(0x3f), 1 << 32),
    ];
    let sounds = sounds.map(|(rate, channels, format, channel_mask, samples)| {
        Media::Sound(SoundMedia {
            rate,
            channels,
            format,
            channel_mask,
            samples,
            ..sound()
        })
    });
    let gray = VideoFormat {
        chroma: Chroma::None,
        depth: 12,
        cicp: None,
        ..video().format
    };
    let all_fields = VideoFormat {
        site: Some(ChromaSite::TopLeft),
        timebase: Some(Ratio::new(1, 90_000)),
        sample_aspect: Ratio::new(16, 11),
        ..gray
    };
    let videos = [(video().format, Some(77)), (gray, None), (all_fields, Some(0))];
    let videos = videos.map(|(format, frames)| Media::Video(VideoMedia { format, frames }));
    images.into_iter().chain(sounds).chain(videos).collect()
}

#[test]
fn every_field_comes_back() {
    for media in all_media() {
        let header = header(media, b"whatever the codec needs");
        let bytes = header.to_bytes().unwrap();
        assert_eq!(Header::parse(&bytes).unwrap(), (header.clone(), bytes.len()));
        let longer = [&bytes[..], b"more"].concat();
        assert_eq!(Header::parse(&longer).unwrap(), (header.clone(), bytes.len()));
        for cut in 0..bytes.len() {
            let error = Header::parse(&bytes[..cut]).unwrap_err();
            assert!(matches!(error, CodecError::Malformed { .. }), "{error}");
            assert!(StreamReader::new(&bytes[..cut], &Limits::default(), Mode::Tolerant).is_err());
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert!(Header::parse(&damaged).is_err(), "byte {at}");
        }
        // Information of newer versions behind the known fields is ignored.
        let extended = with_media(&header, |media| media.extend_from_slice(b"new"));
        assert_eq!(Header::parse(&extended).unwrap().0, header);
    }
}

#[test]
fn the_first_bytes_tell_the_kind_of_media() {
    for (header, kind) in [
        (image_header(true), MediaKind::Image),
        (sound_header(), MediaKind::Sound),
    ] {
        let bytes = header.to_bytes().unwrap();
        assert!(bytes.len() > Header::START_BYTES);
        assert_eq!(Header::media_kind(&bytes[..Header::START_BYTES]).unwrap(), kind);
        for cut in 0..22 {
            assert!(matches!(
                Header::media_kind(&bytes[..cut]),
                Err(CodecError::Malformed { .. })
            ));
        }
        let mut newer = bytes.clone();
        newer[23] = 77;
        assert!(matches!(Header::media_kind(&newer), Err(CodecError::Unsupported(_))));
        newer[4] = 77;
        assert!(matches!(Header::media_kind(&newer), Err(CodecError::Unsupported(_))));
        newer[0] = 77;
        assert!(matches!(Header::media_kind(&newer), Err(CodecError::Malformed { .. })));
    }
}

#[test]
fn the_length_of_a_header_does_not_depend_on_that_of_the_sound() {
    let length = |samples| {
        let media = Media::Sound(SoundMedia { samples, ..sound() });
        header(media, &[0, 0]).to_bytes().unwrap().len()
    };
    assert_eq!([0, 1, (1 << 40) - 1].map(length), [length(77); 3]);
    let small = header(
        Media::Image(ImageMedia {
            tile_size: 1024,
            ..image(false)
        }),
        &[0, 0, 0],
    );
    assert_eq!(small.to_bytes().unwrap().len(), 22 + 1 + 5 + 1 + 3 + 4);
}

#[test]
fn fields_out_of_their_range_are_neither_written_nor_read() {
    let images = [
        ImageMedia {
            width: 0,
            ..image(false)
        },
        ImageMedia {
            tile_size: 65,
            ..image(false)
        },
        ImageMedia {
            tile_size: 8192,
            ..image(false)
        },
        ImageMedia {
            width: u32::MAX,
            height: u32::MAX,
            ..image(false)
        },
    ];
    let sounds = [
        SoundMedia { rate: 7999, ..sound() },
        SoundMedia {
            coding_rate: 192_001,
            ..sound()
        },
        SoundMedia { channels: 0, ..sound() },
        SoundMedia {
            channels: 256,
            ..sound()
        },
        SoundMedia { group: 0, ..sound() },
        SoundMedia {
            packet_samples: 0,
            ..sound()
        },
        SoundMedia {
            packet_samples: (1 << 20) + 1,
            ..sound()
        },
        SoundMedia {
            delay: u32::MAX,
            ..sound()
        },
        SoundMedia {
            samples: 1 << 40,
            ..sound()
        },
        SoundMedia {
            samples: 1 << 34,
            packet_samples: 1,
            ..sound()
        },
    ];
    let format = video().format;
    let videos = [
        (VideoFormat { height: 0, ..format }, 1),
        (VideoFormat { depth: 9, ..format }, 1),
        (
            VideoFormat {
                frame_rate: Ratio::new(25, 0),
                ..format
            },
            1,
        ),
        (format, 1 << 32),
        (format, (1 << 40) - 1),
    ];
    let videos = videos.map(|(format, frames)| VideoMedia {
        format,
        frames: Some(frames),
    });
    let all = images
        .map(Media::Image)
        .into_iter()
        .chain(sounds.map(Media::Sound))
        .chain(videos.map(Media::Video));
    for media in all {
        assert!(matches!(media.to_bytes(), Err(CodecError::Parameter(_))), "{media:?}");
    }
    let large = header(Media::Image(image(false)), &[0; 4097]);
    assert!(matches!(large.to_bytes(), Err(CodecError::Parameter(_))));

    let refused = |media: Media, at: usize, bytes: &[u8]| {
        let changed = with_media(&header(media, &[]), |block| {
            drop(block.splice(at..=at, bytes.iter().copied()))
        });
        Header::parse(&changed).unwrap_err()
    };
    let image = || Media::Image(image(false));
    for (at, bytes) in [
        (1, &[0xc8, 0x81, 0x00][..]),
        (3, &[0]),
        (4, &[1, 1]),
        (4, &[1, 65]),
        (4, &[1]),
        (4, &[9, 9, 16, 0, 2]),
    ] {
        let error = refused(image(), at, bytes);
        assert!(matches!(error, CodecError::Malformed { .. }), "{at}: {error}");
    }
    let unsupported = [
        (image(), 0, 9, "media of kind 9"),
        (image(), 4, 0x91, "image flags 0x91"),
        (Media::Sound(sound()), 1, 0x21, "sound flags 0x21"),
        (Media::Sound(sound()), 1, 5, "sample format 5"),
        (Media::Video(video()), 5, 0x0d, "video flags 0x0d"),
    ];
    for (media, at, byte, words) in unsupported {
        let error = refused(media, at, &[byte]);
        assert!(
            matches!(&error, CodecError::Unsupported(what) if what.contains(words)),
            "{error}"
        );
    }
}

#[test]
fn other_bytes_and_versions_are_refused_at_once() {
    let good = image_header(false).to_bytes().unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes.truncate(good.len() - 4);
        Header::parse(&sealed(bytes)).unwrap_err()
    };
    assert!(matches!(changed(0, b'P'), CodecError::Malformed { offset: 0, .. }));
    assert!(matches!(changed(4, 2), CodecError::Unsupported(what) if what.contains("version 2")));
    // Any codec is a good one for the container.
    assert!(Header::parse(&sealed([&good[..5], &[99], &good[6..good.len() - 4]].concat())).is_ok());
    let start = &good[..22];
    for blocks in [&[0x80, 0x00][..], &[0x81, 0x20], &[0xff, 0xff, 0xff, 0xff, 0x7f]] {
        let error = Header::parse(&[start, blocks, &[0; 8000]].concat()).unwrap_err();
        assert!(matches!(error, CodecError::Malformed { offset: 22, .. }), "{error}");
    }
}

#[test]
fn a_header_over_the_limits_is_refused_before_anything_else() {
    let refused = |media: Media, limits: &Limits| {
        let header = header(media, &[]);
        let bytes = header.to_bytes().unwrap();
        let result = StreamReader::new(&bytes[..], limits, Mode::Tolerant);
        matches!(result, Err(CodecError::Limit { .. }))
    };
    let sized = |width, height| {
        Media::Image(ImageMedia {
            width,
            height,
            tile_size: 4096,
            ..image(false)
        })
    };
    let limits = Limits::default();
    assert!(refused(sized((1 << 20) + 1, 1), &limits));
    assert!(refused(sized(1 << 15, 1 << 14), &limits));
    assert!(!refused(sized(1 << 14, 1 << 14), &limits));
    let few = Limits {
        max_pixels: 19_999,
        ..Limits::default()
    };
    assert!(refused(sized(200, 100), &few));
    assert!(refused(
        Media::Sound(SoundMedia {
            channels: 33,
            ..sound()
        }),
        &limits
    ));
    let long = SoundMedia {
        samples: (1 << 33) + 1,
        ..sound()
    };
    assert!(refused(Media::Sound(long), &limits));
}
