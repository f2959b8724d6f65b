// SPDX-License-Identifier: Apache-2.0
// What time it is, by the server. A phone's clock may be days off, or be set while the app stands open: no age, countdown, expiry or "today" asks it.
//
// Each answer of the server's says its time (Server-Time), exact to half of what the answer took; the phone's clock only counts on from there.
// The device keeps how far that clock is off, so that a start without a network still tells a true age.
const KEPT = 'qb.clock';
const KEPT_EXACT_MS = 1000;

let ahead = Number(localStorage.getItem(KEPT) ?? 0); // of the server's clock before the phone's
let last = { clock: Date.now(), run: performance.now() };

export function now(): number {
  const next = { clock: Date.now(), run: performance.now() };
  const jumped = next.clock - last.clock - (next.run - last.run);
  if (jumped < -KEPT_EXACT_MS) ahead -= jumped; // set back: time does not. Forward it may have slept, which the running time does not count everywhere
  last = next;
  return next.clock + ahead;
}
export const nowIso = () => new Date(now()).toISOString();

/** An answer said what time it is; it took so long. */
export function timeTold(iso: string | null, took_ms: number) {
  const time = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(time)) return;
  const off = time + took_ms / 2 - now();
  if (Math.abs(off) <= took_ms / 2) return;
  ahead += off;
  if (Math.abs(ahead - Number(localStorage.getItem(KEPT) ?? 0)) >= KEPT_EXACT_MS) localStorage.setItem(KEPT, String(Math.round(ahead)));
}
