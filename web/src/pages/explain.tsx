// SPDX-License-Identifier: Apache-2.0
// Why this balance: the figure taken apart, its causes in order with their bills, now or at a moment that was. All wording of causes is the server's.
import { useEffect, useState } from 'preact/hooks';
import { type Balance, get, type NextStep, OutOfReach, starting, write } from '../api';
import { kindLabel } from '../labels';
import { changes } from '../live';
import { Sheet } from '../sheet';
import { nowIso } from '../time';
import { Bar, Button, Door, Figure, fullTime, go, Icon, label, language, moment as momentOf, money, NotLoaded, t, useLoad, useRoute, Wrong } from '../ui';
import { ownCard } from './bills';
import { lastKnown } from './home';

interface Words { title: string; title_zh: string; text: string; text_zh: string }
interface Hold extends Words { reason: string; amount: number; owner: string; since: string; until: string | null; bill_id: string | null }
interface Movement { bill_id: string | null; kind: string; direction: 'in' | 'out'; amount: number; name: string; at: string }
interface Moves { count: number; sum: number; largest: Movement[] }
export interface Cause extends Words { cause: string; number: number; amount: number; count: number; until: string | null; bill_id: string | null; help: string; next: NextStep[] }
export interface Explained {
  at: string; past: boolean; being_checked: boolean; stopped: boolean; posted: number | null; held: number | null; available: number | null; coming: number; other_held: number; as_of: string; sequence: string;
  holds: Hold[]; coming_items: Hold[]; whole: boolean; out: Moves; in: Moves; moves_since: string; causes: Cause[];
}

/** The figure before the one that is shown now, with when it was true: what the person may expect. */
export function before(person: string): Balance | null {
  const kept = JSON.parse(localStorage.getItem('qb.before') ?? 'null') as { person: string; balance: Balance } | null;
  return kept?.person === person ? kept.balance : null;
}

/** What can be used and what is held, as two lengths. */
function Stack({ of }: { of: Explained }) {
  const whole = of.posted ?? 0, free = of.stopped ? 0 : Math.max(0, Math.min(of.available ?? 0, whole));
  if (whole <= 0) return null;
  const width = Math.round((free * 1000) / whole);
  return (
    <svg class="stack" viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-label={of.stopped ? t('stack_stopped', { n: money(whole) }) : t('stack', { free: money(free), held: money(of.held ?? 0) })}>
      <rect class="free" x="0" width={width} height="40" />
      <rect class="held" x={width} width={1000 - width} height="40" />
    </svg>
  );
}

