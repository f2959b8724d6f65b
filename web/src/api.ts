// SPDX-License-Identifier: Apache-2.0
// The server, as the app sees it: typed calls, one kind of failure, and operations that are never done twice.
//
// An operation's key is made and kept before anything is sent. While no definite answer came, the same key and body are sent again, also
// after a reload; a definite answer (done or refused) clears it. So a lost connection can delay a payment but not double it.

import { now, timeTold } from './time';

export interface NextStep { do: string; label: string; label_zh: string; href: string }
/** A refusal taken apart: the rule, by how much it fell short, when it would pass, what still works. */
export interface Explanation { rule: string; rule_text: string; rule_text_zh: string; short_by: number | null; passes_at: string | null; passes_when: string; passes_when_zh: string; works: { work: string; label: string; label_zh: string }[] }
export interface Reason { code: string; message: string; message_zh: string; help: string; explain: Explanation | null; next: NextStep[] }
export interface ApiError extends Reason {
  class: string; field: string; money_taken: 'no' | 'yes' | 'checking'; request_id: string;
}
export interface Card {
  id: string; bank: string; bank_en: string; bank_code: string; kind: string; first6: string; last4: string; state: string; bound_at: string;
}
export interface Person {
  id: string; phone: string; nickname: string; tier: number;
  real_name: { state: 'none' | 'verified'; name: string; id_number: string; valid_until: string | null; document: 'none' | 'collecting' | 'waiting' | 'approved' | 'rejected' };
  pin: { set: boolean; locked_until: string | null };
  merchants: number; unread: number; frozen: boolean; created_at: string;
}
export interface Balance { being_checked: boolean; posted: number; available: number; held: number; incoming: number; as_of: string; sequence: string }
export interface Bill {
  id: string; kind: string; state: string; direction: 'in' | 'out'; amount: number; fee: number;
  counterparty: { kind: string; name: string };
  source: { kind: string; card: Card | null };
  note: string; created_at: string; updated_at: string; expires_at: string | null; arrives_at: string | null;
  money_taken: 'no' | 'yes' | 'checking'; reason: Reason | null; order_id: string | null;
  refunded: number; refund_of: string | null;
}
export interface Try { state: string; kind: string; card: Card | null; reason: Reason | null }
export interface Payment extends Bill { refunds: { id: string; amount: number; state: string; at: string }[]; moves: { state: string; at: string }[]; tries: Try[]; doubt: { since: string; asked: number; next_probe: string } | null; entries: string[] }
export interface Notice {
  id: string; bill_id: string | null; case_id: string | null; freeze_id: string | null; kind: string; state: string; direction: 'in' | 'out'; amount: number;
  counterparty: { kind: string; name: string }; at: string; read: boolean; text: string; text_zh: string;
}
export interface Till { id: string; name: string; code: string; created_at: string }
export interface Merchant { id: string; name: string; code: string; role: 'owner' | 'waiter'; till: Till | null; created_at: string }
export interface Order { id: string; code: string; amount: number; note: string; state: 'open' | 'paid' | 'closed'; expires_at: string; payment: unknown }
export interface Paycode { code: string; asks_pin: boolean; expires_at: string; life_ms: number; bars: string; qr: { side: number; path: string } }
export interface AskedCharge {
  id: string; state: ChargeState; amount: number; shop: string; note: string; expires_at: string | null; left_ms: number; bill_id: string | null;
}
export interface PaycodeState { suspended: boolean; free: boolean; free_most: number; free_per_day: number; free_left: number; charge: AskedCharge | null }
export type ChargeState = 'waiting' | 'paid' | 'not_paid' | 'declined' | 'cancelled' | 'lapsed' | 'at_bank';
export interface Charge {
  id: string; state: ChargeState; amount: number; note: string; payer: string; created_at: string; expires_at: string | null; ended_at: string | null;
  payment_id: string | null; reason: Reason | null;
}
export interface Payee { id: string; name: string; nickname: string; phone?: string }
/** When a transfer arrives; until then the payer may recall it. */
export const arrivals = ['now', '2h', '24h'] as const;
export type Arrival = (typeof arrivals)[number];
export interface Page<T> { items: T[]; next_cursor: string | null }
export interface Config { name: string; version: string; app_min: string; sandbox: boolean; currency: string; time: string; payment_max: number; tier1_lifetime: number; tier2_year: number; tier3_year: number; operator: { name: string; phone: string; mail: string; hours: string } }
export type Scan =
  | { kind: 'merchant'; merchant: { id: string; name: string }; code: string; amount: number | null; order_id: string | null; note: string }
  | { kind: 'person'; payee: Payee; code: string; amount: number | null; note: string };

/** The server answered no; `error` carries its words. */
export class Refused extends Error {
  constructor(readonly status: number, readonly error: ApiError) { super(error.code); }
  /** Whether the server may still do, or have done, the operation under the same key. */
  get definite() { return this.status < 500 && this.status !== 429; }
}
/** No answer came: nothing is known, least of all a zero. */
export class OutOfReach extends Error {}

/** The server is there and reads its books: what was last known is shown, as without one. */
export const starting = (failure: unknown) => failure instanceof Refused && failure.error.code === 'STARTING';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The last answers to reads: the same again is the same object, so that nobody draws again what already stands there. Nobody changes an answer. */
const answers = new Map<string, { text: string; answer: unknown }>();
const ANSWERS = 16;
function keep(path: string, one: { text: string; answer: unknown }) {
  answers.delete(path);
  answers.set(path, one);
  for (const oldest of answers.keys()) if (answers.size > ANSWERS) answers.delete(oldest);
}

