// SPDX-License-Identifier: Apache-2.0
// Live changes: the server says "something changed up to S", whoever shows it reads again. Falls back to asking every ten seconds while
// the stream is down; a page that comes back to the front asks at once.

const listeners = new Set<() => void>();
let stream: EventSource | null = null;
let poll = 0;

function tell() { for (const listener of [...listeners]) listener(); }
function open() {
  if (stream) return;
  stream = new EventSource('/v1/events');
  stream.addEventListener('changed', tell);
  stream.onopen = () => { clearInterval(poll); poll = 0; };
  stream.onerror = () => { if (!poll) poll = window.setInterval(tell, 10_000); };
}
function close() { stream?.close(); stream = null; clearInterval(poll); poll = 0; }

document.addEventListener('visibilitychange', () => { if (!document.hidden && listeners.size) tell(); });
window.addEventListener('online', () => { if (listeners.size) tell(); });

/** Calls the listener after each change; gives back what ends it. The stream closes with its last listener. */
export function changes(listener: () => void): () => void {
  listeners.add(listener);
  open();
  return () => { listeners.delete(listener); if (listeners.size === 0) close(); };
}
