// SPDX-License-Identifier: Apache-2.0
// Me: who I am here, security, settings; and the way in (sign in, register).
import { useEffect, useState } from 'preact/hooks';
import { type Arrival, arrivals, get, type Page, type Person, post, remove, write } from '../api';
import { PinSheet } from '../keypad';
import { now } from '../time';
import { Bar, Button, Choice, Door, elder, Field, fullTime, go, Icon, language, NotLoaded, setElder, setLanguage, setTheme, t, theme, useLoad, Wrong, words } from '../ui';
import { NameState } from './cards';
import { FreezeButton } from './freezes';
import { Tabs } from './tabs';

const value = (event: Event) => (event.target as HTMLInputElement).value;

export function Me({ me }: { me: Person }) {
  return (
    <>
      <Bar root title={t('me')} />
      <main class="content">
        <section class="card"><h2>{me.nickname}</h2><p class="sub">{me.phone}</p></section>
        <NameState me={me} />
        <ul class="card list">
          <Door href="#/cards" icon="card" name={t('cards')} />
          <Door href="#/topup" icon="up" name={t('topup')} />
          <Door href="#/withdraw" icon="down" name={t('withdraw')} />
          <Door href="#/limits" icon="clock" name={t('limits')} />
          <Door href="#/paycode" icon="code" name={t('pay_receive')} />
        </ul>
        <ul class="card list">
          <Door href="#/pin" icon="shield" name={t('pin')} detail={t(me.pin.set ? 'pin_is_set' : 'pin_not_set')} />
          <Door href="#/pocket" icon="wallet" name={t('pocket')} detail={t('pocket_door')} />
          <Door href="#/sessions" icon="phone" name={t('sessions')} />
          <Door href="#/settings" icon="gear" name={t('settings')} />
          <Door href="#/help" icon="help" name={t('help')} />
        </ul>
        <ul class="card list"><Door href="/till" icon="shop" name={t('till')} detail={t('till_detail')} /></ul>
      </main>
      <Tabs at="me" />
    </>
  );
}

/** When one's transfers arrive unless one says otherwise. */
function ArrivalSetting() {
  const kept = useLoad(async () => (await get<{ arrival: Arrival }>('/v1/transfers/settings')).arrival);
  const [failure, setFailure] = useState<unknown>(null);
  const pick = async (arrival: Arrival) => {
    try { await write('/v1/transfers/settings', { arrival }, 'PUT'); setFailure(null); } catch (why) { setFailure(why); }
    kept.reload();
  };
  return (
    <>
      <h2 class="section">{t('arrival_unless')}</h2>
      <Choice name={t('arrival_unless')} options={arrivals} value={kept.value} label={(one) => t(`arrival_${one}`)} onPick={(one) => void pick(one)} />
      <p class="sub">{t('arrival_detail')}</p>
      <Wrong failure={failure} />
      <NotLoaded failure={kept.failure} onRetry={kept.reload} />
    </>
  );
}

/** The way to another account, for who is signed in. */
export function OtherAccount({ me, onSignOut }: { me: Person; onSignOut: () => void }) {
  const end = async () => { try { await remove('/v1/sessions/current'); } finally { onSignOut(); } };
  return (
    <>
      <Bar title={t('other_account')} />
      <main class="content"><p class="card">{t('signed_in_now', { phone: me.phone })}</p></main>
      <footer class="foot"><Button onClick={() => void end()}>{t('sign_out')}</Button></footer>
    </>
  );
}

export function Settings({ onSignOut }: { onSignOut: () => void }) {
  const end = async () => { try { await remove('/v1/sessions/current'); } finally { onSignOut(); } };
  return (
    <>
      <Bar title={t('settings')} />
      <main class="content">
        <h2 class="section">{t('language')}</h2>
        <div class="choice">
          {(['zh', 'en'] as const).map((one) => <button type="button" key={one} aria-pressed={language === one} lang={one === 'zh' ? 'zh-CN' : 'en'} onClick={() => setLanguage(one)}>{one === 'zh' ? '中文' : 'English'}</button>)}
        </div>
        <h2 class="section">{t('look')}</h2>
        <div class="choice">
          {(['system', 'light', 'dark'] as const).map((one) => <button type="button" key={one} aria-pressed={theme() === one} onClick={() => setTheme(one)}>{t(`theme_${one}`)}</button>)}
        </div>
        <h2 class="section">{t('elder')}</h2>
        <div class="choice">
          {([false, true] as const).map((on) => <button type="button" key={String(on)} aria-pressed={elder() === on} onClick={() => setElder(on)}>{t(on ? 'elder_on' : 'elder_off')}</button>)}
        </div>
        <ArrivalSetting />
        <ul class="card list"><Door href="#/security" icon="shield" name={t('security')} detail={t('security_detail')} /></ul>
      </main>
      <footer class="foot"><Button look="danger" onClick={() => void end()}>{t('sign_out')}</Button></footer>
    </>
  );
}

