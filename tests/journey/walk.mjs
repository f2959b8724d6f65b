// SPDX-License-Identifier: Apache-2.0
// What the journeys have in common: a browser, people who use the app by what stands on the screen, pictures with axe on each, and counting.
//   node NAME_journey.mjs BASE-URL PICTURES [zh|en]
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { launch } from './chromium.mjs';

export const [base, pictures, only] = process.argv.slice(2);
mkdirSync(pictures, { recursive: true });
export const port = new URL(base).port;
export const PASSWORD = 'xuanwu-hu 2317 liu', PIN = '408516';
const AXE = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const PATIENCE_MS = 30_000; // this is about what is seen, not about when: a machine may be busy
const SLOWED = Number(process.env.SLOWED ?? 1); // each page computes so many times slower: finds what goes well only because a page is quick
let passed = 0, failed = 0;

/** Ends the program with the count, as a stage wants it. */
export async function finish() {
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

const open = new Set(); // people with a window

/** A journey that broke off: one failure, and what stood on its screens; those of another language walk on. */
export async function lost(what, name, lang) {
  check(false, what);
  for (const person of [...open].filter((one) => !lang || one.lang === lang)) {
    await person.page.screenshot({ path: `${pictures}/${name}-${new URL(person.page.url()).hostname || 'blank'}.png` }).catch(() => undefined);
    await person.close();
  }
}

export function check(holds, what) {
  if (holds) { passed++; return; }
  failed++;
  console.log(`FAIL ${what}`);
}

/** One of the staff for all journeys, whichever comes first; and their commands, on the server of QIANBAO_DATA. */
export const BY = 'jing';
const PASSPHRASE = 'seven quiet cups of tea';
const env = { ...process.env, QIANBAO_PASSPHRASE: PASSPHRASE, QIANBAO_NEW_PASSPHRASE: PASSPHRASE };
export const qianbao = (...typed) => JSON.parse(execFileSync(process.env.QIANBAO_CLI ?? 'build/src/bin/qianbao', ['--json', ...typed], { env, encoding: 'utf8', maxBuffer: 16 << 20 }));
export function staffed() { try { qianbao('staff', 'add', BY); } catch (refused) { if (!/STAFF_(UNKNOWN|TAKEN)/.test(refused.stdout)) throw refused; } }

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

/** One for each n below 90,000: month and serial say n modulo 3,000, the year the rest. */
export function idNumber(n) {
  const body = `110105${1960 + (Math.floor(n / 3000) % 30)}${String(1 + (n % 12)).padStart(2, '0')}15${String(n % 1000).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return body + '10X98765432'[[...body].reduce((sum, c, i) => sum + Number(c) * weights[i], 0) % 11];
}
export function cardNumber(n) {
  const body = `622588${String(7_000_000 + n).padStart(9, '0')}`;
  const sum = [...body].reverse().reduce((s, c, i) => { const d = Number(c) * (i % 2 ? 1 : 2); return s + (d > 9 ? d - 9 : d); }, 0);
  return body + ((10 - (sum % 10)) % 10);
}

export const browser = await launch();

export async function sms(phone, from) {
  for (let i = 0; i < PATIENCE_MS / 100; i++) {
    const inbox = await (await fetch(`${base}/demo/inbox`)).json();
    const found = inbox.items.find((item) => item.phone === phone && item.from === from);
    if (found) return found.code;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no code for ${phone}`);
}

/** What was clicked, filled and read, by language: the README's newcomer steps must be among it. */
export const touched = { zh: new Set(), en: new Set() };

const foreign = {
  zh: (text) => text.replace(/English|Qianbao|PIN|QR|CSV|ID|Chrome|Linux|HTTP|[IVX]+(?= )|v?\d[\w.:+-]*/g, '').match(/\b[A-Za-z]{4,}(?: [A-Za-z]{2,}){2,}/),
  en: (text) => text.replace(/中文|钱包|小明|[\u4e00-\u9fff]?\*[\u4e00-\u9fff]?|南门早点铺[\u4e00-\u9fff]*|王小强|李梅|周建国|欧阳上官[\u4e00-\u9fff]*/g, '').match(/[\u4e00-\u9fff]{2,}/),
};

let serial = (Math.floor(Date.now() / 1000) + process.pid * 37) % 90_000; // journeys that run side by side are other people

