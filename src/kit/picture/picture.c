/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/picture/picture.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>
#include <png.h>

enum { COLOURS = 3, QUALITY = 80, MEMORY_MAX = 112 << 20, ROWS_AT_ONCE = 1 };
enum { PIECE = 32768 };
enum { PNG_CHUNK_MAX = 1 << 20, PNG_CHUNKS_KEPT_MAX = 16 };

/* Both libraries leave by longjmp when they give up; all that must be let go of is in here. */
struct remaking {
    struct jpeg_error_mgr errors; /* first: what libjpeg gives back to us */
    jmp_buf gave_up;
    enum err err;
    struct text given;
    struct jpeg_decompress_struct in;
    struct jpeg_progress_mgr progress;
    struct jpeg_compress_struct out;
    bool in_made, out_made;
    png_structp png;
    png_infop png_info;
    size_t png_at; /* bytes read */
    unsigned char *row, *out_row;
    uint32_t *sums; /* of the rows that become the next one */
    struct jpeg_destination_mgr dest;
    struct buf *to;
    unsigned char piece[PIECE];
    int width, factor, out_width, out_height, rows_summed, rows_out;
};

enum picture_kind picture_kind(struct text given) {
    static const unsigned char jpeg[] = {0xFF, 0xD8, 0xFF},
                               png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (given.n >= sizeof jpeg && memcmp(given.p, jpeg, sizeof jpeg) == 0) return PICTURE_JPEG;
    if (given.n >= sizeof png && memcmp(given.p, png, sizeof png) == 0) return PICTURE_PNG;
    return PICTURE_NONE;
}

static _Noreturn void give_up(struct remaking *work, enum err err) {
    work->err = err;
    longjmp(work->gave_up, 1);
}

/* --- out --- */

/* A destination of our own: libjpeg's growing one is lost when we give up in the middle. */
static void dest_begin(j_compress_ptr out) {
    struct remaking *work = (struct remaking *)out->err;
    work->dest.next_output_byte = work->piece;
    work->dest.free_in_buffer = PIECE;
}

static boolean dest_full(j_compress_ptr out) {
    struct remaking *work = (struct remaking *)out->err;
    buf_add(work->to, work->piece, PIECE);
    dest_begin(out);
    return TRUE;
}

static void dest_end(j_compress_ptr out) {
    struct remaking *work = (struct remaking *)out->err;
    buf_add(work->to, work->piece, PIECE - work->dest.free_in_buffer);
}

static void begin_out(struct remaking *work, uint32_t width, uint32_t height) {
    uint32_t longer = width > height ? width : height, shorter = width > height ? height : width;
    if (longer > PICTURE_SIDE_MAX || (uint64_t)width * height > PICTURE_PIXELS_MAX)
        give_up(work, ERR_PICTURE_TOO_LARGE);
    if (shorter < PICTURE_SIDE_MIN) give_up(work, ERR_PICTURE_TOO_SMALL);
    work->width = (int)width;
    work->factor = (int)((longer + PICTURE_OUT_SIDE_MAX - 1) / PICTURE_OUT_SIDE_MAX);
    work->out_width = work->width / work->factor;
    work->out_height = (int)height / work->factor;
    work->row = malloc((size_t)width * COLOURS);
    work->out_row = malloc((size_t)work->out_width * COLOURS);
    work->sums = calloc((size_t)work->out_width * COLOURS, sizeof *work->sums);
    if (!work->row || !work->out_row || !work->sums) give_up(work, ERR_OVERLOADED);

    jpeg_create_compress(&work->out);
    work->out_made = true;
    work->dest.init_destination = dest_begin;
    work->dest.empty_output_buffer = dest_full;
    work->dest.term_destination = dest_end;
    work->out.dest = &work->dest;
    work->out.image_width = (JDIMENSION)work->out_width;
    work->out.image_height = (JDIMENSION)work->out_height;
    work->out.input_components = COLOURS;
    work->out.in_color_space = JCS_RGB;
    jpeg_set_defaults(&work->out);
    jpeg_set_quality(&work->out, QUALITY, TRUE);
    jpeg_start_compress(&work->out, TRUE);
}

/* Each pixel that comes out is the mean of factor x factor that went in; what is left at the right and the lower edge falls off. */
static void take_row(struct remaking *work) {
    if (work->rows_out == work->out_height) return;
    uint32_t area = (uint32_t)(work->factor * work->factor);
    for (int x = 0; x < work->out_width; x++)
        for (int i = 0; i < work->factor; i++)
            for (int c = 0; c < COLOURS; c++)
                work->sums[x * COLOURS + c] += work->row[(x * work->factor + i) * COLOURS + c];
    if (++work->rows_summed < work->factor) return;
    for (int i = 0; i < work->out_width * COLOURS; i++)
        work->out_row[i] = (unsigned char)((work->sums[i] + area / 2) / area);
    memset(work->sums, 0, (size_t)work->out_width * COLOURS * sizeof *work->sums);
    jpeg_write_scanlines(&work->out, &work->out_row, ROWS_AT_ONCE);
    work->rows_summed = 0;
    work->rows_out++;
}

/* --- JPEG in --- */

