/* SPDX-License-Identifier: Apache-2.0 */
/* markdown: the little of Markdown that our articles and announcements are written in, and that can do no harm.
 *
 * A line is a block: "# ", "## " a heading, "- " an item, "1. " a step, anything else a paragraph; an empty line says nothing. In a line
 * **strong** and [words](where) count, unnested, and a link only when `where` is a page of ours ("#/bills", "/status") or https. All else is
 * text and comes out as text: no HTML passes, and a link to anywhere else is its words. At most MARKDOWN_BLOCKS_MAX lines count, and the
 * first MARKDOWN_SPANS_MAX pieces of each.
 *
 *     Write **12.50**, see [limits](#/limits).
 *     {"kind": "paragraph", "spans": [{"kind": "text", "text": "Write ", "href": ""}, {"kind": "strong", …}, …]} */
#ifndef KIT_MARKDOWN_MARKDOWN_H
#define KIT_MARKDOWN_MARKDOWN_H

#include "base/buf.h"
#include "base/text.h"
#include "kit/json/json_out.h"

enum { MARKDOWN_BLOCKS_MAX = 200, MARKDOWN_SPANS_MAX = 40, MARKDOWN_HREF_MAX = 200 };

/* An array of blocks: kind title | heading | paragraph | item | step; spans of kind text | strong | link. */
void markdown_json(struct text source, struct json_out *out);

/* The same as HTML, for a page that runs no script; every character of the source is escaped. */
void markdown_html(struct text source, struct buf *out);

/* Text as HTML text or a quoted attribute's value. */
void markdown_escape(struct text source, struct buf *out);

/* Whether a link may point there. */
bool markdown_href(struct text where);

#endif
