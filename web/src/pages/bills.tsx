// SPDX-License-Identifier: Apache-2.0
// Bills: the list by day, one bill with every number and every state, and the notices.
import { useEffect, useState } from 'preact/hooks';
import { type Bill, get, type Notice, type Page, type Payment, type Person, write } from '../api';
import { changes } from '../live';
import { kindLabel, stateLabel } from '../labels';
import { Bar, Button, clock, dayName, Figure, fullTime, Icon, type IconName, language, money, said, Steps, t, useLoad, Wrong, words } from '../ui';
import { Tabs } from './tabs';

const icons: Record<string, IconName> = { topup: 'card', withdrawal: 'card', purchase: 'shop', transfer: 'transfer' };
const nothingMoved = (bill: Bill) => bill.money_taken === 'no' && ['refused', 'declined', 'returned', 'recalled'].includes(bill.state);

/** Between the balance and one's own card. */
const ownCard = (bill: Bill) => bill.kind === 'topup' || bill.kind === 'withdrawal';
/** Who is on the other side; a bank in the reader's language. */
function counterparty(bill: Bill) {
  const { card } = bill.source;
  return ownCard(bill) && card ? (language === 'zh' ? card.bank : card.bank_en) : bill.counterparty.name;
}

function title(bill: Bill) {
  const name = counterparty(bill);
  if (ownCard(bill)) return `${kindLabel(bill.kind)}${name ? ` · ${name}` : ''}${bill.source.card ? ` ${bill.source.card.last4}` : ''}`;
  if (bill.kind === 'transfer') return t(bill.direction === 'in' ? 'transfer_from' : 'transfer_to', { name });
  return name || kindLabel(bill.kind);
}

export function BillRow({ bill }: { bill: Bill }) {
  const off = nothingMoved(bill);
  const sign = off ? '' : bill.direction === 'in' ? '+' : '−';
  return (
    <a class="row" href={`#/bills/${bill.id}`}>
      <span class={`icon ${off ? 'warn' : ''}`}><Icon name={off ? 'close' : bill.state === 'done' ? icons[bill.kind] ?? 'bills' : 'clock'} size={20} /></span>
      <span class="grow"><span class="name">{title(bill)}</span><br /><span class="sub">{clock(bill.created_at)} · {stateLabel(bill.kind, bill.state, bill.direction)}</span></span>
      <span class={`amount ${off ? 'off' : bill.direction === 'in' ? 'in' : ''}`}>{sign}{money(bill.amount)}</span>
    </a>
  );
}

