// SPDX-License-Identifier: Apache-2.0
// The wallet itself: a forgotten password, another phone, closing it.
import { useState } from 'preact/hooks';
import { get, type NextStep, type Person, post, write } from '../api';
import { PinSheet } from '../keypad';
import { Bar, Button, Field, go, label, NotLoaded, said, t, useLoad, words, Wrong } from '../ui';
import { SendCode } from './me';

const value = (event: Event) => (event.target as HTMLInputElement).value;

/** A new password: the code says that the phone is in hand, a name or a card whose wallet it is. */
export function Forgot({ onSigned }: { onSigned: () => void }) {
  const [phone, setPhone] = useState('');
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [by, setBy] = useState<'name' | 'card' | 'none'>('name');
  const [name, setName] = useState('');
  const [number, setNumber] = useState('');
  const [card, setCard] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const proof = by === 'name' ? { name: name.trim(), id_number: number.trim().toUpperCase() } : by === 'card' ? { card_number: card.replace(/\s/g, '') } : {};
    try { await post('/v1/password/reset', { phone, code, password, ...proof }); setFailure(null); onSigned(); } catch (why) { setFailure(why); }
    setBusy(false);
  };
  return (
    <>
      <Bar title={t('forgot')} onBack={() => go('/signin')} />
      <main class="content">
        <p class="sub">{t('forgot_detail')}</p>
        <form class="form" onSubmit={(event) => void send(event)}>
          <Field name={t('phone')} type="tel" inputMode="numeric" autoComplete="tel-national" maxLength={11} value={phone} onInput={(e: Event) => setPhone(value(e))} required />
          <div class="inline"><Field name={t('code')} inputMode="numeric" autoComplete="one-time-code" maxLength={6} value={code} onInput={(e: Event) => setCode(value(e))} required /><SendCode phone={phone} purpose="password" onFailure={setFailure} /></div>
          <h2 class="section">{t('forgot_proof')}</h2>
          <div class="choice">
            {(['name', 'card', 'none'] as const).map((one) => <button type="button" key={one} aria-pressed={by === one} onClick={() => setBy(one)}>{t(`proof_${one}`)}</button>)}
          </div>
          {by === 'name' && <Field name={t('name')} autoComplete="name" maxLength={40} value={name} onInput={(e: Event) => setName(value(e))} required />}
          {by === 'name' && <Field name={t('id_number')} maxLength={18} autoComplete="off" value={number} onInput={(e: Event) => setNumber(value(e))} required />}
          {by === 'card' && <Field name={t('card_number')} inputMode="numeric" autoComplete="off" maxLength={23} value={card} onInput={(e: Event) => setCard(value(e))} required />}
          {by === 'none' && <p class="sub">{t('proof_none_detail')}</p>}
          <Field name={t('new_password')} type="password" autoComplete="new-password" minLength={8} maxLength={64} value={password} onInput={(e: Event) => setPassword(value(e))} required />
          <p class="sub">{t('password_detail')}</p>
          {failure ? <p class="wrong" role="alert">{words(failure)}</p> : null}
          <Button submit disabled={busy}>{t('set_password')}</Button>
        </form>
      </main>
    </>
  );
}

export function Phone({ me, onChange }: { me: Person; onChange: () => void }) {
  const [phone, setPhone] = useState('');
  const [code, setCode] = useState('');
  const [asks, setAsks] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [done, setDone] = useState(false);
  const send = async (pin: string) => {
    setAsks(false);
    try { await write('/v1/me/phone', { phone, code, pin }, 'PUT'); setFailure(null); setDone(true); onChange(); } catch (why) { setFailure(why); }
  };
  return (
    <>
      <Bar title={t('change_phone')} />
      <main class="content">
        <div class="card"><p>{t('phone_now', { phone: me.phone })}</p><p class="sub">{t('phone_detail')}</p></div>
        {done
          ? <p class="banner calm" role="status">{t('phone_done')}</p>
          : (
            <form class="form" id="phone" onSubmit={(event) => { event.preventDefault(); setAsks(true); }}>
              <Field name={t('new_phone')} type="tel" inputMode="numeric" autoComplete="tel-national" maxLength={11} value={phone} onInput={(e: Event) => setPhone(value(e))} required />
              <div class="inline"><Field name={t('code')} inputMode="numeric" autoComplete="one-time-code" maxLength={6} value={code} onInput={(e: Event) => setCode(value(e))} required /><SendCode phone={phone} purpose="phone" onFailure={setFailure} /></div>
              <Wrong failure={failure} />
              <Button submit>{t('change_phone')}</Button>
            </form>
          )}
      </main>
      {done && <footer class="foot"><Button onClick={() => go('/me')}>{t('finish')}</Button></footer>}
      {asks && <PinSheet title={t('enter_pin')} onPin={(pin) => void send(pin)} onCancel={() => setAsks(false)} />}
    </>
  );
}

