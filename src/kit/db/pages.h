/* SPDX-License-Identifier: Apache-2.0 */
/* pages: the cache of pages under each connection to SQLite, in place of SQLite's own.
 *
 * The writer's cache holds the store of a town, and a payment touches some thirty of its pages at random. SQLite's own cache walks a list in memory to
 * find a page, and takes it out of another list and puts it back, through neighbours that nobody else touches: a tenth of the writer's time
 * was waiting for that memory. And whenever a tree was balanced into another order of pages, the end of the transaction looked at every page there
 * is, in a store below 1 GiB. Here a page is found in one table, how recently it was used is a mark on the page and not its place in a list (the
 * clock algorithm), and pages lie together in large pieces, for which the system may use large pages of its own. */
#ifndef KIT_DB_PAGES_H
#define KIT_DB_PAGES_H

#include <sqlite3.h>

/* For SQLITE_CONFIG_PCACHE2, before SQLite is used. */
extern const sqlite3_pcache_methods2 pages_methods;

#endif
