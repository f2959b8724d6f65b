// SPDX-License-Identifier: Apache-2.0
// What is frozen and why: each order with what it stops, what goes on, what helps, and its way out; freezing one's own wallet, and lifting that.
import { useState } from 'preact/hooks';
import { get, write } from '../api';
import { Ask } from '../ask';
import { PinSheet } from '../keypad';
import { Bar, Button, Field, fullTime, Icon, label, language, money, NotLoaded, t, useLoad, Wrong } from '../ui';

interface Named { label: string; label_zh: string }
interface Freeze {
  id: string; kind: string; kind_label: string; kind_label_zh: string; reason_label: string; reason_label_zh: string; scope: string;
  stops: string; stops_zh: string; works: string; works_zh: string; send: string; send_zh: string; functions: Named[];
  amount: number; held: number; taken: number; document: string; state: 'standing' | 'released' | 'expired'; since: string; until: string | null; ended_at: string | null; can_lift: boolean;
}
const zh = () => language === 'zh';
const value = (event: Event) => (event.target as HTMLInputElement).value;

function stops(freeze: Freeze): string {
  if (freeze.functions.length > 0) return freeze.functions.map(label).join(zh() ? '、' : ', ');
  if (freeze.amount > 0) return t('freeze_amount', { amount: money(freeze.amount), held: money(freeze.held) });
  return zh() ? freeze.stops_zh : freeze.stops;
}

function Facts({ freeze }: { freeze: Freeze }) {
  const facts: [string, string][] = [
    [t('freeze_why'), zh() ? freeze.reason_label_zh : freeze.reason_label],
    [t('freeze_since'), fullTime(freeze.since)],
    [t('freeze_until'), freeze.until ? fullTime(freeze.until) : t('freeze_no_end')],
  ];
  if (freeze.document) facts.push([t('freeze_document'), freeze.document]);
  const told: [string, string][] = [
    [t('freeze_stops'), stops(freeze)],
    ...(freeze.taken > 0 ? [[t('freeze_taken'), t('freeze_taken_n', { n: money(freeze.taken) })] as [string, string]] : []),
    [t('freeze_works'), zh() ? freeze.works_zh : freeze.works],
    [t('freeze_send'), zh() ? freeze.send_zh : freeze.send],
  ];
  return (
    <>
      {told.map(([name, text]) => <p key={name}><span class="sub">{name}</span><br />{text}</p>)}
      <dl class="facts">{facts.map(([name, text]) => [<dt key={`${name}t`}>{name}</dt>, <dd key={`${name}d`}>{text}</dd>])}</dl>
    </>
  );
}

/** Lifting one's own: a code to the phone, then the PIN. */
function Lift({ freeze, onLifted }: { freeze: Freeze; onLifted: () => void }) {
  const [sentTo, setSentTo] = useState('');
  const [code, setCode] = useState('');
  const [pin, setPin] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const send = async () => {
    try { setSentTo((await write<{ sent_to: string }>('/v1/freezes/code')).sent_to); setFailure(null); } catch (why) { setFailure(why); }
  };
  const lift = async (typed: string) => {
    setBusy(true);
    try { await write(`/v1/freezes/${freeze.id}/lift`, { pin: typed, code }); onLifted(); } catch (why) { setFailure(why); }
    setBusy(false);
    setPin(false);
  };
  if (!sentTo) return <><Wrong failure={failure} /><Button onClick={() => void send()}>{t('freeze_lift')}</Button></>;
  return (
    <form class="lift" onSubmit={(event) => { event.preventDefault(); setPin(true); }}>
      <Field name={t('freeze_code_sent', { phone: sentTo })} value={code} inputMode="numeric" autoComplete="one-time-code" maxLength={6} onInput={(event: Event) => setCode(value(event))} />
      {failure ? <Wrong failure={failure} /> : null}
      <Button submit disabled={code.length !== 6}>{t('go_on')}</Button>
      {pin && <PinSheet title={t('pin')} detail={t('freeze_lift_pin')} busy={busy} onPin={(typed) => void lift(typed)} onCancel={() => setPin(false)} />}
    </form>
  );
}

function Standing({ freeze, onLifted }: { freeze: Freeze; onLifted: () => void }) {
  return (
    <section class="card" aria-label={zh() ? freeze.kind_label_zh : freeze.kind_label}>
      <div class="row top"><span class="icon warn"><Icon name="freeze" size={20} /></span><span class="grow"><h2>{zh() ? freeze.kind_label_zh : freeze.kind_label}</h2></span></div>
      <Facts freeze={freeze} />
      {freeze.can_lift ? <Lift freeze={freeze} onLifted={onLifted} /> : <Ask about={{ about: 'freeze', id: freeze.id }} words={t('freeze_appeal')} />}
    </section>
  );
}

/** One tap, and nothing leaves any more. */
export function FreezeButton({ onFrozen }: { onFrozen: () => void }) {
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const freeze = async () => {
    setBusy(true);
    try { await write('/v1/freezes'); onFrozen(); } catch (why) { setFailure(why); }
    setBusy(false);
  };
  return (
    <section class="card lift">
      <h2>{t('freeze_self')}</h2>
      <p class="sub">{t('freeze_self_detail')}</p>
      {failure ? <Wrong failure={failure} /> : null}
      <Button look="danger" disabled={busy} onClick={() => void freeze()}>{t('freeze_now')}</Button>
    </section>
  );
}

export function FreezesPage({ onChange }: { onChange: () => void }) {
  const freezes = useLoad(() => get<{ items: Freeze[] }>('/v1/freezes'));
  const changed = () => { freezes.reload(); onChange(); };
  const items = freezes.value?.items ?? [];
  const standing = items.filter((freeze) => freeze.state === 'standing'), ended = items.filter((freeze) => freeze.state !== 'standing');
  return (
    <>
      <Bar title={t('freezes')} />
      <main class="content">
        <NotLoaded failure={freezes.failure} onRetry={freezes.reload} />
        {standing.length > 0 && <p class="banner calm">{t(standing.some((freeze) => freeze.kind === 'court') ? 'freeze_safe_court' : 'freeze_safe')}</p>}
        {standing.map((freeze) => <Standing key={freeze.id} freeze={freeze} onLifted={changed} />)}
        {freezes.value && standing.length === 0 && <p class="card empty">{t('freeze_none')}</p>}
        {freezes.value && !standing.some((freeze) => freeze.can_lift) && <FreezeButton onFrozen={changed} />}
        {ended.length > 0 && <h2 class="section">{t('freeze_before')}</h2>}
        {ended.length > 0 && (
          <ul class="card list">
            {ended.map((freeze) => (
              <li key={freeze.id}><div class="row"><span class="grow"><span class="name top begins">{zh() ? freeze.reason_label_zh : freeze.reason_label}</span><span class="sub">{fullTime(freeze.since)} – {fullTime(freeze.ended_at!)}<br />{t(freeze.state === 'expired' ? 'freeze_expired' : 'freeze_released')}</span></span></div></li>
            ))}
          </ul>
        )}
      </main>
    </>
  );
}
