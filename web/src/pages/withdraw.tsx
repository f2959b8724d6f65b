// SPDX-License-Identifier: Apache-2.0
// Withdrawing: to which card, how much, what it costs (the server says), all of it, PIN.
import { useEffect, useState } from 'preact/hooks';
import { type Person, post } from '../api';
import { AmountPad } from '../keypad';
import { Resting } from '../resting';
import { Bar, Button, Figure, go, money, NotLoaded, t, typedFen } from '../ui';
import { cardName, RefusalPage, Sources, useCards, usePaying } from './pay';

interface Terms { amount: number; fee: number; total: number; available: number; free: number; free_left: number; rate: number; fee_min: number; most: number; most_fee: number }

/** An amount of fen as it would be typed. */
const typedOf = (fen: number) => money(fen).replace(/,/g, '');

/** What the typed amount costs; null until the server has said it of this very amount. */
function useTerms(amount: number, turn: number) {
  const [terms, setTerms] = useState<Terms | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    let here = true;
    const timer = setTimeout(() => {
      post<Terms>('/v1/withdrawals/preview', amount > 0 ? { amount } : {}).then(
        (found) => { if (here) { setTerms(found); setFailure(null); } },
        (why: unknown) => { if (here) { setTerms(null); setFailure(why); } },
      );
    }, terms ? 200 : 0);
    return () => { here = false; clearTimeout(timer); };
  }, [amount, turn]);
  return { terms, failure };
}

/** 10 hundredths of a percent as 0.1. */
const percent = (rate: number) => (rate / 100).toString();

function Cost({ terms, amount }: { terms: Terms; amount: number }) {
  const known = amount > 0 && terms.amount === amount;
  const short = known && terms.total > terms.available;
  return (
    <dl class="card list facts" aria-live="polite">
      <dt>{t('fee')}</dt><dd>{known ? `¥ ${money(terms.fee)}` : '—'}</dd>
      <dt>{t('leaves_balance')}</dt><dd class={short ? 'wrong' : ''}>{!known ? '—' : short ? t('short_n', { n: money(terms.total - terms.available) }) : `¥ ${money(terms.total)}`}</dd>
    </dl>
  );
}

export function Withdraw({ me }: { me: Person }) {
  const cards = useCards();
  const debit = cards.value?.filter((row) => row.kind === 'debit') ?? [];
  const [picked, setPicked] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const [turn, setTurn] = useState(0);
  const paying = usePaying(me);
  const amount = typedFen(typed) ?? 0;
  const { terms, failure } = useTerms(amount, turn);
  const card = debit.find((row) => row.id === picked) ?? debit[0];
  const name = card ? cardName(card) : '';
  const again = () => { setTurn(turn + 1); paying.clear(); };
  if (paying.failure) return <RefusalPage failure={paying.failure} amount={amount} name={name} onRetry={again} />;
  const known = terms !== null && terms.amount === amount && amount > 0;
  return (
    <>
      <Bar cross title={t('withdraw')} onBack={() => go('/')} />
      <main class="content">
        <Resting of="withdrawal" banks />
        <NotLoaded failure={cards.failure ?? failure} onRetry={() => { cards.reload(); setTurn(turn + 1); }} />
        {cards.value && debit.length === 0
          ? <div class="card empty"><p>{t('withdraw_needs_card')}</p><a class="link" href={me.tier === 0 ? '#/realname' : '#/cards/add'}>{t(me.tier === 0 ? 'verify_name' : 'add_card')}</a></div>
          : cards.value && (
            <>
              <h2 class="section">{t('to_card')}</h2>
              <Sources card={card?.id ?? null} cards={debit} balance={null} withBalance={false} onPick={setPicked} />
              <div class="result tight">
                <div aria-live="polite"><Figure fen={amount} /></div>
                {terms && <span class="sub">{t('left_n', { n: money(terms.available) })} · <button type="button" class="link" disabled={terms.most < 1} onClick={() => setTyped(typedOf(terms.most))}>{t('withdraw_all')}</button></span>}
              </div>
              {terms && <Cost terms={terms} amount={amount} />}
              {terms && <p class="sub">{t('withdraw_rule', { left: money(terms.free_left), rate: percent(terms.rate), least: money(terms.fee_min) })}</p>}
            </>
          )}
      </main>
      {debit.length > 0 && (
        <footer class="foot">
          <Button disabled={!known || !card || terms.total > terms.available} onClick={() => paying.begin('/v1/withdrawals', { card_id: card!.id, amount, fee: terms!.fee }, t('withdraw'), terms!.total, { under: `${name} · ${t('fee')} ¥${money(terms!.fee)}`, source: t('balance') })}>{t('withdraw_n', { n: money(amount) })}</Button>
          <AmountPad typed={typed} onTyped={setTyped} />
        </footer>
      )}
      {paying.sheet}
    </>
  );
}
