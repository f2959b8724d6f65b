/* SPDX-License-Identifier: Apache-2.0 */
/* code128: digits as a bar code, ISO/IEC 15417, code set C: two digits a symbol.
 *
 * What is drawn is told as widths in modules, bars and spaces in turn, a bar first: start, the pairs, the check symbol (103), stop. Leave ten
 * modules of white on both sides.
 *
 *     code128_widths(TEXT("1234"), widths);    "211232" "112232" "131123" "121241" "2331112" */
#ifndef EDGE_API_CODE128_H
#define EDGE_API_CODE128_H

#include "base/text.h"

enum { CODE128_DIGITS_MAX = 32, CODE128_SYMBOL = 6, CODE128_STOP = 7 };
enum { CODE128_WIDTHS_MAX = CODE128_SYMBOL * (CODE128_DIGITS_MAX / 2 + 2) + CODE128_STOP + 1 };

/* The digits must be even in number, at most CODE128_DIGITS_MAX. */
void code128_widths(struct text digits, char out[CODE128_WIDTHS_MAX]);

#endif
