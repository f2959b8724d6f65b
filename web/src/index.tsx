// SPDX-License-Identifier: Apache-2.0
// The app: who is signed in, which page the route names, and what is loaded only when it is opened.
import { Fragment, render } from 'preact';
import { useEffect, useReducer, useState } from 'preact/hooks';
import { answersForget, get, operationsForget, OutOfReach, type Person, Refused, starting } from './api';
import { config, loadLabels } from './labels';
import { later } from './later';
import { changes } from './live';
import { onNewer } from './offline';
import { BillPage, Bills, Notices } from './pages/bills';
import { Home } from './pages/home';
import { Bar, Button, go, showLanguage, showTheme, t, useRoute, words } from './ui';

const pay = () => import('./pages/pay');
const withdraw = () => import('./pages/withdraw');
const cards = () => import('./pages/cards');
const mine = () => import('./pages/me');
const cases = () => import('./pages/cases');
const help = () => import('./pages/help');
const account = () => import('./pages/account');
const paycode = () => import('./pages/paycode');
const DocumentPage = later(async () => (await import('./pages/document')).DocumentPage);
const Explain = later(async () => (await import('./pages/explain')).Explain);
const PocketPage = later(async () => (await import('./pages/pocket')).PocketPage);
const TimelinePage = later(async () => (await import('./pages/timeline')).TimelinePage);
const FreezesPage = later(async () => (await import('./pages/freezes')).FreezesPage);
const SelfCheck = later(async () => (await import('./pages/selfcheck')).SelfCheck);
const LimitsPage = later(async () => (await import('./pages/limits')).LimitsPage);
const Pay = later(async () => (await pay()).Pay), Transfer = later(async () => (await pay()).Transfer), TransferTo = later(async () => (await pay()).TransferTo);
const Topup = later(async () => (await pay()).Topup), Resume = later(async () => (await pay()).Resume);
const Withdraw = later(async () => (await withdraw()).Withdraw);
const Cards = later(async () => (await cards()).Cards), AddCard = later(async () => (await cards()).AddCard), RealName = later(async () => (await cards()).RealName);
const Me = later(async () => (await mine()).Me), Settings = later(async () => (await mine()).Settings), Security = later(async () => (await mine()).Security), Sessions = later(async () => (await mine()).Sessions);
const OtherAccount = later(async () => (await mine()).OtherAccount), Pin = later(async () => (await mine()).Pin), SignIn = later(async () => (await mine()).SignIn);
const Forgot = later(async () => (await account()).Forgot), Phone = later(async () => (await account()).Phone), Close = later(async () => (await account()).Close), ForgotPin = later(async () => (await account()).ForgotPin);
const Help = later(async () => (await help()).Help), HelpArticle = later(async () => (await help()).HelpArticle);
const Announcements = later(async () => (await import('./pages/announcements')).Announcements);
const Cases = later(async () => (await cases()).Cases), CasePage = later(async () => (await cases()).CasePage), NewCase = later(async () => (await cases()).NewCase);
const ScanPage = later(async () => (await import('./pages/scan')).ScanPage);
const PayPage = later(async () => (await paycode()).PayPage), Receive = later(async () => (await paycode()).Receive);

