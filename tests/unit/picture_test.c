/* SPDX-License-Identifier: Apache-2.0 */
/* picture: what goes in and what comes out; attack row 34: two kinds in one, bombs, places in EXIF, what is no picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <png.h>
#include <time.h>

#include "kit/picture/picture.h"

/* --- pictures to send: two halves, red and blue --- */

static void paint(unsigned char *row, int width) {
    for (int x = 0; x < width; x++) memcpy(row + 3 * x, x < width / 2 ? "\xE0\x10\x10" : "\x10\x10\xE0", 3);
}

static struct buf made_jpeg(int width, int height, const jpeg_scan_info *scans, int scans_count) {
    struct jpeg_compress_struct out;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL, *row = malloc((size_t)width * 3);
    unsigned long size = 0;
    struct buf made;
    out.err = jpeg_std_error(&errors);
    jpeg_create_compress(&out);
    jpeg_mem_dest(&out, &bytes, &size);
    out.image_width = (JDIMENSION)width;
    out.image_height = (JDIMENSION)height;
    out.input_components = 3;
    out.in_color_space = JCS_RGB;
    jpeg_set_defaults(&out);
    if (scans) out.scan_info = scans, out.num_scans = scans_count;
    jpeg_start_compress(&out, TRUE);
    paint(row, width);
    for (int y = 0; y < height; y++) jpeg_write_scanlines(&out, &row, 1);
    jpeg_finish_compress(&out);
    buf_init(&made, PICTURE_BYTES_MAX + 1000);
    buf_add(&made, bytes, size);
    jpeg_destroy_compress(&out);
    free(bytes);
    free(row);
    return made;
}

static void png_to_buf(png_structp png, png_bytep bytes, size_t size) {
    buf_add(png_get_io_ptr(png), bytes, size);
}

static struct buf made_png(int width, int height, int interlace, int alpha) {
    struct buf made;
    unsigned char *row = calloc((size_t)width, 4);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    buf_init(&made, PICTURE_BYTES_MAX + 1000);
    png_set_write_fn(png, &made, png_to_buf, NULL);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8,
                 alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, interlace,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_text words = {.compression = PNG_TEXT_COMPRESSION_NONE,
                      .key = (char *)"Comment",
                      .text = (char *)"<script>alert(1)</script>"};
    png_set_text(png, info, &words, 1);
    png_write_info(png, info);
    if (!alpha) paint(row, width);
    int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < height; y++) png_write_row(png, row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(row);
    return made;
}

/* Puts bytes behind the first two, where JPEG's segments stand. */
static struct buf with_segment(const struct buf *jpeg, unsigned char marker, const void *bytes, size_t size) {
    struct buf made;
    buf_init(&made, PICTURE_BYTES_MAX + 100000);
    buf_add(&made, jpeg->bytes, 2);
    buf_add_char(&made, (char)0xFF), buf_add_char(&made, (char)marker);
    buf_add_char(&made, (char)((size + 2) >> 8)), buf_add_char(&made, (char)(size + 2));
    buf_add(&made, bytes, size);
    buf_add(&made, jpeg->bytes + 2, jpeg->size - 2);
    return made;
}

/* --- what came out --- */

static bool holds(const struct buf *buf, const char *words) {
    return memmem(buf->bytes, buf->size, words, strlen(words)) != NULL;
}

/* A JPEG of the segments that a plain one has, which ends where it ends. */
static void assert_plain(const struct buf *jpeg) {
    const unsigned char *bytes = (const unsigned char *)jpeg->bytes;
    size_t at = 2;
    assert_memory_equal(bytes, "\xFF\xD8", 2);
    for (;;) {
        assert_true(at + 4 <= jpeg->size && bytes[at] == 0xFF);
        unsigned char marker = bytes[at + 1];
        assert_non_null(memchr("\xE0\xDB\xC0\xC4\xDA", marker, 5)); /* JFIF, tables, frame, scan */
        at += 2 + ((size_t)bytes[at + 2] << 8 | bytes[at + 3]);
        if (marker == 0xDA) break;
    }
    assert_memory_equal(bytes + jpeg->size - 2, "\xFF\xD9", 2);
    for (; at + 2 < jpeg->size; at++) assert_true(bytes[at] != 0xFF || bytes[at + 1] == 0);
}

