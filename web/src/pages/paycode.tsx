// SPDX-License-Identifier: Apache-2.0
// Pay and receive: the payment code, which renews itself while it is looked at and is burnt when it is not; what a till asks of it; and the
// own code for those who pay me. A code is in memory only, and never in an address.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type AskedCharge, type Balance, get, leave, operationBegin, operationEnd, operationEndAt, operationRun, type Operation, type Paycode, type PaycodeState, type Person, post, Refused, write } from '../api';
import { PinSheet } from '../keypad';
import { changes } from '../live';
import { Resting } from '../resting';
import { Ring, useNow } from '../ring';
import { Sheet } from '../sheet';
import { now } from '../time';
import { Bar, Button, Field, Figure, go, Icon, money, NotLoaded, said, t, typedFen, useLoad, words, Wrong } from '../ui';

const EARLY_MS = 5_000; // it is renewed so long before its time is over
const ASKED_MS = 30_000; // as much as the ring shows

function Sides({ at }: { at: 'pay' | 'receive' }) {
  return (
    <nav class="choice two" aria-label={t('pay_receive')}>
      <a href="#/paycode" aria-current={at === 'pay' ? 'page' : undefined}>{t('pay_side')}</a>
      <a href="#/receive" aria-current={at === 'receive' ? 'page' : undefined}>{t('receive_side')}</a>
    </nav>
  );
}

/** Code 128: the widths of bars and spaces in turn, a bar first; ten modules of white on both sides. */
function Bars({ widths }: { widths: string }) {
  let x = 10, path = '';
  [...widths].forEach((width, i) => { if (i % 2 === 0) path += `M${x} 0h${width}v40h-${width}z`; x += Number(width); });
  return <svg class="bars" viewBox={`0 0 ${x + 10} 40`} preserveAspectRatio="none" shape-rendering="crispEdges" role="img" aria-label={t('paycode_bars')}><path d={path} /></svg>;
}
function Qr({ qr }: { qr: Paycode['qr'] }) {
  return <svg class="square" viewBox={`3 3 ${qr.side - 6} ${qr.side - 6}`} shape-rendering="crispEdges" role="img" aria-label={t('paycode_qr')}><path d={qr.path} /></svg>;
}

/** The code before is burnt before the next one is asked for: the other way round, leaving would burn the new one. */
let leaving: Promise<unknown> = Promise.resolve();

/** One code after the other, as long as the page is looked at. */
function usePaycode(wanted: boolean, digits: boolean) {
  const [shown, setShown] = useState<{ code: Paycode; until: number } | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  const [seen, setSeen] = useState(!document.hidden);
  useEffect(() => {
    const looked = () => { setShown(null); setSeen(!document.hidden); };
    const left = () => { setShown(null); void leave('/v1/paycode'); };
    document.addEventListener('visibilitychange', looked);
    window.addEventListener('pagehide', left);
    return () => { document.removeEventListener('visibilitychange', looked); window.removeEventListener('pagehide', left); };
  }, []);
  const showing = wanted && seen;
  useEffect(() => {
    if (!showing) { setShown(null); return undefined; }
    let here = true, timer = 0, awake: { release(): Promise<void> } | null = null;
    const renew = async () => {
      await leaving;
      if (!here) return;
      const asked = now();
      try {
        const code = await post<Paycode>('/v1/paycode', digits ? { digits: true } : {});
        if (!here) return;
        setShown({ code, until: asked + code.life_ms });
        setFailure(null);
        timer = window.setTimeout(() => void renew(), Math.max(1_000, code.life_ms - EARLY_MS));
      } catch (why) {
        if (!here) return;
        setFailure(why);
        timer = window.setTimeout(() => void renew(), why instanceof Refused ? 30_000 : 3_000);
      }
    };
    void renew();
    const screen = (navigator as unknown as { wakeLock?: { request(kind: 'screen'): Promise<{ release(): Promise<void> }> } }).wakeLock;
    screen?.request('screen').then((lock) => { if (here) awake = lock; else void lock.release(); }).catch(() => undefined);
    return () => { here = false; clearTimeout(timer); void awake?.release().catch(() => undefined); leaving = leave('/v1/paycode'); };
  }, [showing, digits, turn]);
  return { shown, failure, renew: () => { setShown(null); setTurn((n) => n + 1); } };
}