interface Around { me: Person; changed: () => void; signedOut: () => void }
/** Every page by its route; {} stands for one segment. */
const routes: [string, (around: Around, part: string) => preact.JSX.Element][] = [
  ['/', ({ me }) => <Home me={me} />],
  ['/bills', () => <Bills />],
  ['/bills/{}', (_, id) => <BillPage id={id} />],
  ['/result/{}', (_, id) => <BillPage id={id} fresh />],
  ['/notices', ({ me, changed }) => <Notices me={me} onRead={changed} />],
  ['/me', ({ me }) => <Me me={me} />],
  ['/scan', () => <ScanPage />],
  ['/paycode', ({ me }) => <PayPage me={me} />],
  ['/receive', ({ me }) => <Receive me={me} />],
  ['/pay/{}', ({ me }, code) => <Pay me={me} code={decodeURIComponent(code)} />],
  ['/c/{}', ({ me }, code) => <Pay me={me} code={`qianbao:${decodeURIComponent(code)}`} />],
  ['/transfer', () => <Transfer />],
  ['/transfer/{}', ({ me }, id) => <TransferTo me={me} id={id} />],
  ['/topup', ({ me }) => <Topup me={me} />],
  ['/withdraw', ({ me }) => <Withdraw me={me} />],
  ['/resume', ({ me }) => <Resume me={me} />],
  ['/cards', ({ me, changed }) => <Cards me={me} onChange={changed} />],
  ['/cards/add', ({ me, changed }) => <AddCard me={me} onChange={changed} />],
  ['/realname', ({ me, changed }) => <RealName me={me} onChange={changed} />],
  ['/document', ({ me, changed }) => <DocumentPage me={me} onChange={changed} />],
  ['/pin', ({ me, changed }) => <Pin me={me} onChange={changed} />],
  ['/sessions', () => <Sessions />],
  ['/explain', ({ me }) => <Explain person={me.id} moment="" />],
  ['/explain/{}', ({ me }, moment) => <Explain person={me.id} moment={moment} />],
  ['/pocket', ({ me }) => <PocketPage me={me} />],
  ['/timeline', () => <TimelinePage />],
  ['/selfcheck', () => <SelfCheck />],
  ['/limits', () => <LimitsPage />],
  ['/freezes', ({ changed }) => <FreezesPage onChange={changed} />],
  ['/pin/forgot', ({ me, changed }) => <ForgotPin me={me} onChange={changed} />],
  ['/phone', ({ me, changed }) => <Phone me={me} onChange={changed} />],
  ['/close', ({ me, signedOut }) => <Close me={me} onClosed={signedOut} />],
  ['/signin', ({ me, signedOut }) => <OtherAccount me={me} onSignOut={signedOut} />],
  ['/settings', ({ signedOut }) => <Settings onSignOut={signedOut} />],
  ['/help', () => <Help />],
  ['/announcements', () => <Announcements />],
  ['/cases', () => <Cases />],
  ['/cases/new', () => <NewCase />],
  ['/cases/{}', (_, id) => <CasePage id={id} />],
  ['/help/{}', (_, name) => <HelpArticle name={name} />],
  ['/security', ({ me, changed }) => <Security me={me} onChange={changed} />],
];
function find(route: string) {
  for (const [pattern, page] of routes) {
    const parts = pattern.split('/'), given = route.split('/');
    if (parts.length !== given.length) continue;
    let part = '';
    if (parts.every((p, i) => (p === '{}' ? ((part = given[i]!), part !== '') : p === given[i]))) return { page, part };
  }
  return null;
}

const KNOWN = 'qb.me'; // who was last signed in here: lets the app show its last figures while the server is out of reach
/** What the device knew of the person goes with the sign-in. */
function wipe() { for (const key of [KNOWN, 'qb.balance', 'qb.before']) localStorage.removeItem(key); operationsForget(); answersForget(); }

/** A newer app waits: it is taken when the person says so, never in the midst of a payment. */
function Newer() {
  const [waiting, setWaiting] = useState<ServiceWorker | null>(null);
  useEffect(() => onNewer(setWaiting), []);
  if (!waiting) return null;
  return <div class="banner newer" role="status">{t('new_version')} <button type="button" class="link" onClick={() => waiting.postMessage('take')}>{t('take_version')}</button></div>;
}

function App() {
  const route = useRoute();
  const [me, setMe] = useState<Person | null>(() => JSON.parse(localStorage.getItem(KNOWN) ?? 'null') as Person | null);
  const [state, setState] = useState<'loading' | 'in' | 'out' | 'away'>(me && config ? 'in' : 'loading'); // who was here sees the last figures while the newest are asked for
  const [failure, setFailure] = useState<unknown>(null);
  const [, again] = useReducer((n: number) => n + 1, 0);
  const load = async () => {
    try {
      const person = await get<Person>('/v1/me');
      localStorage.setItem(KNOWN, JSON.stringify(person));
      setMe(person);
      setState('in');
    } catch (why) {
      if (why instanceof Refused && why.status === 401) { wipe(); setMe(null); setState('out'); } else { setFailure(why); setState('away'); }
    }
  };
  useEffect(() => {
    void loadLabels().catch(() => undefined).then(load);
    const changed = () => again(undefined as never);
    window.addEventListener('qb-changed', changed);
    return () => window.removeEventListener('qb-changed', changed);
  }, []);
  useEffect(() => (state === 'in' ? changes(() => void load()) : undefined), [state]);
  if (state === 'loading') return <main class="content"><p class="empty" role="status">{t('loading')}</p></main>;
  const door = route.startsWith('/help') ? find(route) : null; // help needs nobody signed in, and no answer about anybody
  if (door && state !== 'in') return door.page({} as Around, door.part);
  if (state === 'out' && route === '/forgot') return <Forgot onSigned={() => { go('/'); void load(); }} />;
  if (state === 'out') return <SignIn key={route} register={route === '/register'} onSigned={() => { go('/'); void load(); }} />;
  if (!me || (state === 'away' && !(failure instanceof OutOfReach || starting(failure)))) {
    return <><Bar root title={t('wallet')} /><main class="content"><p class="banner" role="alert">{words(failure)}</p></main><footer class="foot"><Button onClick={() => { void loadLabels().catch(() => undefined).then(load); }}>{t('retry')}</Button></footer></>;
  }
  const found = find(route);
  const around = { me, changed: () => void load(), signedOut: () => { wipe(); setMe(null); setState('out'); go('/signin'); } };
  return <><Newer /><Fragment key={route}>{found ? found.page(around, found.part) : <Home me={me} />}</Fragment></>;
}

showLanguage();
showTheme();
render(<App />, document.getElementById('app')!);
