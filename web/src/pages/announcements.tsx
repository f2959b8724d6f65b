// SPDX-License-Identifier: Apache-2.0
// Announcements: over home what is pinned or not read yet, and a page of all that are for me now.
import { useEffect } from 'preact/hooks';
import { get, write } from '../api';
import { type Block, Marked } from '../marked';
import { Bar, fullTime, language, t, useLoad, Wrong } from '../ui';

interface Announcement { id: string; title: string; title_zh: string; blocks: Block[]; blocks_zh: Block[]; pinned: boolean; read: boolean; from_at: string; until_at: string }

const titleOf = (one: Announcement) => (language === 'zh' ? one.title_zh : one.title);
const load = async () => (await get<{ items: Announcement[] }>('/v1/announcements')).items;

/** Two at most: home belongs to the balance. */
export function Announced() {
  const items = useLoad(load);
  const shown = items.value?.filter((one) => one.pinned || !one.read).slice(0, 2) ?? [];
  return <>{shown.map((one) => <div class="banner calm" key={one.id} role="status"><a class="link" href="#/announcements">{titleOf(one)}</a></div>)}</>;
}

export function Announcements() {
  const items = useLoad(load);
  useEffect(() => { for (const one of items.value ?? []) if (!one.read) void write(`/v1/announcements/${one.id}/read`).catch(() => undefined); }, [items.value]);
  return (
    <>
      <Bar title={t('announcements')} />
      <main class="content">
        <Wrong failure={items.failure} />
        {!items.value && !items.failure && <p class="empty" role="status">{t('loading')}</p>}
        {items.value?.length === 0 && <p class="card empty">{t('announcements_none')}</p>}
        {items.value?.map((one) => (
          <article class="card" key={one.id}>
            <h2>{titleOf(one)}</h2>
            <p class="sub">{fullTime(one.from_at).slice(0, 16)}{one.pinned && ` · ${t('pinned')}`}</p>
            <Marked blocks={language === 'zh' ? one.blocks_zh : one.blocks} />
          </article>
        ))}
      </main>
    </>
  );
}