const confirmPath = (charge: AskedCharge) => `/v1/paycode/charges/${charge.id}/confirm`;

/** What a till asks: shop, amount, source, and the PIN within the time. */
function Asked({ charge, until, onDone, onFailure }: { charge: AskedCharge; until: number; onDone: () => void; onFailure: (why: unknown) => void }) {
  const balance = useLoad(() => get<Balance>('/v1/balance'));
  const [busy, setBusy] = useState(false);
  const [again, setAgain] = useState(false);
  const [wrong, setWrong] = useState('');
  const operation = useRef<Operation | null>(null);
  const time = useNow();
  operation.current ??= operationBegin(confirmPath(charge), {}, charge.shop, charge.amount);
  useEffect(() => { navigator.vibrate?.(80); }, []);
  const run = async (pin: string) => {
    setBusy(true);
    setAgain(false);
    try {
      const payment = await operationRun(operation.current!, pin, () => setAgain(true));
      go(`/result/${payment.id}`);
    } catch (why) {
      if (why instanceof Refused && (why.error.code === 'WRONG_PIN' || why.error.class === 'LIMITED')) setWrong(said(why.error));
      else { onFailure(why); onDone(); }
    }
    setBusy(false);
  };
  const decline = async () => {
    operationEnd(operation.current!);
    await write(`/v1/paycode/charges/${charge.id}/decline`).catch(() => undefined);
    onDone();
  };
  return (
    <PinSheet title={t('confirm_payment')} wrong={wrong} busy={busy} {...(again ? { working: t('asking_again') } : {})} onPin={(pin) => void run(pin)} onCancel={() => { if (!busy) void decline(); }}>
      <div class="asked">
        <Ring left_ms={until - time} whole_ms={ASKED_MS} label={t('confirm_within', { n: Math.max(0, Math.ceil((until - time) / 1000)) })} />
        <div><p class="name">{charge.shop}</p><Figure fen={charge.amount} /><p class="sub">{t('balance')}{balance.value ? ` · ${t('left_n', { n: money(balance.value.available) })}` : ''}</p></div>
      </div>
    </PinSheet>
  );
}

