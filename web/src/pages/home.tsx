// SPDX-License-Identifier: Apache-2.0
// Home: the balance and its age, the four ways on, the last three bills.
import { useEffect, useReducer, useState } from 'preact/hooks';
import { type Balance, type Bill, get, operationEnd, operationOpen, type Page, type Person } from '../api';
import { changes } from '../live';
import { now } from '../time';
import { age, Bar, Button, elder, Figure, Icon, moment, money, t, useLoad, words } from '../ui';
import { BillRow } from './bills';
import { banners, underFigure } from './onhome';
import { Tabs } from './tabs';

const LAST = 'qb.balance';
const AGES_MS = 20_000; // a figure that stands here grows older
const SET_BACK_MS = 60_000; // a clock that stands further before what is known was set back meanwhile: then nobody knows the age
type Last = { person: string; balance: Balance; at: number };

/** The last figure that the server gave this person on this device; shown greyed, with its age, when no answer comes. */
export function lastKnown(person: string): Last | null {
  const text = localStorage.getItem(LAST);
  const last = text ? (JSON.parse(text) as Last) : null;
  return last?.person === person ? last : null;
}

export function Home({ me }: { me: Person }) {
  const [secret, setSecret] = useState(localStorage.getItem('qb.secret') === '1');
  const balance = useLoad(async () => {
    const value = await get<Balance>('/v1/balance');
    const seen = lastKnown(me.id);
    if (seen && seen.balance.available !== value.available) localStorage.setItem('qb.before', JSON.stringify({ person: me.id, balance: seen.balance }));
    localStorage.setItem(LAST, JSON.stringify({ person: me.id, balance: value, at: now() }));
    return value;
  });
  const bills = useLoad(() => get<Page<Bill>>('/v1/bills?limit=3'));
  const again = () => { balance.reload(); bills.reload(); };
  const [, later] = useReducer((n: number) => n + 1, 0);
  useEffect(() => changes(again), []);
  useEffect(() => { const timer = setInterval(() => later(undefined as never), AGES_MS); return () => clearInterval(timer); }, []);
  const last = lastKnown(me.id);
  const shown = balance.failure ? last?.balance ?? null : balance.value ?? last?.balance ?? null;
  const at = last?.at ?? 0;
  const open = operationOpen();
  const here = { me, balance: shown, stale: balance.failure !== null };
  const toggle = () => { localStorage.setItem('qb.secret', secret ? '0' : '1'); setSecret(!secret); };
  return (
    <>
      <Bar root title={t('wallet')} end={<a href="#/notices" aria-label={t('notices_n', { n: me.unread })}><Icon name="bell" />{me.unread > 0 && <span class="badge">{me.unread > 99 ? '99+' : me.unread}</span>}</a>} />
      <main class="content">
        {balance.failure ? (
          <div class="banner" role="status">
            {words(balance.failure)} {last && t('offline_last', { at: moment(at) })} <button type="button" class="link" onClick={again}>{t('retry')}</button>
          </div>
        ) : null}
        {open && (
          <div class="banner" role="status">
            {t('operation_open', { title: open.title, amount: money(open.amount) })}
            <a class="link" href="#/resume">{t('operation_resume')}</a>
            <button type="button" class="link" onClick={() => { operationEnd(open); later(undefined as never); }}>{t('operation_drop')}</button>
          </div>
        )}
        {banners.map((Banner, i) => <Banner key={i} {...here} />)}
        <section class="card" aria-label={t('balance')}>
          <div class="head">
            <span>{t('balance')} <button type="button" class="link" aria-pressed={secret} aria-label={t('hide_balance')} onClick={toggle}><Icon name={secret ? 'hidden' : 'eye'} size={18} /></button></span>
            <span>{at && now() > at - SET_BACK_MS ? age(now() - at, here.stale) : ''}</span>
          </div>
          {shown?.being_checked ? <p class="figure long">{t('being_checked')}</p> : <Figure fen={shown ? shown.posted : null} stale={here.stale} secret={secret} />}
          {shown && !shown.being_checked && !secret && <p class="sub">{t('available_and_incoming', { available: money(shown.available), incoming: money(shown.incoming) })}</p>}
          {underFigure.map((Link, i) => <Link key={i} {...here} />)}
        </section>
        <nav class="tiles" aria-label={t('actions')}>
          <a href="#/scan"><Icon name="scan" />{t('scan')}</a>
          <a href="#/paycode"><Icon name="code" />{t('pay_receive')}</a>
          <a href="#/transfer"><Icon name="transfer" />{t('transfer')}</a>
          <a href="#/cards"><Icon name="card" />{t('cards')}</a>
        </nav>
        {me.tier === 0 && !balance.failure && <p class="banner calm">{t('start_realname')} <a class="link" href="#/realname">{t('go_on')}</a></p>}
        {!elder() && <h2 class="section">{t('recent')}</h2>}
        {elder() ? null : bills.value && bills.value.items.length > 0
          ? <ul class="card list">{bills.value.items.map((bill) => <li key={bill.id}><BillRow bill={bill} dated /></li>)}</ul>
          : <p class="card empty">{bills.failure ? t('not_loaded') : bills.value ? t('no_bills') : t('loading')}</p>}
        <div class="pair">
          <Button look="second" onClick={() => { location.hash = '/topup'; }}>{t('topup')}</Button>
          <Button look="second" onClick={() => { location.hash = '/withdraw'; }}>{t('withdraw')}</Button>
        </div>
      </main>
      <Tabs at="wallet" />
    </>
  );
}
