// SPDX-License-Identifier: Apache-2.0
// Bank cards, with the real-name state and the next step on top; adding one in two steps; removing one with the PIN.
import { useEffect, useState } from 'preact/hooks';
import { type Card, get, type Page, type Person, post, Refused, write } from '../api';
import { PinSheet } from '../keypad';
import { config, tierUpWords, tierWords } from '../labels';
import { Resting } from '../resting';
import { now } from '../time';
import { Bar, Button, Door, Field, go, Icon, language, money, NotLoaded, said, t, useLoad, Wrong, words } from '../ui';
import { FrozenLine } from './frozen';

/** What would raise the tier next; "" when nothing is to be done. */
function nextStep(me: Person): string {
  const photos = me.real_name.document;
  if (photos === 'waiting') return t('document_waiting');
  if (photos === 'rejected') return `${t('document')} ${t('document_rejected')}`;
  if (me.tier === 1 || (me.tier === 2 && photos === 'approved')) return t('name_next', { step: t('add_card') });
  return photos === 'approved' ? '' : t('name_next', { step: t('document_send') });
}

export function NameState({ me }: { me: Person }) {
  const verified = me.real_name.state === 'verified';
  return (
    <a class="card row" href="#/realname">
      <span class={`icon ${verified ? '' : 'warn'}`}><Icon name="shield" size={20} /></span>
      <span class="grow">{t(verified ? 'name_verified' : 'name_not_verified')}<br /><span class="sub">{verified ? [tierWords(me.tier), nextStep(me)].filter(Boolean).join(' · ') : t('name_why')}</span></span>
      <Icon name="forward" size={18} />
    </a>
  );
}

export function Cards({ me, onChange }: { me: Person; onChange: () => void }) {
  const cards = useLoad(async () => (await get<Page<Card>>('/v1/cards')).items.filter((card) => card.state === 'bound'));
  const [removing, setRemoving] = useState<Card | null>(null);
  const [wrong, setWrong] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const unbind = async (card: Card, pin: string) => {
    try { await write(`/v1/cards/${card.id}/unbind`, { pin }); setRemoving(null); setFailure(null); cards.reload(); onChange(); } catch (why) {
      if (why instanceof Refused && why.error.code === 'WRONG_PIN') setWrong(said(why.error)); else { setRemoving(null); setFailure(why); }
    }
  };
  const move = async (card: Card, to: 'earlier' | 'later') => {
    try { await write(`/v1/cards/${card.id}/move`, { to }); setFailure(null); } catch (why) { setFailure(why); }
    cards.reload();
  };
  return (
    <>
      <Bar title={t('cards')} />
      <main class="content">
        <FrozenLine me={me} />
        <NameState me={me} />
        <Wrong failure={failure} />
        <NotLoaded failure={cards.failure} onRetry={cards.reload} />
        {cards.value && cards.value.length > 0 && (
          <ul class="card list">
            {cards.value.map((card, i) => (
              <li key={card.id}>
                <div class="row"><span class="icon"><Icon name="card" size={20} /></span><span class="grow"><span class="name top">{language === 'zh' ? card.bank : card.bank_en}</span><span class="sub">{t(card.kind === 'credit' ? 'credit_card' : 'debit_card')} ·{'\u00a0'}{card.last4}{i === 0 && ` · ${t('default_card')}`}</span></span>
                  {i > 0 && <button type="button" class="link round" aria-label={t('pays_earlier', { name: card.last4 })} onClick={() => void move(card, 'earlier')}><Icon name="up" size={20} /></button>}
                  {i + 1 < cards.value!.length && <button type="button" class="link round" aria-label={t('pays_later', { name: card.last4 })} onClick={() => void move(card, 'later')}><Icon name="down" size={20} /></button>}
                  <button type="button" class="link" aria-label={t('remove_n', { name: card.last4 })} onClick={() => { setWrong(''); setRemoving(card); }}>{t('remove')}</button></div>
              </li>
            ))}
          </ul>
        )}
        {(cards.value?.length ?? 0) > 1 && <p class="sub">{t('cards_order')}</p>}
        {cards.value?.length === 0 && <p class="card empty">{t('no_cards')}</p>}
      </main>
      <footer class="foot"><Button onClick={() => go(me.tier === 0 ? '/realname' : '/cards/add')}>{t(me.tier === 0 ? 'verify_name' : 'add_card')}</Button></footer>
      {removing && <PinSheet title={t('remove_card')} detail={`${language === 'zh' ? removing.bank : removing.bank_en} (${removing.last4})`} wrong={wrong} onPin={(pin) => void unbind(removing, pin)} onCancel={() => setRemoving(null)} />}
    </>
  );
}

