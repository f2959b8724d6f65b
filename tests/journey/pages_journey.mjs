// SPDX-License-Identifier: Apache-2.0
// Every page of app and till, in both languages, light and dark, and in elder mode; with a long name and a ten-digit amount, of an empty wallet,
// and out of reach of the server: axe on each, nothing wider than the phone, no word of the wrong language, no raw key. Then the app without a
// network: the shell is there, the last figures with their age, never a zero.
//   node pages_journey.mjs BASE-URL PICTURES [zh|en]
import { readdirSync, readFileSync } from 'node:fs';
import { base, check, finish, lost, only, Person, words } from './walk.mjs';

const ROUTES = ['/', '/bills', '/notices', '/me', '/paycode', '/receive', '/scan', '/transfer', '/topup', '/withdraw', '/cards', '/cards/add', '/realname', '/document', '/pin', '/pin/forgot', '/sessions', '/settings', '/security',
  '/limits', '/explain', '/timeline', '/selfcheck', '/pocket', '/phone', '/close', '/help', '/help/balance-zero', '/help/scams', '/cases', '/cases/new', '/announcements', '/freezes', '/resume'];
const TILL = ['#/', '#/shop', '#/shop/days', '#/shop/settlement', '#/shop/tills', '#/shop/waiters', '#/shop/name'];
// Pages of one thing; and those whose picture another walk takes, by its name.
const OF_ONE = { '/bills/{}': 'bill', '/result/{}': 'bill', '/explain/{}': 'bill', '/cases/{}': 'case' };
const ELSEWHERE = { '/pay/{}': 'extreme-', '/c/{}': 'extreme-', '/transfer/{}': 'transfer-amount', '/signin': 'zero-other-account-signin', '#/result/{}': 'result-paid' };
const dashed = (route) => route.replace(/[#/]+/g, '-').replace(/-$/, '');

async function elder(person, on) {
  await person.page.evaluate((yes) => localStorage.setItem('qb.elder', yes ? '1' : '0'), on);
  await person.page.reload();
}

async function everyPage(lang) {
  const person = await Person.open('p.localhost', lang);
  await person.settle('王小强', 100_000);
  const one = { bill: (await person.tell('GET', '/v1/bills?limit=1')).items[0].id, case: (await person.tell('POST', '/v1/cases', { about: 'balance' })).case.id };
  for (const large of [false, true]) {
    await elder(person, large);
    for (const route of [...ROUTES, ...Object.keys(OF_ONE)]) {
      await person.go(route.replace('{}', one[OF_ONE[route]]));
      await person.settled();
      await person.picture(`${large ? 'elder' : 'page'}${dashed(route.replace('{}', 'one'))}`);
    }
  }
  await person.close();
}

async function everyTill(lang) {
  const shop = await Person.open('t.localhost', lang, '/till');
  await shop.settle('周建国');
  const { merchant } = await shop.tell('POST', '/v1/merchants', { name: '南门早点铺' });
  await shop.tell('POST', `/v1/merchants/${merchant.id}/tills`, { name: lang === 'zh' ? '二号台' : 'No 2' });
  const payer = await Person.open('u.localhost', lang);
  await payer.settle('李梅', 10_000);
  const { payment } = await payer.tell('POST', '/v1/purchases', { code: merchant.code, amount: 850, source: 'balance', pin: '408516' });
  await payer.close();
  const bill = (await shop.tell('GET', '/v1/merchants/' + merchant.id + '/takings')).items[0].id;
  check(!!payment && !!bill, `${lang}: the shop was paid`);
  for (const large of [false, true]) {
    await elder(shop, large);
    for (const route of [...TILL, `#/bills/${bill}`, `#/refund/${bill}`]) {
      await shop.page.goto(`${shop.origin}/till${route}`);
      await shop.settled();
      await shop.picture(`${large ? 'elder-' : ''}till${dashed(route.replace(bill, 'one'))}`);
    }
  }
  await shop.close();
}

const LONG = { zh: '欧阳上官诸葛司马夏侯尉迟皇甫令狐长孙慕容', en: 'Wolfeschlegelsteinha' }; // twenty characters, as many as there may be
const TEN_DIGITS = 987_654_321_099; // fen

/** The names as long as they may be, and amounts that nobody has: the answers of the server with other figures in them. */
async function extremes(lang) {
  const person = await Person.open('x.localhost', lang), { page } = person;
  person.nickname = LONG[lang];
  await person.settle('欧阳上官', 50_000);
  const { merchant } = await person.tell('POST', '/v1/merchants', { name: '南门早点铺'.repeat(6) });
  const other = await Person.open('y.localhost', lang);
  other.nickname = LONG[lang];
  await other.settle('欧阳上官', 20_000);
  const asked = `${(await person.tell('GET', '/v1/receive')).code}?amount=${TEN_DIGITS}&note=${(lang === 'zh' ? '房租' : 'rent').repeat(10)}`;
  await other.tell('POST', '/v1/purchases', { code: merchant.code, amount: 850, source: 'balance', note: 'W'.repeat(40), pin: '408516' });
  await other.tell('POST', '/v1/transfers', { payee_id: asked.split(':')[2].split('?')[0], amount: 100, note: 'x'.repeat(40), pin: '408516' });
  const large = (value) => JSON.parse(JSON.stringify(value), (key, one) => (Number.isInteger(one) && one > 0 && ['amount', 'posted', 'available', 'incoming', 'in', 'out', 'most', 'left'].includes(key) ? TEN_DIGITS : one));
  for (const who of [person, other]) {
    await who.page.route(/\/v1\/(balance|bills|limits|withdrawals\/preview)/, async (route) => {
      const asked = new URL(route.request().url());
      const answer = await route.fetch({ url: `${base}${asked.pathname}${asked.search}`, headers: route.request().headers() }); // no name server knows *.localhost
      await route.fulfill({ response: answer, json: large(await answer.json()) });
    });
  }
  const routes = ['/', '/bills', '/me', '/limits', '/withdraw', '/receive', `/bills/${(await other.tell('GET', '/v1/bills')).items[0].id}`, `/pay/${encodeURIComponent(asked)}`, `/pay/${encodeURIComponent(merchant.code)}`];
  for (const size of [false, true]) {
    await elder(other, size);
    for (const [i, route] of routes.entries()) {
      await other.go(route);
      await other.settled();
      await other.picture(`${size ? 'elder-' : ''}extreme-${i}`);
    }
  }
  await page.goto(`${person.origin}/till`);
  await person.settled();
  await person.picture('extreme-till');
  await person.close();
  await other.close();
}

/** Who has nothing yet, not even a name. */
async function empty(lang) {
  const person = await Person.open('e.localhost', lang);
  await person.register();
  for (const route of ['/', '/bills', '/notices', '/me', '/cards', '/transfer', '/topup', '/withdraw', '/limits', '/paycode', '/receive', '/realname', '/pin', '/close']) {
    await person.go(route);
    await person.settled();
    await person.picture(`empty${dashed(route)}`);
  }
  await person.close();
}

/** Every page while the server is out of reach: it says so, and no figure is made up. */
async function unreached(lang) {
  const person = await Person.open('w.localhost', lang);
  await person.settle('王小强', 30_000);
  await person.see('300.00');
  await person.page.route('**/v1/**', (route) => route.abort('connectionrefused'));
  for (const route of ROUTES) {
    await person.go(route);
    await person.settled();
    await person.picture(`unreached${dashed(route)}`);
    const shown = await person.page.locator('main').innerText();
    const said = ['/topup', '/withdraw', '/pocket'].includes(route) ? shown.replace('¥0.00', '') : shown; // what one has typed so far
    check(!/(?<![\d,.])0\.00/.test(said.replace(/待入账 0\.00|0\.00 coming in/, '')), `${lang} ${route}: a zero that nobody said: ${shown.replace(/\n/g, ' ').slice(0, 200)}`);
  }
  await person.close();
}

async function offline(lang) {
  const person = await Person.open('o.localhost', lang);
  await person.register();
  await person.page.evaluate(() => navigator.serviceWorker.ready);
  await person.page.reload();
  await person.see(words[lang].scan);
  check(await person.page.evaluate(() => !!navigator.serviceWorker.controller), `${lang}: the service worker serves the page`);
  const figure = await person.page.locator('.figure').innerText();
  await person.context.setOffline(true);
  await person.page.reload();
  await person.see(lang === 'zh' ? '的数字,不是最新的' : 'These are the figures of');
  check(await person.page.locator('.figure.stale').innerText() === figure, `${lang}: the last figure, greyed`);
  await person.picture('offline');
  await person.page.evaluate(() => localStorage.removeItem('qb.balance'));
  await person.page.reload();
  await person.see('—');
  check(!/0\.00/.test(await person.page.locator('.figure').innerText()), `${lang}: no figure is no zero`);
  const kept = await person.page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((r) => new URL(r.url).pathname)))).flat());
  check(kept.length > 5 && !kept.some((path) => path.startsWith('/v1/') && !path.startsWith('/v1/help')), `${lang}: answers about money are not cached: ${kept}`);
  await person.go('/help/network');
  await person.see(lang === 'zh' ? '先试试' : 'Try this first');
  await person.context.setOffline(false);
  await person.go('/');
  await person.page.reload();
  await person.see(words[lang].scan);
  await person.go('/settings');
  await person.page.getByRole('button', { name: lang === 'zh' ? '退出登录' : 'Sign out' }).click();
  await person.page.waitForURL(/signin/);
  check(await person.page.evaluate(() => !localStorage.getItem('qb.balance') && !localStorage.getItem('qb.me')), `${lang}: signing out leaves nothing of the person`);
  await person.close();
}

