// SPDX-License-Identifier: Apache-2.0
// The newcomer's steps of the README, clicked in a real browser against a real server and bank, in both languages, with a picture of every
// page (360 x 780, light and dark) and axe on each.   node newcomer_journey.mjs BASE-URL PICTURES [zh|en]
import { readFileSync } from 'node:fs';
import { base, browser, cardNumber, check, finish, lost, only, Person, pictures, port, sms, touched, words } from './walk.mjs';

async function journey(lang) {
  const w = words[lang];
  const payer = await Person.open('a.localhost', lang), friend = await Person.open('b.localhost', lang), shop = await Person.open('shop.localhost', lang);
  friend.nickname = '<img src=x onerror=a>'.slice(0, 20); // attack row 28: a name is text, wherever it is shown
  await payer.see(w.password);
  await payer.picture('sign-in');
  for (const [person, name] of [[payer, '王小强'], [friend, '李梅'], [shop, '周建国']]) {
    await person.register();
    if (person === payer) await person.picture('home-empty');
    await person.verify(name);
    await person.setPin();
  }
  await payer.picture('pin');
  await payer.bindCard();
  await payer.picture('cards');

  await payer.go('/topup');
  await payer.pad('500');
  await payer.picture('topup');
  await payer.button(`${w.topup} ¥500.00`).click();
  await payer.page.getByRole('dialog').waitFor();
  await payer.picture('pin-pad');
  await payer.pin();
  await payer.see(w.topupDone);
  await payer.picture('result-topup');

  await shop.page.goto(`${shop.origin}/till`);
  await shop.see(w.openShop);
  await shop.picture('till-open');
  await shop.field(w.shopName).fill('南门早点铺');
  await shop.button(w.openShop).click();
  await shop.see('南门早点铺');
  await shop.pad('8.5');
  await shop.button(`${w.collect} ¥8.50`).click();
  await shop.page.locator('.qr img').waitFor();
  await shop.picture('till-code');
  const code = await shop.page.getByText(/^qianbao:o:/).innerText();

  await payer.go('/scan');
  await payer.field(w.typeCode).waitFor();
  await payer.picture('scan');
  await payer.field(w.typeCode).fill(code);
  await payer.button(w.next).click();
  await payer.see('南门早点铺');
  await payer.picture('pay');
  await payer.page.getByRole('button', { name: '¥8.50' }).click();
  await payer.pin();
  await payer.see(w.paid);
  await payer.picture('result-paid');
  await shop.see(w.gotIt);
  await shop.picture('till-paid');

  await payer.go('/transfer');
  await payer.field(w.payeePhone).fill(friend.phone);
  await payer.button(w.next).click();
  await payer.see('李*');
  await payer.see('<img src=x onerror=');
  check((await payer.page.locator('main img').count()) === 0, `${lang}: a name became a picture`);
  await payer.picture('transfer-to');
  await payer.button(w.yes).click();
  await payer.page.waitForURL(/#\/transfer\//);
  await payer.pad('100');
  await payer.picture('transfer-amount');
  await payer.button(`${w.transfer} ¥100.00`).click();
  await payer.pin();
  await payer.see(w.waiting);
  await payer.picture('result-transfer');

  await friend.go('/bills');
  await friend.page.locator('main .row').first().click();
  await friend.picture('bill-to-accept');
  await friend.button(w.accept).click();
  await friend.see(w.received);

  // more than there is: refused, explained, listed
  await payer.go(`/pay/${encodeURIComponent(`qianbao:m:${(await shopCode(shop)).split(':')[2]}`)}`);
  await payer.see('南门早点铺');
  await payer.page.getByRole('radio', { name: new RegExp(`^${lang === 'zh' ? '零钱' : 'Balance'}`) }).click(); // not the card, which would do
  await payer.pad('400');
  await payer.page.getByRole('button', { name: '¥400.00' }).click();
  await payer.pin();
  await payer.see(w.refused);
  await payer.see(w.notTaken);
  await payer.see('8.50');
  await payer.picture('refused');

  for (const [route, name] of [['/', 'home'], ['/bills', 'bills'], ['/notices', 'notices'], ['/me', 'me'], ['/paycode', 'paycode'], ['/receive', 'receive'], ['/sessions', 'sessions'], ['/settings', 'settings'], ['/help', 'help'], ['/realname', 'real-name']]) {
    await payer.go(route);
    await payer.settled();
    await payer.picture(name);
  }
  await payer.go('/');
  await payer.see('391.50');
  await payer.go('/bills');
  await payer.page.locator('main .row').nth(3).waitFor();
  check((await payer.page.locator('main .row').count()) === 4, `${lang}: the payer sees four bills`);
  await friend.go('/bills');
  await friend.page.locator('main .row').first().waitFor();
  check((await friend.page.locator('main .row').count()) === 1, `${lang}: the friend sees one`);

  await lostAnswer(payer, await shopCode(shop));

  // the server out of reach: the last figure with its age, never a zero
  await payer.go('/');
  await payer.see('390.00');
  await payer.context.setOffline(true);
  await payer.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await payer.page.locator('.figure.stale').waitFor();
  check(/390\.00/.test(await payer.page.locator('.figure').innerText()), `${lang}: offline shows the last figure`);
  await payer.picture('offline');
  await payer.context.setOffline(false);
  await outAndBack(payer);
  for (const person of [payer, friend, shop]) await person.close();
}

/** Money home to the card, with what it costs; and money sent by mistake, recalled before it arrives. */
async function outAndBack(payer) {
  const { w, lang, page } = payer;
  await payer.go('/withdraw');
  await payer.see(w.fee);
  await payer.pad('100');
  await page.getByText('¥ 100.00').waitFor();
  await payer.picture('withdraw');
  await payer.button(`${w.withdraw} ¥100.00`).click();
  await payer.pin();
  await payer.see(w.withdrawn);
  await payer.picture('result-withdrawal');
  await payer.go('/transfer');
  await payer.see('李*');
  await payer.picture('transfer-recent');
  await page.getByRole('link', { name: '李*' }).click();
  await payer.pad('50');
  await payer.button(w.inTwoHours).click();
  await payer.picture('transfer-later');
  await payer.button(`${w.transfer} ¥50.00`).click();
  await payer.pin();
  await payer.see(w.arriving);
  await payer.picture('result-arriving');
  await payer.button(w.recall, true).click();
  await payer.see(w.recalled);
  await payer.picture('result-recalled');
  await payer.go('/');
  await payer.see('290.00');
  check((await page.locator('.figure').innerText()).includes('290.00'), `${lang}: the withdrawal is gone, the transfer is back`);
}

/** The payment reaches the server, its answer never comes back, the page is reloaded: the same operation goes on under its key and is made once. */
async function lostAnswer(payer, code) {
  const { w, lang, page } = payer;
  const keys = [], wire = await payer.context.newCDPSession(page);
  let lose = true;
  wire.on('Fetch.requestPaused', ({ requestId, request }) => { // the server has answered
    keys.push(Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'idempotency-key')[1]);
    void (lose ? wire.send('Fetch.failRequest', { requestId, errorReason: 'ConnectionReset' }) : wire.send('Fetch.continueRequest', { requestId })).catch(() => undefined);
  });
  await wire.send('Fetch.enable', { patterns: [{ urlPattern: '*/v1/purchases', requestStage: 'Response' }] });
  await payer.go(`/pay/${encodeURIComponent(code)}`);
  await payer.see('南门早点铺');
  await payer.pad('1.5');
  await page.getByRole('button', { name: '¥1.50' }).click();
  await payer.pin();
  for (let i = 0; keys.length < 2 && i < 300; i++) await page.waitForTimeout(100);
  check(keys.length >= 2 && new Set(keys).size === 1, `${lang}: a retry uses the same key (${keys.length} tries)`);
  await payer.go('/');
  await page.reload();
  await payer.see(w.resume);
  await payer.picture('operation-open');
  lose = false;
  await page.getByRole('link', { name: w.resume }).click();
  await payer.pin();
  await payer.see(w.paid);
  check(new Set(keys).size === 1, `${lang}: the key outlives a reload`);
  await wire.detach();
  await payer.go('/');
  await payer.see('390.00');
  await payer.go('/bills');
  await page.locator('main .row').nth(4).waitFor();
  check((await page.locator('main .row').count()) === 5, `${lang}: paid once`);
}