/** One person with one window, as a person uses it: by what stands on the screen. */
export class Person {
  /** `context`: a window of the caller's own. */
  static async open(host, lang, path = '/', context = null) {
    const person = new Person();
    person.lang = lang;
    person.w = words[lang];
    person.n = ++serial;
    person.phone = `137${String(person.n).padStart(8, '0')}`;
    person.context = context ?? await browser.newContext({ viewport: { width: 360, height: 780 }, deviceScaleFactor: 1, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', colorScheme: 'light', reducedMotion: 'reduce' });
    person.page = await person.context.newPage();
    person.page.setDefaultTimeout(PATIENCE_MS);
    person.page.on('pageerror', (error) => check(false, `${lang}: an error on the page: ${error.message}`));
    person.page.on('console', (message) => { if (message.type() === 'error' && !/status of (4\d\d|503)|ERR_INTERNET_DISCONNECTED|ERR_FAILED|ERR_CONNECTION_RE(SET|FUSED)|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE_CHUNKED_ENCODING/.test(message.text())) check(false, `${lang}: console: ${message.text()}`); });
    if (SLOWED > 1) await (await person.wire()).send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
    person.origin = `http://${host}:${port}`;
    open.add(person);
    await person.page.goto(`${person.origin}${path}`);
    return person;
  }
  field(name) { touched[this.lang].add(name); return this.page.getByLabel(name, { exact: true }); }
  button(name, exact = false) { touched[this.lang].add(String(name).replace(/ ¥.*/, '')); return this.page.getByRole('button', { name, exact }); }
  async see(text) {
    touched[this.lang].add(text);
    try { await this.page.getByText(text).first().waitFor(); check(true); } catch { check(false, `${this.lang}: does not see "${text}" at ${this.page.url()}`); await this.picture('lost'); throw new Error(`lost at ${this.page.url()}`); }
  }
  /** Until what the page asked for is there: its live stream stays open, so the network is never idle. */
  async settled() { await this.page.waitForTimeout(120); await this.page.waitForFunction(() => !/^(正在加载…|Loading…)$/m.test(document.body.innerText), null, { timeout: 5000 }).catch(() => undefined); }
  async go(route) { await this.page.goto(`${this.origin}/#${route}`); }
  async pad(digits) { for (const digit of digits) await this.page.locator('.keypad button', { hasText: new RegExp(`^${digit === '.' ? '\\.' : digit}$`) }).click(); }
  async pin() { await this.page.getByRole('dialog').waitFor(); for (const digit of PIN) await this.page.getByRole('dialog').locator('.keypad button', { hasText: new RegExp(`^${digit}$`) }).click(); }
  /** A picture in light and dark; axe on the page, and what the dark colours can change of it once more; no word that should not be there
   * (`names`: where people's names and banks stand in a row; `within`: the part for axe, where a picture before had the rest of a long page). */
  async picture(name, { names = false, within = null } = {}) {
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60))));
    for (const scheme of ['light', 'dark']) { // a window is light by itself
      if (scheme === 'dark') {
        await this.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      }
      await this.shoot(`${pictures}/${this.lang}-${name}-${scheme}.png`);
      const found = await this.inspect(scheme === 'light' ? '["wcag2a","wcag2aa","wcag21a","wcag21aa","best-practice"]' : '{type: "rule", values: ["color-contrast"]}', within);
      check(found.length === 0, `${this.lang} ${name} ${scheme}: axe: ${found.join('; ')}`);
    }
    await this.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    const { wide, text, small } = await this.page.evaluate(() => ({
      wide: document.documentElement.scrollWidth > window.innerWidth,
      text: document.body.innerText,
      small: !('elder' in document.documentElement.dataset) ? [] : [...document.querySelectorAll('#app *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) && !e.closest('svg, select, .badge, .hidden-words') && parseFloat(getComputedStyle(e).fontSize) < 18).map((e) => e.className || e.tagName).slice(0, 3),
    }));
    check(!wide, `${this.lang} ${name}: the page is wider than the phone`);
    check(small.length === 0, `${this.lang} ${name}: words below 18 px in elder mode: ${small.join(', ')}`);
    if (!names) this.read(name, text);
  }
  /** The words of a page: none of the other language, no raw key, nothing that a program would say. Names and numbers may be of any language. */
  read(name, text) {
    const own = text.replaceAll(this.nickname ?? '', '').replace(/qianbao:\S+|<img\S*( \S+)*/g, '');
    const other = foreign[this.lang](own), raw = /\b[a-z]+_[a-z_]+\b/.exec(own), odd = /undefined|NaN|\[object|\bnull\b/.exec(own);
    check(!other, `${this.lang} ${name}: words of the other language: ${other?.[0]}`);
    check(!raw, `${this.lang} ${name}: a raw key: ${raw?.[0]}`);
    check(!odd, `${this.lang} ${name}: ${odd?.[0]}`);
  }
  /** What stands on the screen, as it is: half the work of page.screenshot(), which prepares the page for it. */
  async shoot(path) {
    const { data } = await (await this.wire()).send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true });
    writeFileSync(path, Buffer.from(data, 'base64'));
  }
  async wire() { return this.cdp ??= await this.context.newCDPSession(this.page); }
  /** axe runs in the page's own world by the debugger, past the page's policy. */
  async inspect(rules, within = null) {
    const cdp = await this.wire();
    const run = async (expression) => (await cdp.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })).result;
    if ((await run('typeof axe')).value !== 'object') await cdp.send('Runtime.evaluate', { expression: AXE });
    const result = await run(`axe.run(${within ? JSON.stringify(within) : 'document'}, {runOnly: ${rules}, resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v => v.id + " " + v.nodes.slice(0, 2).map(n => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join(" | "))))`);
    return result.value ? JSON.parse(result.value) : [`axe did not run: ${JSON.stringify(result).slice(0, 200)}`];
  }

  /** What a person does on many pages, told to the server at once, where a journey is about something else. */
  tell(method, path, body) {
    return this.page.evaluate(async ([m, p, b]) => {
      const answer = await fetch(p, { method: m, headers: { ...(m === 'GET' || m === 'DELETE' ? {} : { 'Content-Type': 'application/json' }), 'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-') }, body: m === 'GET' || m === 'DELETE' ? undefined : JSON.stringify(b ?? {}) });
      const json = await answer.json();
      if (!answer.ok) throw new Error(`${p}: ${JSON.stringify(json)}`);
      return json;
    }, [method, path, body]);
  }
  /** A person with a name, a PIN, a card, and so many fen. */
  async settle(name, fen = 0) {
    await this.tell('POST', '/v1/codes', { phone: this.phone, purpose: 'register' });
    await this.tell('POST', '/v1/persons', { phone: this.phone, code: await sms(this.phone, 'wallet'), password: PASSWORD, nickname: this.nickname ?? (this.lang === 'zh' ? '小明' : 'Ming') });
    await this.tell('PUT', '/v1/pin', { pin: PIN });
    await this.tell('POST', '/v1/realname', { name, id_number: idNumber(this.n) });
    const binding = await this.tell('POST', '/v1/cards', { number: cardNumber(this.n), phone: this.phone });
    this.card = (await this.tell('POST', `/v1/cards/${binding.binding_id}/confirm`, { code: await sms(this.phone, 'bank') })).card;
    if (fen) await this.tell('POST', '/v1/topups', { card_id: this.card.id, amount: fen, pin: PIN });
    for (let i = 0; fen && i < PATIENCE_MS / 100 && (await this.balance()) < fen; i++) await this.page.waitForTimeout(100);
    await this.page.reload();
  }
  async balance() { return (await this.tell('GET', '/v1/balance')).available; }
  /** Until the page itself shows that this holds. */
  async until(what, holds, value) { try { await this.page.waitForFunction(holds, value, { timeout: PATIENCE_MS }); check(true); } catch { check(false, `${this.lang}: never: ${what}`); throw new Error(what); } }

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
    await this.page.getByRole('dialog').getByRole('heading', { name: this.lang === 'zh' ? '再输入一次' : 'Enter it again' }).waitFor();
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
  async close() { open.delete(this); await this.context.close(); }
}

/** What a camera would give: drawn in the browser, as a file. */
export async function photo(person, colour, type = 'image/png') {
  const bytes = await person.page.evaluate(async ([fill, kind]) => {
    const canvas = document.createElement('canvas');
    canvas.width = 2000; canvas.height = 1250;
    const pen = canvas.getContext('2d');
    pen.fillStyle = fill; pen.fillRect(0, 0, 2000, 1250);
    pen.fillStyle = '#fff'; pen.fillRect(1300, 250, 500, 700); pen.font = '90px sans-serif'; pen.fillText('姓名 王小强', 150, 350); pen.fillText('110105 1990', 150, 1050);
    const blob = await new Promise((done) => canvas.toBlob(done, kind));
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, [colour, type]);
  return { name: 'card', mimeType: type, buffer: Buffer.from(bytes) };
}
/** Where it is chosen, on the page of the photos. */
export const album = (person, side) => person.page.getByRole('region', { name: side }).locator('input[type=file]').nth(1);
