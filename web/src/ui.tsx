// SPDX-License-Identifier: Apache-2.0
// What every page is made of: language, route, icons, figures, bars and buttons.
import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ApiError, NextStep } from './api';
import { OutOfReach, Refused } from './api';
import { texts, type TextKey } from './texts';
import { nowIso } from './time';

// --- language and look ------------------------------------------------------------------------------------------------------

export type Language = 'zh' | 'en';
const kept = localStorage.getItem('qb.language');
export let language: Language = kept === 'zh' || kept === 'en' ? kept : navigator.language.startsWith('zh') ? 'zh' : 'en';
export type Theme = 'system' | 'light' | 'dark';
export const theme = () => (localStorage.getItem('qb.theme') as Theme | null) ?? 'system';

export function setLanguage(next: Language) {
  localStorage.setItem('qb.language', next);
  language = next;
  showLanguage();
  window.dispatchEvent(new Event('qb-changed'));
}
export function setTheme(next: Theme) {
  localStorage.setItem('qb.theme', next);
  showTheme();
  window.dispatchEvent(new Event('qb-changed'));
}
/** Elder mode: all sizes up, fewer things. */
export const elder = () => localStorage.getItem('qb.elder') === '1';
export function setElder(on: boolean) {
  localStorage.setItem('qb.elder', on ? '1' : '0');
  showTheme();
  window.dispatchEvent(new Event('qb-changed'));
}
export function showLanguage() { document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'; }
export function showTheme() {
  const now = theme();
  if (elder()) document.documentElement.dataset.elder = '';
  else delete document.documentElement.dataset.elder;
  if (now === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = now;
}

/** The text of a key, with {name} filled in; {n|payment|payments} is the word that fits the number. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return texts[key][language === 'zh' ? 0 : 1]
    .replace(/\{(\w+)\|([^|}]*)\|([^}]*)\}/g, (_, name: string, one: string, more: string) => (values[name] === 1 ? one : more))
    .replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}
export const said = (message: { message: string; message_zh: string }) => (language === 'zh' ? message.message_zh : message.message);
export const label = (row: { label: string; label_zh: string }) => (language === 'zh' ? row.label_zh : row.label);

// --- money and time ---------------------------------------------------------------------------------------------------------

/** Fen as 1,234.05. Integers only: no float ever holds an amount. */
export function money(fen: number): string {
  const size = Math.abs(fen);
  const yuan = Math.floor(size / 100).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  return `${fen < 0 ? '−' : ''}${yuan}.${(size % 100).toString().padStart(2, '0')}`;
}
/** What was typed on the keypad, as fen; null while it is not an amount. */
export function typedFen(typed: string): number | null {
  const match = /^(\d{1,9})(?:\.(\d{0,2}))?$/.exec(typed);
  if (!match) return null;
  return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
}
export const chinaDay = (ms: number) => Math.floor((ms + 8 * 3600_000) / 86400_000);
const day = (time: Date) => chinaDay(time.getTime());
const pad = (n: number) => n.toString().padStart(2, '0');
const china = (time: Date) => new Date(time.getTime() + 8 * 3600_000);
export function clock(iso: string): string { const c = china(new Date(iso)); return `${pad(c.getUTCHours())}:${pad(c.getUTCMinutes())}`; }
export function dayName(iso: string, now: string): string {
  const time = new Date(iso), distance = day(new Date(now)) - day(time), c = china(time);
  if (distance === 0) return t('today');
  if (distance === 1) return t('yesterday');
  return language === 'zh' ? `${c.getUTCMonth() + 1}月${c.getUTCDate()}日` : english(c, { day: 'numeric', month: 'short', ...(c.getUTCFullYear() === china(new Date(now)).getUTCFullYear() ? {} : { year: 'numeric' }) });
}
/** A time of ours, which stands in the UTC fields, as an English reader writes it. */
export const english = (time: Date, how: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { ...how, timeZone: 'UTC' }).format(time);
/** When something begins anew: the day, and the time if it is not midnight. */
export const turnTime = (iso: string) => fullTime(iso).replace(/(?: 00:00)?:00$/, '');
/** A figure of that moment: its time, and the day unless it is today. */
export const moment = (ms: number) => { const iso = new Date(ms).toISOString(), day = dayName(iso, nowIso()); return day === t('today') ? clock(iso) : `${day} ${clock(iso)}`; };
export function fullTime(iso: string): string {
  const c = china(new Date(iso));
  return `${c.getUTCFullYear()}-${pad(c.getUTCMonth() + 1)}-${pad(c.getUTCDate())} ${pad(c.getUTCHours())}:${pad(c.getUTCMinutes())}:${pad(c.getUTCSeconds())}`;
}
/** `stale`: of a figure that nobody has looked up since. */
export function age(ms: number, stale = false): string {
  if (ms < 60_000) return t(stale ? 'under_a_minute' : 'just_now');
  if (ms < 3600_000) return t('minutes_ago', { n: Math.floor(ms / 60_000) });
  if (ms < 86400_000) return t('hours_ago', { n: Math.floor(ms / 3600_000) });
  return t('days_ago', { n: Math.floor(ms / 86400_000) });
}

// --- route ------------------------------------------------------------------------------------------------------------------

export function go(path: string) { location.hash = path; }
export function back() { if (history.length > 1) history.back(); else go('/'); }
export function useRoute(): string {
  const [route, setRoute] = useState(location.hash.slice(1) || '/');
  useEffect(() => {
    const moved = () => { setRoute(location.hash.slice(1) || '/'); window.scrollTo(0, 0); };
    window.addEventListener('hashchange', moved);
    if ((location.hash.slice(1) || '/') !== route) moved(); // it moved before anybody listened
    return () => window.removeEventListener('hashchange', moved);
  }, []);
  return route;
}

/** Loads on mount, when `again` changes, and on reload; keeps the last value while the server is out of reach, and says so. An answer is shown
 * unless a later question was answered before it; the same value once more is no reason to draw. */
export function useLoad<T>(load: () => Promise<T>, again: unknown[] = []) {
  const [state, setState] = useState<{ value: T | null; failure: unknown }>({ value: null, failure: null });
  const latest = useRef(load);
  latest.current = load;
  const turns = useRef({ asked: 0, answered: 0 });
  const { current: reload } = useRef(() => {
    const mine = ++turns.current.asked;
    const shows = () => { if (mine < turns.current.answered) return false; turns.current.answered = mine; return true; };
    latest.current().then(
      (value) => { if (shows()) setState((before) => (before.value === value && before.failure === null ? before : { value, failure: null })); },
      (failure: unknown) => { if (shows()) setState((before) => ({ ...before, failure })); },
    );
  });
  useEffect(() => { reload(); return () => { turns.current.answered = turns.current.asked + 1; }; }, again);
  return { ...state, reload };
}

// --- icons: 24 x 24, strokes of 1.7 -----------------------------------------------------------------------------------------

const paths = {
  wallet: 'M4 7.5A2.5 2.5 0 0 1 6.500 5H17v3M4 7.500V17a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-7a2 2 0 0 0-2-2H4.500M16 13.500h.01',
  bills: 'M6 4h12v16l-3-2-3 2-3-2-3 2zM9 9h6M9 13h6',
  me: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20a7 7 0 0 1 14 0',
  scan: 'M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M4 12h16',
  code: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h3v3h-3zM20 14v6h-6',
  transfer: 'M4 9h15l-4-4M20 15H5l4 4',
  card: 'M3 7a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM3 10h18M7 15h4',
  shop: 'M4 9l1.500-5h13L20 9M4 9a2.700 2.700 0 0 0 5.300 0 2.700 2.700 0 0 0 5.400 0A2.700 2.700 0 0 0 20 9M5.500 12v8h13v-8M10 20v-4h4v4',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15zM10 20.500a2 2 0 0 0 4 0',
  eye: 'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  hidden: 'M4 4l16 16M9.500 6A9 9 0 0 1 12 5.500C18 5.500 21.500 12 21.500 12a17 17 0 0 1-3 3.700M6 7.700A16 16 0 0 0 2.500 12S6 18.500 12 18.500a9 9 0 0 0 3.500-.7',
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  forward: 'M9 5l7 7-7 7',
  open: 'M6 9l6 6 6-6',
  tick: 'M5 12.500l4.500 4.500L19 7.500',
  up: 'M12 19V5M6 11l6-6 6 6',
  down: 'M12 5v14M6 13l6 6 6-6',
  shield: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4',
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2',
  gear: 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.100 2.100M16.300 16.300l2.100 2.100M18.400 5.600l-2.100 2.100M7.700 16.300l-2.100 2.100',
  help: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.300-1 .8-1 1.700M12 17h.01',
  delete: 'M8 6h11a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H8l-5-6zM11 10l4 4M15 10l-4 4',
  lock: 'M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM8 11V8a4 4 0 0 1 8 0v3M12 15v2',
  freeze: 'M12 3v18M4.200 7.500l15.600 9M19.800 7.500l-15.600 9M9.500 4.500 12 7l2.500-2.500M9.500 19.500 12 17l2.500 2.500M4 10.800l3.500-1L6.600 6.300M20 13.200l-3.500 1 .9 3.500M20 10.800l-3.500-1 .9-3.500M4 13.200l3.500 1-.9 3.500',
  horn: 'M4 10v4h3l8 4.500v-13L7 10zM18 9.500a3.500 3.500 0 0 1 0 5M8 14l1 5h2.500l-1-4',
  chat: 'M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7l-4.500 3.500V16H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM8.500 9h7M8.500 12.300h4.500',
  search: 'M11 17.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.800 15.800 20 20',
  alert: 'M12 4l8.500 15h-17zM12 10v4M12 16.500h.01',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01',
  refresh: 'M19.500 12a7.500 7.500 0 1 1-2.300-5.400L19.500 9M19.500 4.500V9H15',
  pulse: 'M3 12h4l2.500-6.500 4.500 13 2.500-6.500H21',
  paper: 'M7 3h7l4 4v13a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM14 3v4h4M9 12h6M9 16h6',
  save: 'M12 4v11M7.500 11l4.500 4.500 4.500-4.500M4.500 19.500h15',
  dot: 'M12 12h.01',
  picture: 'M4 5h16v14H4zM4 16l4.500-4.500 4 4L15 13l5 4M15.500 9.500h.01',
} as const;
export type IconName = keyof typeof paths;
export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

// --- pieces -----------------------------------------------------------------------------------------------------------------

let begun = false; // the first page of all leaves the focus where the browser put it

/** The top of a page. Whoever comes to it finds the focus on its heading, and the window named after it. */
export function Bar({ title, onBack = back, cross, end, root }: { title: string; onBack?: () => void; cross?: boolean; end?: ComponentChildren; root?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => { document.title = `${title} · ${t('app')}`; }, [title, language]);
  useLayoutEffect(() => { if (begun) heading.current?.focus({ preventScroll: true }); begun = true; }, []);
  return (
    <header class="bar">
      {root ? <span /> : <button type="button" aria-label={t(cross ? 'close' : 'back')} onClick={onBack}><Icon name={cross ? 'close' : 'back'} /></button>}
      <h1 ref={heading} tabIndex={-1}>{title}</h1>
      <span class="end">{end}</span>
    </header>
  );
}

/** A row of a list that leads to a page. */
export function Door({ href, icon, name, detail }: { href: string; icon: IconName; name: string; detail?: string | undefined }) {
  return (
    <li><a class="row" href={href}><span class="icon"><Icon name={icon} size={20} /></span><span class="grow"><span class="name top">{name}</span>{detail && <span class="sub">{detail}</span>}</span><Icon name="forward" size={18} /></a></li>
  );
}

export function Figure({ fen, stale, secret }: { fen: number | null; stale?: boolean; secret?: boolean }) {
  const text = secret ? '••••' : fen === null ? '—' : money(fen);
  return <div class={`figure${stale ? ' stale' : ''}${text.length > 17 ? ' longest' : text.length > 11 ? ' long' : ''}`}><span class="yuan">¥</span>{text}</div>;
}

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'class'> & { look?: 'second' | 'danger' | undefined; submit?: boolean };
export function Button({ look, submit, children, ...rest }: ButtonProps & { children: ComponentChildren }) {
  return <button type={submit ? 'submit' : 'button'} class={`button ${look ?? ''}`} {...rest}>{children}</button>;
}

/** What went wrong, in the server's words, which the app is built with for when there is no answer. */
export function words(failure: unknown): string {
  if (failure instanceof Refused) return said(failure.error);
  if (!(failure instanceof OutOfReach)) return t('app_fault');
  const { title, title_zh, text, text_zh } = CAUSE_OUT_OF_REACH;
  return language === 'zh' ? `${title_zh}。${text_zh}` : `${title}. ${text}`;
}
/** Something to show was not loaded: why, and once more. Nothing while there is no failure. */
export function NotLoaded({ failure, onRetry }: { failure: unknown; onRetry: () => void }) {
  const help = errorOf(failure)?.help;
  return failure ? <div class="banner" role="status">{words(failure)} <button type="button" class="link" onClick={onRetry}>{t('retry')}</button>{help && <> <a class="link" href={`/#/help/${help}`}>{t('help_short')}</a></>}</div> : null;
}
export function Wrong({ failure }: { failure: unknown }) {
  const help = errorOf(failure)?.help;
  return <p class="wrong" role="alert">{failure ? words(failure) : ''}{help && <> <a href={`/#/help/${help}`}>{t('help_short')}</a></>}</p>;
}
export const errorOf = (failure: unknown): ApiError | null => (failure instanceof Refused ? failure.error : null);

/** To the article that explains it. */
export function WhyLink({ help }: { help: string }) { return <a class="link" href={`/#/help/${help}`}>{t('help_why')}</a>; }

/** The server's next steps as buttons; those without a page of their own are done by the page that shows them. */
export function Steps({ next, onRetry, second }: { next: NextStep[]; onRetry?: () => void; second?: boolean }) {
  return (
    <>
      {next.map((step, i) =>
        step.href
          ? <a class={`button ${i || second ? 'second' : ''}`} href={step.href} key={step.do}>{label(step)}</a>
          : onRetry && <Button look={i || second ? 'second' : undefined} onClick={step.do === 'UPDATE' ? () => location.reload() : onRetry} key={step.do}>{label(step)}</Button>)}
    </>
  );
}

/** One of a few, as chips. */
export function Choice<T extends string>({ name, options, value, label, onPick }: { name: string; options: readonly T[]; value: T | null; label: (one: T) => string; onPick: (one: T) => void }) {
  return (
    <div class="choice" role="group" aria-label={name}>
      {options.map((one) => <button type="button" key={one} aria-pressed={value === one} onClick={() => onPick(one)}>{label(one)}</button>)}
    </div>
  );
}

export function Field({ name, children, wrong, ...rest }: { name: string; wrong?: string | undefined; children?: ComponentChildren; [input: string]: unknown }) {
  return (
    <label class="field">
      <span>{name}</span>
      {children ?? <input aria-invalid={wrong ? true : undefined} {...rest} />}
      {wrong && <span class="wrong">{wrong}</span>}
    </label>
  );
}