static enum err remake(const struct buf *given, struct buf *out, struct picture *about) {
    buf_init(out, PICTURE_OUT_BYTES_MAX);
    return picture_remake((struct text){buf_text(given), given->size}, out, about);
}

static void assert_remade(struct buf given, int width, int height) {
    struct buf out;
    struct picture about;
    assert_int_equal(remake(&given, &out, &about), ERR_OK);
    assert_int_equal(about.width, width);
    assert_int_equal(about.height, height);
    assert_plain(&out);
    assert_false(holds(&out, "script") || holds(&out, "Exif") || holds(&out, "GPS"));
    buf_release(&given);
    buf_release(&out);
}

static void assert_refused(struct buf given, enum err err) {
    struct buf out;
    struct picture about = {7, 7};
    assert_int_equal(remake(&given, &out, &about), err);
    assert_true(about.width == 7 && out.size == 0);
    buf_release(&given);
    buf_release(&out);
}

static struct buf of_text(const char *words, size_t size) {
    struct buf made;
    buf_init(&made, PICTURE_BYTES_MAX + 1000);
    buf_add(&made, words, size);
    return made;
}

/* --- cases --- */

static void photos_come_out(void **state) {
    (void)state;
    assert_remade(made_jpeg(1600, 1000, NULL, 0), 1600, 1000);
    assert_remade(made_jpeg(240, 240, NULL, 0), 240, 240);
    assert_remade(made_png(800, 500, PNG_INTERLACE_NONE, 0), 800, 500);
    assert_remade(made_png(300, 300, PNG_INTERLACE_NONE, 1), 300, 300);
}

static void large_ones_are_shrunk(void **state) {
    (void)state;
    assert_remade(made_jpeg(1601, 900, NULL, 0), 800, 450);
    assert_remade(made_png(3300, 2000, PNG_INTERLACE_NONE, 0), 1100, 666);
    assert_remade(made_jpeg(4096, 4096, NULL, 0), 1365, 1365);
}

/* What was left stays left and red. */
static void colours_stay(void **state) {
    (void)state;
    struct buf given = made_png(2000, 1000, PNG_INTERLACE_NONE, 0), out;
    struct picture about;
    struct jpeg_decompress_struct in;
    struct jpeg_error_mgr errors;
    unsigned char row[1600 * 3] = {0}, *rows = row;
    assert_int_equal(remake(&given, &out, &about), ERR_OK);
    in.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&in);
    jpeg_mem_src(&in, (unsigned char *)out.bytes, out.size);
    jpeg_read_header(&in, TRUE);
    jpeg_start_decompress(&in);
    while (in.output_scanline < 250) jpeg_read_scanlines(&in, &rows, 1);
    assert_true(row[3 * 100] > 200 && row[3 * 100 + 2] < 50);
    assert_true(row[3 * 900] < 50 && row[3 * 900 + 2] > 200);
    jpeg_destroy_decompress(&in);
    buf_release(&given);
    buf_release(&out);
}

static void what_hangs_on_stays_out(void **state) {
    (void)state;
    static const char exif[] = "Exif\0\0II*\0\10\0\0\0GPSLatitude 39.9087 116.3975";
    static const char page[] = "<html><script>alert(document.cookie)</script></html>";
    struct buf plain = made_jpeg(640, 400, NULL, 0);
    assert_remade(with_segment(&plain, 0xE1, exif, sizeof exif), 640, 400);
    assert_remade(with_segment(&plain, 0xFE, page, sizeof page), 640, 400);
    struct buf behind = with_segment(&plain, 0xEE, page, sizeof page);
    buf_add(&behind, page, sizeof page);
    assert_remade(behind, 640, 400);
    buf_release(&plain);
    struct buf png = made_png(640, 400, PNG_INTERLACE_NONE, 0);
    buf_add(&png, page, sizeof page);
    assert_remade(png, 640, 400);
}

static void no_pictures(void **state) {
    (void)state;
    static const char svg[] = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    assert_refused(of_text("", 0), ERR_PICTURE_KIND);
    assert_refused(of_text("\xFF\xD8", 2), ERR_PICTURE_KIND);
    assert_refused(of_text(svg, sizeof svg), ERR_PICTURE_KIND);
    assert_refused(of_text("GIF89a\1\0\1\0", 10), ERR_PICTURE_KIND);
    assert_refused(of_text("RIFF\0\0\0\0WEBPVP8 ", 16), ERR_PICTURE_KIND);
    assert_refused(of_text("%PDF-1.7", 8), ERR_PICTURE_KIND);
    assert_refused(of_text("\xFF\xD8\xFF<html>", 9), ERR_PICTURE_DAMAGED);
    assert_refused(made_png(400, 400, PNG_INTERLACE_ADAM7, 0), ERR_PICTURE_KIND);
}