function Evidence({ moves }: { moves: Moves }) {
  return (
    <ul class="evidence">
      {moves.largest.map((move) => (
        <li key={move.bill_id}>
          <a class="row" href={`#/bills/${move.bill_id}`}>
            <span class="grow"><span class="name top">{ownCard(move) && language === 'en' ? kindLabel(move.kind) : move.name}</span><span class="sub">{fullTime(move.at).slice(5, 16)}{ownCard(move) && language === 'en' ? '' : ` · ${kindLabel(move.kind)}`}</span></span>
            <span class={`amount${move.direction === 'in' ? ' in' : ''}`}>{move.direction === 'in' ? '+' : '−'}{money(move.amount)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Where a cause leads: its own bill before the list of them, and the server's steps; its article, once. */
function Ways({ cause, onRetry }: { cause: Cause; onRetry: () => void }) {
  const steps = cause.next.filter((step) => !(cause.bill_id && step.href === '#/bills') && step.do !== 'HELP');
  return (
    <p class="ways">
      {cause.bill_id && <a class="link" href={`#/bills/${cause.bill_id}`}>{t('see_this_bill')}<Icon name="forward" size={16} /></a>}
      {steps.map((step) => step.href
        ? <a class="link" key={step.do} href={step.href}>{label(step)}<Icon name="forward" size={16} /></a>
        : <button type="button" class="link" key={step.do} onClick={step.do === 'UPDATE' ? () => location.reload() : onRetry}>{label(step)}</button>)}
      <a class="link quiet" href={`#/help/${cause.help}`}>{t('read_more')}</a>
    </p>
  );
}

function Causes({ causes, of, onRetry }: { causes: Cause[]; of?: Explained; onRetry: () => void }) {
  return (
    <ol class="card list causes">
      {causes.map((cause, i) => (
        <li key={`${cause.cause}${cause.bill_id ?? i}`} data-cause={cause.cause}>
          <span class="nth" aria-hidden="true">{i + 1}</span>
          <div>
            <h3>{language === 'zh' ? cause.title_zh : cause.title}</h3>
            <p class="sub">{language === 'zh' ? cause.text_zh : cause.text}</p>
            {of && cause.cause === 'SPENT' && <Evidence moves={of.out} />}
            {of && cause.cause === 'RECEIVED' && <Evidence moves={of.in} />}
            <Ways cause={cause} onRetry={onRetry} />
          </div>
        </li>
      ))}
    </ol>
  );
}

const LOCAL_MS = 8 * 3600_000; // the picker shows China's time, whatever the phone thinks
const local = (iso: string) => new Date(new Date(iso).getTime() + LOCAL_MS).toISOString().slice(0, 16);

function AsOf({ at, now, onClose }: { at: string | null; now: string; onClose: () => void }) {
  const [time, setTime] = useState(local(at ?? now));
  const show = () => { go(time === local(now) ? '/explain' : `/explain/${encodeURIComponent(`${time}:59.999+08:00`)}`); onClose(); };
  return (
    <Sheet title={t('as_of_title')} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); show(); }}>
        <p class="sub">{t('as_of_detail')}</p>
        <label class="field">{t('as_of_time')}<input type="datetime-local" value={time} max={local(now)} required onInput={(event) => setTime(event.currentTarget.value)} /></label>
        <Button submit>{t('as_of_show')}</Button>
        {at && <Button look="second" onClick={() => { go('/explain'); onClose(); }}>{t('as_of_now')}</Button>}
      </form>
    </Sheet>
  );
}

interface Recount { agrees: boolean; count: number; in: number; out: number; sum: number; sequence: string; case_id: string | null }

/** The whole account added up again while the person waits. */
function LooksWrong({ checked, onDone }: { checked: boolean; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState<Recount | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const ask = async () => {
    setBusy(true);
    try { setTold(await write<Recount>('/v1/balance/check')); setFailure(null); onDone(); } catch (why) { setFailure(why); }
    setBusy(false);
  };
  if (checked && !told) return null; // we are at it
  return (
    <footer class="foot">
      <Wrong failure={failure} />
      <div role="status">
        {told && <p class={`banner${told.agrees ? ' calm' : ''}`}>{told.agrees ? t('recount_agrees', { n: told.count, in: money(told.in), out: money(told.out), sum: money(told.sum), at: told.sequence.slice(0, 8) }) : t('recount_differs')} {told.case_id && <a class="link" href={`#/cases/${told.case_id}`}>{t('recount_case')}</a>}</p>}
      </div>
      {!checked && <Button look="second" disabled={busy} onClick={() => void ask()}>{t(busy ? 'recount_running' : 'looks_wrong')}</Button>}
    </footer>
  );
}

/** No answer: the last figure that this device knows, grey, and the one cause that is known without the server; or why the server does not say. */
function Unanswered({ person, past, failure, onRetry }: { person: string; past: boolean; failure: unknown; onRetry: () => void }) {
  const last = lastKnown(person), away = failure instanceof OutOfReach;
  useEffect(() => changes(onRetry), []); // when it answers again, nobody has to ask
  return (
    <>
      {!away && <NotLoaded failure={failure} onRetry={onRetry} />}
      {!past && (
        <section class="card" aria-label={t('balance')}>
          <div class="head"><span>{t('last_known')}</span></div>
          {last?.balance.being_checked ? <p class="figure long">{t('being_checked')}</p> : <Figure fen={last?.balance.available ?? null} stale />}
          {last && <p class="sub">{t('offline_last', { at: momentOf(last.at) })}</p>}
        </section>
      )}
      {away && <><h2 class="section">{t('causes')}</h2><Causes causes={[CAUSE_OUT_OF_REACH]} onRetry={onRetry} /></>}
      <MoreWays />
    </>
  );
}

const MoreWays = () => (
  <ul class="card list"><Door href="#/selfcheck" icon="shield" name={t('selfcheck')} /><Door href="#/timeline" icon="clock" name={t('timeline')} /></ul>
);

/** `moment`: a time, or the number of a bill; '': now. */
export function Explain({ person, moment }: { person: string; moment: string }) {
  const route = useRoute();
  const [asking, setAsking] = useState(false);
  const last = before(person);
  const at = moment.includes('T') && moment.includes(':') ? decodeURIComponent(moment) : null;
  const query = at ? `?at=${encodeURIComponent(at)}` : moment ? `?bill=${moment}` : last ? `?since=${encodeURIComponent(last.as_of)}` : '';
  const told = useLoad(() => get<Explained>(`/v1/balance/explain${query}`), [route]);
  const e = told.value, away = told.failure instanceof OutOfReach || starting(told.failure);
  return (
    <>
      <Bar title={t('why_balance')} end={<button type="button" onClick={() => setAsking(true)}>{t('as_of_other')}</button>} />
      <main class="content">
        {away && !e ? <Unanswered person={person} past={moment !== ''} failure={told.failure} onRetry={told.reload} /> : <NotLoaded failure={told.failure} onRetry={told.reload} />}
        {!e && !told.failure && <p class="empty" role="status">{t('loading')}</p>}
        {e && (
          <>
            <section class="card" aria-label={t('balance')}>
              <div class="head"><span>{t(e.past ? 'available_then' : e.stopped && !e.being_checked ? 'stopped_now' : 'available_now')}</span><span>{e.past ? fullTime(e.at).slice(0, 16) : ''}</span></div>
              {e.being_checked ? <p class="figure long">{t('being_checked')}</p> : <Figure fen={e.available} stale={told.failure !== null} />}
              {!e.being_checked && <Stack of={e} />}
              {!e.being_checked && (
                <p class="sub legend">
                  {e.stopped ? <span class="held">{t('stack_stopped', { n: money(e.available ?? 0) })}</span> : <span class="free">{t('stack_free', { n: money(e.available ?? 0) })}</span>}
                  {(e.held ?? 0) > 0 && <span class="held">{t('stack_held', { n: money(e.held ?? 0) })}</span>}
                  {e.coming > 0 && <span>{t('stack_coming', { n: money(e.coming) })}</span>}
                </p>
              )}
              {!e.being_checked && <p class="sub">{t('posted_as_of', { posted: money(e.posted ?? 0), at: fullTime(e.as_of).slice(5), n: e.sequence.slice(0, 8) })}</p>}
              {!e.past && last && last.available !== e.available && <p class="sub">{t('seen_before', { n: money(last.available), at: fullTime(last.as_of).slice(5, 16) })}</p>}
            </section>
            <h2 class="section">{t('causes')}</h2>
            <Causes causes={e.causes} of={e} onRetry={told.reload} />
            <MoreWays />
            {!e.whole && <p class="sub">{t('holds_more')}</p>}
          </>
        )}
      </main>
      {e && !e.past && <LooksWrong checked={e.being_checked} onDone={told.reload} />}
      {asking && <AsOf at={at} now={e && !e.past ? e.at : nowIso()} onClose={() => setAsking(false)} />}
    </>
  );
}
