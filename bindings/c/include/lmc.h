/*
 * lmc: learned codecs for images, sound and video. The decoder for C.
 *
 *     lmc_decoder *decoder;
 *     if (lmc_open(bytes, length, NULL, &decoder) != LMC_OK) { puts(lmc_last_error()); return 1; }
 *     uint32_t width, height;
 *     lmc_image_size(decoder, &width, &height);
 *     uint8_t *pixels = malloc((size_t)width * height * 4);
 *     lmc_decode_pixels(decoder, LMC_RGBA8, pixels, (size_t)width * height * 4, (size_t)width * 4);
 *     lmc_close(decoder);
 *
 * Calls that return int32_t return LMC_OK or one of LMC_ERROR_*; lmc_last_error tells why in words.
 * Every call may be made on any thread, but one decoder is used by one thread at a time.
 */

#ifndef LMC_H
#define LMC_H

/* Made by `cargo run --manifest-path bindings/c/header/Cargo.toml`: do not edit. */

#include <stddef.h>
#include <stdint.h>

// The version of this interface. A library of another number does not fit programs that were compiled with this
// header.
#define LMC_ABI_VERSION 1

// How many bytes at the start of a stream lmc_probe needs.
#define LMC_PROBE_BYTES 25

// Bytes that are no stream.
#define LMC_NONE 0

// A stream of one image.
#define LMC_IMAGE 1

// A stream of sound.
#define LMC_SOUND 2

// A stream of video.
#define LMC_VIDEO 3

// Red, green, blue, alpha, 8 bits each.
#define LMC_RGBA8 1

// Red, green, blue, 8 bits each.
#define LMC_RGB8 2

// Red, green, blue, alpha, 16 bits each in the order of the machine's bytes.
#define LMC_RGBA16 3

// A frame that decodes without any other.
#define LMC_KEY_FRAME 1

// A frame that is predicted from one before it.
#define LMC_PREDICTED_FRAME 2

// A frame that is lost, in whose place the last good one stands.
#define LMC_LOST_FRAME 3

// The ICC profile of an image.
#define LMC_ICC 1

// The EXIF data of an image: a TIFF block.
#define LMC_EXIF 2

// An XMP packet.
#define LMC_XMP 3

// All went well.
#define LMC_OK 0

// Reading or writing failed.
#define LMC_ERROR_IO 1

// The bytes are damaged, cut, or no such stream.
#define LMC_ERROR_MALFORMED 2

// Valid, but this library cannot do it.
#define LMC_ERROR_UNSUPPORTED 3

// A declared size exceeds the limits.
#define LMC_ERROR_LIMIT 4

// The stream needs other weights.
#define LMC_ERROR_MODEL 5

// The bytes are whole, but decode to other symbols than were encoded.
#define LMC_ERROR_DESYNC 6

// An argument makes no sense: a NULL pointer, a short buffer, a region outside of the image.
#define LMC_ERROR_PARAMETER 7

// A picture or sound file could not be read or written.
#define LMC_ERROR_FILE 8

// The work was cancelled.
#define LMC_ERROR_CANCELLED 9

// A device, or the library itself failed.
#define LMC_ERROR_INTERNAL 10

// A stream that is open. One thread may use it at a time; different ones may be used at the same time.
typedef struct lmc_decoder lmc_decoder;

// How to decode. All zeros are the defaults: `lmc_options options = {0};`.
typedef struct lmc_options {
    // The part of an image to decode, in pixels of the whole image. A width and height of 0 is all of it.
    uint32_t x;
    // Its upper edge.
    uint32_t y;
    // Its width.
    uint32_t width;
    // Its height.
    uint32_t height;
    // 2, 4 and 8 decode an image in half, a quarter, an eighth of its width and height; 0 and 1 in full.
    uint32_t scale;
    // Threads for this stream alone; 0 for those that the process shares, one for each core.
    uint32_t threads;
    // Not 0 to go on where the stream is damaged, and fill what is lost from its surroundings: see lmc_damage.
    uint32_t conceal;
    // Longest width or height to accept, in pixels; here and below 0 is the default of the library.
    uint32_t max_side;
    // Most pixels of an image.
    uint64_t max_pixels;
    // Most samples of a sound in each channel.
    uint64_t max_samples;
    // Longest stream in bytes.
    uint64_t max_file_bytes;
    // Most bytes of ICC profile, EXIF, XMP and tags together.
    uint64_t max_metadata_bytes;
    // Most bytes of memory for the work on one stream, by a bound that its header tells.
    uint64_t max_memory_bytes;
    // Most channels of a sound.
    uint32_t max_channels;
    // 0.
    uint32_t reserved_flags;
    // Called while an image is decoded with the steps done and all steps; anything but 0 cancels. On one thread at a
    // time, which may be another than the caller's. It must return: no exceptions, no longjmp. NULL for none.
    int32_t (*watch)(void *user, uint64_t done, uint64_t total);
    // Passed to watch. It must stay valid until lmc_close.
    void *user;
    // 0.
    uint64_t reserved[8];
} lmc_options;

