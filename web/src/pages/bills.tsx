// SPDX-License-Identifier: Apache-2.0
// Bills: the list by day, one bill with every number and every state, and the notices.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Bill, get, type Notice, type Page, type Payment, type Person, write } from '../api';
import { Ask } from '../ask';
import { Explained } from '../explained';
import { changes } from '../live';
import { config, kindLabel, stateLabel } from '../labels';
import type { TextKey } from '../texts';
import { now, nowIso } from '../time';
import { Bar, Button, chinaDay, clock, dayName, english, Figure, fullTime, Icon, type IconName, language, money, NotLoaded, said, Steps, t, useLoad, WhyLink, Wrong } from '../ui';
import { Tabs } from './tabs';

const icons: Record<string, IconName> = { topup: 'card', withdrawal: 'card', settlement: 'card', purchase: 'shop', refund: 'shop', transfer: 'transfer', freeze: 'lock', taken: 'lock' };
const nothingMoved = (bill: Bill) => bill.money_taken === 'no' && !(bill.kind === 'refund' && bill.state === 'returned') && ['refused', 'declined', 'returned', 'recalled'].includes(bill.state);

/** Between the balance and one's own card. */
export const ownCard = (bill: { kind: string }) => ['topup', 'withdrawal', 'settlement'].includes(bill.kind);
/** Who is on the other side; a bank in the reader's language. */
function counterparty(bill: Bill) {
  const { card } = bill.source;
  return ownCard(bill) && card ? (language === 'zh' ? card.bank : card.bank_en) : bill.counterparty.kind === 'pocket' ? t('pocket') : bill.counterparty.kind === 'authority' ? t('authority') : bill.counterparty.name;
}

function title(bill: Bill) {
  const name = counterparty(bill);
  if (bill.kind === 'pocket') return name;
  if (ownCard(bill)) return `${kindLabel(bill.kind)}${name ? ` · ${name}` : ''}${bill.source.card ? ` ${bill.source.card.last4}` : ''}`;
  if (bill.kind === 'refund') return `${kindLabel(bill.kind)}${name ? ` · ${name}` : ''}`;
  if (bill.kind === 'transfer') return t(bill.direction === 'in' ? 'transfer_from' : 'transfer_to', { name });
  return name || kindLabel(bill.kind);
}

/** Of a purchase that went well, what it was paid from says more than that it did. */
const paidFrom = (bill: Bill) => (bill.kind === 'purchase' && bill.direction === 'out' && bill.state === 'done' ? sourceName(bill) : null);

/** `dated`: with its day, where no heading says it. */
export function BillRow({ bill, dated }: { bill: Bill; dated?: boolean }) {
  const off = nothingMoved(bill);
  const sign = off ? '' : bill.direction === 'in' ? '+' : '−';
  return (
    <a class="row" href={`#/bills/${bill.id}`}>
      <span class={`icon ${off ? 'warn' : ''}`}><Icon name={off ? 'close' : bill.state === 'done' ? icons[bill.kind] ?? 'bills' : 'clock'} size={20} /></span>
      <span class="grow"><span class="name top">{title(bill)}</span><span class="sub">{dated && `${dayName(bill.created_at, nowIso())} `}{clock(bill.created_at)} · {paidFrom(bill) ?? stateLabel(bill.kind, bill.state, bill.direction)}{bill.refunded > 0 && ` · ${t('refunded_of', { n: money(bill.refunded), paid: money(bill.amount) })}`}</span></span>
      <span class={`amount ${off ? 'off' : bill.direction === 'in' ? 'in' : ''}`}>{sign}{money(bill.amount)}</span>
    </a>
  );
}

/** What the list is asked for; the names are the API's. */
export interface Filter { kind?: string; direction?: string; state?: string; month?: string; amount_min?: number; amount_max?: number; q?: string }
export const asked = (filter: Filter, more: Record<string, string> = {}) =>
  new URLSearchParams([...Object.entries(filter).filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => [name, String(value)]), ...Object.entries(more)]).toString();