async function shopCode(shop) {
  return shop.page.evaluate(async () => (await (await fetch('/v1/merchants')).json()).items[0].code);
}

async function demo(lang) {
  const visitor = await Person.open('127.0.0.1', lang, '/demo');
  await visitor.see(lang === 'zh' ? '测试卡' : 'Test cards');
  await visitor.settled();
  await visitor.picture('demo', { names: true });
  await visitor.close();
}

/** Every word in bold of the README's steps was clicked or read in the journey of its language. */
function readme(lang) {
  const text = readFileSync(new URL(`../../README${lang === 'zh' ? '.zh-CN' : ''}.md`, import.meta.url), 'utf8');
  const steps = /<!-- newcomer[^>]*-->([\s\S]*)<!-- \/newcomer -->/.exec(text)?.[1] ?? '';
  const bold = [...steps.matchAll(/\*\*([^*]+)\*\*/g)].map((match) => match[1]);
  check(bold.length >= 10, `${lang}: the README has its steps`);
  for (const word of bold) check(touched[lang].has(word), `${lang}: the README says "${word}", the journey does not`);
}

await Promise.all((only ? [only] : ['zh', 'en']).map(async (lang) => {
  const begun = Date.now();
  try {
    await demo(lang);
    await journey(lang);
    readme(lang);
  } catch (error) {
    await lost(`${lang}: ${error.stack}`, `lost-${lang}`, lang);
  }
  console.log(`${lang}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}));
await finish();