// What a stream holds, as its header says. Fields of other media are 0.
typedef struct lmc_info {
    // LMC_IMAGE, LMC_SOUND or LMC_VIDEO.
    int32_t kind;
    // The number of the codec.
    uint32_t codec;
    // The id of the model that decodes it; zeros where none is needed.
    uint8_t model[16];
    // Width of the whole image, or of the frames of a video, in pixels.
    uint32_t width;
    // Height of the whole image, or of the frames of a video, in pixels.
    uint32_t height;
    // Colours of a pixel without alpha: 1 for gray, 3 for RGB and for the planes of a video in colour.
    uint32_t colors;
    // Bits of a sample of an image, 8 or 16, or of a video, 8, 10 or 12; of a sound as it was given to the encoder, 8,
    // 16, 24 or 32.
    uint32_t bits;
    // 1 if there is alpha.
    uint32_t alpha;
    // Samples a second of each channel of a sound, that of a video too; 0 for a video without one.
    uint32_t rate;
    // Channels of a sound, that of a video too; 0 for a video without one.
    uint32_t channels;
    // How many texts lmc_tag has.
    uint32_t tags;
    // Samples of each channel of a sound.
    uint64_t samples;
    // Frames of a video; 0 if they are not known before all are decoded.
    uint64_t frames;
    // Frames a second of a video, the usual ones where they vary: this over `frame_rate_denominator`.
    uint32_t frame_rate_numerator;
    // See `frame_rate_numerator`.
    uint32_t frame_rate_denominator;
    // 0.
    uint64_t reserved[6];
} lmc_info;

// What is known of a frame.
typedef struct lmc_frame {
    // LMC_KEY_FRAME, LMC_PREDICTED_FRAME, or LMC_LOST_FRAME where damage is concealed.
    int32_t kind;
    // Planes: luma and both colour differences, or luma alone.
    uint32_t planes;
    // Its number, from 0.
    uint64_t index;
    // When it is shown, in seconds from the beginning of the video.
    double seconds;
    // 0.
    uint64_t reserved[4];
} lmc_frame;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the interface of the library that was loaded: to be compared with LMC_ABI_VERSION.
uint32_t lmc_abi_version(void);

// Opens a stream in memory: reads its header and metadata. The bytes are copied; close the decoder with lmc_close.
// `options` may be NULL for the defaults. After a failure `*decoder` is NULL.
//
// # Safety
// `bytes` is NULL or points to `length` bytes, `options` is NULL or valid, `decoder` is NULL or can be written.
int32_t lmc_open(const uint8_t *bytes, size_t length, const struct lmc_options *options, struct lmc_decoder **decoder);

// Closes a decoder and frees all that it gave out. NULL is fine.
//
// # Safety
// `decoder` is NULL or came from lmc_open, and is not used any more.
void lmc_close(struct lmc_decoder *decoder);

// What the stream holds.
//
// # Safety
// `decoder` is NULL or open, `info` is NULL or can be written.
int32_t lmc_get_info(const struct lmc_decoder *decoder, struct lmc_info *info);

// The bytes of LMC_ICC, LMC_EXIF or LMC_XMP; NULL and 0 where there are none. Valid until lmc_close.
//
// # Safety
// `decoder` is NULL or open, `bytes` and `length` are NULL or can be written.
int32_t lmc_metadata(const struct lmc_decoder *decoder, int32_t kind, const uint8_t **bytes, size_t *length);

// The text of a tag and its key, such as "title", in UTF-8, for `index` from 0 to `tags` of lmc_info. Valid until
// lmc_close.
//
// # Safety
// `decoder` is NULL or open, `key` and `text` are NULL or can be written.
int32_t lmc_tag(const struct lmc_decoder *decoder, uint32_t index, const char **key, const char **text);

