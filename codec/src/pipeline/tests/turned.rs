//! Pictures that are coded in another way than they are shown.

use super::super::job::Job;
use super::*;
use crate::container::Header;
use crate::damage::Damage;
use crate::picture::Orientation;
use crate::tiles::Rect;

/// The stream of a picture that is coded in a certain way, without the tile `lost`.
fn stream(original: &Picture, orientation: Orientation, lost: Option<usize>) -> Vec<u8> {
    let (model, coded) = (Toy::new(), original.coded(orientation).unwrap());
    let options = EncodeOptions {
        tile_size: 64,
        ..EncodeOptions::default()
    };
    let job = Job::new(&*model, &options, &coded, orientation).unwrap();
    let tiles = job.run(&[0], &mut |_, _| {}).unwrap().remove(0);
    let mut bytes = job.write(&tiles, &[]).unwrap().bytes;
    if let Some(tile) = lost {
        let coded = &tiles[tile].as_ref().unwrap().bytes;
        let at = bytes.windows(coded.len()).position(|bytes| bytes == coded).unwrap();
        bytes[at] ^= 1;
    }
    bytes
}

fn decoded(bytes: &[u8], region: Option<Rect>) -> Decoded {
    let options = DecodeOptions {
        conceal: true,
        region,
        ..DecodeOptions::default()
    };
    ImageDecoder::new(Toy::new(), options).decode(bytes).unwrap()
}

#[test]
fn what_is_shown_lies_as_it_was_given() {
    let original = picture(150, 100, Color::Rgb, Depth::Eight, true);
    let region = Rect {
        x: 70,
        y: 3,
        width: 61,
        height: 40,
    };
    for orientation in Orientation::all() {
        let coded = original.coded(orientation).unwrap();
        let as_coded = decoded(&stream(&coded, Orientation::default(), None), None).picture;
        let bytes = stream(&original, orientation, None);
        let (header, _) = Header::parse(&bytes, &Limits::default()).unwrap();
        assert_eq!(
            (header.width, header.height, header.orientation),
            (150, 100, orientation)
        );
        let whole = decoded(&bytes, None).picture;
        assert_eq!(whole, as_coded.shown(orientation).unwrap(), "{orientation:?}");
        assert!(distance(&whole, &original) < 12, "{orientation:?}");
        let part = decoded(&bytes, Some(region)).picture;
        assert_eq!(part, whole.part(&region).unwrap(), "{orientation:?}");
    }
}

#[test]
fn damage_is_where_it_is_shown() {
    let original = picture(150, 100, Color::Rgb, Depth::Eight, false);
    // The last tile of the second row as they are shown.
    let hole = Rect {
        x: 128,
        y: 64,
        width: 22,
        height: 36,
    };
    // Of tiles of 64 pixels the last ones are smaller, so only ways that leave the corner where it is have this one.
    for (orientation, lost) in [(0, 5), (4, 5)] {
        let orientation = Orientation::of_number(orientation).unwrap();
        let bytes = stream(&original, orientation, Some(lost));
        let concealed = decoded(&bytes, None);
        let verified = decoder(false).verify(&bytes).unwrap();
        for damage in [concealed.damage, verified.damage] {
            let lost = damage.iter().find_map(|damage| match damage {
                Damage::Tile { rect, .. } => Some(*rect),
                _ => None,
            });
            assert_eq!(lost, Some(hole), "{orientation:?}");
        }
        let whole = decoded(&stream(&original, orientation, None), None).picture;
        let near = hole.grown(64, 150, 100);
        let left = Rect {
            x: 0,
            y: 0,
            width: near.x,
            height: 100,
        };
        assert_eq!(concealed.picture.part(&left).unwrap(), whole.part(&left).unwrap());
    }
    let mirrored = Orientation::of_number(3).unwrap();
    let concealed = decoded(&stream(&original, mirrored, Some(0)), None);
    let corner = Rect {
        x: 86,
        y: 36,
        width: 64,
        height: 64,
    };
    assert!(
        concealed
            .damage
            .iter()
            .any(|damage| matches!(damage, Damage::Tile { rect, .. } if *rect == corner))
    );
}
