/* Decodes a stream: an image to PAM or PPM, a sound to WAV, a video to y4m.
 *
 *     decode IN.lmc OUT.pam [SCALE]      with alpha, 8 bits; SCALE is 1, 2, 4 or 8
 *     decode IN.lmc OUT.ppm [SCALE]      without alpha
 *     decode IN.lmc OUT.wav              16 bits; of a video its sound
 *     decode IN.lmc OUT.y4m              of a video its frames, 4:2:0 with 8 bits
 */
#include <lmc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 4096 };

/* Says why the last call failed. */
static int complain(const char *what, int32_t code) {
    fprintf(stderr, "%s: %s (%s)\n", what, lmc_last_error(), lmc_code_name(code));
    return 1;
}

/* Reads a whole file; NULL if that fails. */
static uint8_t *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    *length = 0;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        long end = ftell(file);
        if (end > 0 && fseek(file, 0, SEEK_SET) == 0 && (bytes = malloc((size_t)end)) != NULL) {
            *length = fread(bytes, 1, (size_t)end, file);
        }
    }
    if (file != NULL) fclose(file);
    if (*length == 0) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

static int write_image(lmc_decoder *decoder, FILE *out, int alpha) {
    uint32_t width, height;
    int32_t code = lmc_image_size(decoder, &width, &height);
    if (code != LMC_OK) return complain("size", code);
    size_t channels = alpha ? 4 : 3, stride = (size_t)width * channels, length = stride * height;
    uint8_t *pixels = malloc(length);
    if (pixels == NULL) return 1;
    code = lmc_decode_pixels(decoder, alpha ? LMC_RGBA8 : LMC_RGB8, pixels, length, stride);
    int failed = code != LMC_OK ? complain("decode", code) : 0;
    if (!failed && alpha) {
        fprintf(out, "P7\nWIDTH %u\nHEIGHT %u\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n", width, height);
    } else if (!failed) {
        fprintf(out, "P6\n%u %u\n255\n", width, height);
    }
    if (!failed) failed = fwrite(pixels, 1, length, out) != length;
    free(pixels);
    return failed;
}

/* A number of the header of a WAV file, least byte first. */
static void put(FILE *out, uint32_t value, int bytes) {
    for (int at = 0; at < bytes; at++) fputc((int)(value >> (8 * at) & 255), out);
}

static int write_sound(lmc_decoder *decoder, const lmc_info *info, FILE *out) {
    uint32_t bytes = (uint32_t)info->samples * info->channels * 2;
    fputs("RIFF", out);
    put(out, 36 + bytes, 4);
    fputs("WAVEfmt ", out);
    put(out, 16, 4);
    put(out, 1, 2);
    put(out, info->channels, 2);
    put(out, info->rate, 4);
    put(out, info->rate * info->channels * 2, 4);
    put(out, info->channels * 2, 2);
    put(out, 16, 2);
    fputs("data", out);
    put(out, bytes, 4);
    int16_t *samples = malloc(FRAMES * (size_t)info->channels * sizeof *samples);
    if (samples == NULL) return 1;
    size_t done = 0;
    int32_t code;
    while ((code = lmc_read_i16(decoder, samples, FRAMES, &done)) == LMC_OK && done > 0) {
        for (size_t at = 0; at < done * info->channels; at++) put(out, (uint16_t)samples[at], 2);
    }
    free(samples);
    return code != LMC_OK ? complain("decode", code) : 0;
}

static int write_video(lmc_decoder *decoder, const lmc_info *info, FILE *out) {
    if (info->colors != 3 || info->bits != 8) return fprintf(stderr, "other samples than 4:2:0 of 8 bits\n"), 1;
    fprintf(out, "YUV4MPEG2 W%u H%u F%u:%u Ip A1:1 C420\n", info->width, info->height, info->frame_rate_numerator,
            info->frame_rate_denominator);
    size_t most = (size_t)info->width * info->height;
    uint8_t *samples = malloc(most);
    if (samples == NULL) return 1;
    lmc_frame frame;
    int32_t more = 0, code;
    while ((code = lmc_next_frame(decoder, &frame, &more)) == LMC_OK && more) {
        fputs("FRAME\n", out);
        for (uint32_t plane = 0; plane < frame.planes && code == LMC_OK; plane++) {
            uint32_t width, height;
            code = lmc_plane_size(decoder, plane, &width, &height);
            if (code == LMC_OK) code = lmc_plane(decoder, plane, samples, most, width);
            if (code == LMC_OK) fwrite(samples, 1, (size_t)width * height, out);
        }
        if (code != LMC_OK) break;
    }
    free(samples);
    return code != LMC_OK ? complain("decode", code) : 0;
}

int main(int argc, char **argv) {
    if (argc < 3 || lmc_abi_version() != LMC_ABI_VERSION) {
        fprintf(stderr, "usage: decode IN.lmc OUT.pam|OUT.ppm|OUT.wav|OUT.y4m [SCALE]\n");
        return 2;
    }
    size_t length;
    uint8_t *bytes = read_file(argv[1], &length);
    if (bytes == NULL) {
        perror(argv[1]);
        return 1;
    }
    lmc_options options = {0};
    options.scale = argc > 3 ? (uint32_t)atoi(argv[3]) : 1;
    lmc_decoder *decoder;
    int32_t code = lmc_open(bytes, length, &options, &decoder);
    free(bytes); /* The decoder has a copy. */
    if (code != LMC_OK) return complain(argv[1], code);
    lmc_info info;
    code = lmc_get_info(decoder, &info);
    int failed = code != LMC_OK ? complain(argv[1], code) : 0;
    FILE *out = failed ? NULL : fopen(argv[2], "wb");
    if (out == NULL) {
        perror(argv[2]);
        failed = 1;
    } else {
        int alpha = strstr(argv[2], ".pam") != NULL;
        int sound = info.kind == LMC_SOUND || (info.kind == LMC_VIDEO && strstr(argv[2], ".wav") != NULL);
        failed = sound                    ? write_sound(decoder, &info, out)
                 : info.kind == LMC_VIDEO ? write_video(decoder, &info, out)
                                          : write_image(decoder, out, alpha);
        if (fclose(out) != 0) failed = 1;
    }
    lmc_close(decoder);
    return failed;
}
