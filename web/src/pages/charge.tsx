// SPDX-License-Identifier: Apache-2.0
// The till charges a customer's payment code: scanned by camera or reader, or typed; paid at once, or when the customer has confirmed.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Charge, get, type Merchant, OutOfReach, uuid7, write } from '../api';
import { Camera } from '../camera';
import { changes } from '../live';
import { Ring, useNow } from '../ring';
import { now } from '../time';
import { Button, errorOf, Field, Figure, Icon, money, said, t, words } from '../ui';

const WAIT_MS = 30_000;

export function Charging({ shop, till, amount, scanned, onDone }: { shop: Merchant; till: string; amount: number; scanned: string; onDone: (paid: boolean) => void }) {
  const [typed, setTyped] = useState('');
  const [charge, setCharge] = useState<Charge | null>(null);
  const [until, setUntil] = useState(0);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const open = useRef<{ code: string; key: string } | null>(null); // sent, and no answer yet
  const field = useRef<HTMLFormElement>(null);
  const path = `/v1/merchants/${shop.id}/charges`;
  const waiting = charge?.state === 'waiting', atBank = charge?.state === 'at_bank', under = waiting || atBank;
  const time = useNow(waiting);
  const send = async (code: string) => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    open.current = open.current?.code === code ? open.current : { code, key: uuid7() };
    try {
      const got = (await write<{ charge: Charge }>(path, { code, amount, ...(till ? { till_id: till } : {}) }, 'POST', open.current.key)).charge;
      open.current = null;
      setUntil(now() + WAIT_MS);
      setCharge(got);
    } catch (why) {
      if (!(why instanceof OutOfReach)) open.current = null;
      setFailure(why);
    }
    setTyped('');
    setBusy(false);
  };
  useEffect(() => { if (scanned) void send(scanned); }, []);
  useEffect(() => { field.current?.querySelector('input')?.focus(); }, [charge, failure]);
  useEffect(() => { // while the customer is asked
    if (!under || !charge) return undefined;
    let here = true;
    const look = async () => { try { const found = await get<{ charge: Charge }>(`${path}/${charge.id}`); if (here) setCharge(found.charge); } catch { /* the next look says it */ } };
    const timer = setInterval(() => void look(), 2000);
    const end = changes(() => void look());
    return () => { here = false; clearInterval(timer); end(); };
  }, [under]);
  const cancel = async () => {
    try { setCharge((await write<{ charge: Charge }>(`${path}/${charge!.id}/cancel`)).charge); } catch { setCharge((await get<{ charge: Charge }>(`${path}/${charge!.id}`)).charge); }
  };
  const again = () => { setCharge(null); setFailure(null); };
  if (charge) {
    return (
      <>
        <main class="content">
          <div class="card result" aria-live="assertive">
            {waiting && <><Ring size={88} left_ms={until - time} whole_ms={WAIT_MS} label={t('charge_waiting')} /><h2>{t('charge_waiting')}</h2></>}
            {charge.state === 'paid' && <><span class="mark"><Icon name="tick" size={32} /></span><h2>{t('received')}</h2></>}
            {atBank && <><span class="mark"><Icon name="clock" size={32} /></span><h2>{t('charge_at_bank')}</h2></>}
            {!under && charge.state !== 'paid' && <><span class="mark warn"><Icon name="close" size={32} /></span><h2>{t('not_received')}</h2></>}
            <Figure fen={charge.amount} />
            {charge.payer && <span class="sub">{charge.payer}</span>}
            {charge.reason && <p>{said(charge.reason)}</p>}
            {charge.state === 'cancelled' && <p>{t('charge_cancelled')}</p>}
          </div>
        </main>
        <footer class="foot">
          {waiting && <Button look="second" onClick={() => void cancel().catch(setFailure)}>{t('charge_cancel')}</Button>}
          {atBank && <Button look="second" onClick={() => onDone(true)}>{t('next_customer')}</Button>}
          {charge.state === 'paid' && <Button onClick={() => onDone(true)}>{t('next_customer')}</Button>}
          {!under && charge.state !== 'paid' && <><Button onClick={again}>{t('scan_next')}</Button><Button look="second" onClick={() => onDone(false)}>{t('back')}</Button></>}
        </footer>
      </>
    );
  }
  const lost = failure instanceof OutOfReach && open.current;
  return (
    <>
      <main class="content">
        <div class="result tight"><span class="sub">{shop.name}</span><Figure fen={amount} /></div>
        {failure ? <p class="banner" role="alert">{lost ? t('charge_no_answer') : errorOf(failure) ? said(errorOf(failure)!) : words(failure)}</p> : <p class="sub">{t('scan_customer_detail')}</p>}
        {lost
          ? <Button onClick={() => void send(open.current!.code)}>{t('operation_resume')}</Button>
          : <Camera wide still={busy} onText={(text) => void send(text.trim())} />}
        <form class="form" ref={field} onSubmit={(event) => { event.preventDefault(); void send(typed.trim()); }}>
          <Field name={t('code_digits')} inputMode="numeric" autoComplete="off" maxLength={18} value={typed} onInput={(e: Event) => setTyped((e.target as HTMLInputElement).value)} />
          <Button submit disabled={busy || typed.trim().length !== 18}>{busy ? t('working') : t('scan_customer_n', { n: money(amount) })}</Button>
        </form>
      </main>
      <footer class="foot"><Button look="second" onClick={() => onDone(false)}>{t('cancel')}</Button></footer>
    </>
  );
}