export function Security({ me, onChange }: { me: Person; onChange: () => void }) {
  return (
    <>
      <Bar title={t('security')} />
      <main class="content">
        <ul class="card list">
          <Door href="#/pin" icon="shield" name={t('pin')} detail={t(me.pin.set ? 'pin_is_set' : 'pin_not_set')} />
          <Door href="#/sessions" icon="phone" name={t('sessions')} />
          <Door href="#/phone" icon="phone" name={t('change_phone')} detail={me.phone} />
          <Door href="#/limits" icon="clock" name={t('limits')} />
        </ul>
        {me.frozen
          ? <ul class="card list"><Door href="#/freezes" icon="freeze" name={t('freezes')} detail={t('freeze_is')} /></ul>
          : <FreezeButton onFrozen={() => { onChange(); go('/freezes'); }} />}
        {!me.frozen && <ul class="card list"><Door href="#/freezes" icon="freeze" name={t('freezes')} /></ul>}
        <ul class="card list"><Door href="#/close" icon="close" name={t('close_wallet')} /></ul>
      </main>
    </>
  );
}

interface Session { id: string; device: string; current: boolean; created_at: string; last_seen_at: string }
interface Device { id: string; name: string; current: boolean; first_used_at: string; last_used_at: string; days: number }
function Devices() {
  const devices = useLoad(async () => (await get<Page<Device>>('/v1/devices')).items);
  if (!devices.value?.length) return null;
  return (
    <>
      <h2 class="section">{t('devices')}</h2>
      <ul class="card list">
        {devices.value.map((one) => (
          <li key={one.id}><div class="row"><span class="icon"><Icon name="phone" size={20} /></span>
            <span class="grow name">{one.name || t('unknown_device')}{one.current && ` · ${t('this_device')}`}<br /><span class="sub">{t('device_used', { n: one.days, from: fullTime(one.first_used_at).slice(0, 10), to: fullTime(one.last_used_at).slice(0, 10) })}</span></span></div></li>
        ))}
      </ul>
    </>
  );
}

export function Sessions() {
  const sessions = useLoad(async () => (await get<Page<Session>>('/v1/sessions')).items);
  const [failure, setFailure] = useState<unknown>(null);
  const act = async (work: Promise<unknown>) => { try { await work; setFailure(null); } catch (why) { setFailure(why); } sessions.reload(); };
  return (
    <>
      <Bar title={t('sessions')} />
      <main class="content">
        <Wrong failure={failure} />
        <NotLoaded failure={sessions.failure} onRetry={sessions.reload} />
        <ul class="card list" hidden={!sessions.value}>
          {sessions.value?.map((session) => (
            <li key={session.id}><div class="row"><span class="icon"><Icon name="phone" size={20} /></span>
              <span class="grow name">{session.device || t('unknown_device')}{session.current && ` · ${t('this_device')}`}<br /><span class="sub">{t('last_seen', { at: fullTime(session.last_seen_at) })}</span></span>
              {!session.current && <button type="button" class="link" onClick={() => void act(remove(`/v1/sessions/${session.id}`))}>{t('end')}</button>}</div></li>
          ))}
        </ul>
        <Devices />
      </main>
      <footer class="foot"><Button look="second" onClick={() => void act(write('/v1/sessions/end-others'))}>{t('end_others')}</Button></footer>
    </>
  );
}

