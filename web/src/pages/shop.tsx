// SPDX-License-Identifier: Apache-2.0
// A shop, for its owner: giving back, what the days brought, where the takings go, tills, waiters, the name.
import { useRef, useState } from 'preact/hooks';
import { type Bill, type Card, get, type Merchant, type Page, type Payment, type Person, Refused, remove, type Till, untilAnswered, uuid7, write } from '../api';
import { AmountPad, PinSheet } from '../keypad';
import { stateLabel } from '../labels';
import { monthName } from './bills';
import { Bar, Button, Door, english, errorOf, Field, Figure, fullTime, go, Icon, language, money, NotLoaded, t, typedFen, useLoad, words, Wrong } from '../ui';
import { cardName, RefusalPage, Sources, useCards, usePaying } from './pay';

/** 60 hundredths of a percent as 0.6. */
const percent = (rate: number) => (rate / 100).toString();
const typedOf = (fen: number) => money(fen).replace(/,/g, '');

export function Manage({ shop }: { shop: Merchant }) {
  return (
    <>
      <Bar title={shop.name} onBack={() => go('/')} />
      <main class="content">
        <ul class="card list">
          <Door href="#/shop/days" icon="bills" name={t('takings')} detail={t('takings_detail')} />
          <Door href="#/shop/settlement" icon="card" name={t('settlement')} detail={t('settlement_detail')} />
        </ul>
        <ul class="card list">
          <Door href="#/shop/tills" icon="code" name={t('tills')} detail={t('tills_detail')} />
          <Door href="#/shop/waiters" icon="me" name={t('waiters')} detail={t('waiters_detail')} />
          <Door href="#/shop/name" icon="shop" name={t('shop_rename')} />
        </ul>
      </main>
    </>
  );
}

// --- giving back --------------------------------------------------------------------------------------------------------------

export function Refund({ me, shop, id }: { me: Person; shop: Merchant; id: string }) {
  const bill = useLoad(async () => (await get<{ bill: Payment }>(`/v1/bills/${id}`)).bill, [id]);
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const paying = usePaying(me);
  const amount = typedFen(typed) ?? 0;
  const value = bill.value;
  const left = value ? value.amount - value.refunded : 0;
  if (paying.failure) return <RefusalPage failure={paying.failure} amount={amount} name={value?.counterparty.name ?? ''} onRetry={() => { paying.clear(); bill.reload(); }} />;
  return (
    <>
      <Bar cross title={t('refund')} onBack={() => go(`/bills/${id}`)} />
      <main class="content">
        {!value && <p class="empty" role="status">{bill.failure ? words(bill.failure) : t('loading')}</p>}
        {value && (
          <>
            <div class="result tight">
              <span class="sub">{t('refund_to', { name: value.counterparty.name || t('customer') })}</span>
              <div aria-live="polite"><Figure fen={amount} /></div>
              <span class="sub">{t('refund_left', { left: money(left), paid: money(value.amount) })} · <button type="button" class="link" onClick={() => setTyped(typedOf(left))}>{t('refund_all')}</button></span>
            </div>
            <Field name={t('refund_reason')} maxLength={40} value={reason} onInput={(e: Event) => setReason((e.target as HTMLInputElement).value)} />
            <p class="sub">{t('refund_detail')}</p>
          </>
        )}
      </main>
      <footer class="foot">
        <Button disabled={amount < 1 || amount > left} onClick={() => paying.begin(`/v1/merchants/${shop.id}/payments/${id}/refunds`, { amount, reason: reason.trim() }, t('refund'), amount)}>{t('refund_n', { n: money(amount) })}</Button>
        <AmountPad typed={typed} onTyped={setTyped} />
      </footer>
      {paying.sheet}
    </>
  );
}

// --- what the days brought ----------------------------------------------------------------------------------------------------

interface Day { day: string; count: number; amount: number; refund_count: number; refunded: number; settled: number; fee: number }
const dayWords = (day: string) => (language === 'zh' ? t('month_day', { month: Number(day.slice(5, 7)), day: Number(day.slice(8)) }) : english(new Date(`${day}T00:00:00Z`), { day: 'numeric', month: 'short' }));
function monthBefore(month: string, by: number) {
  const at = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
}

