// SPDX-License-Identifier: Apache-2.0
// Every page, in both languages, light and dark, and in elder mode: axe, nothing wider than the phone, no word of the wrong language, no raw
// key; the app without a network (the shell is there, the last figures with their age, never a zero); and a payment by keyboard alone.
//   node pages_journey.mjs BASE-URL PICTURES
import { check, finish, lost, Person, PASSWORD, words } from './walk.mjs';

const ROUTES = ['/', '/bills', '/notices', '/me', '/paycode', '/receive', '/scan', '/transfer', '/topup', '/withdraw', '/cards', '/cards/add', '/realname', '/document', '/pin', '/pin/forgot', '/sessions', '/settings', '/security',
  '/limits', '/explain', '/pocket', '/phone', '/close', '/help', '/help/balance-zero', '/help/scams'];

/** Names, numbers and the other language's own name may be of any language. */
const foreign = {
  zh: (text) => text.replace(/English|Qianbao|PIN|QR|CSV|ID|Chrome|Linux|HTTP|[IVX]+(?= )|v?\d[\w.:+-]*/g, '').match(/\b[A-Za-z]{4,}(?: [A-Za-z]{2,}){2,}/),
  en: (text) => text.replace(/中文|钱包|王小强|王\*强|小明|招商银行|南门早点铺/g, '').match(/[\u4e00-\u9fff]{2,}/),
};

async function everyPage(lang) {
  const person = await Person.open('p.localhost', lang);
  await person.register();
  await person.verify('王小强');
  await person.setPin();
  await person.bindCard();
  for (const elder of [false, true]) {
    await person.page.evaluate((on) => localStorage.setItem('qb.elder', on ? '1' : '0'), elder);
    await person.page.reload();
    for (const route of ROUTES) {
      const name = `${elder ? 'elder' : 'page'}${route.replaceAll('/', '-')}`;
      await person.go(route);
      await person.settled();
      await person.picture(name);
      const text = await person.page.locator('body').innerText();
      const found = foreign[lang](text);
      check(!found, `${lang} ${route}: a word of the other language: ${found?.[0]}`);
      check(!/\b[a-z]+_[a-z_]+\b/.test(text.replace(/qianbao:\S+/g, '')), `${lang} ${route}: a raw key: ${/\b[a-z]+_[a-z_]+\b/.exec(text)?.[0]}`);
      check(!/undefined|NaN|\[object/.test(text), `${lang} ${route}: ${/undefined|NaN|\[object/.exec(text)?.[0]}`);
      if (!elder) continue;
      const small = await person.page.evaluate(() => [...document.querySelectorAll('#app *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && !e.closest('svg, .badge, .hidden-words') && parseFloat(getComputedStyle(e).fontSize) < 18).map((e) => e.className || e.tagName).slice(0, 3));
      check(small.length === 0, `${lang} ${route}: words below 18 px in elder mode: ${small.join(', ')}`);
    }
  }
  await person.page.evaluate(() => localStorage.setItem('qb.elder', '0'));
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
  await person.see(lang === 'zh' ? '最后一次看到' : 'last figures we saw');
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

/** Tab, Enter and digits only: sign out and in, to the transfer page, back. What has the focus can be seen. */
async function keyboard() {
  const person = await Person.open('k.localhost', 'en');
  await person.register();
  const { page } = person;
  const press = async (name, most = 40) => {
    for (let i = 0; i < most; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => { const e = document.activeElement; return { name: (e.getAttribute('aria-label') || e.innerText || e.labels?.[0]?.innerText || '').trim(), seen: getComputedStyle(e).outlineStyle !== 'none' || e.tagName === 'INPUT' }; });
      if (at.name.startsWith(name)) { check(at.seen, `keyboard: the focus on "${name}" is seen`); return; }
    }
    check(false, `keyboard: "${name}" is not reached`);
    throw new Error(`keyboard: ${name}`);
  };
  await page.reload();
  await person.see('Scan');
  await press('Transfer');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/transfer/);
  await press('Phone of the payee');
  await page.keyboard.type('13800000000');
  await press('Continue');
  await page.keyboard.press('Enter');
  await person.see('We found no wallet');
  await press('Back');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/$|localhost:\d+\/$/);
  await person.go('/settings');
  await press('Sign out');
  await page.keyboard.press('Enter');
  await page.waitForURL(/signin/);
  await press('Mobile number');
  await page.keyboard.type(person.phone);
  await press('Password');
  await page.keyboard.type(PASSWORD);
  await press('Sign in');
  await page.keyboard.press('Enter');
  await person.see('Scan');
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

for (const [name, walk] of [['pages zh', () => everyPage('zh')], ['pages en', () => everyPage('en')], ['offline zh', () => offline('zh')], ['offline en', () => offline('en')], ['keyboard', keyboard], ['redirects', redirects]]) {
  const begun = Date.now();
  try { await walk(); } catch (error) { await lost(`${name}: ${error.stack}`, `lost-${name.replace(' ', '-')}`); }
  console.log(`${name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
await finish();
