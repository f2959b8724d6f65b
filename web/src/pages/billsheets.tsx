// SPDX-License-Identifier: Apache-2.0
// What rises over the list of bills: more filters, and the export. Loaded when first opened.
import { useState } from 'preact/hooks';
import { Refused } from '../api';
import { kindRows, stateRows } from '../labels';
import { Sheet } from '../sheet';
import { now } from '../time';
import { Button, language, money, t, typedFen, Wrong } from '../ui';
import { asked, type Filter, monthName } from './bills';

const dots = (fen: number | undefined) => (fen ? money(fen).replace(/,/g, '') : '');
/** Fen of what was typed; undefined: nothing; null: no amount. */
const typedAmount = (text: string) => (text.trim() === '' ? undefined : typedFen(text.trim()) || null);

function Pick({ name, any, options, value, onPick }: { name: string; any: string; options: { value: string; label: string }[]; value: string | undefined; onPick: (one: string | undefined) => void }) {
  return (
    <label class="field">{name}
      <select value={value ?? ''} onChange={(event) => onPick(event.currentTarget.value || undefined)}>
        <option value="">{any}</option>
        {options.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
      </select>
    </label>
  );
}

export function FilterSheet({ filter, months, onPick, onClose }: { filter: Filter; months: string[]; onPick: (next: Filter) => void; onClose: () => void }) {
  const [next, setNext] = useState(filter);
  const [least, setLeast] = useState(dots(filter.amount_min));
  const [most, setMost] = useState(dots(filter.amount_max));
  const low = typedAmount(least), high = typedAmount(most);
  const odd = low === null || high === null || (low && high && low > high);
  const known = filter.month && !months.includes(filter.month) ? [filter.month, ...months] : months;
  return (
    <Sheet title={t('filter')} onClose={onClose} end={<button type="button" onClick={() => onPick(filter.q ? { q: filter.q } : {})}>{t('filters_clear')}</button>}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); if (!odd) onPick({ ...next, amount_min: low ?? undefined, amount_max: high ?? undefined }); }}>
        <Pick name={t('month')} any={t('any_month')} options={known.map((month) => ({ value: month, label: monthName(month) }))} value={next.month} onPick={(month) => setNext({ ...next, month })} />
        <Pick name={t('kind')} any={t('kind_any')} options={kindRows()} value={next.kind} onPick={(kind) => setNext({ ...next, kind })} />
        <Pick name={t('direction')} any={t('all')} options={[{ value: 'out', label: t('went_out') }, { value: 'in', label: t('came_in') }]} value={next.direction} onPick={(direction) => setNext({ ...next, direction })} />
        <Pick name={t('state')} any={t('all')} options={stateRows()} value={next.state} onPick={(state) => setNext({ ...next, state })} />
        <div class="pair">
          <label class="field">{t('amount_from')}<input inputMode="decimal" maxLength={12} placeholder="0.01" value={least} aria-invalid={low === null} onInput={(event) => setLeast(event.currentTarget.value)} /></label>
          <label class="field">{t('amount_to')}<input inputMode="decimal" maxLength={12} value={most} aria-invalid={high === null} onInput={(event) => setMost(event.currentTarget.value)} /></label>
        </div>
        {odd ? <p class="wrong" role="alert">{t('amount_odd')}</p> : null}
        <Button submit disabled={!!odd}>{t('show_them')}</Button>
      </form>
    </Sheet>
  );
}

const today = () => new Date(now() + 8 * 3600_000).toISOString().slice(0, 10);
const lastDay = (month: string) => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).toISOString().slice(0, 10);

export function ExportSheet({ filter, onClose }: { filter: Filter; onClose: () => void }) {
  const [from, setFrom] = useState(filter.month ? `${filter.month}-01` : `${today().slice(0, 7)}-01`);
  const [to, setTo] = useState(filter.month ? lastDay(filter.month) : today());
  const [state, setState] = useState<{ busy: boolean; done: boolean; failure: unknown }>({ busy: false, done: false, failure: null });
  const { month: _, ...rest } = filter;
  const save = async () => {
    setState({ busy: true, done: false, failure: null });
    try {
      const answer = await fetch(`/v1/bills.csv?${asked(rest, { from, to, language })}`, { cache: 'no-store', credentials: 'same-origin' });
      if (!answer.ok) throw new Refused(answer.status, ((await answer.json()) as { error: Refused['error'] }).error);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await answer.blob());
      link.download = `qianbao-${from}-${to}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
      setState({ busy: false, done: true, failure: null });
    } catch (failure) { setState({ busy: false, done: false, failure }); }
  };
  return (
    <Sheet title={t('export_bills')} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <p class="sub">{t('export_detail')}{asked(rest) ? ` ${t('export_fits')}` : ''}</p>
        <div class="pair">
          <label class="field">{t('first_day')}<input type="date" required value={from} max={to} onInput={(event) => setFrom(event.currentTarget.value)} /></label>
          <label class="field">{t('last_day')}<input type="date" required value={to} min={from} onInput={(event) => setTo(event.currentTarget.value)} /></label>
        </div>
        {state.done ? <p class="sub" role="status">{t('exported')}</p> : <Wrong failure={state.failure} />}
        <Button submit disabled={state.busy}>{t(state.busy ? 'working' : 'export_now')}</Button>
      </form>
    </Sheet>
  );
}
