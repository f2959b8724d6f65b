// SPDX-License-Identifier: Apache-2.0
// The till: a shop types an amount, shows its code, sees it paid, and reads today's takings.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, type Merchant, type Order, type Page, type Payment, type Person, Refused, remove, type Till as TillRow, write } from './api';
import { AmountPad } from './keypad';
import { loadLabels } from './labels';
import { later } from './later';
import { changes } from './live';
import { SignIn } from './pages/me';
import { Bar, Button, clock, Field, Figure, go, Icon, money, NotLoaded, showLanguage, showTheme, t, typedFen, useLoad, Wrong, words } from './ui';

interface Takings { day: string; count: number; amount: number; refunded: number; items: { id: string; kind: string; amount: number; refunded: number; payer: string; at: string; source: string; order_id: string | null }[] }

function Open({ onOpened }: { onOpened: () => void }) {
  const [name, setName] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const open = async (event: Event) => {
    event.preventDefault();
    try { await write('/v1/merchants', { name: name.trim() }); onOpened(); } catch (why) { setFailure(why); }
  };
  return (
    <main class="content">
      <p class="card">{t('open_shop_detail')}</p>
      <form class="form" onSubmit={(event) => void open(event)}>
        <Field name={t('shop_name')} maxLength={30} value={name} onInput={(e: Event) => setName((e.target as HTMLInputElement).value)} required />
        <Wrong failure={failure} />
        <Button submit disabled={!name.trim()}>{t('open_shop')}</Button>
      </form>
    </main>
  );
}

function Collect({ shop, order, onDone }: { shop: Merchant; order: Order; onDone: () => void }) {
  const [now, setNow] = useState(order);
  const [again, setAgain] = useState(false); // the last look had no answer
  useEffect(() => {
    let here = true;
    const look = async () => { try { const found = await get<{ order: Order }>(`/v1/merchants/${shop.id}/orders/${order.id}`); if (here) { setNow(found.order); setAgain(false); } } catch { if (here) setAgain(true); } };
    const timer = setInterval(() => void look(), 2000);
    const end = changes(() => void look());
    return () => { here = false; clearInterval(timer); end(); };
  }, [order.id]);
  const leave = async () => { if (now.state === 'open') await write(`/v1/merchants/${shop.id}/orders/${order.id}/close`).catch(() => undefined); onDone(); };
  return (
    <>
      <main class="content">
        <div class="card result" aria-live="assertive">
          {now.state === 'open' && <><span class="sub">{t('scan_to_pay')}</span><h2>{shop.name}</h2><Figure fen={order.amount} /><div class="qr"><img src={`/v1/qr.svg?text=${encodeURIComponent(order.code)}`} alt={t('order_code')} /></div><span class="sub">{order.code}</span></>}
          {now.state === 'paid' && <><span class="mark"><Icon name="tick" size={32} /></span><h2>{t('received')}</h2><Figure fen={order.amount} /></>}
          {now.state === 'closed' && <><span class="mark warn"><Icon name="close" size={32} /></span><h2>{t('order_closed')}</h2></>}
        </div>
        {now.state === 'open' && again && <p class="banner" role="status">{t('charge_looking_again')}</p>}
      </main>
      <footer class="foot"><Button look={now.state === 'open' ? 'second' : undefined} onClick={() => void leave()}>{t(now.state === 'open' ? 'cancel' : 'next_customer')}</Button></footer>
    </>
  );
}

const Charging = later(async () => (await import('./pages/charge')).Charging);

/** A bar-code reader types eighteen digits faster than a hand, then Enter: wherever the till stands, that is a payment code. What it typed
 * into the amount is undone by `onBurst`. */
function useReader(onCode: (code: string) => void, onBurst: () => () => void) {
  const latest = useRef({ onCode, onBurst });
  latest.current = { onCode, onBurst };
  useEffect(() => {
    let typed = '', at = 0, undo = () => {};
    const pressed = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement) return;
      if (event.timeStamp - at > 80) { typed = ''; undo = latest.current.onBurst(); }
      at = event.timeStamp;
      if (event.key === 'Enter' && /^1[0-5]\d{16}$/.test(typed)) { event.preventDefault(); undo(); latest.current.onCode(typed); typed = ''; } else if (/^\d$/.test(event.key)) typed += event.key;
    };
    window.addEventListener('keydown', pressed, true);
    return () => window.removeEventListener('keydown', pressed, true);
  }, []);
}

function Line({ item }: { item: Takings['items'][number] }) {
  const back = item.kind === 'refund';
  return (
    <>
      <span class={`icon ${back ? 'warn' : ''}`}><Icon name={back ? 'back' : 'tick'} size={20} /></span>
      <span class="grow">{item.payer || t('customer')}<br /><span class="sub">{clock(item.at)}{back ? ` · ${t('refund')}` : item.refunded > 0 ? ` · ${t('refunded_of', { n: money(item.refunded), paid: money(item.amount) })}` : ''}</span></span>
      <span class={`amount ${back ? '' : 'in'}`}>{back ? '−' : '+'}{money(item.amount)}</span>
    </>
  );
}