export function Days({ shop }: { shop: Merchant }) {
  const [month, setMonth] = useState('');
  const days = useLoad(() => get<{ month: string; whole: boolean; items: Day[] }>(`/v1/merchants/${shop.id}/days${month && `?month=${month}`}`), [shop.id, month]);
  const value = days.value;
  const sum = (of: (day: Day) => number) => value?.items.reduce((all, day) => all + of(day), 0) ?? 0;
  return (
    <>
      <Bar title={t('takings')} onBack={() => go('/shop')} />
      <main class="content">
        <NotLoaded failure={days.failure} onRetry={days.reload} />
        {value && (
          <>
            <div class="month">
              <h2>{monthName(value.month)}</h2>
              <span class="choice">
                <button type="button" onClick={() => setMonth(monthBefore(value.month, -1))}>{t('month_before')}</button>
                {month && <button type="button" onClick={() => setMonth('')}>{t('month_now')}</button>}
              </span>
            </div>
            <dl class="card list facts">
              <dt>{t('takings_in')}</dt><dd>¥ {money(sum((day) => day.amount))}</dd>
              <dt>{t('refunded')}</dt><dd>¥ {money(sum((day) => day.refunded))}</dd>
              <dt>{t('settled')}</dt><dd>¥ {money(sum((day) => day.settled))}</dd>
              <dt>{t('fee')}</dt><dd>¥ {money(sum((day) => day.fee))}</dd>
            </dl>
            {value.items.length > 0 && (
              <ul class="card list">{value.items.map((day) => (
                <li key={day.day}><div class="row">
                  <span class="grow">{dayWords(day.day)}<br /><span class="sub">{t('day_sum', { n: day.count, refunded: money(day.refunded) })} · <a class="link" download={`${shop.name} ${day.day}.csv`} href={`/v1/merchants/${shop.id}/statement.csv?day=${day.day}&lang=${language}`}>{t('statement')}</a></span></span>
                  <span class="amount in">+{money(day.amount)}</span>
                </div></li>
              ))}</ul>
            )}
            {value.items.length === 0 && <p class="card empty">{t('no_takings_month')}</p>}
          </>
        )}
      </main>
    </>
  );
}

// --- where the takings go -----------------------------------------------------------------------------------------------------

interface Terms { card: Card | null; rate: number; due_at: string | null; ready: number; fee: number; amount: number }
interface Settled { day: string; rate: number; payment: Bill }

