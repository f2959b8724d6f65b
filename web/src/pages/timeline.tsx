// SPDX-License-Identifier: Apache-2.0
// The balance over days or months: a drawing whose columns can be tapped, and the same as a table for those who do not see it.
import { useState } from 'preact/hooks';
import { get } from '../api';
import { Bar, Choice, fullTime, money, NotLoaded, t, useLoad } from '../ui';

interface Point { from: string; until: string; posted: number; in: number; out: number; own_in: number; own_out: number; count: number }
interface Timeline { by: 'day' | 'month'; items: Point[] }
const WIDE = 1000, HIGH = 320;
const name = (point: Point, by: string) => fullTime(point.from).slice(by === 'day' ? 5 : 0, by === 'day' ? 10 : 7);

/** One step a span: the balance at its end holds for its width. */
function Drawing({ line, picked, onPick }: { line: Timeline; picked: number; onPick: (at: number) => void }) {
  const most = Math.max(1, ...line.items.map((point) => point.posted));
  const width = WIDE / line.items.length;
  const y = (fen: number) => HIGH - Math.round((fen * (HIGH - 10)) / most);
  const path = line.items.map((point, i) => `${i ? 'L' : 'M'}${Math.round(i * width)} ${y(point.posted)}H${Math.round((i + 1) * width)}`).join('');
  return (
    <svg class="timeline" viewBox={`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" role="img" aria-label={t('timeline_picture', { most: money(most) })}>
      <rect class="picked" x={picked * width} width={width} y="0" height={HIGH} />
      <path class="under" d={`${path}V${HIGH}H0Z`} />
      <path class="line" d={path} />
      {line.items.map((point, i) => <rect class="column" key={point.from} x={i * width} width={width} y="0" height={HIGH} onClick={() => onPick(i)} />)}
    </svg>
  );
}

function Sums({ point, by }: { point: Point; by: string }) {
  const rows: [string, number, '+' | '−'][] = [[t('came_in'), point.in, '+'], [t('went_out'), point.out, '−'], [t('own_in'), point.own_in, '+'], [t('own_out'), point.own_out, '−']];
  return (
    <section class="card list" aria-live="polite">
      <dl class="facts">
        <dt>{name(point, by)} · {t('balance_at_end')}</dt><dd>¥ {money(point.posted)}</dd>
        {rows.filter(([, fen]) => fen > 0).map(([label, fen, sign]) => <><dt>{label}</dt><dd>{sign}{money(fen)}</dd></>)}
      </dl>
      <p class="ways"><a class="link" href={`#/explain/${encodeURIComponent(new Date(new Date(point.until).getTime() - 1).toISOString())}`}>{t('why_then')}</a></p>
    </section>
  );
}

export function TimelinePage() {
  const [by, setBy] = useState<'day' | 'month'>('day');
  const [picked, setPicked] = useState<number | null>(null);
  const line = useLoad(() => get<Timeline>(`/v1/balance/timeline?by=${by}&count=${by === 'day' ? 30 : 12}`), [by]);
  const items = line.value?.by === by ? line.value.items : [];
  const at = Math.min(picked ?? items.length - 1, items.length - 1);
  return (
    <>
      <Bar title={t('timeline')} />
      <main class="content">
        <Choice name={t('timeline')} options={['day', 'month'] as const} value={by} label={(one) => t(one === 'day' ? 'by_day' : 'by_month')} onPick={(one) => { setBy(one); setPicked(null); }} />
        <NotLoaded failure={line.failure} onRetry={line.reload} />
        {items.length > 0 && (
          <>
            <section class="card"><Drawing line={{ by, items }} picked={at} onPick={setPicked} />
              <p class="section"><span>{name(items[0]!, by)}</span>{items.length > 1 && <span>{name(items[items.length - 1]!, by)}</span>}</p>
            </section>
            <Sums point={items[at]!} by={by} />
            <h2 class="section">{t('as_table')}</h2>
            <div class="card list">
              <table class="points">
                <thead><tr><th scope="col">{t(by === 'day' ? 'one_day' : 'month')}</th><th scope="col">{t('came_in')}</th><th scope="col">{t('went_out')}</th><th scope="col">{t('balance')}</th></tr></thead>
                <tbody>
                  {items.map((point, i) => ({ point, i })).filter(({ point, i }) => point.count > 0 || i === items.length - 1).reverse().map(({ point, i }) => (
                    <tr key={point.from} class={i === at ? 'picked' : ''}><th scope="row"><button type="button" class="link" onClick={() => setPicked(i)}>{name(point, by)}</button></th><td>{money(point.in + point.own_in)}</td><td>{money(point.out + point.own_out)}</td><td>{money(point.posted)}</td></tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </main>
    </>
  );
}
