// SPDX-License-Identifier: Apache-2.0
// Cases: what I asked, where each stands and by when, what was said; a new one.
import { useEffect, useState } from 'preact/hooks';
import { get, type Page, write } from '../api';
import { openCase } from '../ask';
import { changes } from '../live';
import { Bar, Button, Choice, fullTime, Icon, language, label, NotLoaded, t, useLoad, Wrong } from '../ui';

interface CaseItem {
  id: string; kind: string; kind_label: string; kind_label_zh: string; step: 'received' | 'at_work' | 'asked' | 'closed'; step_label: string; step_label_zh: string;
  due_at: string | null; opened_at: string; closed_at: string | null; bill_id: string | null; code: string | null;
  decision: string | null; decision_label: string | null; decision_label_zh: string | null;
}
interface Line { by: 'you' | 'us'; what: 'opened' | 'said' | 'asks' | 'decided'; words: string; decision: string | null; decision_label: string | null; decision_label_zh: string | null; at: string }
interface Case extends CaseItem { lines: Line[]; evidence: { name: string; label: string; label_zh: string }[] }

const kindOf = (item: CaseItem) => (language === 'zh' ? item.kind_label_zh : item.kind_label);
const stepOf = (item: CaseItem) => (language === 'zh' ? item.step_label_zh : item.step_label);
const decisionOf = (row: { decision_label: string | null; decision_label_zh: string | null }) => (language === 'zh' ? row.decision_label_zh : row.decision_label) ?? '';

export function Cases() {
  const cases = useLoad(() => get<Page<CaseItem>>('/v1/cases?limit=50'));
  useEffect(() => changes(cases.reload), []);
  return (
    <>
      <Bar title={t('cases')} />
      <main class="content">
        <NotLoaded failure={cases.failure} onRetry={cases.reload} />
        {!cases.value && !cases.failure && <p class="empty" role="status">{t('loading')}</p>}
        {cases.value?.items.length === 0 && <p class="card empty">{t('cases_none')}</p>}
        {cases.value && cases.value.items.length > 0 && (
          <ul class="card list">
            {cases.value.items.map((item) => (
              <li key={item.id}>
                <a class="row" href={`#/cases/${item.id}`}>
                  <span class={`icon ${item.step === 'asked' ? 'warn' : ''}`}><Icon name={item.step === 'closed' ? 'tick' : item.step === 'asked' ? 'bell' : 'clock'} size={20} /></span>
                  <span class="grow"><span class="name">{kindOf(item)}</span><br /><span class="sub">{item.step === 'closed' ? decisionOf(item) : stepOf(item)} · {fullTime(item.closed_at ?? item.opened_at)}</span></span>
                  <Icon name="forward" size={18} />
                </a>
              </li>
            ))}
          </ul>
        )}
      </main>
      <footer class="foot"><a class="button" href="#/cases/new">{t('case_new')}</a></footer>
    </>
  );
}

/** What was said, oldest first: ours on the left, mine on the right. */
function Lines({ lines }: { lines: Line[] }) {
  return (
    <ol class="lines" aria-live="polite">
      {lines.map((line, i) => (
        <li key={i} class={line.by}>
          <span class="sub">{t(line.by === 'us' ? 'case_us' : 'case_you')} · {fullTime(line.at)}</span>
          <div class={`said ${line.what}`}>
            {line.what === 'opened' && <p>{t('case_opened')}</p>}
            {line.what === 'asks' && <p class="strong">{t('case_asks')}</p>}
            {line.what === 'decided' && <p class="strong">{decisionOf(line)}</p>}
            {line.words && <p>{line.words}</p>}
          </div>
        </li>
      ))}
    </ol>
  );
}

export function CasePage({ id }: { id: string }) {
  const found = useLoad(async () => (await get<{ case: Case }>(`/v1/cases/${id}`)).case, [id]);
  const [words, setWords] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => changes(found.reload), [id]);
  const act = async (path: string, body: unknown) => {
    setBusy(true);
    try { await write(`/v1/cases/${id}/${path}`, body); setWords(''); setFailure(null); } catch (why) { setFailure(why); }
    setBusy(false);
    found.reload();
  };
  const value = found.value?.id === id ? found.value : null;
  const open = value !== null && value.step !== 'closed';
  return (
    <>
      <Bar title={t('case')} />
      <main class="content">
        <NotLoaded failure={found.failure} onRetry={found.reload} />
        {!value && !found.failure && <p class="empty" role="status">{t('loading')}</p>}
        {value && (
          <>
            <section class="card">
              <div class="head"><h2>{kindOf(value)}</h2><span class={`state ${value.step}`}>{stepOf(value)}</span></div>
              {value.decision && <p class="strong">{decisionOf(value)}</p>}
              {value.due_at && <p class="sub">{t(value.step === 'asked' ? 'case_answer_by' : 'case_due', { at: fullTime(value.due_at).slice(5, 16) })}</p>}
            </section>
            <dl class="card list facts">
              <dt>{t('number')}</dt><dd><span class="number">{value.id}</span> <button type="button" class="link" onClick={() => void navigator.clipboard?.writeText(value.id)}>{t('copy')}</button></dd>
              {value.bill_id && <><dt>{t('case_about')}</dt><dd><a class="link" href={`#/bills/${value.bill_id}`}>{t('case_bill')}</a></dd></>}
            </dl>
            <Lines lines={value.lines} />
            <details class="card"><summary>{t('case_evidence')}</summary><ul class="plain">{value.evidence.map((row) => <li key={row.name}>{label(row)}</li>)}</ul><p class="sub">{t('case_evidence_detail')}</p></details>
          </>
        )}
        <Wrong failure={failure} />
        {open && (
          <form class="form" onSubmit={(event) => { event.preventDefault(); if (words.trim()) void act('lines', { words: words.trim() }); }}>
            <label class="field"><span>{t(value.step === 'asked' ? 'case_answer' : 'case_add')}</span><textarea rows={3} maxLength={500} value={words} onInput={(e) => setWords((e.target as HTMLTextAreaElement).value.replace(/\s+/g, ' '))} /></label>
            <Button submit disabled={busy || !words.trim()}>{t('case_send')}</Button>
          </form>
        )}
        {open && <Button look="second" disabled={busy} onClick={() => void act('settle', {})}>{t('case_settle')}</Button>}
      </main>
    </>
  );
}

const abouts = ['balance', 'card', 'identity', 'other'] as const;

/** From help, when there is no bill to point at. */
export function NewCase() {
  const [about, setAbout] = useState<(typeof abouts)[number]>('balance');
  const [words, setWords] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try { await openCase({ about, words: words.trim() }); } catch (why) { setFailure(why); setBusy(false); }
  };
  return (
    <>
      <Bar title={t('case_new')} />
      <main class="content">
        <p class="card">{t('case_new_detail')} <a class="link" href="#/bills">{t('bills')}</a></p>
        <form class="form" onSubmit={(event) => void send(event)}>
          <Choice name={t('case_about')} options={abouts} value={about} label={(one) => t(`about_${one}`)} onPick={setAbout} />
          <label class="field"><span>{t('case_words')}</span><textarea rows={4} maxLength={500} value={words} onInput={(e) => setWords((e.target as HTMLTextAreaElement).value.replace(/\s+/g, ' '))} /></label>
          <p class="sub">{t('case_comes_along')}</p>
          <Wrong failure={failure} />
          <Button submit disabled={busy}>{t('case_send')}</Button>
        </form>
        <p class="banner">{t('never_tell')}</p>
      </main>
    </>
  );
}