interface Month { month: string; in: number; out: number }
const monthOf = (bill: Bill) => new Date(new Date(bill.created_at).getTime() + 8 * 3600_000).toISOString().slice(0, 7);
export const monthName = (month: string) => (language === 'zh' ? t('month_year', { year: month.slice(0, 4), month: Number(month.slice(5)) }) : english(new Date(`${month}-01T00:00:00Z`), { month: 'long', year: 'numeric' }));

/** The month, which is also where another one is chosen. */
function MonthHead({ month, totals, months, onPick }: { month: string; totals: Month | undefined; months: string[]; onPick: (month: string | undefined) => void }) {
  return (
    <header class="month">
      <h2>{monthName(month)}<Icon name="open" size={18} />
        <select aria-label={t('month')} value={month} onChange={(event) => onPick(event.currentTarget.value || undefined)}>
          <option value="">{t('any_month')}</option>
          {[...new Set([month, ...months])].map((one) => <option key={one} value={one}>{monthName(one)}</option>)}
        </select>
      </h2>
      <p class="sub">{totals ? <>{t('went_out')} <b>{money(totals.out)}</b> · {t('came_in')} <b>{money(totals.in)}</b></> : '…'}</p>
    </header>
  );
}

/** The bills of a month, a card a day. */
function Days({ bills }: { bills: Bill[] }) {
  const now = nowIso();
  const days = new Map<string, Bill[]>();
  for (const bill of bills) { const name = dayName(bill.created_at, now); days.set(name, [...(days.get(name) ?? []), bill]); }
  return (
    <>
      {[...days].map(([name, those]) => (
        <section key={name} aria-label={name}>
          <h3 class="section">{name}</h3>
          <ul class="card list">{those.map((bill) => <li key={bill.id}><BillRow bill={bill} /></li>)}</ul>
        </section>
      ))}
    </>
  );
}

/** The filters that are asked for most, one touch each; what else there is stands in the sheet. */
type Chip = Pick<Filter, 'kind' | 'state' | 'direction'>;
const CHIPS: Chip[] = [{}, { kind: 'purchase' }, { kind: 'transfer' }, { state: 'refused' }, { direction: 'out' }, { direction: 'in' }];
const chipName = ({ kind, state, direction }: Chip) => (kind ? kindLabel(kind) : state ? stateLabel('', state, '') : direction ? t(direction === 'out' ? 'went_out' : 'came_in') : t('all'));

type Sheets = typeof import('./billsheets');
const SEARCH_PAUSE = 300;
const A_PAGE = 20, PAGE_MAX = 100;
const A_SCREEN = 7; // rows: those are drawn first, the others when they stand there