export function PayPage({ me }: { me: Person }) {
  const state = useLoad(() => get<PaycodeState>('/v1/paycode'));
  const balance = useLoad(() => get<Balance>('/v1/balance'));
  const [digits, setDigits] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [asking, setAsking] = useState<'resume' | 'free' | null>(null);
  const [wrong, setWrong] = useState('');
  const [told, setTold] = useState('');
  const known = useRef<{ id: string; until: number } | null>(null); // the charge that was there before, or is asked now
  const first = useRef(true);
  const ready = me.real_name.state === 'verified' && me.pin.set;
  const value = state.value;
  const charge = value?.charge ?? null;
  const waiting = charge?.state === 'waiting';
  const paycode = usePaycode(ready && value !== null && !value.suspended && !waiting, digits);
  const time = useNow();
  useEffect(() => changes(() => { state.reload(); balance.reload(); }), []);
  useEffect(() => { // what a till asked since the page was opened: asked for here, or shown how it ended
    if (!value) return;
    const opened = first.current;
    first.current = false;
    if (!charge) return;
    if (charge.state === 'waiting') { if (known.current?.id !== charge.id) { known.current = { id: charge.id, until: now() + charge.left_ms }; setFailure(null); setTold(''); } return; }
    if (opened) { known.current = { id: charge.id, until: 0 }; return; }
    const fresh = known.current?.id !== charge.id || known.current.until > 0;
    if (!fresh) return;
    if (charge.bill_id) { operationEndAt(confirmPath(charge)); go(`/result/${charge.bill_id}`); return; }
    if (charge.state === 'lapsed') { setTold(t('charge_lapsed', { shop: charge.shop })); return; } // its bill is written within the second, and shown then
    if (charge.state === 'cancelled') { operationEndAt(confirmPath(charge)); setTold(t('charge_taken_back', { shop: charge.shop })); }
    known.current = { id: charge.id, until: 0 };
  }, [value]);
  useEffect(() => { // its time is over: read how it ended
    if (!waiting || !known.current || time < known.current.until + 300) return;
    state.reload();
  }, [waiting, Math.floor(time / 1000)]);
  const act = async (work: Promise<unknown>) => {
    try { await work; setFailure(null); setAsking(null); } catch (why) {
      if (why instanceof Refused && why.error.code === 'WRONG_PIN') { setWrong(said(why.error)); return; }
      setAsking(null);
      setFailure(why);
    }
    state.reload();
  };
  const ask = (what: 'resume' | 'free') => { setWrong(''); setAsking(what); };
  const { shown } = paycode;
  const good = shown && time < shown.until ? shown.code : null;
  return (
    <>
      <Bar title={t('pay_receive')} onBack={() => go('/')} end={ready && value && !value.suspended && <button type="button" onClick={() => void act(write('/v1/paycode/suspend'))}>{t('paycode_suspend')}</button>} />
      <main class="content">
        <Resting of="paycode" banks />
        <Sides at="pay" />
        {failure ? <p class="banner" role="alert">{words(failure)}</p> : null}
        {told && <p class="banner" role="status">{told}</p>}
        {!ready && <div class="card empty"><p>{t('paycode_needs')}</p><a class="link" href={me.real_name.state === 'verified' ? '#/pin' : '#/realname'}>{t(me.real_name.state === 'verified' ? 'set_pin' : 'verify_name')}</a></div>}
        {ready && value?.suspended && (
          <div class="card result"><span class="mark warn"><Icon name="shield" size={32} /></span><h2>{t('paycode_paused')}</h2><p class="sub">{t('paycode_paused_detail')}</p></div>
        )}
        {ready && !value?.suspended && (
          <section class="paycode" aria-label={t('paycode')}>
            <p class="sub">{t('paycode_detail')}</p>
            {good
              ? <><Bars widths={good.bars} /><p class="digits">{digits ? good.code.replace(/(\d{4})(?=\d)/g, '$1 ') : <button type="button" class="link" onClick={() => setDigits(true)}>{t('paycode_digits')}</button>}</p><Qr qr={good.qr} /></>
              : <div class="nothing" role="status">{paycode.failure ?? state.failure ? words(paycode.failure ?? state.failure) : t('loading')}</div>}
            <div class="renews">
              {good && shown && <><Ring plain size={28} left_ms={shown.until - EARLY_MS - time} whole_ms={good.life_ms - EARLY_MS} label={t('paycode_renews')} /><span class="sub">{t('paycode_left', { n: Math.max(0, Math.ceil((shown.until - EARLY_MS - time) / 1000)) })}</span></>}
              <button type="button" class="link" onClick={() => { state.reload(); paycode.renew(); }}>{t('paycode_renew')}</button>
            </div>
          </section>
        )}
        {ready && value && !value.suspended && (
          <>
            {digits && <p class="banner">{t('paycode_digits_detail')} <button type="button" class="link" onClick={() => setDigits(false)}>{t('paycode_digits_hide')}</button></p>}
            <ul class="card list">
              <li><a class="row" href="#/cards"><span class="icon"><Icon name="wallet" size={20} /></span><span class="grow"><span class="name top">{t('balance')}{balance.value ? ` · ${t('left_n', { n: money(balance.value.available) })}` : ''}</span><span class="sub">{t('paycode_source')}</span></span><Icon name="forward" size={18} /></a></li>
              <li><button type="button" class="row" role="switch" aria-checked={value.free} onClick={() => { if (value.free) void act(write('/v1/paycode/free', { free: false }, 'PUT')); else ask('free'); }}>
                <span class="icon"><Icon name="shield" size={20} /></span>
                <span class="grow"><span class="name top">{t('paycode_free')}</span><span class="sub">{value.free ? t('paycode_free_on', { n: money(value.free_most), left: value.free_left }) : t('paycode_free_off')}</span></span>
                <span class="switch" />
              </button></li>
            </ul>
            <p class="banner calm">{t('paycode_warning')}</p>
          </>
        )}
      </main>
      {ready && value?.suspended && <footer class="foot"><Button onClick={() => ask('resume')}>{t('paycode_resume')}</Button></footer>}
      {asking && <PinSheet title={t('enter_pin')} detail={t(asking === 'free' ? 'paycode_free' : 'paycode_resume')} wrong={wrong} onCancel={() => setAsking(null)}
        onPin={(pin) => void act(asking === 'free' ? write('/v1/paycode/free', { free: true, pin }, 'PUT') : write('/v1/paycode/resume', { pin }))} />}
      {waiting && known.current?.id === charge.id && time < known.current.until && <Asked key={charge.id} charge={charge} until={known.current.until} onFailure={setFailure} onDone={() => state.reload()} />}
    </>
  );
}