interface Lookup { issuer: string; issuer_en: string; kind: string; supported: boolean }
const value = (event: Event) => (event.target as HTMLInputElement).value;

export function AddCard({ me, onChange }: { me: Person; onChange: () => void }) {
  const [number, setNumber] = useState('');
  const [phone, setPhone] = useState('');
  const [bank, setBank] = useState<Lookup | null>(null);
  const [binding, setBinding] = useState<{ binding_id: string; sent_to: string } | null>(null);
  const [code, setCode] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const digits = number.replace(/\s/g, '');
  useEffect(() => {
    setBank(null);
    if (digits.length < 13) return;
    let here = true;
    post<Lookup>('/v1/cards/lookup', { number: digits }).then((found) => here && setBank(found), () => undefined);
    return () => { here = false; };
  }, [digits]);
  const act = (work: () => Promise<void>) => async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try { await work(); setFailure(null); } catch (why) { setFailure(why); }
    setBusy(false);
  };
  const begin = act(async () => setBinding(await write('/v1/cards', { number: digits, phone })));
  const confirm = act(async () => { await write(`/v1/cards/${binding!.binding_id}/confirm`, { code }); onChange(); go('/cards'); });
  return (
    <>
      <Bar title={t('add_card')} />
      <main class="content">
        <Resting of="card" banks />
        <p class="sub">{t('own_cards_only', { name: me.real_name.name || '' })}</p>
        {!binding ? (
          <form class="form" onSubmit={(event) => void begin(event)}>
            <Field name={t('card_number')} inputMode="numeric" autoComplete="cc-number" maxLength={23} value={number.replace(/(\d{4})(?=\d)/g, '$1 ')} onInput={(e: Event) => setNumber(value(e).replace(/\D/g, '').slice(0, 19))} required />
            <p class="sub" role="status">{bank ? `${language === 'zh' ? bank.issuer : bank.issuer_en}${bank.supported ? '' : ` · ${t('not_supported')}`}` : ''}</p>
            <Field name={t('card_phone')} type="tel" inputMode="numeric" maxLength={11} value={phone} onInput={(e: Event) => setPhone(value(e))} required />
            <Wrong failure={failure} />
            <Button submit disabled={busy || digits.length < 13 || phone.length !== 11}>{t('get_bank_code')}</Button>
          </form>
        ) : (
          <form class="form" onSubmit={(event) => void confirm(event)}>
            <p>{t('bank_code_sent', { phone: binding.sent_to })}</p>
            <Field name={t('code')} inputMode="numeric" autoComplete="one-time-code" maxLength={6} value={code} onInput={(e: Event) => setCode(value(e))} required />
            <Wrong failure={failure} />
            <Button submit disabled={busy || code.length !== 6}>{t('add_card')}</Button>
            <Button look="second" onClick={() => setBinding(null)}>{t('back')}</Button>
          </form>
        )}
      </main>
    </>
  );
}

function photosDetail(me: Person): string {
  switch (me.real_name.document) {
    case 'waiting': return t('document_waiting');
    case 'approved': return t('document_approved');
    case 'rejected': return t('document_rejected');
    case 'collecting': return t('document_collecting');
    default: return t('document_up', { n: config ? money(config.tier3_year) : '' });
  }
}