// What was damaged and concealed so far, a line for each; empty for a stream that is whole. Valid until the next call
// with this decoder.
//
// # Safety
// `decoder` is NULL or open.
const char *lmc_damage(const struct lmc_decoder *decoder);

// The size of the image that lmc_decode_pixels writes, in pixels: that of the region in the scale. Where both are
// given, this call decodes the image. Of a video it is the size of frames.
//
// # Safety
// `decoder` is NULL or open, `width` and `height` are NULL or can be written.
int32_t lmc_image_size(struct lmc_decoder *decoder, uint32_t *width, uint32_t *height);

// Decodes the image, if that is not done yet, and writes its pixels; of a video, those of the frame of the last
// lmc_next_frame, all of it and in full size, in LMC_RGBA8, LMC_RGB8 or LMC_RGBA16. Gray
// becomes three equal colours, a missing alpha is opaque, depths are scaled. `stride` is the distance of rows in
// bytes; what lies between rows stays as it is. Further calls write the same image again, without decoding it.
//
// # Safety
// `decoder` is NULL or open; `buffer` is NULL or points to `length` bytes, for LMC_RGBA16 at a multiple of 2, that
// nobody else uses during the call.
int32_t lmc_decode_pixels(struct lmc_decoder *decoder, int32_t format, uint8_t *buffer, size_t length, size_t stride);

// What bytes begin: LMC_IMAGE, LMC_SOUND, LMC_VIDEO, or LMC_NONE for anything else and for fewer than LMC_PROBE_BYTES.
// Decodes nothing and does not touch the last error.
//
// # Safety
// `bytes` is NULL or points to `length` bytes.
int32_t lmc_probe(const uint8_t *bytes, size_t length);

// Decodes the next samples, full scale at -1 and 1, those of all channels in turn: up to `frames` of each channel. Of a
// video, those of its sound, which begins with the first frame; frames go on as they were. `*done` becomes the number
// of each, which is less than `frames` only at the end of the sound.
//
// # Safety
// `decoder` is NULL or open; `buffer` is NULL or points to `frames` times the channels floats that nobody else uses
// during the call; `done` is NULL or can be written.
int32_t lmc_read_f32(struct lmc_decoder *decoder, float *buffer, size_t frames, size_t *done);

// As lmc_read_f32, rounded and clamped to 16 bits.
//
// # Safety
// As lmc_read_f32, with 16-bit integers in `buffer`.
int32_t lmc_read_i16(struct lmc_decoder *decoder, int16_t *buffer, size_t frames, size_t *done);

// The version of the library, such as "0.1.0".
const char *lmc_version(void);

// Why the last call on this thread failed, in English; empty if it did not. Valid until the next call on this thread.
const char *lmc_last_error(void);

// The name of an error code, such as "malformed"; "unknown" for numbers that are none.
const char *lmc_code_name(int32_t code);

// The fast paths of this library on this machine, separated by spaces: for reports.
const char *lmc_fast_paths(void);

// Decodes the next frame of a video. `*more` becomes 1, or 0 behind the last frame, where `frame` stays as it is.
// Then lmc_plane and lmc_decode_pixels write this frame, as often as they are called.
//
// # Safety
// `decoder` is NULL or open, `frame` and `more` are NULL or can be written.
int32_t lmc_next_frame(struct lmc_decoder *decoder, struct lmc_frame *frame, int32_t *more);

// The size of a plane of frames, in samples: 0 is luma, 1 is the difference of blue, 2 that of red.
//
// # Safety
// `decoder` is NULL or open, `width` and `height` are NULL or can be written.
int32_t lmc_plane_size(struct lmc_decoder *decoder, uint32_t plane, uint32_t *width, uint32_t *height);

// Writes the samples of a plane of the frame of the last lmc_next_frame, as the video stores them: one byte each where
// `bits` of lmc_info is 8, else two in the order of the machine's bytes. `stride` is the distance of rows in bytes.
//
// # Safety
// `decoder` is NULL or open; `buffer` is NULL or points to `length` bytes that nobody else uses during the call.
int32_t lmc_plane(struct lmc_decoder *decoder, uint32_t plane, uint8_t *buffer, size_t length, size_t stride);

// Adds a weights file to those inside, for all streams that are opened from now on in this process. The bytes are
// copied.
//
// # Safety
// `weights` is NULL or points to `length` bytes.
int32_t lmc_add_weights(const uint8_t *weights, size_t length);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LMC_H */
