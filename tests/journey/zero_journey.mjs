// SPDX-License-Identifier: Apache-2.0
// The balance reads zero, or less than was expected, because …: for each cause a person to whom it happened, one tap from home to the cause in words
// with its evidence, along its link to what resolves it, and a payment that works. The screen of the causes is shown in both languages.
//   node zero_journey.mjs BASE-URL PICTURES, which are the stage's; the server is its own, because banks sleep, days pass and books are bent
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// --- a town of its own ---

const bin = `${process.env.QIANBAO_BUILD ?? 'build'}/src/bin`;
const data = mkdtempSync(join(process.env.QIANBAO_TMP ?? tmpdir(), 'zero-'));
const started = (name, ...flags) => new Promise((done, failed) => {
  const child = spawn(`${bin}/${name}`, flags, { stdio: ['ignore', 'pipe', process.env.QIANBAO_LOUD ? 'inherit' : 'ignore'] });
  let said = '';
  child.on('exit', (code) => failed(new Error(`${name} ended with ${code}: ${said}`)));
  child.stdout.on('data', (part) => { said += part; const port = /listening on \S+:(\d+)/.exec(said)?.[1]; if (port) done({ child, url: `http://127.0.0.1:${port}` }); });
});
const bank = await started('qianbao-bank', '--data', `${data}/bank`, '--port', '0');
// A bank that sleeps is waited for: its orders are not in doubt meanwhile.
const server = await started('qianbaod', '--data', data, '--listen', '127.0.0.1:0', '--sandbox', '--bank', bank.url, '--bank-timeout', '5min', '--audit-every', '0s'); // books are bent on purpose
process.on('exit', () => { for (const { child } of [server, bank]) if (child.exitCode === null) child.kill('SIGKILL'); }); // whatever broke off
process.argv[2] = server.url;
process.env.QIANBAO_DATA = data;
const { album, BY, check, pictures, finish, idNumber, cardNumber, lost, Person, PASSWORD, photo, PIN, qianbao, sms, staffed, words } = await import('./walk.mjs');

async function ended({ child }) {
  child.removeAllListeners('exit');
  const over = new Promise((done) => { child.on('exit', done); });
  child.kill('SIGTERM');
  return over;
}
const typed = (...command) => execFileSync(`${bin}/qianbao`, ['--data', data, ...command], { encoding: 'utf8' });
const bend = (was, becomes) => execFileSync('python3', ['tests/api/bend.py', data, String(was), String(becomes)]);
const advance = async (seconds) => (await fetch(`${server.url}/demo/clock`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ advance_s: seconds }) })).json();
async function until(what, holds) {
  for (let i = 0; i < 300; i++) { if (await holds()) return; await new Promise((done) => setTimeout(done, 100)); }
  throw new Error(`never: ${what}`);
}

// --- people, told to the server at once ---

let people = 0;
const BANKS = { CMB: (n) => cardNumber(n), CCB: (n) => luhn('622700', 19, n), ICBC: (n) => luhn('622202', 19, n) };
function luhn(prefix, length, n) {
  const body = prefix + String(7_000_000 + n).padStart(length - 1 - prefix.length, '0');
  const sum = [...body].reverse().reduce((s, c, i) => { const d = Number(c) * (i % 2 ? 1 : 2); return s + (d > 9 ? d - 9 : d); }, 0);
  return body + ((10 - (sum % 10)) % 10);
}