/** The code, the amount and the name as one picture, for a chat or a print. Drawn from the same file that the screen shows. */
async function savePicture(source: string, lines: string[]) {
  const picture = new Image();
  picture.src = URL.createObjectURL(new Blob([await (await fetch(source)).text()], { type: 'image/svg+xml' }));
  await picture.decode();
  const canvas = document.createElement('canvas'), size = 720, foot = 60 * lines.length + 40;
  canvas.width = size;
  canvas.height = size + foot;
  const pen = canvas.getContext('2d')!;
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(picture, 40, 20, size - 80, size - 80);
  URL.revokeObjectURL(picture.src);
  pen.fillStyle = '#15201a';
  pen.textAlign = 'center';
  lines.forEach((line, i) => { pen.font = `${i ? 32 : 40}px ${getComputedStyle(document.body).fontFamily}`; pen.fillText(line, size / 2, size + 20 + 60 * i, size - 60); });
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob!);
  link.download = `${t('receive_code')}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** How much is asked for, and why; both may stay empty. */
function Ask({ typed, note, onDone, onClose }: { typed: string; note: string; onDone: (typed: string, note: string) => void; onClose: () => void }) {
  const [amount, setAmount] = useState(typed);
  const [why, setWhy] = useState(note);
  const wrong = amount !== '' && !typedFen(amount);
  return (
    <Sheet title={t('receive_ask')} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); if (!wrong) onDone(amount, why.trim()); }}>
        <Field name={t('receive_amount')} inputMode="decimal" autoComplete="off" maxLength={12} value={amount} wrong={wrong ? t('amount_odd') : undefined} onInput={(e: Event) => setAmount((e.target as HTMLInputElement).value.trim())} />
        <Field name={t('note_optional')} maxLength={40} value={why} onInput={(e: Event) => setWhy((e.target as HTMLInputElement).value)} />
        <Button submit disabled={wrong}>{t('save')}</Button>
      </form>
    </Sheet>
  );
}

export function Receive({ me }: { me: Person }) {
  const code = useLoad(async () => (await get<{ code: string }>('/v1/receive')).code);
  const [typed, setTyped] = useState('');
  const [note, setNote] = useState('');
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const amount = typedFen(typed) ?? 0;
  const ask = [amount ? `amount=${amount}` : '', note ? `note=${note}` : ''].filter(Boolean).join('&');
  const text = code.value && (ask ? `${code.value}?${ask}` : code.value);
  const source = text && `/v1/qr.svg?text=${encodeURIComponent(text)}`;
  const save = async () => { try { await savePicture(source!, [`${me.nickname}${amount ? `  ¥${money(amount)}` : ''}`, ...(note ? [note] : [])]); setFailure(null); } catch (why) { setFailure(why); } };
  return (
    <>
      <Bar title={t('pay_receive')} onBack={() => go('/')} />
      <main class="content">
        <Sides at="receive" />
        {me.real_name.state !== 'verified' && <p class="banner">{t('receive_needs_name')} <a class="link" href="#/realname">{t('verify_name')}</a></p>}
        <div class="card result">
          <span class="sub">{t('receive_detail')}</span>
          <h2>{me.nickname}</h2>
          {amount > 0 && <Figure fen={amount} />}
          {note && <p class="sub">{note}</p>}
          {source ? <div class="qr"><img src={source} alt={t('receive_code')} /></div> : code.failure ? <NotLoaded failure={code.failure} onRetry={code.reload} /> : <p role="status">{t('loading')}</p>}
          {text && <span class="sub number">{code.value}</span>}
          {source && (
            <p class="split">
              <button type="button" class="link" onClick={() => setAsking(true)}>{t(ask ? 'receive_change' : 'receive_ask')}</button>
              {ask && <button type="button" class="link" onClick={() => { setTyped(''); setNote(''); }}>{t('receive_clear')}</button>}
              <button type="button" class="link" onClick={() => void save()}>{t('save_picture')}</button>
            </p>
          )}
        </div>
        <Wrong failure={failure} />
      </main>
      {asking && <Ask typed={typed} note={note} onClose={() => setAsking(false)} onDone={(next, why) => { setTyped(next); setNote(why); setAsking(false); }} />}
    </>
  );
}
