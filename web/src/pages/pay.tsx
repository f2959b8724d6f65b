// SPDX-License-Identifier: Apache-2.0
// Paying: scan result to amount, source, PIN and result; transfers; top-ups; and taking up an operation that had no answer.
import { useEffect, useState } from 'preact/hooks';
import { type Arrival, arrivals, type Card, get, operationBegin, operationEnd, operationOpen, operationRefused, operationRun, type Operation, type Page, type Payee, type Person, post, type Balance, Refused, type Scan } from '../api';
import { Ask } from '../ask';
import { Explained } from '../explained';
import { AmountPad, PinSheet } from '../keypad';
import { Resting } from '../resting';
import { Bar, Button, Choice, Field, Figure, go, Icon, language, money, NotLoaded, said, Steps, t, typedFen, useLoad, WhyLink, Wrong, words } from '../ui';

/** What stands over the boxes of the PIN: to whom, what else is known of it, and what it is paid from. */
export interface Asked { lead?: string; under?: string; source?: string }

/** Runs the operation behind a PIN pad and shows its bill; a refusal is shown with the server's next steps. */
export function usePaying(me: Person) {
  const [asking, setAsking] = useState<Operation | null>(null);
  const [asked, setAsked] = useState<Asked>({});
  const [resumed, setResumed] = useState(false); // then it may have been done: who cancels still wants its result
  const [busy, setBusy] = useState(false);
  const [again, setAgain] = useState(false); // no answer came, and it is asked once more
  const [wrong, setWrong] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const begin = (path: string, body: Record<string, unknown>, title: string, amount: number, about: Asked = {}) => {
    setFailure(null);
    if (!me.pin.set) return go('/pin');
    setWrong('');
    setAsked(about);
    setResumed(false);
    setAsking(operationBegin(path, body, title, amount));
  };
  const run = async (operation: Operation, pin: string) => {
    setBusy(true);
    setAgain(false);
    try {
      const payment = await operationRun(operation, pin, () => setAgain(true));
      setAsking(null);
      go(`/result/${payment.id}`);
    } catch (why) {
      if (why instanceof Refused && why.error.code === 'WRONG_PIN') setWrong(said(why.error));
      else { setAsking(null); setFailure(why); }
    }
    setBusy(false);
  };
  const sheet = asking && (
    <PinSheet title={t('enter_pin')} wrong={wrong} busy={busy} {...(again ? { working: t('asking_again') } : {})} forgot onPin={(pin) => void run(asking, pin)} onCancel={() => { if (busy) return; if (!resumed) operationEnd(asking); setAsking(null); }}>
      <div class="result tight">
        {asked.lead && <span class="sub">{asked.lead}</span>}
        <p class="whom">{asking.title}</p>
        <Figure fen={asking.amount} />
        {asked.under && <span class="sub">{asked.under}</span>}
      </div>
      {asked.source && <p class="card split"><span class="sub">{t('source')}</span><span>{asked.source}</span></p>}
    </PinSheet>
  );
  return { begin, resume: (operation: Operation) => { setWrong(''); setAsked({}); setResumed(true); setAsking(operation); }, sheet, failure, clear: () => setFailure(null) };
}

export const cardName = (card: Card) => `${language === 'zh' ? card.bank : card.bank_en} (${card.last4})`;

/** A refusal, whole page: what happened, was money taken, what to do now. `others`: cards that could pay it; taking one pays the same again. */
export function RefusalPage({ failure, amount, name, onRetry, others = [], onCard }: { failure: unknown; amount: number; name: string; onRetry: () => void; others?: Card[]; onCard?: (card: Card) => void }) {
  const error = failure instanceof Refused ? failure.error : null;
  const cards = onCard && error?.next.some((step) => step.do === 'USE_CARD') ? others : [];
  const next = error?.next.filter((step) => cards.length === 0 || step.do !== 'USE_CARD') ?? [];
  return (
    <>
      <Bar cross title={t('result')} onBack={() => go('/')} />
      <main class="content">
        <div class="result" role="alert">
          <span class="mark warn"><Icon name={error ? 'close' : 'clock'} size={32} /></span>
          <h2>{error ? t('not_done') : t('no_answer')}</h2>
          <p class={`taken ${!error || error.money_taken === 'checking' ? 'open' : ''}`}>{t(error ? `taken_${error.money_taken}` : 'taken_unknown')}</p>
          <p class="sub">{error ? said(error) : t('no_answer_detail')}</p>
          <WhyLink help={error ? error.help : 'network'} />
        </div>
        {cards.length > 0 && (
          <ul class="card list" aria-label={t('pay_otherwise')}>
            {cards.map((card) => (
              <li key={card.id}><button type="button" class="row" onClick={() => onCard!(card)}>
                <span class="icon"><Icon name="card" size={20} /></span>
                <span class="grow"><span class="name top">{cardName(card)}</span><span class="sub">{t(card.kind === 'credit' ? 'credit_card' : 'debit_card')}</span></span>
                <span class="words">{t('take_this_card')}</span>
              </button></li>
            ))}
          </ul>
        )}
        {error?.explain && <Explained of={error.explain} />}
        <p class="ways"><a class="link" href="#/selfcheck">{t('selfcheck')}</a></p>
        <dl class="card list facts">
          <dt>{t('counterparty')}</dt><dd>{name}</dd>
          <dt>{t('amount')}</dt><dd>¥ {money(amount)}</dd>
          {error && <><dt>{t('request')}</dt><dd class="number">{error.request_id}</dd></>}
        </dl>
        {error && error.code !== 'MAINTENANCE' && <Ask about={{ about: 'operation', code: error.code, request_id: error.request_id }} words={t('ask_failed')} />}
      </main>
      <footer class="foot">
        {cards[0] && <Button onClick={() => onCard!(cards[0]!)}>{t('pay_by_card_n', { last4: cards[0].last4, n: money(amount) })}</Button>}
        {error ? <Steps next={next} onRetry={onRetry} second={cards.length > 0} /> : <Button onClick={() => go('/resume')}>{t('operation_resume')}</Button>}
        <Button look="second" onClick={() => go('/')}>{t('finish')}</Button>
      </footer>
    </>
  );
}