export function Bills() {
  const [items, setItems] = useState<Bill[]>([]);
  const [months, setMonths] = useState<Month[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [state, setState] = useState<{ failure: unknown; loaded: boolean }>({ failure: null, loaded: false });
  const [filter, setFilter] = useState<Filter>({});
  const [typed, setTyped] = useState('');
  const [sheets, setSheets] = useState<Sheets | null>(null);
  const [sheet, setSheet] = useState<'filter' | 'export' | null>(null);
  const turn = useRef(0); // an answer to an older question is dropped
  const going = useRef<string | null>(null); // where the page that is asked for goes on: touched twice it is asked for once
  const shown = useRef(0);
  shown.current = items.length;
  const load = async (from: string | null, limit = A_PAGE) => {
    if (from && going.current === from) return;
    going.current = from;
    const mine = from ? turn.current : ++turn.current;
    try {
      const page = await get<Page<Bill>>(`/v1/bills?${asked(filter, { limit: String(limit), ...(from ? { cursor: from } : {}) })}`);
      if (mine !== turn.current) return;
      setItems((before) => (from ? [...before, ...page.items] : page.items));
      setCursor(page.next_cursor);
      setState((before) => (before.loaded && before.failure === null ? before : { failure: null, loaded: true }));
      if (from) return;
      const totals = await get<Page<Month>>(`/v1/bills/months?${asked(filter, { count: '36' })}`);
      if (mine === turn.current) setMonths(totals.items);
    } catch (failure) { if (mine === turn.current) { going.current = null; setState((before) => ({ ...before, failure })); } }
  };
  useEffect(() => {
    void load(null);
    return changes(() => void load(null, Math.min(PAGE_MAX, Math.max(A_PAGE, shown.current)))); // read again, the list is not shorter than it was
  }, [filter]);
  useEffect(() => {
    const pause = setTimeout(() => setFilter((before) => (typed.trim() === (before.q ?? '') ? before : { ...before, q: typed.trim() || undefined })), SEARCH_PAUSE);
    return () => clearTimeout(pause);
  }, [typed]);
  const open = (which: 'filter' | 'export') => { setSheet(which); if (!sheets) void import('./billsheets').then(setSheets); };
  const clear = () => { setTyped(''); setFilter({}); };
  const narrowed = asked(filter) !== '';
  const is = (one: Chip) => filter.kind === one.kind && filter.state === one.state && filter.direction === one.direction;
  const more = !CHIPS.some(is) || filter.month || filter.amount_min || filter.amount_max;
  const [whole, setWhole] = useState(false);
  useEffect(() => {
    if (!items.length) return undefined;
    const pause = setTimeout(() => setWhole(true));
    return () => clearTimeout(pause);
  }, [items.length > 0]);
  const byMonth = useMemo(() => {
    const found = new Map<string, Bill[]>();
    for (const bill of whole ? items : items.slice(0, A_SCREEN)) { const name = monthOf(bill); found.set(name, [...(found.get(name) ?? []), bill]); }
    return [...found].map(([month, bills]) => ({ month, days: <Days bills={bills} /> })); // the same as long as the bills are
  }, [items, whole, language, config, chinaDay(now())]);
  return (
    <>
      <Bar root title={t('bills')} end={<button type="button" aria-label={t('export_bills')} onClick={() => open('export')}><Icon name="down" /></button>} />
      <main class="content">
        <form class="field" role="search" onSubmit={(event) => event.preventDefault()}>
          <input type="search" maxLength={40} value={typed} placeholder={t('search_bills')} aria-label={t('search_bills')} onInput={(event) => setTyped(event.currentTarget.value)} />
        </form>
        <div class="choice slide" role="group" aria-label={t('filter')}>
          {CHIPS.map((one) => <button type="button" key={chipName(one)} aria-pressed={is(one)} onClick={() => setFilter({ ...filter, ...{ kind: undefined, state: undefined, direction: undefined }, ...one })}>{chipName(one)}</button>)}
          <button type="button" aria-pressed={!!more} onClick={() => open('filter')}>{t('filter')}</button>
        </div>
        {more && (
          <div class="choice" role="group" aria-label={t('filters_clear')}>
            {!CHIPS.some(is) && filter.kind && <button type="button" class="chip" onClick={() => setFilter({ ...filter, kind: undefined })}>{kindLabel(filter.kind)}<Icon name="close" size={16} /></button>}
            {!CHIPS.some(is) && filter.direction && <button type="button" class="chip" onClick={() => setFilter({ ...filter, direction: undefined })}>{chipName({ direction: filter.direction })}<Icon name="close" size={16} /></button>}
            {!CHIPS.some(is) && filter.state && <button type="button" class="chip" onClick={() => setFilter({ ...filter, state: undefined })}>{stateLabel('', filter.state, '')}<Icon name="close" size={16} /></button>}
            {filter.month && <button type="button" class="chip" onClick={() => setFilter({ ...filter, month: undefined })}>{monthName(filter.month)}<Icon name="close" size={16} /></button>}
            {(filter.amount_min || filter.amount_max) && (
              <button type="button" class="chip" onClick={() => setFilter({ ...filter, amount_min: undefined, amount_max: undefined })}>
                {filter.amount_min ? `¥${money(filter.amount_min)}` : ''} – {filter.amount_max ? `¥${money(filter.amount_max)}` : ''}<Icon name="close" size={16} />
              </button>
            )}
          </div>
        )}
        <NotLoaded failure={state.failure} onRetry={() => void load(null)} />
        {byMonth.map(({ month, days }) => (
          <section key={month} class="months" aria-label={monthName(month)}>
            <MonthHead month={month} totals={months.find((row) => row.month === month)} months={months.map((row) => row.month)} onPick={(picked) => setFilter({ ...filter, month: picked })} />
            {days}
          </section>
        ))}
        {state.loaded && items.length === 0 && (narrowed
          ? <div class="card empty"><p>{t('no_bills_fit')}</p><button type="button" class="link" onClick={clear}>{t('filters_clear')}</button></div>
          : <p class="card empty">{t('no_bills')}</p>)}
        {!state.loaded && !state.failure && <p class="empty" role="status">{t('loading')}</p>}
        {whole && cursor && <Button look="second" onClick={() => void load(cursor)}>{t('more')}</Button>}
      </main>
      <Tabs at="bills" />
      {sheet === 'filter' && sheets && <sheets.FilterSheet filter={filter} months={months.map((row) => row.month)} onPick={(next) => { setFilter(next); setSheet(null); }} onClose={() => setSheet(null)} />}
      {sheet === 'export' && sheets && <sheets.ExportSheet filter={filter} onClose={() => setSheet(null)} />}
    </>
  );
}

function Ending({ bill }: { bill: Payment }) {
  const good = bill.state === 'done' || (bill.kind === 'refund' && bill.state === 'returned');
  const ordered = bill.kind === 'taken'; // nobody's success
  const waiting = ['at_bank', 'waiting', 'arriving', 'in_doubt', 'new'].includes(bill.state);
  return (
    <div class="result">
      <span class={`mark ${good && !ordered ? '' : 'warn'}`}><Icon name={ordered ? 'paper' : good ? 'tick' : waiting ? 'clock' : 'close'} size={32} /></span>
      <h2>{stateLabel(bill.kind, bill.state, bill.direction)}</h2>
      <p class={`taken ${bill.money_taken === 'checking' ? 'open' : ''}`}>{(bill.direction === 'out' && !['refund', 'settlement', 'taken'].includes(bill.kind)) || (bill.kind === 'topup' && bill.money_taken !== 'yes') ? t(`taken_${bill.money_taken}`) : ''}</p>
      <Figure fen={bill.amount} />
      {bill.reason && <><p class="sub">{said(bill.reason)}</p><WhyLink help={bill.reason.help} /></>}
    </div>
  );
}

/** Where the money came from or, of what goes to a card, where it goes; a shop learns no card. */
const sourceName = ({ source }: Bill) => (source.card ? `${language === 'zh' ? source.card.bank : source.card.bank_en} (${source.card.last4})` : t(source.kind === 'card' ? 'bank_card' : 'balance'));
const sourceTitles: Record<string, TextKey> = { withdrawal: 'to_card', settlement: 'settled_to', refund: 'refunded_to', taken: 'taken_from' };
const noteTitles: Record<string, TextKey> = { refund: 'refund_reason', taken: 'freeze_document' };

export function BillPage({ id, fresh, foot }: { id: string; fresh?: boolean; foot?: (bill: Payment) => preact.ComponentChildren }) {
  const [turn, setTurn] = useState(0);
  const [failure, setFailure] = useState<unknown>(null);
  const bill = useLoad(async () => (await get<{ bill: Payment }>(`/v1/bills/${id}`)).bill, [turn, id]);
  useEffect(() => changes(() => setTurn((n) => n + 1)), []);
  const act = async (what: 'accept' | 'return' | 'recall') => {
    try { await write(`/v1/transfers/${id}/${what}`); setFailure(null); } catch (why) { setFailure(why); }
    setTurn((n) => n + 1);
  };
  const value = bill.value;
  const open = value?.kind === 'transfer' && ['waiting', 'arriving'].includes(value.state);
  const payeeDecides = open && value.direction === 'in', payerRecalls = open && value.direction === 'out' && value.state === 'arriving';
  return (
    <>
      <Bar title={t(fresh ? 'result' : 'bill')} cross={!!fresh} onBack={fresh ? () => { location.hash = '/'; } : undefined} />
      <main class="content">
        {!value && (bill.failure ? <NotLoaded failure={bill.failure} onRetry={bill.reload} /> : <p class="empty" role="status">{t('loading')}</p>)}
        {value && (
          <>
            <div aria-live="polite"><Ending bill={value} /></div>
            {value.reason?.explain && <Explained of={value.reason.explain} />}
            <dl class="card list facts">
              <dt>{t('counterparty')}</dt><dd>{counterparty(value) || '—'}</dd>
              <dt>{t('kind')}</dt><dd>{kindLabel(value.kind)}</dd>
              <dt>{t(sourceTitles[value.kind] ?? 'source')}</dt><dd>{sourceName(value)}</dd>
              {value.kind === 'withdrawal' && <><dt>{t('fee')}</dt><dd>¥ {money(value.fee)}</dd><dt>{t('leaves_balance')}</dt><dd>¥ {money(value.amount + value.fee)}</dd></>}
              {value.kind === 'settlement' && <><dt>{t('fee')}</dt><dd>¥ {money(value.fee)}</dd></>}
              {value.refunded > 0 && <><dt>{t('refunded')}</dt><dd>¥ {money(value.refunded)} / {money(value.amount)}</dd></>}
              {value.refund_of && <><dt>{t('refund_of')}</dt><dd><a class="link" href={`#/bills/${value.refund_of}`}>{t('see')}</a></dd></>}
              {value.note && <><dt>{t(noteTitles[value.kind] ?? 'note')}</dt><dd>{value.note}</dd></>}
              {value.arrives_at && <><dt>{t('arrives_at')}</dt><dd>{fullTime(value.arrives_at)}</dd></>}
              {value.expires_at && value.state === 'waiting' && <><dt>{t('until')}</dt><dd>{fullTime(value.expires_at)}</dd></>}
              <dt>{t('number')}</dt><dd><span class="number">{value.id}</span> <button type="button" class="link" onClick={() => void navigator.clipboard?.writeText(value.id)}>{t('copy')}</button></dd>
              {value.entries.map((entry, i) => <><dt key={entry}>{t('entry_n', { n: i + 1 })}</dt><dd class="number">{entry}</dd></>)}
            </dl>
            {value.tries?.length > 0 && (
              <>
                <h2 class="section">{t('tried')}</h2>
                <dl class="card list facts">
                  {value.tries.map((one) => (
                    <><dt>{one.card ? `${language === 'zh' ? one.card.bank : one.card.bank_en} (${one.card.last4})` : t('balance')}</dt><dd>{one.state === 'short' ? t('try_short') : one.state === 'declined' ? t('try_declined') : stateLabel(value.kind, one.state, value.direction)}{one.reason && <><br /><span class="sub">{said(one.reason)}</span></>}</dd></>
                  ))}
                </dl>
              </>
            )}
            {value.doubt && (
              <>
                <h2 class="section">{t('doubt')}</h2>
                <dl class="card list facts">
                  <dt>{t('doubt_since')}</dt><dd>{fullTime(value.doubt.since)}</dd>
                  <dt>{t('doubt_asked')}</dt><dd>{value.doubt.asked}</dd>
                  <dt>{t('doubt_next')}</dt><dd>{fullTime(value.doubt.next_probe)}</dd>
                </dl>
              </>
            )}
            {value.refunds.length > 0 && (
              <>
                <h2 class="section">{t('refunds')}</h2>
                <ul class="card list">{value.refunds.map((refund) => <li key={refund.id}><a class="row" href={`#/bills/${refund.id}`}><span class="grow">{stateLabel('refund', refund.state, value.direction === 'in' ? 'out' : 'in')}<br /><span class="sub">{fullTime(refund.at)}</span></span><span class="amount">{money(refund.amount)}</span></a></li>)}</ul>
              </>
            )}
            <h2 class="section">{t('history')}</h2>
            <dl class="card list facts">
              {value.moves.map((move) => <><dt>{stateLabel(value.kind, move.state, value.direction)}</dt><dd>{fullTime(move.at)}</dd></>)}
            </dl>
            {!foot && <Ask about={{ about: 'bill', id }} words={t(value.reason ? 'ask_failed' : 'ask_bill')} />}
            {!foot && !fresh && value.direction === 'out' && !value.reason && <Ask about={{ about: 'bill', id, not_mine: true }} words={t('ask_not_mine')} look="danger" />}
            <Wrong failure={failure} />
          </>
        )}
      </main>
      <footer class="foot">
        {payeeDecides && value.state === 'waiting' && <Button onClick={() => void act('accept')}>{t('accept')}</Button>}
        {payeeDecides && <Button look="second" onClick={() => void act('return')}>{t('return_money')}</Button>}
        {value && foot?.(value)}
        {payerRecalls && <Button look={fresh ? 'second' : undefined} onClick={() => void act('recall')}>{t('recall')}</Button>}
        {value?.reason && <Steps next={value.reason.next} />}
        {fresh && <Button look={payeeDecides ? 'second' : undefined} onClick={() => { location.hash = '/'; }}>{t('finish')}</Button>}
      </footer>
    </>
  );
}

export function Notices({ onRead }: { me: Person; onRead: () => void }) {
  const [limit, setLimit] = useState(50);
  const notices = useLoad(() => get<Page<Notice> & { seen: string }>(`/v1/notices?limit=${limit}`), [limit]);
  const fresh = useRef(new Set<string>()); // unread when it was first shown here
  for (const notice of notices.value?.items ?? []) if (!notice.read) fresh.current.add(notice.id);
  useEffect(() => changes(notices.reload), []);
  useEffect(() => { if (notices.value) write('/v1/notices/read', { seen: notices.value.seen }).then(onRead, () => undefined); }, [notices.value]); // what came since is not seen
  return (
    <>
      <Bar title={t('notices')} />
      <main class="content">
        <NotLoaded failure={notices.failure} onRetry={notices.reload} />
        {notices.value?.items.length === 0 && <p class="card empty">{t('no_notices')}</p>}
        {notices.value && notices.value.items.length > 0 && (
          <ul class="card list">
            {notices.value.items.map((notice) => (
              <li key={notice.id}>
                <a class="row" href={notice.freeze_id ? '#/freezes' : notice.case_id ? `#/cases/${notice.case_id}` : `#/bills/${notice.bill_id}`}>
                  <span class="icon"><Icon name={icons[notice.kind] ?? 'bell'} size={20} /></span>
                  <span class="grow name">{language === 'zh' ? notice.text_zh : notice.text}<br /><span class="sub">{fullTime(notice.at)}</span></span>
                  {fresh.current.has(notice.id) && <span class="unread" role="img" aria-label={t('unread')} />}
                </a>
              </li>
            ))}
          </ul>
        )}
        {notices.value?.next_cursor && (limit < PAGE_MAX
          ? <Button look="second" onClick={() => setLimit(PAGE_MAX)}>{t('more')}</Button>
          : <a class="link" href="#/bills">{t('older_in_bills')}</a>)}
      </main>
    </>
  );
}