/** Somebody with a login, and what the browser would keep of it. */
class Somebody {
  constructor(nickname) { this.n = ++people; this.phone = `136${String(this.n).padStart(8, '0')}`; this.nickname = nickname; this.cookies = new Map(); }
  async call(method, path, body) {
    const head = { Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '), ...(method === 'GET' ? {} : { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }) };
    const answer = await fetch(`${server.url}${path}`, { method, headers: head, body: method === 'GET' ? undefined : JSON.stringify(body ?? {}) });
    for (const cookie of answer.headers.getSetCookie()) { const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie); this.cookies.set(name, value); }
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(json)}`);
    return json;
  }
  get(path) { return this.call('GET', path); }
  post(path, body) { return this.call('POST', path, body); }
  async register() {
    await this.post('/v1/codes', { phone: this.phone, purpose: 'register' });
    this.id = (await this.post('/v1/persons', { phone: this.phone, code: await sms(this.phone, 'wallet'), password: PASSWORD, nickname: this.nickname })).person.id;
    await this.call('PUT', '/v1/pin', { pin: PIN });
    return this;
  }
  signIn(who) { return this.post('/v1/sessions', { phone: who.phone, password: PASSWORD }); }
  verify(name) { return this.post('/v1/realname', { name, id_number: idNumber(this.n) }); }
  async bind(bankCode = 'CMB') {
    const binding = await this.post('/v1/cards', { number: BANKS[bankCode](this.n), phone: this.phone });
    this.card = (await this.post(`/v1/cards/${binding.binding_id}/confirm`, { code: await sms(this.phone, 'bank') })).card;
  }
  async state(payment) { return (await this.get(`/v1/payments/${payment.id}`)).payment.state; }
  async topup(fen, state = 'done') {
    const { payment } = await this.post('/v1/topups', { card_id: this.card.id, amount: fen, pin: PIN });
    await until(`a top-up that is ${state}`, async () => (await this.state(payment)) === state);
    return payment;
  }
  async settle(fen = 0, bankCode = 'CMB') {
    await this.register();
    await this.verify('王小强');
    await this.bind(bankCode);
    if (fen) await this.topup(fen);
    return this;
  }
  async withdraw(fen) { return (await this.post('/v1/withdrawals', { card_id: this.card.id, amount: fen, fee: (await this.post('/v1/withdrawals/preview', { amount: fen })).fee, pin: PIN })).payment; }
  async send(to, fen, arrival = 'now') {
    const { payee } = await this.post('/v1/transfers/preview', { phone: to.phone });
    return (await this.post('/v1/transfers', { payee_id: payee.id, amount: fen, pin: PIN, arrival })).payment;
  }
  async buy(fen, by = { source: 'balance' }) { return (await this.post('/v1/purchases', { code: shop.code, amount: fen, pin: PIN, ...by })).payment; }
  async receive(from, fen) { await this.post(`/v1/transfers/${(await from.send(this, fen)).id}/accept`); }
}

const SHOP = '南门早点铺';
const keeper = await new Somebody('李梅').register(), friend = await new Somebody('周建国').settle(900_000);
await keeper.verify('李梅');
const shop = (await keeper.post('/v1/merchants', { name: SHOP })).merchant;
staffed();
qianbao('staff', 'add', 'lan', '--by', BY);
const by = (name, ...command) => qianbao(...command, '--by', name).result;

// --- the screen ---

const own = {
  zh: { zero: '为什么是 0?', why: '为什么是这个数?', balance: '零钱', paid: '付款成功', appeal: '申诉', wrong: '这个数不对', differs: '是我们的问题', theCase: '查看工单', mended: '已经改正', release: '同意解除', lift: '解除冻结', next: '下一步', noFreeze: '现在没有冻结', all: '全部', out: '转回零钱', change: '更新有效期', lastDay: '有效期的最后一天', save: '保存', signOut: '退出登录', signIn: '登录', front: '人像面', back: '国徽面', waits: '审核中', blurred: '照片看不清', approved: '审核已通过', agrees: '和账上一致', again: '再试一次', old: '不是最新的', taken: '已按文书扣划 30.00 元', books: '正在核对全部账目', notNow: '我们正在核对账目,暂时不能操作' },
  en: { zero: 'Why is it zero?', why: 'Why this balance?', balance: 'Balance', paid: 'Paid', appeal: 'Appeal', wrong: 'This looks wrong', differs: 'which is our fault', theCase: 'See the case', mended: 'is mended', release: 'The freeze is lifted', lift: 'Lift it', next: 'Continue', noFreeze: 'Nothing is frozen', all: 'All of it', out: 'Take out', change: 'Enter the date', lastDay: 'Its last day', save: 'Save', signOut: 'Sign out', signIn: 'Sign in', front: 'Side with the portrait', back: 'Side with the emblem', waits: 'Being reviewed', blurred: 'cannot be read', approved: 'Accepted', agrees: 'It agrees with the books', again: 'Try again', old: 'not new ones', taken: '30.00 so far; each is among your bills', books: 'We are checking all our books', notNow: 'so nothing moves at the moment' },
};

const otherThan = (lang) => (lang === 'zh' ? 'en' : 'zh');

/** A phone that is handed from one person to the next, who reads `lang`. */
async function hand(screen, who, lang = screen.lang) {
  Object.assign(screen, { n: who.n, phone: who.phone, nickname: who.nickname, who, lang });
  await screen.page.evaluate((next) => { localStorage.removeItem('qb.me'); localStorage.removeItem('qb.balance'); localStorage.removeItem('qb.before'); localStorage.setItem('qb.language', next); }, lang);
  await screen.context.clearCookies();
  await screen.context.addCookies([...who.cookies].map(([name, value]) => ({ name, value, url: screen.origin })));
  await screen.go('/');
  await screen.page.reload();
}
const fen = (n) => (n / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',');

async function speak(screen, lang) {
  screen.lang = lang;
  await screen.page.evaluate((next) => localStorage.setItem('qb.language', next), lang);
  await screen.page.reload();
}

/** Home with its figure, one tap, and the cause with its evidence: its words in the language that the screen has now, and whole in `mine`. */
async function explained(screen, cause, mine) {
  const w = own[screen.lang], name = `zero-${cause.name}`;
  const link = screen.page.getByRole('link', { name: cause.withheld || cause.reads ? w.why : w.zero });
  await link.waitFor();
  if (!cause.withheld) await screen.until(`${name}: home reads ${fen(cause.reads ?? 0)}`, (text) => document.querySelector('main section .figure + .sub')?.textContent.includes(text), fen(cause.reads ?? 0));
  await link.click();
  const told = screen.page.locator(`.causes > li[data-cause=${cause.cause}]`).first();
  for (const lang of [otherThan(mine), mine]) {
    if (screen.lang !== lang) await speak(screen, lang);
    await told.waitFor();
    const at = screen.page.locator('.causes > li').nth(cause.at ?? 0), text = await at.innerText();
    check(await at.getAttribute('data-cause') === cause.cause, `${name} ${lang}: told at ${cause.at ?? 0} is ${await at.getAttribute('data-cause')}`);
    for (const word of cause[lang]) check(text.includes(word), `${name} ${lang}: no "${word}" in ${text}`);
    if (lang === mine) await screen.picture(name, { names: true });
    else await screen.shoot(`${pictures}/${lang}-${name}-light.png`);
    screen.read(name, (await screen.page.locator('.causes').innerText()).replaceAll(/王小强|李梅|周建国|南门早点铺|\S*\*\S*/g, ''));
  }
  return told;
}

/** The same page as the other language has it. */
async function both(screen, name) {
  const mine = screen.lang;
  await screen.picture(name, { names: true });
  await speak(screen, otherThan(mine));
  await screen.settled();
  await screen.picture(name, { names: true });
  await speak(screen, mine);
}

async function pay(screen, amount) {
  const w = own[screen.lang];
  const { order } = await keeper.post(`/v1/merchants/${shop.id}/orders`, { amount, note: '' });
  await screen.go(`/pay/${encodeURIComponent(order.code)}`);
  await screen.page.getByRole('radio', { name: new RegExp(`^${w.balance}`) }).click();
  await screen.page.locator('.foot .button').first().click();
  await screen.pin();
  await screen.page.waitForURL(/#\/result\//);
  await screen.see(w.paid);
  const bills = (await screen.who.get('/v1/bills?limit=1')).items;
  check(bills[0].kind === 'purchase' && bills[0].amount === amount && bills[0].state === 'done' && bills[0].source.kind === 'balance', `the books have the payment: ${JSON.stringify(bills[0])}`);
}

async function topup(screen, yuan = '20') {
  const w = words[screen.lang];
  await screen.page.locator('.keypad').waitFor();
  await screen.pad(yuan);
  await screen.button(new RegExp(`^${w.topup} ¥`)).click();
  await screen.pin();
  await screen.see(w.topupDone);
}
/** Along the cause's own link; one that ends with a slash is any bill's. */
const follow = (told, href) => told.locator(`a[href${href.endsWith('/') ? '^' : ''}="${href}"]`).first().click();
const seen = (href, text) => async (screen, told) => { await follow(told, href); await screen.see(text); };
const shown = (id) => qianbao('case', 'show', '--id', id).result;
const decide = (name, id, decision) => by(name, 'case', 'decide', '--id', id, '--decision', decision);
const caseOf = async (screen) => { await screen.page.waitForURL(/#\/cases\/[0-9A-Z]{26}$/); return screen.page.url().split('/').pop(); };
const isNow = (who, state) => until(`a payment that is ${state}`, async () => (await who.state(who.payment)) === state);
const somebody = (nickname, balance, bankCode) => () => new Somebody(nickname).settle(balance, bankCode);
/** Both sides, from the phone; and what the staff say of them. */
async function photos(screen) {
  const w = own[screen.lang];
  await screen.go('/document');
  for (const side of [w.front, w.back]) await album(screen, side).setInputFiles(await photo(screen, '#3d6ea5', 'image/jpeg'));
  await screen.see(w.waits);
}
const review = (who, verdict) => by(BY, 'realname', 'review', '--id', who.id, '--revision', String(by(BY, 'realname', 'review', '--id', who.id).revision), '--verdict', verdict);
async function approved(screen, who) {
  review(who, 'approve');
  await screen.page.reload();
  await screen.see(own[screen.lang].approved);
}
async function verify(screen, who) {
  const w = words[screen.lang];
  await screen.field(w.name).fill('王小强');
  await screen.field(w.id).fill(idNumber(who.n));
  await screen.button(w.verify).click();
  await screen.see(w.verified);
}

// --- the causes: whose, how it comes about, what is told (`at`: in which place), and what resolves it along which link ---

const daytime = [
  {
    name: 'never-funded', cause: 'NEVER_FUNDED', zh: ['没有钱进来过', '没有少钱'], en: ['No money has come in yet', 'nothing is missing'],
    who: somebody('小新'),
    async mend(screen, told) { await follow(told, '#/topup'); await topup(screen); },
  },
  {
    name: 'spent', cause: 'SPENT', zh: ['付出了 18.00', '共 2 笔', SHOP, '12.00'], en: ['18.00 went out (payments: 2)', SHOP, '12.00'],
    who: somebody('小花', 1_800),
    async happens(who) { await who.buy(1_200); await who.buy(600); },
    async mend(screen, told) { await seen('#/bills/', SHOP)(screen, told); await screen.go('/topup'); await topup(screen); },
  },
  {
    name: 'transfer-waiting', cause: 'TRANSFER_WAITING', zh: ['30.00', '周建国', '还没有收'], en: ['30.00 were sent to 周建国', 'has not accepted yet'],
    who: somebody('小等', 3_000),
    async happens(who) { who.payment = await who.send(friend, 3_000); },
    async mend(screen, told, who) { await seen('#/bills/', words[screen.lang].waiting)(screen, told); await friend.post(`/v1/transfers/${who.payment.id}/return`); },
  },
  {
    name: 'transfer-arriving', cause: 'TRANSFER_ARRIVING', zh: ['20.00', '还没有到账', '撤回'], en: ['20.00', 'have not arrived yet', 'recall it'],
    who: somebody('小慢', 2_000),
    happens: (who) => who.send(friend, 2_000, '24h'),
    async mend(screen, told) { const w = words[screen.lang]; await follow(told, '#/bills/'); await screen.button(w.recall, true).click(); await screen.see(w.recalled); },
  },
  {
    name: 'coming-waits', cause: 'COMING_WAITS', zh: ['周建国', '转来 15.00', '等你收钱'], en: ['15.00 from 周建国', 'wait for you'],
    who: somebody('小收'),
    happens: (who) => friend.send(who, 1_500),
    async mend(screen, told) { const w = words[screen.lang]; await follow(told, '#/bills/'); await screen.button(w.accept, true).click(); await screen.see(w.received); },
  },
  {
    name: 'in-pocket', cause: 'IN_POCKET', zh: ['66.00', '小金库', '随时可以转出'], en: ['66.00 are in your pocket', 'at any time'],
    who: somebody('小存', 6_600),
    happens: (who) => who.post('/v1/pocket/in', { amount: 6_600 }),
    async mend(screen, told) {
      const w = own[screen.lang];
      await follow(told, '#/pocket');
      await screen.button(w.all).click();
      await screen.button(new RegExp(`^${w.out} ¥`)).click();
      await screen.pin();
      await screen.page.waitForURL(/#\/result\//);
    },
  },
  {
    name: 'frozen-risk', cause: 'FROZEN_ALL', reads: 5_000, zh: ['零钱被冻结', '异常操作保护', '50.00 元仍然是你的'], en: ['A freeze stands', 'Unusual activity', '50.00 are still yours'],
    who: somebody('小冻', 5_000),
    happens: (who) => by(BY, 'freeze', 'add', '--phone', who.phone, '--kind', 'risk', '--scope', 'both', '--reason', 'a night of odd payments'),
    async mend(screen, told) {
      const w = own[screen.lang];
      await follow(told, '#/freezes');
      await screen.button(w.appeal).click();
      const id = await caseOf(screen), { evidence } = shown(id);
      check(JSON.stringify(evidence.explain).includes('FROZEN_ALL'), `the case has the cause: ${JSON.stringify(evidence.explain)}`);
      decide(BY, id, 'release'); // the first of two
      check(shown(id).step === 'at_work', 'one of the staff alone releases no risk freeze');
      decide('lan', id, 'release');
      await screen.see(w.release);
      await screen.picture('zero-frozen-risk-released');
    },
  },
  {
    name: 'frozen-self', cause: 'FROZEN_ALL', reads: 4_000, zh: ['零钱被冻结', '你自己冻结'], en: ['A freeze stands', 'Frozen by you'],
    who: somebody('小安', 4_000),
    happens: (who) => who.post('/v1/freezes'),
    async mend(screen, told, who) {
      const w = own[screen.lang];
      await follow(told, '#/freezes');
      await screen.button(w.lift).click();
      await screen.page.getByRole('textbox').waitFor();
      await screen.page.getByRole('textbox').fill(await sms(who.phone, 'wallet'));
      await screen.button(w.next).click();
      await screen.pin();
      await screen.see(w.noFreeze);
    },
  },
  {
    name: 'frozen-court', cause: 'FROZEN_PART', zh: ['80.00 元被冻结', '有权机关冻结'], en: ['80.00 are frozen', 'Order of an authority'],
    who: somebody('小诉', 8_000),
    async happens(who) { who.freeze = by(BY, 'freeze', 'add', '--phone', who.phone, '--kind', 'court', '--scope', 'amount', '--amount', '80.00', '--reason', 'see the document', '--document', '(2026)京0105执1号'); },
    async mend(screen, told, who) {
      const w = own[screen.lang], take = (name) => by(name, 'freeze', 'take', '--id', who.freeze.id, '--amount', '30.00', '--document', '(2026)京0105执1号', '--reason', 'to the account of the court');
      await seen('#/freezes', '(2026)京0105执1号')(screen, told);
      take(BY);
      take('lan'); // the second of two
      await screen.page.reload();
      await screen.see(w.taken);
      await both(screen, 'zero-frozen-court-taken');
      const [bill] = (await who.get('/v1/bills?kind=taken')).items;
      await screen.go(`/bills/${bill.id}`);
      await screen.see('(2026)京0105执1号');
      await both(screen, 'zero-frozen-court-bill');
      by(BY, 'freeze', 'release', '--id', who.freeze.id, '--reason', 'the court lifted it', '--document', '(2026)京0105执1号');
    },
  },
  {
    name: 'name-missing', cause: 'NAME_MISSING', at: 1, zh: ['还没有实名认证', '只需要一分钟'], en: ['Your name is not verified', 'takes a minute'],
    who: () => new Somebody('小名').register(),
    async mend(screen, told, who) { await follow(told, '#/realname'); await verify(screen, who); await who.receive(friend, 2_500); },
  },
  {
    name: 'name-rejected', cause: 'NAME_REJECTED', at: 1, zh: ['实名认证没有通过', '钱没有动'], en: ['did not match', 'Nothing was taken'],
    async who() { const who = await new Somebody('小符').register(); await who.verify('李不符').catch(() => undefined); return who; },
    async mend(screen, told, who) { await follow(told, '#/realname'); await verify(screen, who); await who.receive(friend, 2_500); },
  },
  {
    name: 'name-in-review', cause: 'NAME_IN_REVIEW', reads: 2_600, zh: ['正在审核', '钱是安全的'], en: ['are being looked at', 'The money is safe'],
    who: somebody('小审', 2_600),
    async finds(screen) { await photos(screen); await screen.go('/'); },
    async mend(screen, told, who) { await seen('#/document', own[screen.lang].waits)(screen, told); await approved(screen, who); },
  },
  {
    name: 'photos-rejected', cause: 'PHOTOS_REJECTED', reads: 2_700, zh: ['身份证照片没有通过', '额度都不变'], en: ['were not accepted', 'with the limit as before'],
    who: somebody('小照', 2_700),
    async finds(screen) { await photos(screen); review(screen.who, 'blurred'); await screen.go('/'); },
    async mend(screen, told, who) {
      const w = own[screen.lang];
      check(await told.locator('.ways .link').first().getAttribute('href') === '#/document', 'what resolves it stands first');
      await seen('#/document', w.blurred)(screen, told);
      await album(screen, w.front).setInputFiles(await photo(screen, '#2f8f6a'));
      await screen.see(w.waits);
      await approved(screen, who);
    },
  },
  {
    name: 'received', cause: 'RECEIVED', reads: 2_500, zh: ['收到了 25.00 元,共 1 笔', '比你记得的多', '周建国'], en: ['25.00 came in (payments: 1)', 'more than you remember', '周建国'],
    who: somebody('小多'),
    happens: (who) => who.receive(friend, 2_500),
    mend: seen('#/bills/', '25.00'),
  },
  {
    name: 'all-there', cause: 'ALL_THERE', reads: 2_800, zh: ['没有被占用的钱', '28.00 元全部可用'], en: ['Nothing holds it back', 'All of the 28.00 can be used'],
    who: somebody('小全', 2_800),
    async finds(screen) { // less was seen while a transfer waited, and it came back
      const { who } = screen, reads = (text) => screen.until(`home reads ${text}`, (one) => document.querySelector('main section .figure + .sub')?.textContent.includes(one), text);
      await reads('28.00');
      const sent = await who.send(friend, 1_000);
      await reads('18.00');
      await friend.post(`/v1/transfers/${sent.id}/return`);
    },
    async mend(screen) { const w = own[screen.lang]; await screen.button(new RegExp(w.wrong)).click(); await screen.see(w.agrees); },
  },
  {
    name: 'out-of-reach', cause: 'OUT_OF_REACH', reads: 2_900, zh: ['没有连上服务器', '你的钱不会因此变化'], en: ['The server is out of reach', 'Your money does not change'],
    who: somebody('小网', 2_900),
    async finds(screen) {
      const { page } = screen;
      await screen.until('home has its figure', () => document.querySelector('main section .figure + .sub')?.textContent.includes('29.00'));
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.reload();
      await screen.until('the app is there without a network', () => !!navigator.serviceWorker.controller && document.querySelector('main section .figure'));
      await screen.context.setOffline(true);
      await page.reload();
      await screen.see(own[screen.lang].old);
    },
    async mend(screen, told) {
      const w = own[screen.lang];
      check(await screen.page.locator('.figure.stale').innerText() === '¥29.00', 'the last known figure, greyed');
      await screen.context.setOffline(false);
      const ask = told.getByRole('button', { name: w.again });
      if (await ask.isVisible()) await ask.click().catch(() => undefined); // unless it asked by itself meanwhile
      await screen.page.locator('.causes > li[data-cause=RECEIVED]').waitFor();
      check(await screen.page.locator('.figure.stale').count() === 0, 'the newest figure');
    },
  },
  {
    name: 'life-limit', cause: 'LIFE_LIMIT', at: 1, reads: 20_000, zh: ['终身额度用完', '1,000.00 元', '添加银行卡'], en: ['The limit for a name alone', '1,000.00', 'Adding a bank card'],
    async who() { const who = await new Somebody('小限').register(); await who.verify('王小强'); await who.receive(friend, 120_000); await who.send(friend, 100_000); return who; },
    async mend(screen, told, who) {
      const w = words[screen.lang];
      await follow(told, '#/cards/add');
      await screen.field(w.cardNumber).fill(cardNumber(who.n));
      await screen.field(w.cardPhone).fill(who.phone);
      await screen.button(w.bankCode).click();
      await screen.field(w.code).waitFor();
      await screen.field(w.code).fill(await sms(who.phone, 'bank'));
      await screen.button(w.addCard, true).click();
      await screen.page.waitForURL(/#\/cards$/);
    },
  },
  {
    name: 'maintenance', cause: 'MAINTENANCE', at: 1, zh: ['正在维护:建设银行', '你的钱不受影响'], en: ['Maintenance: China Construction Bank', 'Nothing happens to your money'],
    who: somebody('小修', 0, 'CCB'),
    async happens(who) { who.window = by(BY, 'maintenance', 'add', '--what', 'bank:CCB', '--for', '2h', '--words', 'A newer line to the bank.', '--words_zh', '更换银行线路。'); },
    async mend(screen, told, who) {
      await seen('/status', '更换银行线路。')(screen, told);
      by(BY, 'maintenance', 'end', '--id', who.window.id);
      await screen.page.goto(`${screen.origin}/#/topup`);
      await topup(screen);
    },
  },
  {
    name: 'withdrawal-back', cause: 'WITHDRAWAL_BACK', reads: 4_500, zh: ['45.00 元的提现退回来了', '工商银行'], en: ['A withdrawal of 45.00 came back', 'Industrial and Commercial Bank'],
    async who() {
      const who = await new Somebody('小退').settle(4_500, 'ICBC');
      typed('sandbox', 'bank', 'ICBC', 'decline');
      who.payment = await who.withdraw(4_500);
      await isNow(who, 'declined');
      typed('sandbox', 'bank', 'ICBC', 'normal');
      return who;
    },
    mend: seen('#/bills/', '45.00'),
  },
];