export function Bills() {
  const [items, setItems] = useState<Bill[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [state, setState] = useState<{ failure: unknown; loaded: boolean }>({ failure: null, loaded: false });
  const load = async (from: string | null) => {
    try {
      const page = await get<Page<Bill>>(`/v1/bills?limit=20${from ? `&cursor=${encodeURIComponent(from)}` : ''}`);
      setItems((before) => (from ? [...before, ...page.items] : page.items));
      setCursor(page.next_cursor);
      setState({ failure: null, loaded: true });
    } catch (failure) { setState((before) => ({ ...before, failure })); }
  };
  useEffect(() => { void load(null); return changes(() => void load(null)); }, []);
  const now = new Date().toISOString();
  const days = new Map<string, Bill[]>();
  for (const bill of items) { const name = dayName(bill.created_at, now); days.set(name, [...(days.get(name) ?? []), bill]); }
  return (
    <>
      <Bar root title={t('bills')} />
      <main class="content">
        {state.failure ? <div class="banner" role="status">{words(state.failure)} <button type="button" class="link" onClick={() => void load(null)}>{t('retry')}</button></div> : null}
        {[...days].map(([name, bills]) => (
          <section key={name} aria-label={name}>
            <h2 class="section">{name}</h2>
            <ul class="card list">{bills.map((bill) => <li key={bill.id}><BillRow bill={bill} /></li>)}</ul>
          </section>
        ))}
        {state.loaded && items.length === 0 && <p class="card empty">{t('no_bills')}</p>}
        {!state.loaded && !state.failure && <p class="empty" role="status">{t('loading')}</p>}
        {cursor && <Button look="second" onClick={() => void load(cursor)}>{t('more')}</Button>}
      </main>
      <Tabs at="bills" />
    </>
  );
}

function Ending({ bill }: { bill: Payment }) {
  const good = bill.state === 'done';
  const waiting = ['at_bank', 'waiting', 'arriving', 'in_doubt', 'new'].includes(bill.state);
  return (
    <div class="result">
      <span class={`mark ${good ? '' : 'warn'}`}><Icon name={good ? 'tick' : waiting ? 'clock' : 'close'} size={32} /></span>
      <h2>{stateLabel(bill.kind, bill.state, bill.direction)}</h2>
      <p class={`taken ${bill.money_taken === 'checking' ? 'open' : ''}`}>{bill.direction === 'out' || (bill.kind === 'topup' && bill.money_taken !== 'yes') ? t(`taken_${bill.money_taken}`) : ''}</p>
      <Figure fen={bill.amount} />
      {bill.reason && <p class="sub">{said(bill.reason)}</p>}
    </div>
  );
}

export function BillPage({ id, fresh }: { id: string; fresh?: boolean }) {
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
        {!value && <p class="empty" role="status">{bill.failure ? words(bill.failure) : t('loading')}</p>}
        {value && (
          <>
            <div aria-live="polite"><Ending bill={value} /></div>
            <dl class="card list facts">
              <dt>{t('counterparty')}</dt><dd>{counterparty(value) || '—'}</dd>
              <dt>{t('kind')}</dt><dd>{kindLabel(value.kind)}</dd>
              <dt>{t(value.kind === 'withdrawal' ? 'to_card' : 'source')}</dt><dd>{value.source.card ? `${language === 'zh' ? value.source.card.bank : value.source.card.bank_en} (${value.source.card.last4})` : t('balance')}</dd>
              {value.kind === 'withdrawal' && <><dt>{t('fee')}</dt><dd>¥ {money(value.fee)}</dd><dt>{t('leaves_balance')}</dt><dd>¥ {money(value.amount + value.fee)}</dd></>}
              {value.note && <><dt>{t('note')}</dt><dd>{value.note}</dd></>}
              {value.arrives_at && <><dt>{t('arrives_at')}</dt><dd>{fullTime(value.arrives_at)}</dd></>}
              {value.expires_at && value.state === 'waiting' && <><dt>{t('until')}</dt><dd>{fullTime(value.expires_at)}</dd></>}
              <dt>{t('number')}</dt><dd><span class="number">{value.id}</span> <button type="button" class="link" onClick={() => void navigator.clipboard?.writeText(value.id)}>{t('copy')}</button></dd>
              {value.entries.map((entry, i) => <><dt key={entry}>{t('entry_n', { n: i + 1 })}</dt><dd class="number">{entry}</dd></>)}
            </dl>
            <h2 class="section">{t('history')}</h2>
            <dl class="card list facts">
              {value.moves.map((move) => <><dt>{stateLabel(value.kind, move.state, value.direction)}</dt><dd>{fullTime(move.at)}</dd></>)}
            </dl>
            <Wrong failure={failure} />
          </>
        )}
      </main>
      <footer class="foot">
        {payeeDecides && value.state === 'waiting' && <Button onClick={() => void act('accept')}>{t('accept')}</Button>}
        {payeeDecides && <Button look="second" onClick={() => void act('return')}>{t('return_money')}</Button>}
        {payerRecalls && <Button look={fresh ? 'second' : undefined} onClick={() => void act('recall')}>{t('recall')}</Button>}
        {value?.reason && <Steps next={value.reason.next} />}
        {fresh && <Button look={payeeDecides ? 'second' : undefined} onClick={() => { location.hash = '/'; }}>{t('finish')}</Button>}
      </footer>
    </>
  );
}

export function Notices({ onRead }: { me: Person; onRead: () => void }) {
  const notices = useLoad(() => get<Page<Notice>>('/v1/notices?limit=50'));
  useEffect(() => { if (notices.value) write('/v1/notices/read').then(onRead, () => undefined); }, [notices.value]);
  return (
    <>
      <Bar title={t('notices')} />
      <main class="content">
        {notices.failure ? <div class="banner" role="status">{words(notices.failure)}</div> : null}
        {notices.value?.items.length === 0 && <p class="card empty">{t('no_notices')}</p>}
        {notices.value && notices.value.items.length > 0 && (
          <ul class="card list">
            {notices.value.items.map((notice) => (
              <li key={notice.id}>
                <a class="row" href={`#/bills/${notice.bill_id}`}>
                  <span class={`icon ${notice.read ? '' : 'warn'}`}><Icon name={icons[notice.kind] ?? 'bell'} size={20} /></span>
                  <span class="grow"><span class="name">{language === 'zh' ? notice.text_zh : notice.text}</span><br /><span class="sub">{fullTime(notice.at)}</span></span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </main>
    </>
  );
}