/** Left to us: the balance, then the cards in their order. */
export const AUTO = 'auto';

export function Sources({ card, cards, balance, onPick, withBalance }: { card: string | null; cards: Card[]; balance: Balance | null; withBalance: boolean; onPick: (id: string | null) => void }) {
  return (
    <div class="card list" role="radiogroup" aria-label={t('source')}>
      {withBalance && cards.length > 0 && (
        <button type="button" class="row" role="radio" aria-checked={card === AUTO} onClick={() => onPick(AUTO)}>
          <span class="icon"><Icon name="transfer" size={20} /></span>
          <span class="grow">{t('source_auto')}<br /><span class="sub">{[t('balance'), ...cards.slice(0, 2).map((row) => cardName(row))].join(' → ')}{cards.length > 2 ? ' → …' : ''}</span></span>
          <span class="tick"><Icon name="tick" size={14} /></span>
        </button>
      )}
      {withBalance && (
        <button type="button" class="row" role="radio" aria-checked={card === null || (card === AUTO && cards.length === 0)} onClick={() => onPick(null)}>
          <span class="icon"><Icon name="wallet" size={20} /></span>
          <span class="grow">{t('balance')}<br /><span class="sub">{balance ? t('left_n', { n: money(balance.available) }) : t('loading')}</span></span>
          <span class="tick"><Icon name="tick" size={14} /></span>
        </button>
      )}
      {cards.map((row) => (
        <button type="button" class="row" role="radio" aria-checked={card === row.id} onClick={() => onPick(row.id)} key={row.id}>
          <span class="icon"><Icon name="card" size={20} /></span>
          <span class="grow"><span class="name top">{cardName(row)}</span><span class="sub">{t(row.kind === 'credit' ? 'credit_card' : 'debit_card')}</span></span>
          <span class="tick"><Icon name="tick" size={14} /></span>
        </button>
      ))}
    </div>
  );
}

export const useCards = (fits: (card: Card) => boolean = () => true) => useLoad(async () => (await get<Page<Card>>('/v1/cards')).items.filter((card) => card.state === 'bound' && fits(card)));

