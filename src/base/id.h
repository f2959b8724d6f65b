/* SPDX-License-Identifier: Apache-2.0 */
/* id: our own numbers, one struct a noun so that they cannot be swapped.
 *
 * All come from one rising sequence per store (stream 0: 48 bits used), 0 is never given out. Outside, a number is shown
 * enciphered (crypto/seal.h: id_show, id_read), so that it can be neither guessed nor counted. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdint.h>

/* clang-format off */
struct person_id { uint64_t n; };
struct session_id { uint64_t n; };
struct card_id { uint64_t n; };
struct merchant_id { uint64_t n; };
struct order_id { uint64_t n; };
struct charge_id { uint64_t n; };
struct till_id { uint64_t n; };
struct payment_id { uint64_t n; };
struct staff_id { uint64_t n; };
struct freeze_id { uint64_t n; };
struct account_no { uint64_t n; }; /* the ledger's dense number, counted from 1 */
struct entry_no { uint64_t n; };   /* stream (16 bits) and rising number (48 bits) of a ledger entry */
/* clang-format on */

#endif