/** Set or change the payment PIN: old one if there is one, new one, new one again. */
export function Pin({ me, onChange }: { me: Person; onChange: () => void }) {
  const [step, setStep] = useState<'none' | 'old' | 'new' | 'again'>('none');
  const [old, setOld] = useState('');
  const [first, setFirst] = useState('');
  const [wrong, setWrong] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [done, setDone] = useState(false);
  const typed = async (pin: string) => {
    setWrong('');
    if (step === 'old') { setOld(pin); setStep('new'); }
    else if (step === 'new') { setFirst(pin); setStep('again'); }
    else if (pin !== first) { setStep('new'); setWrong(t('pins_differ')); }
    else {
      setStep('none');
      try { await write('/v1/pin', { pin, ...(me.pin.set ? { old_pin: old } : {}) }, 'PUT'); setFailure(null); setDone(true); onChange(); } catch (why) { setFailure(why); }
    }
  };
  return (
    <>
      <Bar title={t('pin')} />
      <main class="content">
        <div class="card"><p>{t(me.pin.set ? 'pin_is_set' : 'pin_not_set')}</p><p class="sub">{t('pin_detail')}</p></div>
        {me.pin.set && !done && <a class="link" href="#/pin/forgot">{t('forgot_pin')}</a>}
        {done && <p class="banner calm" role="status">{t('pin_done')}</p>}
        <Wrong failure={failure} />
      </main>
      <footer class="foot">
        <Button onClick={() => { setWrong(''); setDone(false); setFailure(null); setStep(me.pin.set ? 'old' : 'new'); }}>{t(me.pin.set ? 'change_pin' : 'set_pin')}</Button>
        {done && <Button look="second" onClick={() => go('/')}>{t('finish')}</Button>}
      </footer>
      {step !== 'none' && <PinSheet key={step} title={t(step === 'old' ? 'pin_old' : step === 'new' ? 'pin_new' : 'pin_again')} wrong={wrong} onPin={(pin) => void typed(pin)} onCancel={() => setStep('none')} />}
    </>
  );
}

/** Asks for a code and counts down until the next one may be sent. */
export function SendCode({ phone, purpose, onFailure }: { phone: string; purpose: string; onFailure: (why: unknown) => void }) {
  const [until, setUntil] = useState(0);
  const [time, setTime] = useState(now());
  useEffect(() => { const timer = setInterval(() => setTime(now()), 500); return () => clearInterval(timer); }, []);
  const left = Math.ceil((until - time) / 1000);
  const ask = async () => {
    try { await post('/v1/codes', { phone, purpose }); setUntil(now() + 60_000); onFailure(null); } catch (why) { onFailure(why); }
  };
  return <button type="button" class="link" disabled={left > 0 || phone.length !== 11} onClick={() => void ask()}>{left > 0 ? t('again_in', { n: left }) : t('get_code')}</button>;
}

export function SignIn({ onSigned, register }: { onSigned: () => void; register: boolean }) {
  const [phone, setPhone] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [nickname, setNickname] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      if (register) await post('/v1/persons', { phone, code, password, nickname: nickname.trim() });
      else await post('/v1/sessions', { phone, password });
      setFailure(null);
      onSigned();
    } catch (why) { setFailure(why); }
    setBusy(false);
  };
  return (
    <>
      <Bar root title={t(register ? 'register' : 'sign_in')} end={<button type="button" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')} lang={language === 'zh' ? 'en' : 'zh-CN'}>{language === 'zh' ? 'English' : '中文'}</button>} />
      <main class="content">
        {register ? <p class="sub">{t('welcome')}</p> : <div class="result tight"><span class="mark"><Icon name="wallet" size={32} /></span><p class="whom">{t('app')}</p><p class="sub">{t('welcome')}</p></div>}
        <form class="form" onSubmit={(event) => void send(event)}>
          <Field name={t('phone')} type="tel" inputMode="numeric" autoComplete="tel-national" maxLength={11} value={phone} onInput={(e: Event) => setPhone(value(e))} required />
          {register && (
            <>
              <div class="inline"><Field name={t('code')} inputMode="numeric" autoComplete="one-time-code" maxLength={6} value={code} onInput={(e: Event) => setCode(value(e))} required /><SendCode phone={phone} purpose="register" onFailure={setFailure} /></div>
              <Field name={t('nickname')} maxLength={20} autoComplete="nickname" value={nickname} onInput={(e: Event) => setNickname(value(e))} required />
            </>
          )}
          <Field name={t('password')} type="password" autoComplete={register ? 'new-password' : 'current-password'} minLength={register ? 8 : 1} maxLength={64} value={password} onInput={(e: Event) => setPassword(value(e))} required />
          {register && <p class="sub">{t('password_detail')}</p>}
          {failure ? <p class="wrong" role="alert">{words(failure)}</p> : null}
          <Button submit disabled={busy}>{t(register ? 'register' : 'sign_in')}</Button>
        </form>
        <a class="link" href={register ? '#/signin' : '#/register'}>{t(register ? 'have_wallet' : 'no_wallet')}</a>
        {!register && <a class="link" href="#/forgot">{t('forgot')}</a>}
        <a class="link" href="#/help">{t('help')}</a>
      </main>
    </>
  );
}
