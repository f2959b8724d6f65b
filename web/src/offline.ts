// SPDX-License-Identifier: Apache-2.0
// The service worker: the shell of the app is there without a network. Figures are not its business: the pages keep the last ones with their age.
declare global {
  interface Window { trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } } }
}

let heard: ((worker: ServiceWorker) => void) | null = null;

/** Calls back when a newer app has been loaded and waits. */
export function onNewer(callback: (worker: ServiceWorker) => void) {
  heard = callback;
  return () => { heard = null; };
}

async function register() {
  const policy = window.trustedTypes?.createPolicy('qb', { createScriptURL: (url) => { if (url !== '/sw.js') throw new TypeError(url); return url; } });
  const registration = await navigator.serviceWorker.register((policy ? policy.createScriptURL('/sw.js') : '/sw.js') as string);
  const look = (worker: ServiceWorker | null) => {
    if (worker?.state === 'installed' && navigator.serviceWorker.controller) heard?.(worker);
    worker?.addEventListener('statechange', () => { if (worker.state === 'installed' && navigator.serviceWorker.controller) heard?.(worker); });
  };
  look(registration.waiting);
  registration.addEventListener('updatefound', () => look(registration.installing));
  let taken = false;
  const first = !navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener('controllerchange', () => { if (!taken && !first) { taken = true; location.reload(); } });
}

if ('serviceWorker' in navigator) window.addEventListener('load', () => void register().catch(() => undefined));