async function send<T>(method: Method, path: string, body?: unknown, key?: string, wait_ms = 15_000): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), wait_ms);
  const begun = performance.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method, signal: stop.signal, cache: 'no-store', credentials: 'same-origin',
      headers: { 'App-Version': APP_VERSION, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(key ? { 'Idempotency-Key': key } : {}) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!path.startsWith('/v1/help')) timeTold(response.headers.get('Server-Time'), performance.now() - begun); // help may be a kept answer
    text = await response.text();
  } catch {
    throw new OutOfReach(path);
  } finally {
    clearTimeout(timer);
  }
  const before = method === 'GET' ? answers.get(path) : undefined;
  if (response.ok && before?.text === text) return before.answer as T;
  let answer: unknown;
  try { answer = text ? JSON.parse(text) : {}; } catch { throw new OutOfReach(path); }
  if (response.ok && method === 'GET') keep(path, { text, answer });
  if (response.ok) return answer as T;
  const error = (answer as { error?: ApiError }).error;
  if (!error) throw new OutOfReach(path);
  throw new Refused(response.status, error);
}

export const get = <T>(path: string) => send<T>('GET', path);
/** Reads that need a body, and the writes that carry no key (codes, register, sign in). */
export const post = <T>(path: string, body: unknown = {}) => send<T>('POST', path, body);
export const remove = <T>(path: string) => send<T>('DELETE', path, undefined, uuid7());
/** `key`: of an operation that had no answer and is sent again. */
export const write = <T>(path: string, body: unknown = {}, method: Method = 'POST', key = uuid7()) => send<T>(method, path, body, key);
/** Sent while the page goes: nobody waits for the answer. */
export const leave = (path: string): Promise<unknown> => fetch(path, { method: 'DELETE', keepalive: true, credentials: 'same-origin' }).catch(() => undefined);

/** A UUIDv7: rising in time, so that the server's index stays narrow. */
export function uuid7(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = now();
  for (let i = 5; i >= 0; i--) { bytes[i] = time % 256; time = Math.floor(time / 256); }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// --- operations: payments, kept until their answer is known -------------------------------------------------------------------

export interface Operation { key: string; path: string; body: Record<string, unknown>; title: string; amount: number; begun: number }
/** One entry for each, so that two windows of one person never write over each other's. */
const OPERATION = 'qb.operation.';
const kept = () => Object.keys(localStorage).filter((name) => name.startsWith(OPERATION)).sort();

/** The oldest operation that was sent and had no definite answer. The PIN is never kept: it is asked for again. */
export function operationOpen(): Operation | null {
  const text = kept()[0] && localStorage.getItem(kept()[0]!);
  return text ? (JSON.parse(text) as Operation) : null;
}
/** What is never sent has no result to wait for, and is not kept. */
export const operationBegin = (path: string, body: Record<string, unknown>, title: string, amount: number): Operation => ({ key: uuid7(), path, body, title, amount, begun: now() });
export function operationEnd(operation: Operation) { localStorage.removeItem(OPERATION + operation.key); }
/** The server told how it ended by another way. */
export function operationEndAt(path: string) { for (const name of kept()) if ((JSON.parse(localStorage.getItem(name)!) as Operation).path === path) localStorage.removeItem(name); }
export function operationsForget() { for (const name of kept()) localStorage.removeItem(name); refused = null; }

/** The payment that was refused last, since the app was opened: the self-check offers it once more, or a case about it. A refusal used its key up; what
 * a till asked for is over with it. */
let refused: { operation: Operation; error: ApiError } | null = null;
export const operationRefused = () => refused;
export function answersForget() { answers.clear(); }

/** It says what it waits for, and was not done: what was done is answered even then. */
const undecided = (failure: Refused) => failure.error.code === 'MAINTENANCE' || failure.error.code === 'BOOKS_CHECKED';

/** Sends the same, again and again while no answer comes, at most a minute, and calls onAgain before each but the first, which may throw to
 * end it. What a person must hear ends it. */
export async function untilAnswered<T>(ask: () => Promise<T>, onAgain?: () => void): Promise<T> {
  for (let pause = 500, waited = 0; ; pause = Math.min(pause * 2, 8000)) {
    try { return await ask(); } catch (failure) {
      if (failure instanceof Refused && (failure.definite || failure.error.class === 'LIMITED' || undecided(failure))) throw failure;
      if (waited >= 60_000) throw failure;
      waited += pause;
      onAgain?.();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Runs it under its kept key, which stays while no answer came, and after a wrong PIN; null: it needs none. */
export async function operationRun(operation: Operation, pin: string | null, onAgain?: () => void): Promise<Payment> {
  localStorage.setItem(OPERATION + operation.key, JSON.stringify(operation));
  try {
    const { payment } = await untilAnswered(() => send<{ payment: Payment }>('POST', operation.path, { ...operation.body, ...(pin === null ? {} : { pin }) }, operation.key), onAgain);
    operationEnd(operation);
    refused = null;
    return payment;
  } catch (failure) {
    if (failure instanceof Refused && failure.definite && failure.error.code !== 'WRONG_PIN') {
      operationEnd(operation);
      refused = operation.path.startsWith('/v1/paycode/') || failure.error.money_taken !== 'no' ? null : { operation, error: failure.error };
    }
    if (failure instanceof Refused && undecided(failure)) operationEnd(operation);
    throw failure;
  }
}