/** What today brought, at one till or at all; the owner opens a line to give it back. */
function Today({ shop, till, turn }: { shop: Merchant; till: string; turn: number }) {
  const takings = useLoad(() => get<Takings>(`/v1/merchants/${shop.id}/takings${till && `?till_id=${till}`}`), [shop.id, till, turn]);
  const value = takings.value;
  return (
    <section>
      <h2 class="section"><span>{t('takings_today')}</span><span>{value ? t('takings_sum', { n: value.count, amount: money(value.amount - value.refunded) }) : ''}</span></h2>
      <NotLoaded failure={takings.failure} onRetry={takings.reload} />
      {value && value.items.length > 0 && (
        <ul class="card list">{value.items.map((item) => <li key={item.id}>{shop.role === 'owner' ? <a class="row" href={`#/bills/${item.id}`}><Line item={item} /></a> : <div class="row"><Line item={item} /></div>}</li>)}</ul>
      )}
      {value?.items.length === 0 && <p class="card empty">{t('no_takings')}</p>}
    </section>
  );
}

/** A waiter may go at any time. */
function Leave({ shop, onLeft }: { shop: Merchant; onLeft: () => void }) {
  const [failure, setFailure] = useState<unknown>(null);
  const leave = async () => {
    try { await remove(`/v1/merchants/${shop.id}/waiters/${(await get<Person>('/v1/me')).id}`); onLeft(); } catch (why) { setFailure(why); }
  };
  return <><p class="sub">{t('waiter_of')}</p><Wrong failure={failure} /><button type="button" class="link" onClick={() => void leave()}>{t('waiter_leave')}</button></>;
}

function Shop({ shop, onLeft }: { shop: Merchant; onLeft: () => void }) {
  const [typed, setTyped] = useState('');
  const [order, setOrder] = useState<Order | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [still, setStill] = useState(false);
  const undone = useRef('');
  const [turn, setTurn] = useState(0);
  useEffect(() => changes(() => setTurn((n) => n + 1)), []);
  const tills = useLoad(async () => (shop.role === 'owner' ? (await get<Page<TillRow>>(`/v1/merchants/${shop.id}/tills`)).items : []), [shop.id]);
  const [till, setTill] = useState(localStorage.getItem(`qb.till.${shop.id}`) ?? '');
  const at = shop.till ?? tills.value?.find((one) => one.id === till) ?? null;
  const stand = (id: string) => { localStorage.setItem(`qb.till.${shop.id}`, id); setTill(id); };
  const amount = typedFen(typed) ?? 0;
  const [charging, setCharging] = useState<{ amount: number; code: string } | null>(null);
  useReader((code) => { if (!order && !charging) { const before = typedFen(undone.current) ?? 0; if (before > 0) setCharging({ amount: before, code }); } }, () => { const before = typed; return () => { undone.current = before; setTyped(before); }; });
  const code = (at ?? shop).code;
  const collect = async () => {
    try { setOrder((await write<{ order: Order }>(`/v1/merchants/${shop.id}/orders`, { amount, ...(at ? { till_id: at.id } : {}) })).order); setTyped(''); setFailure(null); } catch (why) { setFailure(why); }
  };
  if (charging) return <Charging shop={shop} till={at?.id ?? ''} amount={charging.amount} scanned={charging.code} onDone={(paid: boolean) => { if (paid) setTyped(''); setCharging(null); setTurn((n) => n + 1); }} />;
  if (order) return <Collect shop={shop} order={order} onDone={() => { setOrder(null); setTurn((n) => n + 1); }} />;
  return (
    <>
      <main class="content">
        <div class="choice"><button type="button" aria-pressed={!still} onClick={() => setStill(false)}>{t('collect')}</button><button type="button" aria-pressed={still} onClick={() => setStill(true)}>{t('shop_code')}</button></div>
        {still
          ? <div class="card result"><span class="sub">{t('shop_code_detail')}</span><h2>{shop.name}</h2>{at && <span class="sub">{t('till_of', { name: at.name })}</span>}<div class="qr"><img src={`/v1/qr.svg?text=${encodeURIComponent(code)}`} alt={t('shop_code')} /></div><span class="sub">{code}</span></div>
          : <div class="result" aria-live="polite"><span class="sub">{at ? `${shop.name} · ${at.name}` : shop.name}</span><Figure fen={amount} /></div>}
        {tills.value && tills.value.length > 0 && <div class="choice" role="group" aria-label={t('till_at')}><button type="button" aria-pressed={!at} onClick={() => stand('')}>{t('no_till')}</button>{tills.value.map((one) => <button type="button" key={one.id} aria-pressed={at?.id === one.id} onClick={() => stand(one.id)}>{one.name}</button>)}</div>}
        <Wrong failure={failure} />
        <Today shop={shop} till={at?.id ?? ''} turn={turn} />
        {shop.role === 'waiter' && <Leave shop={shop} onLeft={onLeft} />}
      </main>
      {!still && <footer class="foot"><div class="pair"><Button disabled={amount < 1} onClick={() => setCharging({ amount, code: '' })}>{t('scan_customer')}</Button><Button look="second" disabled={amount < 1} onClick={() => void collect()}>{t('collect_n', { n: money(amount) })}</Button></div><AmountPad typed={typed} onTyped={setTyped} /></footer>}
    </>
  );
}