/** Told by day, resolved by the night: the bank answers, the books are mended, a new day begins. */
const overnight = [
  {
    name: 'being-checked', cause: 'BEING_CHECKED', withheld: true, zh: ['正在核对', '是我们的问题'], en: ['We are checking this figure', 'our fault'],
    async who() { const who = await new Somebody('小核').settle(50_000); await who.buy(12_345); bend(12_345, 12_346); return who; },
    async finds(screen) {
      const w = own[screen.lang];
      await screen.page.getByRole('link', { name: w.why }).click();
      await screen.button(new RegExp(w.wrong)).click();
      await screen.see(w.differs);
      await screen.picture('zero-being-checked-found', { names: true });
      await screen.page.getByRole('link', { name: w.theCase }).click();
      screen.who.case = await caseOf(screen);
      await screen.go('/');
    },
    async look(screen, told) { check(!/\d/.test(await screen.page.locator('.figure').innerText()), 'a figure that is being checked is none'); await follow(told, '#/cases'); await screen.page.locator(`a[href="#/cases/${screen.who.case}"]`).waitFor(); },
    async mend(screen, told, who) {
      const standing = qianbao('freeze', 'list', '--phone', who.phone).result.items.find((one) => one.standing);
      by('lan', 'freeze', 'release', '--id', standing.id, '--reason', 'the row is again as the copy of yesterday has it');
      decide(BY, who.case, 'mended');
      await screen.go(`/cases/${who.case}`);
      await screen.see(own[screen.lang].mended);
      await screen.picture('zero-being-checked-mended');
    },
  },
  {
    name: 'bank-in-doubt', cause: 'BANK_IN_DOUBT', zh: ['35.00 元暂时留着', '工商银行核对'], en: ['35.00 are held while we ask', 'Industrial and Commercial Bank'],
    who: somebody('小疑', 3_500, 'ICBC'),
    async doubt(who) { who.payment = await who.withdraw(3_500); await isNow(who, 'in_doubt'); },
    look: seen('#/bills/', '35.00'),
    mend: (screen, told, who) => isNow(who, 'declined'), // the bank never saw it
  },
  {
    name: 'day-limit', cause: 'LIMIT_REACHED', at: 1, reads: 200_000, zh: ['额度用完了', '5,000.00 元'], en: ['A limit is used up', '5,000.00'],
    who: somebody('小额', 700_000),
    happens: (who) => who.send(friend, 500_000),
    look: seen('#/limits', '5,000.00'),
    mend: async () => undefined, // a new day is what it takes
  },
  {
    name: 'coming-in-doubt', cause: 'COMING_IN_DOUBT', zh: ['7.00 元正在向银行核对', '不要重复充值'], en: ['7.00 from Industrial and Commercial Bank', 'do not top up again'],
    who: somebody('小问', 0, 'ICBC'),
    async doubt(who) { who.payment = await who.topup(700, 'in_doubt'); },
    look: seen('#/bills/', '7.00'),
    async mend(screen, told, who) { await isNow(who, 'declined'); await screen.go('/topup'); await topup(screen); },
  },
  {
    name: 'coming-later', cause: 'COMING_LATER', zh: ['周建国', '转来的 25.00 元还没有到账'], en: ['25.00 from 周建国', 'are not here yet'],
    who: somebody('小晚'),
    async happens(who) { who.payment = await friend.send(who, 2_500, '2h'); },
    look: seen('#/bills/', '25.00'),
    async mend(screen, told, who) { const w = words[screen.lang]; await screen.go(`/bills/${who.payment.id}`); await screen.button(w.accept, true).click(); await screen.see(w.received); },
  },
];