interface Closing { can_close: boolean; reasons: { code: string; message: string; message_zh: string; next: NextStep[] }[] }
export function Close({ me, onClosed }: { me: Person; onClosed: () => void }) {
  const closing = useLoad(() => get<Closing>('/v1/me/closing'));
  const [step, setStep] = useState<'look' | 'sure' | 'pin'>('look');
  const [failure, setFailure] = useState<unknown>(null);
  const send = async (pin: string) => {
    setStep('look');
    try { await write('/v1/me/close', pin ? { pin } : {}); onClosed(); } catch (why) { setFailure(why); closing.reload(); }
  };
  const reasons = closing.value?.reasons ?? [];
  return (
    <>
      <Bar title={t('close_wallet')} />
      <main class="content">
        <div class="card"><p>{t('close_detail')}</p></div>
        <Wrong failure={failure} />
        <NotLoaded failure={closing.failure} onRetry={closing.reload} />
        {reasons.length > 0 && <h2 class="section">{t('close_not_yet')}</h2>}
        {reasons.map((reason, i) => (
          <div class="card" key={i}>
            <p>{said(reason)}</p>
            <p class="links">{reason.next.filter((step) => step.href).map((step) => <a class="link" href={step.href} key={step.do}>{label(step)}</a>)}</p>
          </div>
        ))}
        {closing.value?.can_close && step === 'look' && <p class="banner calm">{t('close_ready')}</p>}
        {step === 'sure' && <p class="banner" role="alert">{t('close_sure')}</p>}
      </main>
      {closing.value?.can_close && (
        <footer class="foot">
          {step === 'look' && <Button look="danger" onClick={() => setStep('sure')}>{t('close_wallet')}</Button>}
          {step === 'sure' && <Button look="danger" onClick={() => (me.pin.set ? setStep('pin') : void send(''))}>{t('close_yes')}</Button>}
          {step === 'sure' && <Button look="second" onClick={() => setStep('look')}>{t('cancel')}</Button>}
        </footer>
      )}
      {step === 'pin' && <PinSheet title={t('enter_pin')} onPin={(pin) => void send(pin)} onCancel={() => setStep('look')} />}
    </>
  );
}

/** A forgotten PIN: who I am and my card, then the bank's code and the new PIN. */
export function ForgotPin({ me, onChange }: { me: Person; onChange: () => void }) {
  const [name, setName] = useState('');
  const [number, setNumber] = useState('');
  const [card, setCard] = useState('');
  const [phone, setPhone] = useState('');
  const [asked, setAsked] = useState<{ reset_id: string; sent_to: string } | null>(null);
  const [code, setCode] = useState('');
  const [first, setFirst] = useState<string | null>(null);
  const [step, setStep] = useState<'none' | 'new' | 'again'>('none');
  const [wrong, setWrong] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const ask = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try { setAsked(await write('/v1/pin/reset', { name: name.trim(), id_number: number.trim().toUpperCase(), card_number: card.replace(/\s/g, ''), phone })); setFailure(null); } catch (why) { setFailure(why); }
    setBusy(false);
  };
  const typed = async (pin: string) => {
    setWrong('');
    if (step === 'new') { setFirst(pin); setStep('again'); return; }
    if (pin !== first) { setWrong(t('pins_differ')); setStep('new'); return; }
    setStep('none');
    try { await write(`/v1/pin/reset/${asked!.reset_id}/confirm`, { code, pin }); setFailure(null); setDone(true); onChange(); } catch (why) { setFailure(why); }
  };
  return (
    <>
      <Bar title={t('forgot_pin')} onBack={() => go('/pin')} />
      <main class="content">
        {done ? <p class="banner calm" role="status">{t('forgot_pin_done')}</p> : <p class="sub">{t(me.pin.set ? 'forgot_pin_detail' : 'pin_not_set')}</p>}
        {!done && !asked && (
          <form class="form" onSubmit={(event) => void ask(event)}>
            <Field name={t('name')} autoComplete="name" maxLength={40} value={name} onInput={(e: Event) => setName(value(e))} required />
            <Field name={t('id_number')} maxLength={18} autoComplete="off" value={number} onInput={(e: Event) => setNumber(value(e))} required />
            <Field name={t('card_number')} inputMode="numeric" autoComplete="off" maxLength={23} value={card} onInput={(e: Event) => setCard(value(e))} required />
            <Field name={t('card_phone')} type="tel" inputMode="numeric" autoComplete="tel-national" maxLength={11} value={phone} onInput={(e: Event) => setPhone(value(e))} required />
            <Wrong failure={failure} />
            <Button submit disabled={busy}>{t('get_bank_code')}</Button>
          </form>
        )}
        {!done && asked && (
          <form class="form" onSubmit={(event) => { event.preventDefault(); setStep('new'); }}>
            <p class="sub">{t('bank_code_sent', { phone: asked.sent_to })}</p>
            <Field name={t('code')} inputMode="numeric" autoComplete="one-time-code" maxLength={6} value={code} onInput={(e: Event) => setCode(value(e))} required />
            <Wrong failure={failure} />
            <Button submit disabled={code.length !== 6}>{t('set_pin')}</Button>
          </form>
        )}
      </main>
      {done && <footer class="foot"><Button onClick={() => go('/')}>{t('finish')}</Button></footer>}
      {step !== 'none' && <PinSheet key={step} title={t(step === 'new' ? 'pin_new' : 'pin_again')} wrong={wrong} onPin={(pin) => void typed(pin)} onCancel={() => setStep('none')} />}
    </>
  );
}
