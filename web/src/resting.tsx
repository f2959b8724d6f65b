// SPDX-License-Identifier: Apache-2.0
// What rests: over home, and on the page of the function that is closed. The words and the times are the server's (GET /v1/status).
import { useEffect, useState } from 'preact/hooks';
import { get } from './api';
import { changes } from './live';
import { clock, fullTime, language, t } from './ui';

interface Window {
  id: string; state: 'planned' | 'under_way' | 'over'; functions: string[]; bank: string | null; everything: boolean; emergency: boolean;
  words: string; words_zh: string; progress: string; progress_zh: string; starts_at: string; ends_at: string;
}
interface Part { name: string; label: string; label_zh: string; open: boolean; until: string | null }
interface Status { read_only: boolean; books_checked: boolean; time: string; windows: Window[]; functions: Part[]; banks: Part[] }

const SOON_MS = 24 * 3600_000;
const AGES_MS = 60_000;

/** Null until it is known, and while the server is out of reach: then nothing is said about it. */
function useStatus(): Status | null {
  const [status, setStatus] = useState<Status | null>(null);
  useEffect(() => {
    let here = true;
    const ask = () => get<Status>('/v1/status').then((found) => { if (here) setStatus(found); }, () => undefined);
    void ask();
    const timer = setInterval(() => void ask(), AGES_MS);
    const end = changes(() => void ask());
    return () => { here = false; clearInterval(timer); end(); };
  }, []);
  return status;
}

const labelOf = (part: Part) => (language === 'zh' ? part.label_zh : part.label);
/** The time alone today, with the day before it otherwise. */
const when = (iso: string, now: string) => (fullTime(iso).slice(0, 10) === fullTime(now).slice(0, 10) ? clock(iso) : fullTime(iso).slice(5, 16));

function names(window: Window, status: Status) {
  if (window.everything) return t('all_functions');
  const parts = window.bank ? status.banks.filter((bank) => bank.name === window.bank) : status.functions.filter((one) => window.functions.includes(one.name));
  return parts.map(labelOf).join(language === 'zh' ? '、' : ', ');
}

function Row({ window, status }: { window: Window; status: Status }) {
  const progress = language === 'zh' ? window.progress_zh : window.progress;
  const values = { what: names(window, status), from: when(window.starts_at, status.time), until: when(window.ends_at, status.time) };
  return (
    <div class={`banner${window.state === 'planned' ? ' calm' : ''}`} role="status">
      <strong>{t(window.state === 'planned' ? 'rests_soon' : 'rests', values)}</strong> {language === 'zh' ? window.words_zh : window.words}{progress && <> {progress}</>} <a class="link" href="/status">{t('status')}</a>
    </div>
  );
}

/** On home: what rests now, and what will within a day. */
export function RestingNow() {
  const status = useStatus();
  if (!status) return null;
  const shown = status.windows.filter((one) => one.state === 'under_way' || (one.state === 'planned' && Date.parse(one.starts_at) - Date.parse(status.time) < SOON_MS))
    .sort((a, b) => Number(a.state === 'planned') - Number(b.state === 'planned'));
  return <>{status.books_checked && <div class="banner" role="status">{t('books_checked')} <a class="link" href="/#/help/our-fault">{t('help_short')}</a></div>}{status.read_only && <div class="banner" role="status">{t('only_reading')} <a class="link" href="/status">{t('status')}</a></div>}{shown.map((one) => <Row key={one.id} window={one} status={status} />)}</>;
}

/** On the page of a function: what closes it now; with `banks`, the banks that rest too. */
export function Resting({ of, banks }: { of: string; banks?: boolean }) {
  const status = useStatus();
  if (!status) return null;
  const shown = status.windows.filter((one) => one.state === 'under_way' && (one.everything || one.functions.includes(of) || (banks && one.bank)));
  return <>{shown.map((one) => <Row key={one.id} window={one} status={status} />)}</>;
}