/** Banks sleep: what is at one stays there until it wakes. */
const asleep = [
  {
    name: 'withdrawal-going', cause: 'WITHDRAWAL_GOING', zh: ['40.00 元正在提现到招商银行'], en: ['40.00 are on their way to China Merchants Bank'],
    who: somebody('小提', 4_000),
    async happens(who) { who.payment = await who.withdraw(4_000); },
    look: seen('#/bills/', '40.00'),
    async mend(screen, told, who) { await isNow(who, 'done'); await screen.go('/topup'); await topup(screen); },
  },
  {
    name: 'coming-from-bank', cause: 'COMING_FROM_BANK', zh: ['招商银行的 9.00 元正在入账'], en: ['9.00 from China Merchants Bank are on their way'],
    who: somebody('小充'),
    async happens(who) { who.payment = await who.topup(900, 'at_bank'); },
    look: seen('#/bills/', '9.00'),
    mend: (screen, told, who) => isNow(who, 'done'),
  },
  {
    name: 'refund-to-card', cause: 'REFUND_TO_CARD', zh: ['22.00 元的退款正在退回银行卡', SHOP], en: ['A refund of 22.00 is going to your card', SHOP],
    async who() { const who = await new Somebody('小货').settle(); who.payment = await who.buy(2_200, { source: 'card', card_id: who.card.id }); await isNow(who, 'done'); return who; },
    happens: (who) => keeper.post(`/v1/merchants/${shop.id}/payments/${who.payment.id}/refunds`, { reason: '不新鲜', pin: PIN }),
    look: seen('#/bills/', '22.00'),
    async mend(screen) { await screen.go('/topup'); await topup(screen); },
  },
];

