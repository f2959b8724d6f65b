// SPDX-License-Identifier: Apache-2.0
// The self-check: one button runs all checks in the article's order and shows each as its answer comes; it ends in trying the same operation
// again, under the same key while it had no answer, or in a case that is filled in already.
import { useEffect, useState } from 'preact/hooks';
import { get, type NextStep, operationOpen, operationRefused } from '../api';
import { Ask } from '../ask';
import { Bar, Button, go, Icon, label, language, money, t, words } from '../ui';

interface Check { check: string; label: string; label_zh: string; state: 'well' | 'look' | 'stops' | 'running'; text: string; text_zh: string; next: NextStep[] }
const STEP_MS = 180; // so that each can be read as it comes; none with reduced motion

const pause = () => new Promise((done) => setTimeout(done, matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : STEP_MS));

/** `short`: what the balance did not reach for. How long the server took to answer, and what it found; the connection is the one check that only the phone can make. */
async function run(short: number | null, show: (checks: Check[], done: boolean) => void) {
  const begun = performance.now();
  const found = (await get<{ items: Check[] }>(`/v1/selfcheck${short ? `?amount=${short}` : ''}`)).items;
  const took = Math.max(1, Math.round(performance.now() - begun));
  const checks = found.map((one) => (one.check === 'NETWORK' ? { ...one, text: t('answered_in', { n: took }), text_zh: t('answered_in', { n: took }) } : one));
  for (let i = 0; i <= checks.length; i++) {
    show(checks.map((one, at) => (at < i ? one : { ...one, state: 'running' })), i === checks.length);
    await pause();
  }
}

function Row({ check }: { check: Check }) {
  const running = check.state === 'running';
  return (
    <li class={`row check ${check.state}`} data-check={check.check}>
      <span class="mark small" aria-hidden="true">{running ? null : <Icon name={check.state === 'well' ? 'tick' : check.state === 'look' ? 'help' : 'close'} size={16} />}</span>
      <span class="grow">
        <span class="name top">{label(check)}</span>
        <span class="sub">{running ? '…' : language === 'zh' ? check.text_zh : check.text}</span>
        {!running && check.next.filter((step) => step.href).length > 0 && <span class="ways">{check.next.filter((step) => step.href).map((step) => <a class="link" key={step.do} href={step.href}>{label(step)}</a>)}</span>}
      </span>
    </li>
  );
}

export function SelfCheck() {
  const [checks, setChecks] = useState<Check[]>([]);
  const [done, setDone] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  const open = operationOpen(), refused = operationRefused();
  useEffect(() => {
    let here = true;
    setFailure(null);
    setDone(false);
    run(refused?.error.code === 'INSUFFICIENT_BALANCE' ? refused.operation.amount : null, (next, over) => { if (here) { setChecks(next); setDone(over); } }).catch((why: unknown) => { if (here) { setFailure(why); setDone(true); } });
    return () => { here = false; };
  }, [turn]);
  const wrong = checks.filter((one) => one.state === 'look' || one.state === 'stops');
  return (
    <>
      <Bar title={t('selfcheck')} />
      <main class="content">
        <p class="sub" role="status">{failure ? '' : done ? t(wrong.length ? 'selfcheck_found' : 'selfcheck_well', { n: wrong.length, what: wrong.map(label).join(language === 'zh' ? '、' : ', ') }) : t('selfcheck_running')}</p>
        {failure ? <div class="banner" role="alert">{words(failure)}</div> : null}
        {checks.length > 0 && <ul class="card list">{checks.map((one) => <Row check={one} key={one.check} />)}</ul>}
      </main>
      {done && (
        <footer class="foot">
          {open || refused ? <Button onClick={() => go('/resume')}>{open ? t('try_same') : t('try_refused', { title: refused!.operation.title, amount: money(refused!.operation.amount) })}</Button> : <Button onClick={() => setTurn(turn + 1)}>{t('check_again')}</Button>}
          {!failure && <Ask about={!open && refused ? { about: 'operation', code: refused.error.code, request_id: refused.error.request_id } : { about: 'balance' }} words={t('ask_for_help')} />}
        </footer>
      )}
    </>
  );
}
