// SPDX-License-Identifier: Apache-2.0
// What the app may say when it cannot know: a phone whose clock is three days off, a server that is killed in the middle of a payment and comes back,
// a line that comes and goes several times a second. On a server and a bank of its own, because they are killed and stopped.
//   node honesty_journey.mjs BASE-URL PICTURES      (BASE-URL is another server's, and not asked)
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DAYS_MS = 3 * 86_400_000, PATIENCE_MS = 60_000;
const data = mkdtempSync(join(tmpdir(), 'qianbao-honesty-'));
const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
const free = () => new Promise((done) => { const one = net.createServer().listen(0, '127.0.0.1', () => { const { port } = one.address(); one.close(() => done(port)); }); });
const start = (program, ...given) => spawn(`build/src/bin/${program}`, given, { stdio: 'ignore' });
const ended = (child) => new Promise((done) => { if (child.exitCode !== null || child.signalCode) done(); else child.on('exit', done); });
const bankPort = await free(), serverPort = await free();
const bank = start('qianbao-bank', '--data', join(data, 'bank'), '--port', bankPort);
const begin = (...flags) => start('qianbaod', '--data', data, '--listen', `127.0.0.1:${serverPort}`, '--sandbox', '--bank', `http://127.0.0.1:${bankPort}`, ...flags);
const serve = async () => {
  const child = begin();
  for (let i = 0; i < 600; i++) { try { if ((await fetch(`http://127.0.0.1:${serverPort}/readyz`)).ok) break; } catch { /* not yet */ } await wait(100); }
  return child;
};
let server = await serve();
process.argv[2] = `http://127.0.0.1:${serverPort}`; // all that walk.mjs does is done here
const { browser, check, finish, lost, Person, PIN } = await import('./walk.mjs');

// --- the line: a proxy, which may be down, and which may lose an answer -----------------------------------------------------------

let down = false;
let losing = null; // what happens to the next payment: 'asked' before the server has it, 'answered' after
let seen = [];
let reading = null; // what a server says while it reads its books: for a small store that is over in no time, so it is said on until it was looked at
const proxy = http.createServer(async (request, response) => {
  try {
    const parts = [];
    for await (const part of request) parts.push(part);
    if (reading && request.url.startsWith('/v1/')) { response.writeHead(reading.status, { 'Content-Type': 'application/json', 'Retry-After': '1' }).end(reading.text); return; }
    const paying = request.method === 'POST' && /^\/v1\/(purchases|topups)$/.test(request.url);
    if (paying) seen.push(request.headers['idempotency-key']);
    const answer = await new Promise((done, failed) => {
      const on = http.request({ hostname: '127.0.0.1', port: serverPort, method: request.method, path: request.url, headers: request.headers }, done);
      on.on('error', failed);
      on.end(Buffer.concat(parts));
      if (paying && losing === 'asked') { losing = null; server.kill('SIGKILL'); }
    });
    if (paying && losing === 'answered') { losing = null; server.kill('SIGKILL'); request.socket.destroy(); return; }
    response.writeHead(answer.statusCode, answer.headers);
    response.flushHeaders();
    answer.on('error', () => response.destroy());
    response.on('close', () => answer.destroy());
    answer.pipe(response);
  } catch { request.socket.destroy(); }
});
proxy.on('connection', (socket) => { if (down) socket.destroy(); });
const proxyPort = await new Promise((done) => { proxy.listen(0, '127.0.0.1', () => done(proxy.address().port)); });
const cut = () => { down = true; proxy.closeAllConnections(); };
async function flaps(times) { for (let i = 0; i < times; i++) { cut(); await wait(120); down = false; await wait(120); } }

const says = async (person, words) => { try { await person.page.getByText(words).first().waitFor({ timeout: PATIENCE_MS }); check(true); } catch { check(false, `does not see "${words}" at ${person.page.url()}`); throw new Error(`lost at ${person.page.url()}`); } };