export function Pay({ me, code }: { me: Person; code: string }) {
  const scan = useLoad(() => post<Scan>('/v1/scan', { text: code }), [code]);
  const balance = useLoad(() => get<Balance>('/v1/balance'));
  const cards = useCards();
  const [typed, setTyped] = useState('');
  const [note, setNote] = useState('');
  const [card, setCard] = useState<string | null>(AUTO);
  const paying = usePaying(me);
  const found = scan.value;
  if (!found) {
    return (
      <>
        <Bar cross title={t('pay')} onBack={() => go('/')} />
        <main class="content">{scan.failure ? <p class="banner" role="alert">{words(scan.failure)}</p> : <p class="empty" role="status">{t('loading')}</p>}</main>
        {scan.failure ? <footer class="foot"><Button onClick={() => go('/scan')}>{t('scan_again')}</Button></footer> : null}
      </>
    );
  }
  if (found.kind === 'person') return <TransferAmount me={me} payee={found.payee} fixed={found.amount} asked={found.note} />;
  const amount = found.amount ?? typedFen(typed) ?? 0;
  const pay = (from: string | null) => paying.begin('/v1/purchases', { code: found.code, amount, source: from === AUTO ? 'auto' : from ? 'card' : 'balance', ...(from && from !== AUTO ? { card_id: from } : {}), ...(note ? { note } : {}) }, found.merchant.name, amount,
    { lead: t('pay_to'), under: found.note || note, source: from === AUTO ? t('source_auto') : from ? cardName(cards.value!.find((row) => row.id === from)!) : balance.value ? `${t('balance')} (${t('left_n', { n: money(balance.value.available) })})` : t('balance') });
  if (paying.failure) {
    return (
      <>
        <RefusalPage failure={paying.failure} amount={amount} name={found.merchant.name} onRetry={paying.clear} others={cards.value?.filter((row) => row.id !== card)} onCard={(one) => { setCard(one.id); pay(one.id); }} />
        {paying.sheet}
      </>
    );
  }
  return (
    <>
      <Bar cross title={t('pay')} onBack={() => go('/')} />
      <main class="content">
        <Resting of="purchase" banks />
        <div class="result">
          <span class="sub">{t('pay_to')}</span>
          <h2>{found.merchant.name}</h2>
          {found.note && <span class="sub">{found.note}</span>}
          <div aria-live="polite"><Figure fen={amount} /></div>
        </div>
        <Sources card={card} cards={cards.value ?? []} balance={balance.value} withBalance onPick={setCard} />
        {found.amount === null && <Field name={t('note_optional')} value={note} maxLength={40} onInput={(e: Event) => setNote((e.target as HTMLInputElement).value)} />}
      </main>
      <footer class="foot">
        <Button disabled={amount < 1} onClick={() => pay(card)}>{t('pay_n', { n: money(amount) })}</Button>
        {found.amount === null && <AmountPad typed={typed} onTyped={setTyped} />}
      </footer>
      {paying.sheet}
    </>
  );
}

export function Transfer() {
  const [phone, setPhone] = useState('');
  const [payee, setPayee] = useState<Payee | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const recent = useLoad(async () => (await get<Page<Payee>>('/v1/payees/recent')).items);
  const find = async (event: Event) => {
    event.preventDefault();
    try {
      setPayee((await post<{ payee: Payee }>('/v1/transfers/preview', { phone })).payee);
      setFailure(null);
    } catch (why) { setFailure(why); setPayee(null); }
  };
  return (
    <>
      <Bar title={t('transfer')} />
      <main class="content">
        <Resting of="transfer" />
        <form class="form" onSubmit={(event) => void find(event)}>
          <Field name={t('payee_phone')} type="tel" inputMode="numeric" autoComplete="off" value={phone} maxLength={11} required onInput={(e: Event) => { setPhone((e.target as HTMLInputElement).value); setPayee(null); }} />
          {!payee && <Button submit disabled={phone.length !== 11}>{t('find_payee')}</Button>}
        </form>
        <Wrong failure={failure} />
        {payee && (
          <div class="card result" role="status">
            <span class="sub">{t('transfer_to_whom')}</span>
            <h2>{payee.name}</h2>
            <span class="sub">{payee.nickname} · {payee.phone}</span>
            <Button onClick={() => go(`/transfer/${payee.id}`)}>{t('yes_this_person')}</Button>
          </div>
        )}
        {!payee && recent.value && recent.value.length > 0 && (
          <section aria-label={t('recent_people')}>
            <h2 class="section">{t('recent_people')}</h2>
            <ul class="card list">
              {recent.value.map((one) => (
                <li key={one.id}><a class="row" href={`#/transfer/${one.id}`}><span class="icon"><Icon name="me" size={20} /></span><span class="grow name">{one.nickname}<br /><span class="sub">{one.name}</span></span><Icon name="forward" size={18} /></a></li>
              ))}
            </ul>
          </section>
        )}
      </main>
    </>
  );
}

/** The amount page of a transfer. The payee was named before; here the same id is sent. */
export function TransferTo({ me, id }: { me: Person; id: string }) {
  const payee = useLoad(async () => (await post<{ payee: Payee }>('/v1/transfers/preview', { code: `qianbao:p:${id}` })).payee, [id]);
  if (!payee.value) return <><Bar title={t('transfer')} /><main class="content"><p class="empty" role="status">{payee.failure ? words(payee.failure) : t('loading')}</p></main></>;
  return <TransferAmount me={me} payee={payee.value} fixed={null} />;
}