/** Until when the ID card is valid, and telling a new date. */
function Validity({ me, onChange }: { me: Person; onChange: () => void }) {
  const until = me.real_name.valid_until;
  const [open, setOpen] = useState(false);
  const [day, setDay] = useState(until?.slice(0, 10) ?? '');
  const [asking, setAsking] = useState(false);
  const [wrong, setWrong] = useState('');
  const expired = until !== null && Date.parse(until) < now();
  const save = async (pin: string) => {
    try {
      await write('/v1/realname/validity', { pin, ...(day ? { valid_until: day } : {}) }, 'PUT');
      setAsking(false); setOpen(false); setWrong('');
      onChange();
    } catch (why) { setWrong(words(why)); }
  };
  return (
    <>
      {expired && <p class="banner" role="status">{t('valid_expired')}</p>}
      <div class="card split"><span class="sub">{t('valid_until')}</span><span>{until?.slice(0, 10) ?? t('no_end')}</span></div>
      {open ? (
        <form class="form" onSubmit={(event) => { event.preventDefault(); setWrong(''); setAsking(true); }}>
          <Field name={t('valid_last_day')} type="date" value={day} onInput={(e: Event) => setDay(value(e))} />
          <Button submit>{t(day ? 'save' : 'valid_long')}</Button>
        </form>
      ) : me.pin.set && <Button look="second" onClick={() => setOpen(true)}>{t('valid_change')}</Button>}
      {asking && <PinSheet title={t('enter_pin')} detail={`${t('valid_until')} ${day || t('no_end')}`} wrong={wrong} onPin={(pin) => void save(pin)} onCancel={() => setAsking(false)} />}
    </>
  );
}

export function RealName({ me, onChange }: { me: Person; onChange: () => void }) {
  const [name, setName] = useState('');
  const [idNumber, setIdNumber] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const verified = me.real_name.state === 'verified';
  const verify = async (event: Event) => {
    event.preventDefault();
    try { await write('/v1/realname', { name: name.trim(), id_number: idNumber.trim().toUpperCase() }); setFailure(null); onChange(); } catch (why) { setFailure(why); }
  };
  const wrongAt = (field: string) => (failure instanceof Refused && failure.error.field === field ? words(failure) : undefined);
  return (
    <>
      <Bar title={t('real_name')} />
      <main class="content">
        {verified ? (
          <>
            <div class="result" role="status"><span class="mark"><Icon name="tick" size={32} /></span><h2>{t('name_verified')}</h2><p class="sub">{tierWords(me.tier)}</p></div>
            <dl class="card list facts"><dt>{t('name')}</dt><dd>{me.real_name.name}</dd><dt>{t('id_number')}</dt><dd>{me.real_name.id_number}</dd></dl>
            <Validity me={me} onChange={onChange} />
            {me.tier === 1 && <p class="banner calm">{tierUpWords()}</p>}
            <ul class="card list"><Door href="#/document" icon="picture" name={t('document')} detail={photosDetail(me)} /></ul>
          </>
        ) : (
          <form class="form" onSubmit={(event) => void verify(event)}>
            <p class="sub">{t('name_detail')}</p>
            <Field name={t('name')} value={name} maxLength={50} autoComplete="name" required wrong={wrongAt('/name')} onInput={(e: Event) => setName(value(e))} />
            <Field name={t('id_number')} value={idNumber} maxLength={18} autoComplete="off" required wrong={wrongAt('/id_number')} onInput={(e: Event) => setIdNumber(value(e))} />
            {failure && !wrongAt('/name') && !wrongAt('/id_number') ? <Wrong failure={failure} /> : null}
            <Button submit disabled={!name.trim() || idNumber.trim().length !== 18}>{t('verify_name')}</Button>
          </form>
        )}
      </main>
      {verified && <footer class="foot">{me.tier === 1 ? <Button onClick={() => go('/cards/add')}>{t('add_card')}</Button> : !me.pin.set ? <Button onClick={() => go('/pin')}>{t('set_pin')}</Button> : <Button onClick={() => go('/')}>{t('finish')}</Button>}</footer>}
    </>
  );
}