export function Settlement({ me, shop }: { me: Person; shop: Merchant }) {
  const path = `/v1/merchants/${shop.id}/settlement`;
  const terms = useLoad(async () => (await get<{ terms: Terms }>(path)).terms, [shop.id]);
  const past = useLoad(async () => (await get<Page<Settled>>(`${path}s`)).items, [shop.id]);
  const cards = useCards();
  const debit = cards.value?.filter((row) => row.kind === 'debit') ?? [];
  const [asking, setAsking] = useState<string | null>(null);
  const [choosing, setChoosing] = useState(false);
  const [again, setAgain] = useState(false);
  const key = useRef(''); // of a settlement that had no answer
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const value = terms.value;
  const wrongPin = errorOf(failure)?.code === 'WRONG_PIN';
  const choose = async (pin: string) => {
    setBusy(true);
    try { await write(path, { card_id: asking, pin }, 'PUT'); setAsking(null); setChoosing(false); setFailure(null); terms.reload(); } catch (why) { setFailure(why); if (errorOf(why)?.code !== 'WRONG_PIN') setAsking(null); }
    setBusy(false);
  };
  const settle = async () => {
    setBusy(true);
    key.current ||= uuid7();
    try {
      const { payment } = await untilAnswered(() => write<{ payment: Payment }>(`${path}s`, {}, 'POST', key.current), () => setAgain(true));
      key.current = '';
      go(`/result/${payment.id}`);
    } catch (why) {
      if (why instanceof Refused && why.definite) key.current = '';
      setFailure(why);
      terms.reload();
    }
    setAgain(false);
    setBusy(false);
  };
  return (
    <>
      <Bar title={t('settlement')} onBack={() => go('/shop')} />
      <main class="content">
        <NotLoaded failure={terms.failure} onRetry={terms.reload} />
        {value && (
          <>
            <div class="result tight"><span class="sub">{t('settlement_ready')}</span><Figure fen={value.ready} /></div>
            <dl class="card list facts">
              <dt>{t('settled_to')}</dt><dd>{value.card ? cardName(value.card) : t('none_chosen')} <button type="button" class="link" onClick={() => setChoosing(!choosing)}>{t('change')}</button></dd>
              <dt>{t('fee_rate', { n: percent(value.rate) })}</dt><dd>¥ {money(value.fee)}</dd>
              <dt>{t('settlement_amount')}</dt><dd>¥ {money(value.amount)}</dd>
              {value.due_at && <><dt>{t('settlement_next')}</dt><dd>{fullTime(value.due_at)}</dd></>}
            </dl>
            {(choosing || !value.card) && (debit.length > 0
              ? <Sources card={value.card?.id ?? null} cards={debit} balance={null} withBalance={false} onPick={(id) => { if (!me.pin.set) go('/pin'); else { setFailure(null); setAsking(id); } }} />
              : cards.value && <div class="card empty"><p>{t('settlement_needs_card')}</p><a class="link" href="/#/cards/add">{t('add_card')}</a></div>)}
            <p class="sub">{t('settlement_rule')}</p>
            {again ? <p class="banner" role="status">{t('settlement_asking_again')}</p> : <Wrong failure={wrongPin ? null : failure} />}
          </>
        )}
        {past.value && past.value.length > 0 && (
          <>
            <h2 class="section">{t('settlements')}</h2>
            <ul class="card list">{past.value.map((row) => (
              <li key={row.payment.id}><a class="row" href={`#/bills/${row.payment.id}`}>
                <span class="grow">{dayWords(row.day)}<br /><span class="sub">{stateLabel('settlement', row.payment.state, 'out')} · {t('fee')} {money(row.payment.fee)}</span></span>
                <span class={`amount ${row.payment.state === 'declined' ? 'off' : ''}`}>{money(row.payment.amount)}</span>
              </a></li>
            ))}</ul>
          </>
        )}
      </main>
      <footer class="foot"><Button disabled={busy || !value?.card || value.ready < 1} onClick={() => void settle()}>{t('settle_now')}</Button></footer>
      {asking && <PinSheet title={t('enter_pin')} detail={t('settlement')} wrong={wrongPin ? words(failure) : ''} busy={busy} onPin={(pin) => void choose(pin)} onCancel={() => setAsking(null)} />}
    </>
  );
}

// --- tills, waiters, the name -------------------------------------------------------------------------------------------------

function useForm(done: () => void) {
  const [typed, setTyped] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const send = (work: () => Promise<unknown>) => async (event: Event) => {
    event.preventDefault();
    try { await work(); setTyped(''); setFailure(null); done(); } catch (why) { setFailure(why); }
  };
  return { typed, failure, send, input: { value: typed, onInput: (e: Event) => setTyped((e.target as HTMLInputElement).value), required: true } };
}