/** `fixed`, `asked`: what the payee's own code asks for, and why. */
function TransferAmount({ me, payee, fixed, asked = '' }: { me: Person; payee: Payee; fixed: number | null; asked?: string }) {
  const balance = useLoad(() => get<Balance>('/v1/balance'));
  const [typed, setTyped] = useState('');
  const [note, setNote] = useState(asked);
  const preferred = useLoad(async () => (await get<{ arrival: Arrival }>('/v1/transfers/settings')).arrival);
  const [picked, setPicked] = useState<Arrival | null>(null);
  const arrival = picked ?? preferred.value;
  const paying = usePaying(me);
  const amount = fixed ?? typedFen(typed) ?? 0;
  if (paying.failure) return <RefusalPage failure={paying.failure} amount={amount} name={payee.name} onRetry={paying.clear} />;
  return (
    <>
      <Bar cross title={t('transfer')} onBack={() => go('/')} />
      <main class="content">
        <Resting of="transfer" />
        <div class="result tight">
          <span class="sub">{t('transfer_to_whom')}</span>
          <h2>{payee.name}</h2>
          <span class="sub">{payee.nickname}</span>
          <div aria-live="polite"><Figure fen={amount} /></div>
          <span class="sub">{balance.value ? t('left_n', { n: money(balance.value.available) }) : ''}</span>
        </div>
        <Field name={t('note_optional')} value={note} maxLength={40} onInput={(e: Event) => setNote((e.target as HTMLInputElement).value)} />
        <Choice name={t('arrival')} options={arrivals} value={arrival} label={(one) => t(`arrival_${one}`)} onPick={setPicked} />
        <p class="sub">{t(!arrival || arrival === 'now' ? 'transfer_waits' : 'transfer_recallable')}</p>
      </main>
      <footer class="foot">
        <Button disabled={amount < 1} onClick={() => paying.begin('/v1/transfers', { payee_id: payee.id, amount, ...(arrival ? { arrival } : {}), ...(note ? { note } : {}) }, payee.name, amount,
          { lead: t('transfer_to_whom'), under: [note && `“${note}”`, arrival && t(`arrival_${arrival}`)].filter(Boolean).join(' · '), source: balance.value ? `${t('balance')} (${t('left_n', { n: money(balance.value.available) })})` : t('balance') })}>{t('transfer_n', { n: money(amount) })}</Button>
        {fixed === null && <AmountPad typed={typed} onTyped={setTyped} />}
      </footer>
      {paying.sheet}
    </>
  );
}

export function Topup({ me }: { me: Person }) {
  const cards = useCards((one) => one.kind === 'debit');
  const [card, setCard] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const paying = usePaying(me);
  useEffect(() => { if (cards.value?.[0] && !card) setCard(cards.value[0].id); }, [cards.value]);
  const amount = typedFen(typed) ?? 0;
  const chosen = cards.value?.find((row) => row.id === card);
  const name = chosen ? cardName(chosen) : '';
  if (paying.failure) return <RefusalPage failure={paying.failure} amount={amount} name={name} onRetry={paying.clear} />;
  return (
    <>
      <Bar cross title={t('topup')} onBack={() => go('/')} />
      <main class="content">
        <Resting of="topup" banks />
        <NotLoaded failure={cards.failure} onRetry={cards.reload} />
        {cards.value?.length === 0
          ? <div class="card empty"><p>{t('topup_needs_card')}</p><a class="link" href={me.tier === 0 ? '#/realname' : '#/cards/add'}>{t(me.tier === 0 ? 'verify_name' : 'add_card')}</a></div>
          : cards.value && <><Sources card={card} cards={cards.value} balance={null} withBalance={false} onPick={setCard} /><div class="result" aria-live="polite"><Figure fen={amount} /></div></>}
      </main>
      {cards.value && cards.value.length > 0 && (
        <footer class="foot">
          <Button disabled={amount < 1 || !card} onClick={() => paying.begin('/v1/topups', { card_id: card!, amount }, t('topup'), amount, { source: name })}>{t('topup_n', { n: money(amount) })}</Button>
          <AmountPad typed={typed} onTyped={setTyped} />
        </footer>
      )}
      {paying.sheet}
    </>
  );
}

/** Sends the kept operation again, under its own key: it is done once, however often it is sent. */
export function Resume({ me }: { me: Person }) {
  const paying = usePaying(me);
  const [open] = useState(operationOpen());
  const [refused] = useState(operationRefused()?.operation ?? null); // decided: paid again it is another one
  const it = open ?? refused;
  const take = () => { paying.clear(); if (open) paying.resume(open); else if (refused) paying.begin(refused.path, refused.body, refused.title, refused.amount); };
  useEffect(take, []);
  if (paying.failure) return <RefusalPage failure={paying.failure} amount={it?.amount ?? 0} name={it?.title ?? ''} onRetry={take} />;
  return (
    <>
      <Bar cross title={open || !refused ? t('operation_resume') : t('try_again')} onBack={() => go('/')} />
      <main class="content"><p class="card">{it ? t(open ? 'resume_detail' : 'refused_detail', { title: it.title, amount: money(it.amount) }) : t('nothing_open')}</p></main>
      <footer class="foot">{it && <Button onClick={take}>{open ? t('operation_resume') : t('go_on')}</Button>}<Button look="second" onClick={() => go('/')}>{t('finish')}</Button></footer>
      {paying.sheet}
    </>
  );
}