/** A person's window whose Date is off by so much; the line is the proxy's. */
async function person(host, off_ms = 0) {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, locale: 'zh-CN', colorScheme: 'light', reducedMotion: 'reduce' });
  await context.addInitScript((off) => {
    const True = Date;
    globalThis.Date = class extends True {
      constructor(...given) { if (given.length) super(...given); else super(True.now() + off); }
      static now() { return True.now() + off; }
    };
  }, off_ms);
  const one = await Person.open(host, 'zh', '/', context);
  one.origin = `http://${host}:${proxyPort}`;
  await one.page.goto(`${one.origin}/`);
  return one;
}
/** Asked of the server itself, past the line. */
async function told(one, path) {
  const cookie = (await one.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  return (await fetch(`http://127.0.0.1:${serverPort}${path}`, { headers: { cookie } })).json();
}
async function ask(one, code, typed) {
  await one.go(`/pay/${encodeURIComponent(code)}`);
  await one.page.locator('.keypad').waitFor();
  await one.page.getByRole('radio', { name: /^零钱/ }).click();
  await one.pad(typed);
  await one.page.getByRole('button', { name: `¥${typed}` }).click();
  await one.page.getByRole('dialog').waitFor();
}
async function pay(one, code, typed) { await ask(one, code, typed); await one.pin(); }
const keys = () => new Set(seen).size;
/** The same page in both languages. */
async function both(one, name, zh, en) {
  for (const [lang, words] of [['en', en], ['zh', zh]]) {
    one.lang = lang;
    await one.page.evaluate((next) => localStorage.setItem('qb.language', next), lang);
    await one.page.reload();
    await says(one, words);
    await one.picture(name, { names: true });
  }
}

/** Starts it while the store gives nothing, as a large one does while it is read, and gives what it says of that. */
async function startsAndReads(...flags) {
  const holder = spawn('python3', ['-c', `import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()`, join(data, 'qianbao.db')], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((done) => { holder.stdout.once('data', done); });
  server = begin(...flags);
  let answer = null;
  for (let i = 0; i < 1500 && !answer; i++) { try { answer = await fetch(`http://127.0.0.1:${serverPort}/v1/balance`); } catch { await wait(20); } }
  holder.stdin.end();
  await ended(holder);
  return { status: answer?.status, text: await answer?.text() };
}

// --- the walks ----------------------------------------------------------------------------------------------------------------------

/** Nothing that is shown may come from the phone's clock. */
async function wrongClock(shop, off_ms) {
  const name = off_ms > 0 ? 'ahead' : 'behind';
  const one = await person(off_ms > 0 ? 'a.localhost' : 'b.localhost', off_ms);
  await one.settle('林晓', 10_000);
  check(Math.abs(await one.page.evaluate(() => Date.now()) - Date.now() - off_ms) < 60_000, `${name}: the phone's clock is off`);
  await one.tell('POST', '/v1/purchases', { code: shop.code, amount: 100, source: 'balance', pin: PIN });
  await one.page.reload();
  await says(one, '刚刚更新');
  await says(one, '99.00');
  await one.go('/bills');
  await says(one, shop.name);
  check(await one.page.locator('h3.section').first().innerText() === '今天', `${name}: what was paid now is of today`);
  await one.button('导出账单').click();
  const today = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
  check(await one.page.getByLabel('到', { exact: true }).inputValue() === today, `${name}: the last day of the export is today`);
  await one.page.keyboard.press('Escape');
  await one.go('/paycode');
  const left = one.page.getByText(/还剩 \d+ 秒/);
  await left.waitFor();
  const seconds = Number(/\d+/.exec(await left.innerText())[0]);
  check(seconds > 5 && seconds <= 60, `${name}: the code has ${seconds} s left`);
  await one.until(`${name}: the ring goes on`, (before) => { const now = /还剩 (\d+) 秒/.exec(document.body.innerText); return now && Number(now[1]) < before; }, seconds);
  const tomorrow = new Date(Date.now() + 32 * 3600_000).toISOString().slice(0, 10);
  await one.tell('PUT', '/v1/realname/validity', { pin: PIN, valid_until: tomorrow });
  await one.go('/realname');
  await one.page.reload();
  await says(one, tomorrow);
  check(await one.page.getByText('身份证已到期').count() === 0, `${name}: a card that is valid until tomorrow has not expired`);
  await one.close();
}

/** Killed when the payment is on its way, or when it was done and nobody heard: the app says that it does not know, asks for the same, and it is paid once. */
async function killed(shop) {
  const payer = await person('k.localhost', DAYS_MS); // the clock is wrong here, too
  await payer.settle('林晓', 10_000);
  await payer.page.evaluate(() => navigator.serviceWorker.ready);
  await payer.page.reload();
  await says(payer, '刚刚更新');

  seen = [];
  losing = 'answered';
  await pay(payer, shop.code, '1.01');
  await ended(server);
  await says(payer, '还没有等到结果'); // and nothing else: neither paid nor refused
  check(await payer.page.getByText(/没有成功|付款成功|钱没有被扣/).count() === 0, 'killed after: nothing is claimed');
  server = await serve();
  await says(payer, '付款成功');
  check(keys() === 1 && seen.length > 1, `killed after: ${seen.length} requests, ${keys()} keys`);

  seen = [];
  losing = 'asked';
  await pay(payer, shop.code, '1.02');
  await ended(server);
  await payer.page.goto(`${payer.origin}/`); // who looks away meanwhile finds it on home
  await payer.page.reload();
  await says(payer, '还没有等到结果');
  await says(payer, '的数字,不是最新的');
  check(/刚刚更新|分钟前/.test(await payer.page.locator('.card .head').first().innerText()), `killed: the age of the last figure: ${await payer.page.locator('.card .head').first().innerText()}`);
  check(/98\.99|100\.00/.test(await payer.page.locator('.figure.stale').innerText()), 'killed: the last figure, greyed');
  await payer.picture('honesty-killed');

  const [open] = seen;
  reading = await startsAndReads('--app-min', '99');
  check(reading.status === 503 && reading.text.includes('STARTING'), `a server that reads its books: ${reading.status} ${reading.text}`);
  await both(payer, 'honesty-starting-home', '服务器正在启动', 'The server is starting');
  check(/98\.99|100\.00/.test(await payer.page.locator('.figure.stale').innerText()), 'starting: the last figure, greyed, and no zero');
  await payer.page.getByRole('link', { name: '为什么是这个数?' }).click();
  await both(payer, 'honesty-starting-why', '服务器正在启动', 'The server is starting');
  check(await payer.page.locator('.figure.stale').count() === 1, 'starting: and there, too');
  reading = null;
  await payer.page.evaluate(() => window.dispatchEvent(new Event('online'))); // or ten seconds later by itself

  // the operator asks for a newer app meanwhile: what it is, what still works, and nothing is taken
  await payer.page.locator('.causes > li[data-cause=APP_OLD]').waitFor();
  check(await payer.page.locator('.figure.stale').count() === 0, 'the figure is there again');
  await both(payer, 'honesty-app-old-why', '这个版本太旧了', 'This app is too old');
  await payer.go('/');
  await both(payer, 'honesty-app-old-home', '太旧,暂时不能付款', 'is too old to pay');
  await pay(payer, shop.code, '1.04');
  await says(payer, '没有执行,钱没有被扣,请更新');
  await payer.picture('honesty-app-old-refused');
  await Promise.all([payer.page.waitForEvent('load'), payer.button('更新应用').click()]); // what a newer app is taken with
  seen = seen.filter((key) => key === open);
  server.kill();
  await ended(server);

  await payer.page.goto(`${payer.origin}/`);
  server = await serve();
  await payer.page.reload();
  await payer.page.getByRole('link', { name: '查结果' }).click();
  await payer.pin();
  await says(payer, '付款成功');
  await says(payer, '1.02');
  check(keys() === 1 && seen.length > 1, `killed before: ${seen.length} requests, ${keys()} keys`);
  await once(payer, [101, 102]);
  await payer.close();
}

/** However often the line comes and goes: paid once, and what the bank did in a gap stands on the screen, without a touch. */
async function flapping(shop) {
  const payer = await person('l.localhost');
  await payer.settle('林晓', 10_000);
  seen = [];
  await ask(payer, shop.code, '1.03');
  const weather = (async () => { for (let i = 0; i < 6; i++) { await payer.context.setOffline(true); await flaps(1); await payer.context.setOffline(false); await flaps(1); } })();
  await payer.pin();
  await weather;
  await says(payer, '付款成功');
  check(keys() === 1, `flapping: ${seen.length} requests, ${keys()} keys`);
  await once(payer, [103]);

  bank.kill('SIGSTOP'); // it thinks
  seen = [];
  await payer.go('/topup');
  await payer.pad('20');
  await payer.page.getByRole('button', { name: /^充值 ¥/ }).click();
  await payer.pin();
  await says(payer, '银行处理中');
  const id = payer.page.url().split('/').pop();
  cut(); // the phone believes it has a network: no event tells it when this one is back
  bank.kill('SIGCONT');
  let bill = {};
  for (let i = 0; i < 600 && bill.state !== 'done'; i++) { await wait(50); bill = (await told(payer, `/v1/bills/${id}`)).bill; }
  check(bill.state === 'done', `flapping: the bank said ${bill.state}`);
  check(await payer.page.getByText('充值成功').count() === 0, 'flapping: nobody could have told');
  down = false;
  await flaps(5);
  await says(payer, '充值成功');
  await payer.close();
}

/** The books say each once. */
async function once(payer, amounts) {
  const { items } = await told(payer, '/v1/bills?limit=50&kind=purchase');
  for (const amount of amounts) check(items.filter((bill) => bill.amount === amount && bill.state === 'done').length === 1, `${amount}: ${items.filter((bill) => bill.amount === amount).map((bill) => bill.state)}`);
  check(items.length === amounts.length, `${items.length} payments, ${amounts.length} wanted`);
  const { available } = await told(payer, '/v1/balance');
  check(available === 10_000 - amounts.reduce((sum, one) => sum + one, 0), `the payer has ${available}`);
}

try {
  const keeper = await Person.open('m.localhost', 'zh', '/till');
  await keeper.settle('周建国');
  const shop = (await keeper.tell('POST', '/v1/merchants', { name: '南门早点铺' })).merchant;
  await keeper.close();
  await Promise.all([wrongClock(shop, DAYS_MS), wrongClock(shop, -DAYS_MS)]);
  await killed(shop);
  await flapping(shop);
} catch (error) {
  await lost(error.stack, 'lost-honesty');
}
proxy.close();
proxy.closeAllConnections();
server.kill();
bank.kill('SIGCONT');
bank.kill();
await Promise.all([ended(server), ended(bank)]);
rmSync(data, { recursive: true, force: true });
await finish();
