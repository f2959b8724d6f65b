// SPDX-License-Identifier: Apache-2.0
// The newcomer's steps of the README, clicked in a real browser against a real server and bank, in both languages, with a picture of every
// page (360 x 780, light and dark) and axe on each.   node journey.mjs BASE-URL PICTURES [zh|en]
import axe from 'axe-core';
import { mkdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [base, pictures, only] = process.argv.slice(2);
const port = new URL(base).port;
const PASSWORD = 'xuanwu-hu 2317 liu', PIN = '408516';
let passed = 0, failed = 0;

function check(holds, what) {
  if (holds) { passed++; return; }
  failed++;
  console.log(`FAIL ${what}`);
}

// The words that a person looks for on the screen.
const words = {
  zh: { register: '开通钱包', phone: '手机号', code: '验证码', getCode: '获取验证码', nickname: '昵称', password: '登录密码', me: '我', realName: '还没有实名认证', name: '姓名', id: '身份证号', verify: '去实名认证', verified: '已实名认证',
    addCard: '添加银行卡', cardNumber: '卡号', cardPhone: '银行预留手机号', bankCode: '获取银行验证码', pin: '支付密码', setPin: '设置支付密码', pinDone: '支付密码已设置', topup: '充值', topupDone: '充值成功', wallet: '钱包',
    openShop: '开店', shopName: '店名', shopCode: '店铺码', collect: '收款', transfer: '转账', payeePhone: '收款人手机号', next: '下一步', yes: '是这个人', scan: '扫一扫', typeCode: '输入码', paid: '付款成功', waiting: '等对方收钱', accept: '收钱', received: '已收钱',
    finish: '完成', bills: '账单', note: '备注', gotIt: '收到了', resume: '查结果', notices: '通知', cards: '银行卡', sessions: '登录设备', settings: '设置', help: '客服与帮助', receive: '收款码', refused: '没有成功', notTaken: '钱没有被扣',
    withdraw: '提现', fee: '手续费', withdrawn: '提现已到账', inTwoHours: '2 小时到账', arriving: '还没到账', recall: '撤回', recalled: '已撤回' },
  en: { register: 'Open a wallet', phone: 'Mobile number', code: 'Code', getCode: 'Get a code', nickname: 'Nickname', password: 'Password', me: 'Me', realName: 'Name not verified yet', name: 'Name', id: 'ID number', verify: 'Verify my name', verified: 'Name verified',
    addCard: 'Add a bank card', cardNumber: 'Card number', cardPhone: 'Phone that the bank knows', bankCode: 'Get the bank\'s code', pin: 'Payment PIN', setPin: 'Set a payment PIN', pinDone: 'The payment PIN is set', topup: 'Top up', topupDone: 'Topped up', wallet: 'Wallet',
    openShop: 'Open a shop', shopName: 'Name of the shop', shopCode: 'Shop code', collect: 'Collect', transfer: 'Transfer', payeePhone: 'Phone of the payee', next: 'Continue', yes: 'Yes, this person', scan: 'Scan', typeCode: 'Type the code', paid: 'Paid', waiting: 'Waiting to be accepted', accept: 'Accept', received: 'Received',
    finish: 'Done', bills: 'Bills', note: 'Note', gotIt: 'Received', resume: 'See the result', notices: 'Notices', cards: 'Cards', sessions: 'Signed-in devices', settings: 'Settings', help: 'Help and support', receive: 'Receive', refused: 'Not done', notTaken: 'No money was taken',
    withdraw: 'Withdraw', fee: 'Fee', withdrawn: 'On your card', inTwoHours: 'In 2 h', arriving: 'On its way', recall: 'Recall', recalled: 'Recalled by you' },
};

function idNumber(n) {
  const body = `1101051990${String(1 + (n % 12)).padStart(2, '0')}15${String(n % 1000).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return body + '10X98765432'[[...body].reduce((sum, c, i) => sum + Number(c) * weights[i], 0) % 11];
}
function cardNumber(n) {
  const body = `622588${String(7_000_000 + n).padStart(9, '0')}`;
  const sum = [...body].reverse().reduce((s, c, i) => { const d = Number(c) * (i % 2 ? 1 : 2); return s + (d > 9 ? d - 9 : d); }, 0);
  return body + ((10 - (sum % 10)) % 10);
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });

async function sms(phone, from) {
  for (let i = 0; i < 50; i++) {
    const inbox = await (await fetch(`${base}/demo/inbox`)).json();
    const found = inbox.items.find((item) => item.phone === phone && item.from === from);
    if (found) return found.code;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no code for ${phone}`);
}

