// SPDX-License-Identifier: Apache-2.0
// What the server read of a Markdown text, as elements: blocks of spans. Text is only ever text here.
import type { ComponentChildren } from 'preact';

export interface Span { kind: 'text' | 'strong' | 'link'; text: string; href: string }
export interface Block { kind: 'title' | 'heading' | 'paragraph' | 'item' | 'step'; spans: Span[] }

function Words({ spans }: { spans: Span[] }) {
  return (
    <>
      {spans.map((span, i) =>
        span.kind === 'strong' ? <strong key={i}>{span.text}</strong>
          : span.kind === 'link' ? <a key={i} href={span.href} {...(span.href.startsWith('https://') ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>{span.text}</a>
            : span.text)}
    </>
  );
}

/** Items and steps that follow each other are one list. */
export function Marked({ blocks }: { blocks: Block[] }) {
  const out: ComponentChildren[] = [];
  for (let i = 0; i < blocks.length; i++) {
    const { kind, spans } = blocks[i]!;
    if (kind === 'item' || kind === 'step') {
      const from = i;
      while (i + 1 < blocks.length && blocks[i + 1]!.kind === kind) i++;
      const rows = blocks.slice(from, i + 1).map((row, n) => <li key={n}><Words spans={row.spans} /></li>);
      out.push(kind === 'item' ? <ul key={from}>{rows}</ul> : <ol key={from}>{rows}</ol>);
    } else if (kind === 'paragraph') out.push(<p key={i}><Words spans={spans} /></p>);
    else out.push(<h3 key={i}><Words spans={spans} /></h3>);
  }
  return <div class="marked">{out}</div>;
}