export function Tills({ shop }: { shop: Merchant }) {
  const tills = useLoad(async () => (await get<Page<Till>>(`/v1/merchants/${shop.id}/tills`)).items, [shop.id]);
  const [shown, setShown] = useState<string | null>(null);
  const form = useForm(tills.reload);
  return (
    <>
      <Bar title={t('tills')} onBack={() => go('/shop')} />
      <main class="content">
        <p class="sub">{t('tills_why')}</p>
        <NotLoaded failure={tills.failure} onRetry={tills.reload} />
        {tills.value?.map((till) => (
          <section class="card" key={till.id}>
            <div class="head"><span>{till.name}</span><button type="button" class="link" aria-expanded={shown === till.id} onClick={() => setShown(shown === till.id ? null : till.id)}><Icon name="code" size={20} />{t('till_code')}</button></div>
            {shown === till.id && <div class="result"><div class="qr"><img src={`/v1/qr.svg?text=${encodeURIComponent(till.code)}`} alt={t('till_code')} /></div><span class="sub">{till.code}</span></div>}
          </section>
        ))}
        {tills.value?.length === 0 && <p class="card empty">{t('no_tills')}</p>}
        <form class="form" onSubmit={(event) => void form.send(() => write(`/v1/merchants/${shop.id}/tills`, { name: form.typed.trim() }))(event)}>
          <Field name={t('till_name')} maxLength={20} {...form.input} />
          <Wrong failure={form.failure} />
          <Button submit disabled={!form.typed.trim()}>{t('till_add')}</Button>
        </form>
      </main>
    </>
  );
}

interface Waiter { person_id: string; name: string; phone: string; till: Till | null; since: string }

export function Waiters({ shop }: { shop: Merchant }) {
  const waiters = useLoad(async () => (await get<Page<Waiter>>(`/v1/merchants/${shop.id}/waiters`)).items, [shop.id]);
  const tills = useLoad(async () => (await get<Page<Till>>(`/v1/merchants/${shop.id}/tills`)).items, [shop.id]);
  const [till, setTill] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const form = useForm(waiters.reload);
  const away = async (waiter: Waiter) => {
    try { await remove(`/v1/merchants/${shop.id}/waiters/${waiter.person_id}`); setFailure(null); } catch (why) { setFailure(why); }
    waiters.reload();
  };
  return (
    <>
      <Bar title={t('waiters')} onBack={() => go('/shop')} />
      <main class="content">
        <p class="sub">{t('waiters_why')}</p>
        <NotLoaded failure={waiters.failure} onRetry={waiters.reload} />
        {waiters.value && waiters.value.length > 0 && (
          <ul class="card list">{waiters.value.map((waiter) => (
            <li key={waiter.person_id}><div class="row"><span class="icon"><Icon name="me" size={20} /></span><span class="grow"><span class="name">{waiter.name}</span><br /><span class="sub">{waiter.phone} · {waiter.till?.name ?? t('any_till')}</span></span><button type="button" class="link" onClick={() => void away(waiter)}>{t('waiter_end')}</button></div></li>
          ))}</ul>
        )}
        <Wrong failure={failure} />
        <form class="form" onSubmit={(event) => void form.send(() => write(`/v1/merchants/${shop.id}/waiters`, { phone: form.typed.trim(), ...(till ? { till_id: till } : {}) }))(event)}>
          <Field name={t('waiter_phone')} inputMode="numeric" maxLength={11} {...form.input} />
          {tills.value && tills.value.length > 0 && (
            <Field name={t('till_at')}><select value={till} onChange={(e: Event) => setTill((e.target as HTMLSelectElement).value)}><option value="">{t('any_till')}</option>{tills.value.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</select></Field>
          )}
          <Wrong failure={form.failure} />
          <Button submit disabled={form.typed.trim().length !== 11}>{t('waiter_add')}</Button>
        </form>
      </main>
    </>
  );
}

export function Rename({ shop, onDone }: { shop: Merchant; onDone: () => void }) {
  const form = useForm(() => { onDone(); go('/shop'); });
  return (
    <>
      <Bar title={t('shop_rename')} onBack={() => go('/shop')} />
      <main class="content">
        <p class="card">{t('shop_rename_detail', { name: shop.name })}</p>
        <form class="form" onSubmit={(event) => void form.send(() => write(`/v1/merchants/${shop.id}`, { name: form.typed.trim() }, 'PUT'))(event)}>
          <Field name={t('shop_name')} maxLength={30} {...form.input} />
          <Wrong failure={form.failure} />
          <Button submit disabled={!form.typed.trim()}>{t('save')}</Button>
        </form>
      </main>
    </>
  );
}
