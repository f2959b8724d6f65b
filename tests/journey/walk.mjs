// SPDX-License-Identifier: Apache-2.0
// What the journeys have in common: a browser, people who use the app by what stands on the screen, pictures with axe on each, and counting.
//   node NAME_journey.mjs BASE-URL PICTURES [zh|en]
import axe from 'axe-core';
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const [base, pictures, only] = process.argv.slice(2);
mkdirSync(pictures, { recursive: true });
export const port = new URL(base).port;
export const PASSWORD = 'xuanwu-hu 2317 liu', PIN = '408516';
let passed = 0, failed = 0;

/** Ends the program with the count, as a stage wants it. */
export async function finish() {
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

/** A journey that broke off: one failure, and what stood on its screens. */
export async function lost(what, name) {
  check(false, what);
  for (const context of browser.contexts()) for (const page of context.pages()) { await page.screenshot({ path: `${pictures}/${name}-${new URL(page.url()).hostname || 'blank'}.png` }); await context.close(); }
}

export function check(holds, what) {
  if (holds) { passed++; return; }
  failed++;
  console.log(`FAIL ${what}`);
}

// The words that a person looks for on the screen.
export const words = {
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

export function idNumber(n) {
  const body = `1101051990${String(1 + (n % 12)).padStart(2, '0')}15${String(n % 1000).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return body + '10X98765432'[[...body].reduce((sum, c, i) => sum + Number(c) * weights[i], 0) % 11];
}
export function cardNumber(n) {
  const body = `622588${String(7_000_000 + n).padStart(9, '0')}`;
  const sum = [...body].reverse().reduce((s, c, i) => { const d = Number(c) * (i % 2 ? 1 : 2); return s + (d > 9 ? d - 9 : d); }, 0);
  return body + ((10 - (sum % 10)) % 10);
}

export const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });

export async function sms(phone, from) {
  for (let i = 0; i < 50; i++) {
    const inbox = await (await fetch(`${base}/demo/inbox`)).json();
    const found = inbox.items.find((item) => item.phone === phone && item.from === from);
    if (found) return found.code;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no code for ${phone}`);
}

/** What was clicked, filled and read, by language: the README's newcomer steps must be among it. */
export const touched = { zh: new Set(), en: new Set() };

let serial = (Math.floor(Date.now() / 1000) + process.pid * 37) % 90_000; // journeys that run side by side are other people

/** One person with one window, as a person uses it: by what stands on the screen. */
export class Person {
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
  /** Until what the page asked for is there: its live stream stays open, so the network is never idle. */
  async settled() { await this.page.waitForTimeout(120); await this.page.waitForFunction(() => !/^(正在加载…|Loading…)$/m.test(document.body.innerText), null, { timeout: 5000 }).catch(() => undefined); }
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