/** Begun by day, true the next morning. */
const morning = [
  {
    name: 'name-expired', cause: 'NAME_EXPIRED', reads: 5_500, zh: ['到期了', '更新身份证有效期'], en: ['Your ID card expired', 'the new card'],
    async who() { const who = await new Somebody('小期').settle(5_500); await who.call('PUT', '/v1/realname/validity', { pin: PIN, valid_until: today }); return who; },
    async mend(screen, told) {
      const w = own[screen.lang];
      await follow(told, '#/realname');
      await screen.button(w.change).click();
      await screen.field(w.lastDay).fill('2041-01-01');
      await screen.button(w.save, true).click();
      await screen.pin();
      await screen.see('2041-01-01');
    },
  },
  {
    name: 'other-account', cause: 'OTHER_ACCOUNT', at: 1, zh: ['平时用的是另一个账号'], en: ['usually has another account'],
    async who() { const guest = await new Somebody('小客').settle(); guest.usual = await new Somebody('小常').settle(7_700); return guest; },
    async happens(guest) { const { usual } = guest; await usual.signIn(usual); await usual.signIn(guest); guest.cookies = usual.cookies; }, // on one phone
    async mend(screen, told, who) {
      const w = own[screen.lang];
      await follow(told, '#/signin');
      await screen.button(w.signOut).waitFor();
      await screen.picture('zero-other-account-signin');
      await screen.button(w.signOut).click();
      await screen.field(words[screen.lang].phone).fill(who.usual.phone);
      await screen.field(words[screen.lang].password).fill(PASSWORD);
      await screen.button(w.signIn, true).click();
      await screen.see('77.00');
      await who.signIn(who.usual); // whose bills are looked at
    },
  },
];

