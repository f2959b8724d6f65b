// SPDX-License-Identifier: Apache-2.0
// The till charges a customer's payment code: scanned by camera or reader, or typed; paid at once, or when the customer has confirmed.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Charge, get, type Merchant, OutOfReach, untilAnswered, uuid7, write } from '../api';
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
  const [again, setAgain] = useState(false); // no answer came, and it is asked once more
  const [failure, setFailure] = useState<unknown>(null);
  const open = useRef<{ code: string; key: string } | null>(null); // sent, and no answer yet
  const here = useRef(true);
  const stays = () => { if (!here.current) throw new OutOfReach(path); }; // a charge that the till has left is sent no more
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
      const { key } = open.current;
      const ask = async () => { stays(); return (await write<{ charge: Charge }>(path, { code, amount, ...(till ? { till_id: till } : {}) }, 'POST', key)).charge; };
      const got = await untilAnswered(ask, () => { stays(); setAgain(true); });
      open.current = null;
      setUntil(now() + WAIT_MS);
      setCharge(got);
    } catch (why) {
      if (!(why instanceof OutOfReach)) open.current = null;
      setFailure(why);
    }
    setTyped('');
    setBusy(false);
    setAgain(false);
  };
  useEffect(() => { if (scanned) void send(scanned); return () => { here.current = false; }; }, []);
  useEffect(() => { field.current?.querySelector('input')?.focus(); }, [charge, failure]);
  useEffect(() => { // while the customer is asked
    if (!under || !charge) return undefined;
    let looks = true;
    const look = async () => {
      try { const found = await get<{ charge: Charge }>(`${path}/${charge.id}`); if (looks) { setCharge(found.charge); setAgain(false); } } catch { if (looks) setAgain(true); }
    };
    const timer = setInterval(() => void look(), 2000);
    const end = changes(() => void look());
    return () => { looks = false; setAgain(false); clearInterval(timer); end(); };
  }, [under]);
  const cancel = async () => {
    try { setCharge((await write<{ charge: Charge }>(`${path}/${charge!.id}/cancel`)).charge); } catch { setCharge((await get<{ charge: Charge }>(`${path}/${charge!.id}`)).charge); }
    setFailure(null);
  };
  const another = () => { setCharge(null); setFailure(null); };
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
          {under && again && <p class="banner" role="status">{t('charge_looking_again')}</p>}
          {under && failure ? <p class="banner" role="alert">{words(failure)}</p> : null}
        </main>
        <footer class="foot">
          {waiting && <Button look="second" onClick={() => void cancel().catch(setFailure)}>{t('charge_cancel')}</Button>}
          {atBank && <Button look="second" onClick={() => onDone(true)}>{t('next_customer')}</Button>}
          {charge.state === 'paid' && <Button onClick={() => onDone(true)}>{t('next_customer')}</Button>}
          {!under && charge.state !== 'paid' && <><Button onClick={another}>{t('scan_next')}</Button><Button look="second" onClick={() => onDone(false)}>{t('back')}</Button></>}
        </footer>
      </>
    );
  }
  const lost = failure instanceof OutOfReach && open.current;
  return (
    <>
      <main class="content">
        <div class="result tight"><span class="sub">{shop.name}</span><Figure fen={amount} /></div>
        {again ? <p class="banner" role="status">{t('charge_asking_again')}</p> : failure ? <p class="banner" role="alert">{lost ? t('charge_no_answer') : errorOf(failure) ? said(errorOf(failure)!) : words(failure)}</p> : <p class="sub">{t('scan_customer_detail')}</p>}
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