/** Row 31: an address in the address leads nowhere else. */
async function redirects() {
  const person = await Person.open('r.localhost', 'en');
  await person.register();
  for (const evil of ['/?next=//evil.example', '/?next=javascript:alert(1)', '/#//evil.example', '/#/\\\\evil.example', '/#/c/javascript:alert(1)']) {
    await person.page.goto(`${person.origin}${evil}`);
    await person.settled();
    check(new URL(person.page.url()).host === new URL(person.origin).host, `row 31: ${evil} led to ${person.page.url()}`);
  }
  await person.close();
}

/** No page without its picture: each route of the app's and the till's tables stands in a list here. */
function everyRoute() {
  const journeys = readdirSync('tests/journey').filter((name) => name.endsWith('_journey.mjs')).map((name) => readFileSync(`tests/journey/${name}`, 'utf8')).join('\n');
  const app = [...readFileSync('web/src/index.tsx', 'utf8').matchAll(/^  \['(\/[^']*)'/gm)].map((m) => m[1]);
  const till = [...readFileSync('web/src/till.tsx', 'utf8').matchAll(/^  \[\/\^(#\S+)\$\/,/gm)].map((m) => m[1].replaceAll('\\/', '/').replace('(\\w+)', '{}'));
  check(app.length > 30 && till.length > 6, `${app.length} routes of the app, ${till.length} of the till`);
  const fits = (pattern, list) => list.some((route) => new RegExp(`^${pattern.replace('{}', '[^/]+')}$`).test(route));
  for (const pattern of app) check(fits(pattern, [...ROUTES, ...Object.keys(OF_ONE)]) || pattern in ELSEWHERE, `${pattern}: no picture of this page`);
  for (const pattern of till) check(fits(pattern, [...TILL, '#/bills/one', '#/refund/one']) || pattern in ELSEWHERE, `the till's ${pattern}: no picture of this page`);
  for (const [route, name] of Object.entries(ELSEWHERE)) check(new RegExp(`picture\\([^)]*${name}`).test(journeys), `${route}: nobody takes ${name}`);
}

async function walks(lang) {
  for (const walk of [everyPage, everyTill, extremes, empty, unreached, offline]) {
    const begun = Date.now();
    try { await walk(lang); } catch (error) { await lost(`${walk.name} ${lang}: ${error.stack}`, `lost-${walk.name}-${lang}`, lang); }
    console.log(`${walk.name} ${lang}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  }
}
await Promise.all((only ? [only] : ['zh', 'en']).map(walks));
everyRoute();
await redirects().catch((error) => lost(`redirects: ${error.stack}`, 'lost-redirects'));
await finish();