/** What concerns everybody comes when nobody else is at it. */
const alone = [
  {
    name: 'books-checked', cause: 'BOOKS_CHECKED', withheld: true, zh: ['正在核对全部账目', '是我们的问题', '你的钱是安全的'], en: ['We are checking all our books', 'our fault', 'your money is safe'],
    async who() { const who = await new Somebody('小账').settle(40_000); await who.buy(23_457); return who; },
    async happens() {
      bend(23_457, 23_458);
      try { typed('audit'); check(false, 'an audit that does not hold ends with 4'); } catch (found) { check(found.status === 4 && found.stdout.includes("everybody's"), `the audit: ${found.status} ${found.stdout}`); }
    },
    async finds(screen) {
      await screen.see(own[screen.lang].books);
      check(!/\d/.test(await screen.page.locator('.figure').innerText()), 'no figure at all');
      await both(screen, 'zero-books-checked-home');
    },
    async mend(screen, told) {
      check(await screen.button(new RegExp(own[screen.lang].wrong)).count() === 0, 'nobody is asked to add up what is being checked');
      await seen('/status', '正在核对全部账目')(screen, told);
      await screen.see('暂停');
      await screen.picture('zero-books-checked-status', { names: true });
      await screen.page.goto(`${screen.origin}/#/pay/${encodeURIComponent(shop.code)}`);
      await screen.page.getByRole('radio', { name: new RegExp(`^${own[screen.lang].balance}`) }).click();
      await screen.pad('5');
      await screen.page.locator('.foot .button').first().click();
      await screen.pin();
      await screen.see(own[screen.lang].notNow); // at once, and it is not asked again for a minute
      await screen.picture('zero-books-checked-refused', { names: true });
      check(await screen.page.evaluate(() => !Object.keys(localStorage).some((key) => key.startsWith('qb.operation.'))), 'nothing was decided, and nothing waits for a result');
      bend(23_458, 23_457);
      const { items } = qianbao('books', 'list').result;
      check(items.length === 1 && items[0].reach === 'everybody', `what was found: ${JSON.stringify(items)}`);
      by(BY, 'books', 'close', '--id', items[0].id, '--reason', 'the row is again as the copy of yesterday has it');
      await screen.page.goto(`${screen.origin}/`);
      await screen.see('165.43');
      check(await screen.page.getByText(own[screen.lang].books).count() === 0, 'nothing is checked any more');
    },
  },
  {
    name: 'reading-only', cause: 'READING_ONLY', at: 1, zh: ['现在只能查看', '你的钱不受影响'], en: ['Only reading is possible', 'nothing happens to your money'],
    who: somebody('小看'),
    happens: async () => by(BY, 'maintenance', 'readonly', 'on'),
    async mend(screen, told) {
      await seen('/status', '只能查看')(screen, told);
      by(BY, 'maintenance', 'readonly', 'off');
      await screen.page.goto(`${screen.origin}/#/topup`);
      await topup(screen);
    },
  },
];

