// SPDX-License-Identifier: Apache-2.0
// The till: a shop types an amount, shows its code, sees it paid, and reads today's takings.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, type Merchant, type Order, type Page, type Person, Refused, write } from './api';
import { AmountPad } from './keypad';
import { later } from './later';
import { changes } from './live';
import { SignIn } from './pages/me';
import { Bar, Button, clock, Field, Figure, Icon, money, showLanguage, showTheme, t, typedFen, useLoad, Wrong, words } from './ui';

interface Takings { day: string; count: number; amount: number; items: { id: string; amount: number; payer: string; at: string; source: string; order_id: string | null }[] }

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
  useEffect(() => {
    let here = true;
    const look = async () => { try { const found = await get<{ order: Order }>(`/v1/merchants/${shop.id}/orders/${order.id}`); if (here) setNow(found.order); } catch { /* the next look says it */ } };
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

function Today({ shop, turn }: { shop: Merchant; turn: number }) {
  const takings = useLoad(() => get<Takings>(`/v1/merchants/${shop.id}/takings`), [shop.id, turn]);
  const value = takings.value;
  return (
    <section>
      <h2 class="section"><span>{t('takings_today')}</span><span>{value ? t('takings_sum', { n: value.count, amount: money(value.amount) }) : ''}</span></h2>
      {takings.failure ? <p class="banner" role="status">{words(takings.failure)}</p> : null}
      {value && value.items.length > 0 && (
        <ul class="card list">{value.items.map((item) => <li key={item.id}><div class="row"><span class="icon"><Icon name="tick" size={20} /></span><span class="grow">{item.payer || t('customer')}<br /><span class="sub">{clock(item.at)}</span></span><span class="amount in">+{money(item.amount)}</span></div></li>)}</ul>
      )}
      {value?.items.length === 0 && <p class="card empty">{t('no_takings')}</p>}
    </section>
  );
}

function Shop({ shop }: { shop: Merchant }) {
  const [typed, setTyped] = useState('');
  const [order, setOrder] = useState<Order | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [still, setStill] = useState(false);
  const undone = useRef('');
  const [turn, setTurn] = useState(0);
  useEffect(() => changes(() => setTurn((n) => n + 1)), []);
  const amount = typedFen(typed) ?? 0;
  const [charging, setCharging] = useState<{ amount: number; code: string } | null>(null);
  useReader((code) => { if (!order && !charging) { const before = typedFen(undone.current) ?? 0; if (before > 0) setCharging({ amount: before, code }); } }, () => { const before = typed; return () => { undone.current = before; setTyped(before); }; });
  const collect = async () => {
    try { setOrder((await write<{ order: Order }>(`/v1/merchants/${shop.id}/orders`, { amount })).order); setTyped(''); setFailure(null); } catch (why) { setFailure(why); }
  };
  if (charging) return <Charging shop={shop} amount={charging.amount} scanned={charging.code} onDone={(paid: boolean) => { if (paid) setTyped(''); setCharging(null); setTurn((n) => n + 1); }} />;
  if (order) return <Collect shop={shop} order={order} onDone={() => { setOrder(null); setTurn((n) => n + 1); }} />;
  return (
    <>
      <main class="content">
        <div class="choice"><button type="button" aria-pressed={!still} onClick={() => setStill(false)}>{t('collect')}</button><button type="button" aria-pressed={still} onClick={() => setStill(true)}>{t('shop_code')}</button></div>
        {still
          ? <div class="card result"><span class="sub">{t('shop_code_detail')}</span><h2>{shop.name}</h2><div class="qr"><img src={`/v1/qr.svg?text=${encodeURIComponent(shop.code)}`} alt={t('shop_code')} /></div><span class="sub">{shop.code}</span></div>
          : <div class="result" aria-live="polite"><span class="sub">{shop.name}</span><Figure fen={amount} /></div>}
        <Wrong failure={failure} />
        <Today shop={shop} turn={turn} />
      </main>
      {!still && <footer class="foot"><div class="pair"><Button disabled={amount < 1} onClick={() => setCharging({ amount, code: '' })}>{t('scan_customer')}</Button><Button look="second" disabled={amount < 1} onClick={() => void collect()}>{t('collect_n', { n: money(amount) })}</Button></div><AmountPad typed={typed} onTyped={setTyped} /></footer>}
    </>
  );
}

function Till() {
  const [turn, setTurn] = useState(0);
  const me = useLoad(() => get<Person>('/v1/me'), [turn]);
  const shops = useLoad(async () => (me.value ? (await get<Page<Merchant>>('/v1/merchants')).items : null), [me.value]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [route, setRoute] = useState(location.hash);
  useEffect(() => {
    const moved = () => { setRoute(location.hash); setTurn((n) => n + 1); };
    window.addEventListener('hashchange', moved);
    window.addEventListener('qb-changed', moved);
    return () => { window.removeEventListener('hashchange', moved); window.removeEventListener('qb-changed', moved); };
  }, []);
  if (me.failure instanceof Refused && me.failure.status === 401) return <SignIn register={route === '#/register'} onSigned={() => setTurn((n) => n + 1)} />;
  const shop = shops.value?.find((one) => one.id === chosen) ?? shops.value?.[0];
  return (
    <>
      <Bar title={t('till')} onBack={() => { location.href = '/'; }} />
      {me.failure || shops.failure ? <main class="content"><p class="banner" role="alert">{words(me.failure ?? shops.failure)}</p><Button onClick={() => setTurn((n) => n + 1)}>{t('retry')}</Button></main> : null}
      {shops.value && shops.value.length > 1 && <nav class="content choice" aria-label={t('shops')}>{shops.value.map((one) => <button type="button" key={one.id} aria-pressed={one.id === shop?.id} onClick={() => setChosen(one.id)}>{one.name}</button>)}</nav>}
      {shop ? <Shop shop={shop} key={shop.id} /> : shops.value && <Open onOpened={() => setTurn((n) => n + 1)} />}
    </>
  );
}

showLanguage();
showTheme();
render(<Till />, document.getElementById('app')!);
