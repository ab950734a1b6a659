//! Peak signal-to-noise ratios of frames as they are stored.

use lmc_codec::video::VideoFrame;

use crate::videos::Clip;

/// Errors of a plane are taken to be at least this, in squared steps of 8 bits: frames without error are finite.
const LEAST_ERROR: f64 = 1e-3;
/// The most dB that this allows.
pub(super) const MOST_DB: f64 = 78.130_803_608_679_1;

/// Of each frame: 6:1:1 of luma and both colour differences, in dB; of gray, luma alone. Both have one format.
pub fn psnr_yuv_of_frames(original: &Clip, decoded: &Clip) -> Vec<f64> {
    let depth = original.format().depth;
    let pairs = original.frames().zip(decoded.frames());
    let yuv = |(a, b): (VideoFrame, VideoFrame)| {
        let planes: Vec<f64> = (0..a.planes().len())
            .map(|plane| of_plane(&a, &b, plane, depth))
            .collect();
        match planes[..] {
            [y, u, v] => (6.0 * y + u + v) / 8.0,
            _ => planes.first().copied().unwrap_or_default(),
        }
    };
    pairs.map(yuv).collect()
}

/// The mean over frames of one plane, in dB.
pub(super) fn mean_psnr(original: &Clip, decoded: &Clip, plane: usize) -> Option<f64> {
    let depth = original.format().depth;
    let pairs = original.frames().zip(decoded.frames());
    super::mean(pairs.map(|(a, b)| Some(of_plane(&a, &b, plane, depth))))
}

fn of_plane(a: &VideoFrame, b: &VideoFrame, plane: usize, depth: u8) -> f64 {
    let (a, b) = (&a.planes()[plane], &b.planes()[plane]);
    let squares = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2));
    let error = squares.sum::<u64>() as f64 / a.len() as f64;
    let peak = f64::from((1u32 << depth) - 1);
    10.0 * (peak * peak / error.max(LEAST_ERROR)).log10()
}

#[cfg(test)]
mod tests {
    use lmc_codec::video::{Chroma, Ratio, VideoFormat};

    use super::*;
    use crate::media::Meter;
    use crate::metric::Metric;
    use crate::videos::metrics::Meters;

    fn clip(format: &VideoFormat, values: &[[u16; 3]]) -> Clip {
        let mut clip = Clip::new(format);
        for (at, values) in values.iter().enumerate() {
            let plane = |plane: usize| vec![values[plane]; format.plane_size(plane).into_iter().product()];
            let planes = (0..format.chroma.planes()).map(plane).collect();
            clip.push(&VideoFrame::new(format, planes, at as u64).unwrap()).unwrap();
        }
        clip
    }

    #[test]
    fn known_errors_give_known_ratios() {
        let format = VideoFormat::new(16, 8, Ratio::new(25, 1));
        let original = clip(&format, &[[100, 90, 80], [50, 60, 70]]);
        let decoded = clip(&format, &[[105, 91, 78], [50, 60, 70]]);
        let db = |error: f64| 20.0 * (255.0 / error).log10();
        let found = psnr_yuv_of_frames(&original, &decoded);
        assert!((found[0] - (6.0 * db(5.0) + db(1.0) + db(2.0)) / 8.0).abs() < 1e-9);
        assert!((found[1] - MOST_DB).abs() < 1e-9);
        let meters = Meters::default();
        let value = |metric| meters.measure(metric, &original, &decoded).unwrap();
        assert!((value(Metric::PsnrYuv).unwrap() - (found[0] + found[1]) / 2.0).abs() < 1e-9);
        assert!((value(Metric::PsnrY).unwrap() - (db(5.0) + MOST_DB) / 2.0).abs() < 1e-9);
        assert!(value(Metric::Psnr).is_some_and(|db| (45.0..78.2).contains(&db)));
        assert_eq!((value(Metric::MsSsim), value(Metric::Stoi)), (None, None));
        assert!(meters.measure(Metric::Vmaf, &original, &decoded).is_err());
    }

    #[test]
    fn deep_samples_and_gray_have_their_own_peak() {
        let format = VideoFormat {
            depth: 10,
            chroma: Chroma::None,
            ..VideoFormat::new(4, 4, Ratio::new(25, 1))
        };
        let (a, b) = (clip(&format, &[[500, 0, 0]]), clip(&format, &[[504, 0, 0]]));
        assert!((psnr_yuv_of_frames(&a, &b)[0] - 20.0 * (1023f64 / 4.0).log10()).abs() < 1e-9);
    }
}
