// SPDX-License-Identifier: Apache-2.0
// The demo page (sandbox only): three windows with their own cookies, and what a sandbox gives away: codes, cards, ID numbers, people.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get, post } from './api';
import { Bar, Button, fullTime, language, setLanguage, showLanguage, showTheme, t, useLoad, Wrong, words } from './ui';

interface Inbox { items: { phone: string; code: string; purpose: string; at: string; from: string }[] }
interface Known { phone: string; password: string; pin: string; name: string; id_number: string; role: string; role_zh: string; cause: string }
interface People { items: Known[]; passing: { cause: string; role: string; role_zh: string; how: string; how_zh: string }[] }
interface Cards { items: { number: string; bank: string; bank_en: string; behaviour: string; behaviour_zh: string }[] }

const windows = [
  { name: 'payer', host: 'a.localhost', path: '/' },
  { name: 'friend', host: 'b.localhost', path: '/' },
  { name: 'shop', host: 'shop.localhost', path: '/till' },
] as const;

/** On this machine each window has a name, and so a login, of its own; a phone on the network has one for all. */
function openWindow(host: string, path: string, place: number) {
  const here = /^127\.|localhost$/.test(location.hostname);
  window.open(here ? `${location.protocol}//${host}:${location.port}${path}` : path, host, `width=400,height=820,left=${20 + place * 420},top=40`);
}

/** One person for each cause that a balance can have; what does not stay is said. */
function Causes({ of }: { of: People | null }) {
  const shown = of?.items.filter((one) => one.cause) ?? [], zh = language === 'zh';
  if (!of || !shown[0]) return null;
  return (
    <>
      <h2 class="section">{t('demo_causes')}</h2>
      <p class="card">{t('demo_causes_detail', { password: shown[0].password, pin: shown[0].pin })}</p>
      <ul class="card list">{shown.map((one) => <li key={one.cause} data-cause={one.cause}><div class="row"><span class="grow name begins">{zh ? one.role_zh : one.role}<br /><span class="sub">{one.name} · {one.phone}</span></span></div></li>)}</ul>
      <p class="sub">{t('demo_passing')}</p>
      <ul class="card list">{of.passing.map((one) => <li key={one.cause} data-cause={one.cause}><div class="row"><span class="grow name">{zh ? one.role_zh : one.role}<br /><span class="sub">{zh ? one.how_zh : one.how}</span></span></div></li>)}</ul>
    </>
  );
}

function Demo() {
  const [turn, setTurn] = useState(0);
  const inbox = useLoad(() => get<Inbox>('/demo/inbox'), [turn]);
  const people = useLoad(() => get<People>('/demo/people'));
  const cards = useLoad(() => get<Cards>('/demo/cards'));
  const [failure, setFailure] = useState<unknown>(null);
  const [, again] = useState(0);
  useEffect(() => { const timer = setInterval(() => setTurn((n) => n + 1), 2000); return () => clearInterval(timer); }, []);
  useEffect(() => { const changed = () => again((n) => n + 1); window.addEventListener('qb-changed', changed); return () => window.removeEventListener('qb-changed', changed); }, []);
  const advance = async (hours: number) => { try { await post('/demo/clock', { advance_s: hours * 3600 }); setFailure(null); } catch (why) { setFailure(why); } };
  return (
    <>
      <Bar root title={t('demo')} end={<button type="button" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')} lang={language === 'zh' ? 'en' : 'zh-CN'}>{language === 'zh' ? 'English' : '中文'}</button>} />
      <main class="content">
        <p class="card">{t('demo_detail')}</p>
        <a class="link" href="/docs">{t('docs')}</a>
        {windows.map((one, i) => <Button look={i ? 'second' : undefined} key={one.host} onClick={() => openWindow(one.host, one.path, i)}>{t(`window_${one.name}`)}</Button>)}
        <h2 class="section">{t('sms_codes')}</h2>
        <ul class="card list" aria-live="polite">
          {inbox.failure ? <li class="empty">{words(inbox.failure)}</li> : null}
          {inbox.value?.items.length === 0 && <li class="empty">{t('no_sms')}</li>}
          {inbox.value?.items.slice(0, 8).map((sms) => <li key={sms.at + sms.phone}><div class="row"><span class="grow">{sms.phone}<br /><span class="sub">{t(sms.from === 'bank' ? 'from_bank' : 'from_wallet')} · {fullTime(sms.at)}</span></span><span class="amount">{sms.code}</span></div></li>)}
        </ul>
        <Causes of={people.value} />
        <h2 class="section">{t('test_cards')}</h2>
        <ul class="card list">{cards.value?.items.map((card) => <li key={card.number}><div class="row"><span class="grow">{card.number.replace(/(\d{4})(?=\d)/g, '$1 ')}<br /><span class="sub">{language === 'zh' ? card.bank : card.bank_en} · {language === 'zh' ? card.behaviour_zh : card.behaviour}</span></span></div></li>)}</ul>
        <h2 class="section">{t('test_people')}</h2>
        <ul class="card list">{people.value?.items.filter((one) => !one.cause).map((one) => <li key={one.phone || one.id_number}><div class="row"><span class="grow name">{one.name} · {one.id_number}<br /><span class="sub">{one.phone ? t('demo_login', { phone: one.phone, password: one.password, pin: one.pin }) : language === 'zh' ? one.role_zh : one.role}</span></span></div></li>)}</ul>
        <h2 class="section">{t('sandbox_clock')}</h2>
        <div class="choice"><button type="button" onClick={() => void advance(1)}>+1 h</button><button type="button" onClick={() => void advance(24)}>+24 h</button></div>
        <Wrong failure={failure} />
      </main>
    </>
  );
}

showLanguage();
showTheme();
render(<Demo />, document.getElementById('app')!);