static void sizes(void **state) {
    (void)state;
    assert_refused(made_jpeg(239, 1000, NULL, 0), ERR_PICTURE_TOO_SMALL);
    assert_refused(made_png(1000, 239, PNG_INTERLACE_NONE, 0), ERR_PICTURE_TOO_SMALL);
    assert_refused(made_jpeg(8193, 300, NULL, 0), ERR_PICTURE_TOO_LARGE);
    assert_refused(made_png(4200, 4100, PNG_INTERLACE_NONE, 0), ERR_PICTURE_TOO_LARGE);
    struct buf fat = made_jpeg(640, 400, NULL, 0);
    char stuff[1000] = {0};
    while (fat.size <= PICTURE_BYTES_MAX) buf_add(&fat, stuff, sizeof stuff);
    assert_refused(fat, ERR_PICTURE_TOO_LARGE);
}

static void put_u32(char *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (char)(value >> (24 - 8 * i));
}

static uint32_t crc_of(const void *bytes, size_t size) {
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= ((const unsigned char *)bytes)[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/* Of this thread alone: a machine that is busy with others makes no reader slow. */
static int64_t processor_ms(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* 50,000 x 50,000 pixels in a few bytes: refused from the header on, in no time and no memory. */
static void bombs(void **state) {
    (void)state;
    int64_t begun_ms = processor_ms();
    struct buf png = made_png(300, 300, PNG_INTERLACE_NONE, 0);
    put_u32(png.bytes + 16, 50000);
    put_u32(png.bytes + 20, 50000);
    put_u32(png.bytes + 29, crc_of(png.bytes + 12, 17));
    assert_refused(png, ERR_PICTURE_TOO_LARGE);
    struct buf jpeg = made_jpeg(300, 300, NULL, 0);
    char *frame = memmem(jpeg.bytes, jpeg.size, "\xFF\xC0", 2);
    assert_non_null(frame);
    memcpy(frame + 5, "\xC3\x50\xC3\x50", 4);
    assert_refused(jpeg, ERR_PICTURE_TOO_LARGE);
    assert_true(processor_ms() - begun_ms < 1000);
}

/* One pass more than any encoder needs: each would walk over all of the picture. */
static void passes(void **state) {
    (void)state;
    enum { MOST = PICTURE_PASSES_MAX + 8 };
    jpeg_scan_info scans[MOST] = {{.comps_in_scan = 3, .component_index = {0, 1, 2}}};
    for (int i = 1; i < MOST; i++)
        scans[i] = (jpeg_scan_info){1, {i % 3}, 2 * (i / 3) + 1, 2 * (i / 3) + 2, 0, 0};
    assert_refused(made_jpeg(640, 400, scans, MOST), ERR_PICTURE_DAMAGED);
    assert_remade(made_jpeg(640, 400, scans, 10), 640, 400);
}

static void parts_of_pictures(void **state) {
    (void)state;
    struct buf whole[] = {made_jpeg(300, 260, NULL, 0), made_png(300, 260, PNG_INTERLACE_NONE, 0)};
    for (int kind = 0; kind < 2; kind++) {
        for (size_t size = 0; size + (kind ? 16 : 2) < whole[kind].size; size += 1 + size / 40) {
            struct buf out;
            struct picture about;
            buf_init(&out, PICTURE_OUT_BYTES_MAX);
            enum err err = picture_remake((struct text){whole[kind].bytes, size}, &out, &about);
            assert_true(err == ERR_PICTURE_KIND || err == ERR_PICTURE_DAMAGED);
            buf_release(&out);
        }
        buf_release(&whole[kind]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photos_come_out),
        cmocka_unit_test(large_ones_are_shrunk),
        cmocka_unit_test(colours_stay),
        cmocka_unit_test(what_hangs_on_stays_out),
        cmocka_unit_test(no_pictures),
        cmocka_unit_test(sizes),
        cmocka_unit_test(bombs),
        cmocka_unit_test(passes),
        cmocka_unit_test(parts_of_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
