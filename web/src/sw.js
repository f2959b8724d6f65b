// SPDX-License-Identifier: Apache-2.0
// The shell, offline: the page and its files, by version. Answers about money are never kept here: all of /v1/ but the help goes to the network, or nowhere.
const VERSION = '{{version}}';
const FILES = {{files}};
// Help says nothing about anybody, and is wanted most when the server is out of reach.
const HELP = ['/v1/help', '/v1/help/network'];

self.addEventListener('install', (event) => event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll([...FILES, ...HELP]))));
self.addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== VERSION) await caches.delete(name);
  await self.clients.claim();
})()));
self.addEventListener('message', (event) => { if (event.data === 'take') void self.skipWaiting(); });

/** The network first, so that nobody stays on an old app; after three seconds, or without one, what is kept. */
async function page(request) {
  const kept = await caches.match('/', { cacheName: VERSION });
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), 3000));
  try { return await Promise.race([fetch(request), kept ? late : new Promise(() => undefined)]); } catch { return kept ?? Response.error(); }
}

/** Help: what is read is kept beside it for the time without a network. */
async function help(request) {
  const cache = await caches.open(VERSION);
  try {
    const answer = await fetch(request);
    if (answer.ok && !new URL(request.url).search) await cache.put(request.url, answer.clone());
    return answer;
  } catch { return (await cache.match(request.url)) ?? Response.error(); }
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate') { if (url.pathname === '/') event.respondWith(page(event.request)); return; }
  if (/^\/v1\/help(\/|$)/.test(url.pathname)) { event.respondWith(help(event.request)); return; }
  if (FILES.includes(url.pathname) && url.pathname !== '/') event.respondWith(caches.match(url.pathname, { cacheName: VERSION }).then((kept) => kept ?? fetch(event.request)));
});
