// SPDX-License-Identifier: Apache-2.0
// The savings pocket: what was put aside, putting more in, taking it back into the balance.
import { useState } from 'preact/hooks';
import { type Balance, get, operationBegin, operationRun, type Person } from '../api';
import { AmountPad } from '../keypad';
import { Bar, Button, Choice, Figure, go, money, NotLoaded, t, typedFen, useLoad } from '../ui';
import { RefusalPage, usePaying } from './pay';

export interface PocketState { being_checked: boolean; amount: number | null; opened_at: string | null; as_of: string }
const ways = ['in', 'out'] as const;

export function PocketPage({ me }: { me: Person }) {
  const pocket = useLoad(() => get<PocketState>('/v1/pocket'));
  const balance = useLoad(() => get<Balance>('/v1/balance'));
  const [way, setWay] = useState<(typeof ways)[number] | null>(null);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const paying = usePaying(me);
  const amount = typedFen(typed) ?? 0;
  const checked = pocket.value?.being_checked || balance.value?.being_checked;
  const there = checked ? undefined : pocket.value?.amount ?? undefined, free = checked ? undefined : balance.value?.available; // undefined: not known, which is no zero
  const picked = way ?? (there && free === 0 ? 'out' : 'in');
  const most = picked === 'in' ? free : there;
  const again = () => { paying.clear(); setFailure(null); pocket.reload(); balance.reload(); };
  const wrong = paying.failure ?? failure;
  if (wrong) return <RefusalPage failure={wrong} amount={amount} name={t('pocket')} onRetry={again} />;
  const put = async () => {
    setBusy(true);
    try { go(`/result/${(await operationRun(operationBegin('/v1/pocket/in', { amount }, t('pocket_in'), amount), null)).id}`); } catch (why) { setFailure(why); }
    setBusy(false);
  };
  const move = () => (picked === 'in' ? void put() : paying.begin('/v1/pocket/out', { amount }, t('pocket_out'), amount, { source: t('pocket') }));
  return (
    <>
      <Bar title={t('pocket')} />
      <main class="content">
        <NotLoaded failure={pocket.failure ?? balance.failure} onRetry={again} />
        <section class="card" aria-label={t('pocket')}>
          <div class="head"><span>{t('pocket_has')}</span></div>
          {checked ? <p class="figure long">{t('being_checked')}</p> : <Figure fen={there ?? null} stale={pocket.failure !== null} />}
          <p class="sub">{t('pocket_detail')}</p>
        </section>
        <Choice name={t('pocket')} options={ways} value={picked} label={(one) => t(one === 'in' ? 'pocket_in' : 'pocket_out')} onPick={(one) => { setWay(one); setTyped(''); }} />
        <div class="result tight">
          <div aria-live="polite"><Figure fen={amount} /></div>
          {most !== undefined && <span class="sub">{t(picked === 'in' ? 'available_n' : 'pocket_has_n', { n: money(most) })} · <button type="button" class="link" disabled={most < 1} onClick={() => setTyped(money(most).replace(/,/g, ''))}>{t('pocket_all')}</button></span>}
        </div>
      </main>
      <footer class="foot">
        <Button disabled={amount < 1 || most === undefined || amount > most || busy} onClick={move}>{t(picked === 'in' ? 'pocket_in_n' : 'pocket_out_n', { n: money(amount) })}</Button>
        <AmountPad typed={typed} onTyped={setTyped} />
      </footer>
      {paying.sheet}
    </>
  );
}
