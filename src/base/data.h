/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data: the tables of tables/, inside the binary.
 *
 * scripts/embed writes, for each NAME.tsv or NAME.txt, the file's bytes as data_NAME_tsv or data_NAME_txt and their
 * number as data_NAME_tsv_size. A NUL follows the bytes and does not count. What a table's columns mean, and where
 * it comes from, stands beside it in tables/.
 */
#ifndef BASE_DATA_H
#define BASE_DATA_H

#include <stddef.h>

extern const unsigned char data_bin_tsv[];
extern const size_t data_bin_tsv_size;

extern const unsigned char data_people_tsv[];
extern const size_t data_people_tsv_size;

extern const unsigned char data_region_tsv[];
extern const size_t data_region_tsv_size;

extern const unsigned char data_weak_passwords_zh_txt[];
extern const size_t data_weak_passwords_zh_txt_size;

#endif
