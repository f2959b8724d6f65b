// SPDX-License-Identifier: Apache-2.0
// Live changes: the server says "something changed", whoever shows it reads again. What changed while no stream was open was told to
// nobody, so an opened stream is itself a reason to read again. Falls back to asking every ten seconds while the stream is down; a page
// that comes back to the front asks at once. Who reads again and is told the same (api.ts: get) draws nothing. What concerns everybody comes with a time
// within which to read, at a moment of chance, so that all apps do not ask together.

const listeners = new Set<() => void>();
let stream: EventSource | null = null;
let poll = 0;
let broken = false;
/** The first stream opens while the page's first reads are under way: what fell between the two can wait until those are drawn. */
const FIRST_MS = 1000;

function hear(event: MessageEvent<string>) {
  const { within_ms } = JSON.parse(event.data) as { within_ms?: number };
  if (within_ms) setTimeout(tell, Math.random() * within_ms); else tell();
}
function tell() { for (const listener of [...listeners]) listener(); }
/** The browser tries again by itself after a cut, but not after an answer that is no stream. */
function ask() {
  if (stream?.readyState === EventSource.CLOSED) { stream = null; open(); }
  tell();
}
function open() {
  if (stream) return;
  stream = new EventSource('/v1/events');
  stream.addEventListener('changed', hear);
  stream.onopen = () => {
    clearInterval(poll);
    poll = 0;
    if (broken) tell(); else setTimeout(tell, FIRST_MS);
    broken = false;
  };
  stream.onerror = () => { broken = true; if (!poll) poll = window.setInterval(ask, 10_000); };
}
function close() { stream?.close(); stream = null; clearInterval(poll); poll = 0; }

document.addEventListener('visibilitychange', () => { if (!document.hidden && listeners.size) tell(); });
window.addEventListener('online', () => { if (listeners.size) ask(); });

/** Calls the listener after each change; gives back what ends it. The stream closes with its last listener. */
export function changes(listener: () => void): () => void {
  listeners.add(listener);
  open();
  return () => { listeners.delete(listener); if (listeners.size === 0) close(); };
}