static void jpeg_gave_up(j_common_ptr which) {
    struct remaking *work = (struct remaking *)which->err;
    give_up(work, which->err->msg_code == JERR_NO_BACKING_STORE ? ERR_PICTURE_TOO_LARGE : ERR_PICTURE_DAMAGED);
}

/* A warning says that bytes are missing or wrong, and libjpeg would paint something there. Two of them are about what lies between. */
static void jpeg_said(j_common_ptr which, int level) {
    int code = which->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR) jpeg_gave_up(which);
}

static void jpeg_silent(j_common_ptr which) {
    (void)which;
}

static void jpeg_goes_on(j_common_ptr which) {
    const struct jpeg_decompress_struct *in = (const struct jpeg_decompress_struct *)which;
    if (in->input_scan_number > PICTURE_PASSES_MAX)
        give_up((struct remaking *)which->err, ERR_PICTURE_DAMAGED);
}

static void read_jpeg(struct remaking *work) {
    struct jpeg_decompress_struct *in = &work->in;
    jpeg_create_decompress(in);
    work->in_made = true;
    in->mem->max_memory_to_use = MEMORY_MAX;
    in->progress = &work->progress;
    work->progress.progress_monitor = jpeg_goes_on;
    jpeg_mem_src(in, (const unsigned char *)work->given.p, work->given.n);
    jpeg_read_header(in, TRUE);
    begin_out(work, in->image_width, in->image_height);
    in->out_color_space = JCS_RGB;
    jpeg_start_decompress(in);
    while (in->output_scanline < in->output_height) {
        jpeg_read_scanlines(in, &work->row, ROWS_AT_ONCE);
        take_row(work);
    }
}

/* --- PNG in --- */

static _Noreturn void png_gave_up(png_structp png, png_const_charp words) {
    (void)words;
    give_up(png_get_error_ptr(png), ERR_PICTURE_DAMAGED);
}

static void png_said(png_structp png, png_const_charp words) {
    (void)png, (void)words;
}

static void png_bytes(png_structp png, png_bytep out, size_t size) {
    struct remaking *work = png_get_io_ptr(png);
    if (size > work->given.n - work->png_at) give_up(work, ERR_PICTURE_DAMAGED);
    memcpy(out, work->given.p + work->png_at, size);
    work->png_at += size;
}

static void read_png(struct remaking *work) {
    work->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, work, png_gave_up, png_said);
    if (work->png) work->png_info = png_create_info_struct(work->png);
    if (!work->png_info) give_up(work, ERR_OVERLOADED);
    png_set_user_limits(work->png, 0x7FFFFFFF, 0x7FFFFFFF); /* ours have words of their own */
    png_set_chunk_malloc_max(work->png, PNG_CHUNK_MAX);
    png_set_chunk_cache_max(work->png, PNG_CHUNKS_KEPT_MAX);
    png_set_read_fn(work->png, work, png_bytes);
    png_read_info(work->png, work->png_info);
    uint32_t height = png_get_image_height(work->png, work->png_info);
    begin_out(work, png_get_image_width(work->png, work->png_info), height);
    if (png_get_interlace_type(work->png, work->png_info) != PNG_INTERLACE_NONE)
        give_up(work, ERR_PICTURE_KIND);
    png_set_expand(work->png);
    png_set_strip_16(work->png);
    png_set_strip_alpha(work->png);
    png_set_gray_to_rgb(work->png);
    png_read_update_info(work->png, work->png_info);
    if (png_get_rowbytes(work->png, work->png_info) != (size_t)work->width * COLOURS)
        give_up(work, ERR_PICTURE_DAMAGED);
    for (uint32_t y = 0; y < height; y++) {
        png_read_row(work->png, work->row, NULL);
        take_row(work);
    }
}

/* --- both --- */

static void run(struct remaking *work, enum picture_kind kind) {
    if (setjmp(work->gave_up)) return;
    if (kind == PICTURE_JPEG) read_jpeg(work);
    else read_png(work);
    jpeg_finish_compress(&work->out);
}

static void release(struct remaking *work) {
    if (work->in_made) jpeg_destroy_decompress(&work->in);
    if (work->out_made) jpeg_destroy_compress(&work->out);
    if (work->png) png_destroy_read_struct(&work->png, &work->png_info, NULL);
    free(work->row);
    free(work->out_row);
    free(work->sums);
    free(work);
}

enum err picture_remake(struct text given, struct buf *out, struct picture *about) {
    enum picture_kind kind = picture_kind(given);
    if (given.n > PICTURE_BYTES_MAX) return ERR_PICTURE_TOO_LARGE;
    if (kind == PICTURE_NONE) return ERR_PICTURE_KIND;
    struct remaking *work = calloc(1, sizeof *work);
    if (!work) return ERR_OVERLOADED;
    work->given = given;
    work->to = out;
    work->err = ERR_OK;
    work->in.err = work->out.err = jpeg_std_error(&work->errors);
    work->errors.error_exit = jpeg_gave_up;
    work->errors.emit_message = jpeg_said;
    work->errors.output_message = jpeg_silent;

    run(work, kind);
    enum err err = work->err;
    if (err == ERR_OK && out->failed) err = ERR_PICTURE_TOO_LARGE;
    if (err == ERR_OK) *about = (struct picture){work->out_width, work->out_height};
    else buf_clear(out);
    release(work);
    return err;
}
