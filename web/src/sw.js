// SPDX-License-Identifier: Apache-2.0
// The shell, offline: the page and its files, by version. Answers about money are never kept here: /v1/ goes to the network, or nowhere.
const VERSION = '{{version}}';
const FILES = {{files}};

self.addEventListener('install', (event) => event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES))));
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

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (event.request.mode === 'navigate') { if (url.pathname === '/') event.respondWith(page(event.request)); return; }
  if (FILES.includes(url.pathname) && url.pathname !== '/') event.respondWith(caches.match(url.pathname, { cacheName: VERSION }).then((kept) => kept ?? fetch(event.request)));
});
