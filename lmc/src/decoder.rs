//! From streams to pictures and sounds.

use std::io::Read;

use lmc_codec::container::{Metadata, Mode, StreamReader, Track};
use lmc_codec::sound::{Sound, SoundDecoder};
use lmc_codec::video::{VideoDecoder, VideoSound};
use lmc_codec::{
    CodecError, DamageReport, DecodeOptions, Decoded, Header, Image, ImageDecoder, ImageLatents, MediaKind, Result,
    Unwatched, Watch,
};

use crate::Models;

/// What a stream decodes to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// A picture, with its metadata and what was concealed.
    Image(Box<Decoded>),
    /// A sound, with its tags.
    Sound(Sound, DamageReport),
}

impl Output {
    /// The picture.
    ///
    /// # Errors
    /// `Parameter` if it is a sound.
    pub fn image(self) -> Result<Image> {
        match self {
            Self::Image(decoded) => Ok(decoded.picture),
            Self::Sound(..) => Err(CodecError::Parameter("the stream holds a sound and no image".into())),
        }
    }

    /// The sound.
    ///
    /// # Errors
    /// `Parameter` if it is an image.
    pub fn sound(self) -> Result<Sound> {
        match self {
            Self::Sound(sound, _) => Ok(sound),
            Self::Image(_) => Err(CodecError::Parameter("the stream holds an image and no sound".into())),
        }
    }

    /// What was damaged and concealed; empty unless the options allow it.
    pub fn damage(&self) -> &DamageReport {
        match self {
            Self::Image(decoded) => &decoded.damage,
            Self::Sound(_, damage) => damage,
        }
    }
}

/// Decodes a stream in memory with the weights of this build.
///
/// # Errors
/// `Malformed` for damage and for bytes that are no stream, `Weights` for other weights, `Unsupported`, `Limit`,
/// `Desync`.
pub fn decode(stream: &[u8]) -> Result<Output> {
    open(stream)?.decode(&mut Unwatched)
}

/// Opens a stream: reads its header and metadata, and no more.
///
/// # Errors
/// `Malformed`, `Unsupported`, `Limit`, `Io`.
pub fn open<R: Read>(reader: R) -> Result<Decoder<R>> {
    open_with(reader, Models::shared(), DecodeOptions::default())
}

/// The same with other models or options.
///
/// # Errors
/// As [`open`].
pub fn open_with<R: Read>(reader: R, models: &Models, options: DecodeOptions) -> Result<Decoder<R>> {
    let mode = if options.conceal { Mode::Tolerant } else { Mode::Strict };
    Ok(Decoder {
        stream: StreamReader::new(reader, &options.limits, mode)?,
        models: models.clone(),
        options,
    })
}

/// A stream whose header was read.
#[derive(Debug)]
pub struct Decoder<R> {
    stream: StreamReader<R>,
    models: Models,
    options: DecodeOptions,
}

impl<R: Read> Decoder<R> {
    /// What the stream is: size, colours, rate, channels, codec and model.
    pub fn header(&self) -> &Header {
        self.stream.header()
    }

    /// Image, sound or video.
    pub fn kind(&self) -> MediaKind {
        self.stream.header().media.kind()
    }

    /// ICC profile, EXIF, XMP and tags.
    pub fn metadata(&self) -> &Metadata {
        self.stream.metadata()
    }

    /// Decodes all of an image.
    ///
    /// # Errors
    /// As [`decode`], and `Unsupported` for other media.
    pub fn image(self, watch: &mut dyn Watch) -> Result<Decoded> {
        let codecs = self.models.codecs_for(self.stream.header())?;
        ImageDecoder::new(codecs, self.options).decode_stream(self.stream, watch)
    }

    /// The latents of an image, for learning on what is compressed. Region and scale do not count, and damage is an error.
    ///
    /// ```
    /// # use lmc::{Color, Image, Samples};
    /// # let samples = Samples::U8((0..160 * 80).map(|i| (i % 160) as u8).collect());
    /// # let stream = lmc::encode_image(&Image::new(160, 80, Color::Gray, samples, None)?, &Default::default())?;
    /// let latents = lmc::open(&stream[..])?.latents()?;
    /// assert_eq!((latents.latents.height(), latents.latents.width()), (5, 10));
    /// assert_eq!((latents.hyper.height(), latents.hyper.width()), (2, 3));
    /// assert_eq!(latents.values().len(), latents.latents.data().len());
    /// # Ok::<(), lmc::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`decode`], and `Unsupported` for media and codecs without latents.
    pub fn latents(self) -> Result<ImageLatents> {
        let codecs = self.models.codecs_for(self.stream.header())?;
        ImageLatents::read(&codecs, self.stream)
    }

    /// Begins to decode a sound; packets are read as they are asked for.
    ///
    /// # Errors
    /// As [`decode`], and `Unsupported` for other media.
    pub fn sound(self) -> Result<SoundDecoder<R>> {
        let codec = self.models.for_stream(self.stream.header())?.sound()?;
        SoundDecoder::new(codec, self.stream)
    }

    /// Begins to decode a video; frames come one by one, and the last good one goes on where others are lost and the
    /// options allow it.
    ///
    /// # Errors
    /// As [`decode`], and `Unsupported` for other media.
    pub fn video(self) -> Result<VideoDecoder<R>> {
        let codec = self.models.for_stream(self.stream.header())?.video()?;
        VideoDecoder::new(&*codec, self.stream)
    }

    /// The sound beside the frames of a video, if it has one.
    pub fn track(&self) -> Option<&Track> {
        self.stream.track()
    }

    /// Begins to decode the sound of a video, which starts with the first frame. Frames are left out: they need a decoder
    /// of their own. `samples` of each channel are what [`info`](lmc_codec::info) finds.
    ///
    /// # Errors
    /// As [`decode`], and `Parameter` for a stream without such a sound.
    pub fn video_sound(self, samples: u64) -> Result<VideoSound<R>> {
        let none = || CodecError::Parameter("the stream holds no sound beside frames".into());
        let codec = self.models.for_stream(self.track().ok_or_else(none)?.header())?;
        VideoSound::new(codec.sound()?, self.stream, samples)
    }

    /// Decodes whatever it is, whole; a video is taken frame by frame instead.
    ///
    /// # Errors
    /// As [`decode`].
    pub fn decode(self, watch: &mut dyn Watch) -> Result<Output> {
        match self.kind() {
            MediaKind::Image => Ok(Output::Image(Box::new(self.image(watch)?))),
            MediaKind::Sound => whole_sound(self.sound()?, watch),
            kind => Err(CodecError::Unsupported(format!("{} streams", kind.name()))),
        }
    }
}

/// All packets of a sound.
fn whole_sound<R: Read>(mut decoder: SoundDecoder<R>, watch: &mut dyn Watch) -> Result<Output> {
    let (spec, total) = (decoder.spec(), decoder.media().samples);
    let mut samples = Vec::new();
    while let Some(packet) = decoder.next_packet()? {
        samples.extend_from_slice(&packet);
        watch.progress(decoder.position(), total);
        if watch.cancelled() {
            return Err(CodecError::Cancelled);
        }
    }
    let sound = Sound::new(spec, samples)?.with_tags(decoder.tags().clone());
    Ok(Output::Sound(sound, decoder.damage().clone()))
}