const bills = () => import('./pages/bills');
const own = () => import('./pages/shop');
const BillPage = later(async () => (await bills()).BillPage);
const Refund = later(async () => (await own()).Refund), Manage = later(async () => (await own()).Manage), Days = later(async () => (await own()).Days);
const Settlement = later(async () => (await own()).Settlement), Tills = later(async () => (await own()).Tills), Waiters = later(async () => (await own()).Waiters), Rename = later(async () => (await own()).Rename);

/** Under a taking's bill: the way to give it back, while something is left. */
function RefundDoor({ bill }: { bill: Payment }) {
  const left = bill.amount - bill.refunded;
  if (bill.kind !== 'purchase' || bill.state !== 'done' || bill.direction !== 'in' || left < 1) return null;
  return <Button look="second" onClick={() => go(`/refund/${bill.id}`)}>{t('refund')}</Button>;
}

/** The owner's pages, by what stands behind the #. */
const pages: [RegExp, (me: Person, shop: Merchant, changed: () => void, part: string) => preact.JSX.Element][] = [
  [/^#\/bills\/(\w+)$/, (_me, _shop, _changed, id) => <BillPage id={id} foot={(bill) => <RefundDoor bill={bill} />} />],
  [/^#\/result\/(\w+)$/, (_me, _shop, _changed, id) => <BillPage id={id} fresh />],
  [/^#\/refund\/(\w+)$/, (me, shop, _changed, id) => <Refund me={me} shop={shop} id={id} />],
  [/^#\/shop$/, (_me, shop) => <Manage shop={shop} />],
  [/^#\/shop\/days$/, (_me, shop) => <Days shop={shop} />],
  [/^#\/shop\/settlement$/, (me, shop) => <Settlement me={me} shop={shop} />],
  [/^#\/shop\/tills$/, (_me, shop) => <Tills shop={shop} />],
  [/^#\/shop\/waiters$/, (_me, shop) => <Waiters shop={shop} />],
  [/^#\/shop\/name$/, (_me, shop, changed) => <Rename shop={shop} onDone={changed} />],
];
function find(route: string) {
  for (const [pattern, page] of pages) {
    const match = pattern.exec(route);
    if (match) return (me: Person, shop: Merchant, changed: () => void) => page(me, shop, changed, match[1] ?? '');
  }
  return null;
}

function Till() {
  const [turn, setTurn] = useState(0);
  const me = useLoad(() => get<Person>('/v1/me'), [turn]);
  const shops = useLoad(async () => (me.value ? (await get<Page<Merchant>>('/v1/merchants')).items : null), [me.value, turn]);
  const [chosen, setChosen] = useState<string | null>(localStorage.getItem('qb.shop'));
  const choose = (id: string) => { localStorage.setItem('qb.shop', id); setChosen(id); };
  const [route, setRoute] = useState(location.hash);
  useEffect(() => {
    const moved = () => {
      if (!/^#?\/?$/.test(location.hash) && location.hash !== '#/register' && !find(location.hash)) location.href = `/${location.hash}`; // a page of the app's
      setRoute(location.hash);
      setTurn((n) => n + 1);
    };
    window.addEventListener('hashchange', moved);
    window.addEventListener('qb-changed', moved);
    return () => { window.removeEventListener('hashchange', moved); window.removeEventListener('qb-changed', moved); };
  }, []);
  if (me.failure instanceof Refused && me.failure.status === 401) return <SignIn register={route === '#/register'} onSigned={() => setTurn((n) => n + 1)} />;
  const shop = shops.value?.find((one) => one.id === chosen) ?? shops.value?.[0];
  const page = me.value && shop?.role === 'owner' ? find(route) : null;
  if (page) return page(me.value!, shop!, () => setTurn((n) => n + 1));
  const Away = shop ? 'section' : 'main'; // over a shop, which has the page's main part
  return (
    <>
      <Bar title={t('till')} onBack={() => { location.href = '/'; }} end={shop?.role === 'owner' ? <a href="#/shop" aria-label={t('manage')}><Icon name="gear" /></a> : undefined} />
      {me.failure || shops.failure ? <Away class="content" aria-label={t('no_answer')}><p class="banner" role="alert">{words(me.failure ?? shops.failure)}</p><Button onClick={() => setTurn((n) => n + 1)}>{t('retry')}</Button></Away> : null}
      {shops.value && shops.value.length > 1 && <nav class="content choice" aria-label={t('shops')}>{shops.value.map((one) => <button type="button" key={one.id} aria-pressed={one.id === shop?.id} onClick={() => choose(one.id)}>{one.name}</button>)}</nav>}
      {shop ? <Shop shop={shop} key={shop.id} onLeft={() => setTurn((n) => n + 1)} /> : shops.value && <Open onOpened={() => setTurn((n) => n + 1)} />}
    </>
  );
}

showLanguage();
showTheme();
const begin = () => render(<Till />, document.getElementById('app')!);
loadLabels().then(begin, begin);
