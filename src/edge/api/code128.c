/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/api/code128.h"

#include <assert.h>
#include <string.h>

/* Of each symbol its three bars and three spaces: eleven modules. */
/* clang-format off */
static const char symbols[][CODE128_SYMBOL + 1] = {
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213",
    "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132",
    "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
    "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313",
    "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331",
    "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
    "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214",
    "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
    "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141",
    "114131", "311141", "411131", "211412", "211214", "211232",
};
/* clang-format on */
static const char stop[] = "2331112";
enum { START_C = 105, MODULUS = 103 };

static char *put(char *at, unsigned symbol) {
    memcpy(at, symbols[symbol], CODE128_SYMBOL);
    return at + CODE128_SYMBOL;
}

void code128_widths(struct text digits, char out[CODE128_WIDTHS_MAX]) {
    unsigned check = START_C;
    assert(digits.n % 2 == 0 && digits.n <= CODE128_DIGITS_MAX && text_digits(digits));
    out = put(out, START_C);
    for (unsigned i = 0; i < digits.n / 2; i++) {
        unsigned pair = (unsigned)(digits.p[2 * i] - '0') * 10 + (unsigned)(digits.p[2 * i + 1] - '0');
        check += (i + 1) * pair;
        out = put(out, pair);
    }
    out = put(out, check % MODULUS);
    memcpy(out, stop, sizeof stop);
}