// --- the walk: two phones, one in each language; they take turns ---

const today = (await friend.get('/v1/config')).time.slice(0, 10);
const lanes = ['zh', 'en'], screens = {};
for (const lang of lanes) { screens[lang] = await Person.open('z.localhost', lang); await speak(screens[lang], lang); }

/** Each phone the next cause that waits, so that none stands idle. */
async function everybody(what, causes, walk) {
  const begun = Date.now(), waiting = causes.filter((cause) => !cause.lost);
  await Promise.all(lanes.map(async (lang) => {
    for (let cause; (cause = waiting.shift());) {
      const screen = screens[lang];
      try { await walk(screen, cause); } catch (error) {
        cause.lost = true;
        await screen.context.setOffline(false);
        check(false, `zero ${cause.name} ${lang}: ${error.stack}`);
        await screen.page.screenshot({ path: `${pictures}/lost-zero-${cause.name}.png` });
      }
      if (screen.lang !== lang) await speak(screen, lang);
    }
  }));
  console.log(`${what}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
async function tells(screen, cause) {
  const mine = screen.lang;
  await cause.happens?.(cause.person);
  if (cause.finds) {
    await hand(screen, cause.person);
    await cause.finds(screen);
    await speak(screen, otherThan(mine));
  } else await hand(screen, cause.person, otherThan(mine));
  return explained(screen, cause, mine);
}
async function resolves(screen, cause, told) { await cause.mend(screen, told, cause.person); await pay(screen, 500); }

const causes = [...daytime, ...overnight, ...asleep, ...morning, ...alone];
const begun = Date.now();
try {
  for (const cause of causes) cause.person = await cause.who();
  typed('sandbox', 'bank', 'ICBC', 'outage');
  for (const cause of overnight) await cause.doubt?.(cause.person);
  console.log(`people: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  await everybody('by day', daytime, async (screen, cause) => resolves(screen, cause, await tells(screen, cause)));
  await everybody('before the night', overnight, async (screen, cause) => cause.look(screen, await tells(screen, cause)));
  bank.child.kill('SIGSTOP');
  await everybody('while banks sleep', asleep, async (screen, cause) => cause.look(screen, await tells(screen, cause)));
  bank.child.kill('SIGCONT');

  bend(12_346, 12_345);
  typed('sandbox', 'bank', 'ICBC', 'normal');
  await advance(24 * 3600);
  await everybody('after the night', [...overnight, ...asleep], async (screen, cause) => { await hand(screen, cause.person); await resolves(screen, cause); });
  await everybody('in the morning', morning, async (screen, cause) => resolves(screen, cause, await tells(screen, cause)));
  for (const cause of alone) await everybody(cause.name, [cause], async (screen, one) => resolves(screen, one, await tells(screen, one)));
  check(JSON.parse(typed('--json', 'audit')).ok, 'the books');
} catch (error) { await lost(`zero: ${error.stack}`, 'lost-zero'); }
bank.child.kill('SIGCONT');
check(await ended(server) === 0, 'the server ends well');
await ended(bank);
rmSync(data, { recursive: true, force: true });
console.log(`${causes.length} causes: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
await finish();
