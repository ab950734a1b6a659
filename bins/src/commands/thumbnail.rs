//! `lmc thumbnail`: a small picture for file managers.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::files::{self, Format};
use lmc_codec::{DecodeOptions, ImageDecoder, Media, MediaKind, Scale, Unwatched};

use super::decode::advise;
use crate::cli::ThumbnailArgs;
use crate::input::Source;
use crate::models::{self, Loaded};
use crate::output::Target;
use crate::shrink::{fitted, shrink};
use crate::talk::Talk;

/// Runs `lmc thumbnail`. The picture is decoded in the smallest size that suffices, and shrunk from there.
pub(crate) fn run(args: &ThumbnailArgs, talk: &Talk) -> Result<ExitCode> {
    let source = Source::of(&args.input);
    make(&source, args, talk).with_context(|| source.name())?;
    Ok(ExitCode::SUCCESS)
}

fn make(source: &Source, args: &ThumbnailArgs, talk: &Talk) -> Result<()> {
    let limits = args.limits.limits();
    let (media, stream) = source.stream()?;
    if media != MediaKind::Image {
        bail!("a {} has no thumbnail", media.name());
    }
    let reader = StreamReader::new(stream, &limits, Mode::Strict).map_err(advise)?;
    let Media::Image(image) = &reader.header().media else {
        bail!("it is no image");
    };
    let scale = sufficient(image.width.max(image.height), args.size);
    let codecs = Loaded::without_device(models::find(args.model.as_deref())?).for_stream(reader.header())?;
    let options = DecodeOptions::default().with_limits(limits).with_scale(scale);
    let decoder = ImageDecoder::new(codecs, options);
    let decoded = decoder.decode_stream(reader, &mut Unwatched).map_err(advise)?;
    let picture = decoded.picture;
    let (width, height) = fitted(picture.width(), picture.height(), args.size);
    let picture = shrink(&picture, width, height)?;
    let (bytes, _) = files::to_bytes(&picture, Format::Png)?;
    let target = Target::of(&args.output);
    target.write(&bytes, true)?;
    talk.detail(format_args!("{}: {width}x{height} from {scale:?} size", target.name()));
    Ok(())
}

/// The smallest size that is no smaller than wanted.
fn sufficient(longest: u32, wanted: u32) -> Scale {
    let sizes = [Scale::Eighth, Scale::Quarter, Scale::Half];
    let suffices = |scale: &Scale| scale.of(longest as usize) >= wanted as usize;
    sizes.into_iter().find(suffices).unwrap_or(Scale::Full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_decoded_than_is_shown() {
        let sizes = [(4000, 500), (4000, 501), (4000, 2000), (4000, 2001), (100, 256)];
        let scales = sizes.map(|(longest, wanted)| sufficient(longest, wanted));
        assert_eq!(
            scales,
            [Scale::Eighth, Scale::Quarter, Scale::Half, Scale::Full, Scale::Full]
        );
    }
}
