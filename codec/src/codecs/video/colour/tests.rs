use super::*;
use crate::media::image::Cicp;
use crate::media::video::Ratio;

fn format(width: u32, height: u32, chroma: Chroma, depth: u8) -> VideoFormat {
    VideoFormat {
        chroma,
        depth,
        ..VideoFormat::new(width, height, Ratio::new(25, 1))
    }
}

/// A frame of muted colours, which RGB has room for.
fn frame(format: &VideoFormat) -> VideoFrame {
    let unit = f64::from(1u32 << (format.depth - 8));
    let planes = (0..format.chroma.planes()).map(|plane| {
        let [width, height] = format.plane_size(plane);
        let sample = |at: usize| {
            let (x, y) = ((at % width) as f64, (at / width) as f64);
            let wave = (x * 0.4 + plane as f64).sin() * 20.0 + (y * 0.3 - x * 0.1).cos() * 12.0;
            ((128.0 + wave) * unit).round() as u16
        };
        (0..width * height).map(sample).collect()
    });
    VideoFrame::new(format, planes.collect(), 0).unwrap()
}

fn psnr_db(a: &[u16], b: &[u16], depth: u8) -> f64 {
    let errors = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    let mse = errors.sum::<f64>() / a.len() as f64;
    10.0 * (f64::from((1u32 << depth) - 1).powi(2) / mse.max(1e-9)).log10()
}

#[test]
fn frames_come_back_frame_of() {
    let all = [Chroma::None, Chroma::Quarter, Chroma::Half, Chroma::Full];
    for (chroma, depth) in all
        .into_iter()
        .flat_map(|chroma| [8, 10, 12].map(|depth| (chroma, depth)))
    {
        for (width, height) in [(64, 48), (33, 17), (1, 1), (2, 7)] {
            let format = format(width, height, chroma, depth);
            let colours = Colours::new(&format).unwrap();
            let wanted = frame(&format);
            let found = colours.frame_of(&colours.to_rgb(&wanted).unwrap()).unwrap();
            for (a, b) in wanted.planes().iter().zip(found.planes()) {
                let db = psnr_db(a, b, depth);
                assert!(db > 55.0, "{chroma:?}, {depth} bits, {width}x{height}: {db:.1} dB");
            }
        }
    }
}

#[test]
fn gray_and_extremes_are_as_defined() {
    let limited = format(16, 16, Chroma::Full, 8);
    let cicp = |matrix, full_range| Cicp {
        primaries: 1,
        transfer: 1,
        matrix,
        full_range,
    };
    let full = VideoFormat {
        cicp: Some(cicp(1, true)),
        ..limited
    };
    for (format, black, white) in [(limited, 16, 235), (full, 0, 255)] {
        let colours = Colours::new(&format).unwrap();
        for (value, wanted) in [(0, black), (SAMPLE_MAX, white)] {
            let plane = || Plane::new(16, 16, vec![value; 256]).unwrap();
            let rgb = Frame::new([plane(), plane(), plane()]).unwrap();
            let found = colours.frame_of(&rgb).unwrap();
            assert!(found.planes()[0].iter().all(|sample| *sample == wanted));
            assert!(found.planes()[1..].iter().flatten().all(|sample| *sample == 128));
            assert_eq!(colours.to_rgb(&found).unwrap(), rgb);
        }
    }
    let blue = Colours::new(&limited).unwrap();
    let plane = |value| Plane::new(16, 16, vec![value; 256]).unwrap();
    let rgb = Frame::new([plane(0), plane(0), plane(SAMPLE_MAX)]).unwrap();
    let found = blue.frame_of(&rgb).unwrap();
    assert_eq!([0, 1, 2].map(|at| found.planes()[at][0]), [41, 240, 110]);
}

#[test]
fn planes_of_rgb_are_taken_as_they_are() {
    let rgb = VideoFormat {
        cicp: Some(Cicp {
            primaries: 1,
            transfer: 13,
            matrix: 0,
            full_range: true,
        }),
        ..format(20, 12, Chroma::Full, 8)
    };
    let colours = Colours::new(&rgb).unwrap();
    let wanted = frame(&rgb);
    assert_eq!(colours.frame_of(&colours.to_rgb(&wanted).unwrap()).unwrap(), wanted);
    let reduced = VideoFormat {
        chroma: Chroma::Quarter,
        ..rgb
    };
    assert!(matches!(Colours::new(&reduced), Err(CodecError::Unsupported(_))));
}

#[test]
fn places_are_mirrored() {
    assert_eq!([-1, -2, 0, 4, 5, 6, 9].map(|at| mirrored(at, 5)), [1, 2, 0, 4, 3, 2, 1]);
    assert_eq!(mirrored(-7, 1), 0);
}
