// SPDX-License-Identifier: Apache-2.0
// Live changes: the server says "something changed", whoever shows it reads again. What changed while no stream was open was told to
// nobody, so an opened stream is itself a reason to read again. Falls back to asking every ten seconds while the stream is down; a page
// that comes back to the front asks at once.

const listeners = new Set<() => void>();
let stream: EventSource | null = null;
let poll = 0;

function tell() { for (const listener of [...listeners]) listener(); }
/** The browser tries again by itself after a cut, but not after an answer that is no stream. */
function ask() {
  if (stream?.readyState === EventSource.CLOSED) { stream = null; open(); }
  tell();
}
function open() {
  if (stream) return;
  stream = new EventSource('/v1/events');
  stream.addEventListener('changed', tell);
  stream.onopen = () => { clearInterval(poll); poll = 0; tell(); };
  stream.onerror = () => { if (!poll) poll = window.setInterval(ask, 10_000); };
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