/** What was clicked, filled and read, by language: the README's newcomer steps must be among it. */
const touched = { zh: new Set(), en: new Set() };

let serial = Math.floor(Date.now() / 1000) % 100_000;

/** One person with one window, as a person uses it: by what stands on the screen. */
class Person {
  static async open(host, lang, path = '/') {
    const person = new Person();
    person.lang = lang;
    person.w = words[lang];
    person.n = ++serial;
    person.phone = `137${String(person.n).padStart(8, '0')}`;
    person.context = await browser.newContext({ viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', colorScheme: 'light' });
    person.page = await person.context.newPage();
    person.page.setDefaultTimeout(10_000);
    person.page.on('pageerror', (error) => check(false, `${lang}: an error on the page: ${error.message}`));
    person.page.on('console', (message) => { if (message.type() === 'error' && !/status of 4\d\d|ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_CONNECTION_RESET/.test(message.text())) check(false, `${lang}: console: ${message.text()}`); });
    person.origin = `http://${host}:${port}`;
    await person.page.goto(`${person.origin}${path}`);
    return person;
  }
  field(name) { touched[this.lang].add(name); return this.page.getByLabel(name, { exact: true }); }
  button(name, exact = false) { touched[this.lang].add(String(name).replace(/ ¥.*/, '')); return this.page.getByRole('button', { name, exact }); }
  async see(text) {
    touched[this.lang].add(text);
    try { await this.page.getByText(text).first().waitFor({ timeout: 10_000 }); check(true); } catch { check(false, `${this.lang}: does not see "${text}" at ${this.page.url()}`); await this.picture('lost'); throw new Error(`lost at ${this.page.url()}`); }
  }
  async go(route) { await this.page.goto(`${this.origin}/#${route}`); }
  async pad(digits) { for (const digit of digits) await this.page.locator('.keypad button', { hasText: new RegExp(`^${digit === '.' ? '\\.' : digit}$`) }).click(); }
  async pin() { await this.page.getByRole('dialog').waitFor(); for (const digit of PIN) await this.page.getByRole('dialog').locator('.keypad button', { hasText: new RegExp(`^${digit}$`) }).click(); }
  /** A picture in light and dark, and axe on both. */
  async picture(name) {
    await this.page.waitForTimeout(150);
    for (const scheme of ['light', 'dark']) {
      await this.page.emulateMedia({ colorScheme: scheme });
      await this.page.waitForTimeout(180); // a colour may be on its way
      await this.page.screenshot({ path: `${pictures}/${this.lang}-${name}-${scheme}.png` });
      const found = await this.inspect();
      check(found.length === 0, `${this.lang} ${name} ${scheme}: axe: ${found.join('; ')}`);
    }
    await this.page.emulateMedia({ colorScheme: 'light' });
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    check(!wide, `${this.lang} ${name}: the page is wider than the phone`);
  }
  /** axe runs in the page's own world by the debugger, past the page's policy. */
  async inspect() {
    this.cdp ??= await this.context.newCDPSession(this.page);
    await this.cdp.send('Runtime.evaluate', { expression: axe.source });
    const result = await this.cdp.send('Runtime.evaluate', { expression: 'axe.run(document, {runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","best-practice"]}).then(r => JSON.stringify(r.violations.map(v => v.id + " " + v.nodes.slice(0, 2).map(n => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join(" | "))))', awaitPromise: true, returnByValue: true });
    return result.result.value ? JSON.parse(result.result.value) : [`axe did not run: ${JSON.stringify(result.exceptionDetails?.exception?.description ?? result).slice(0, 200)}`];
  }

  async register() {
    const { w } = this;
    await this.go('/register');
    await this.field(w.phone).fill(this.phone);
    await this.button(w.getCode).click();
    await this.field(w.code).fill(await sms(this.phone, 'wallet'));
    await this.field(w.nickname).fill(this.nickname ?? (this.lang === 'zh' ? '小明' : 'Ming'));
    await this.field(w.password).fill(PASSWORD);
    await this.button(w.register, true).click();
    await this.see(w.scan);
  }
  async verify(name) {
    await this.go('/realname');
    await this.field(this.w.name).fill(name);
    await this.field(this.w.id).fill(idNumber(this.n));
    await this.button(this.w.verify).click();
    await this.see(this.w.verified);
  }
  async setPin() {
    await this.go('/pin');
    await this.button(this.w.setPin).click();
    await this.pin();
    await this.page.waitForTimeout(100);
    await this.pin();
    await this.see(this.w.pinDone);
  }
  async bindCard() {
    await this.go('/cards/add');
    await this.field(this.w.cardNumber).fill(cardNumber(this.n));
    await this.field(this.w.cardPhone).fill(this.phone);
    await this.see(this.lang === 'zh' ? '招商银行' : 'China Merchants Bank');
    await this.picture('add-card');
    await this.button(this.w.bankCode).click();
    await this.field(this.w.code).waitFor();
    await this.field(this.w.code).fill(await sms(this.phone, 'bank'));
    await this.button(this.w.addCard, true).click();
    await this.page.waitForURL(/#\/cards$/);
    await this.see(cardNumber(this.n).slice(-4));
  }
  async close() { await this.context.close(); }
}

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
  await payer.page.waitForTimeout(400);
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
  await payer.pad('400');
  await payer.page.getByRole('button', { name: '¥400.00' }).click();
  await payer.pin();
  await payer.see(w.refused);
  await payer.see(w.notTaken);
  await payer.see('8.50');
  await payer.picture('refused');

  for (const [route, name] of [['/', 'home'], ['/bills', 'bills'], ['/notices', 'notices'], ['/me', 'me'], ['/paycode', 'paycode'], ['/receive', 'receive'], ['/sessions', 'sessions'], ['/settings', 'settings'], ['/help', 'help'], ['/realname', 'real-name']]) {
    await payer.go(route);
    await payer.page.waitForTimeout(350);
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
  const keys = [];
  let lose = true;
  await page.route('**/v1/purchases', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (!lose) return route.continue();
    await route.fetch().catch(() => undefined); // done at the server …
    return route.abort('connectionreset').catch(() => undefined); // … and lost on the way back
  });
  await payer.go(`/pay/${encodeURIComponent(code)}`);
  await payer.see('南门早点铺');
  await payer.pad('1.5');
  await page.getByRole('button', { name: '¥1.50' }).click();
  await payer.pin();
  await page.waitForTimeout(1200);
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
  await page.unroute('**/v1/purchases');
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
  await visitor.page.waitForTimeout(500);
  await visitor.picture('demo');
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

mkdirSync(pictures, { recursive: true });
for (const lang of only ? [only] : ['zh', 'en']) {
  const begun = Date.now();
  try {
    await demo(lang);
    await journey(lang);
    readme(lang);
  } catch (error) {
    failed++;
    console.log(`FAIL ${lang}: ${error.stack}`);
    for (const context of browser.contexts()) for (const page of context.pages()) { await page.screenshot({ path: `${pictures}/lost-${lang}-${new URL(page.url()).hostname}.png` }); await context.close(); }
  }
  console.log(`${lang}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
