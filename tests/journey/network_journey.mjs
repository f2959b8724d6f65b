// SPDX-License-Identifier: Apache-2.0
// A bad line between app and server, played by a proxy: requests that never arrive, answers that are lost, cut in half, late, or asked for twice;
// the page reloaded in the middle, two windows at once. However it goes, the books of payer and shop say paid once.
//   node network_journey.mjs BASE-URL PICTURES
import http from 'node:http';
import { base, check, finish, lost, Person, PIN } from './walk.mjs';

const PATIENCE_MS = 15_000; // of the app, for one answer (web/src/api.ts)
const MONEY = /^\/v1\/(purchases|transfers|topups|merchants\/\w+\/charges|paycode\/charges\/\w+\/confirm)$/;
let mood = 'good';
let seen = []; // of each payment that was asked for: its key, and what the server said

function forward(request, body) {
  return new Promise((done, failed) => {
    const { hostname, port } = new URL(base);
    const on = http.request({ hostname, port, method: request.method, path: request.url, headers: request.headers }, done);
    on.on('error', failed);
    on.end(body);
  });
}
async function whole(answer) {
  const parts = [];
  for await (const part of answer) parts.push(part);
  return Buffer.concat(parts);
}
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

const proxy = http.createServer(async (request, response) => {
  try {
    const body = await whole(request);
    const money = request.method === 'POST' && MONEY.test(request.url);
    const now = money ? mood : 'good';
    const note = { key: request.headers['idempotency-key'], status: 0 };
    if (money) seen.push(note);
    if (now === 'lost on the way there' || mood === 'cut') return request.socket.destroy();
    const twin = now === 'asked twice' ? forward(request, body) : null;
    const answer = await forward(request, body);
    note.status = answer.statusCode;
    if (!money) { // live streams, too
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      answer.on('error', () => response.destroy());
      response.on('close', () => answer.destroy());
      answer.pipe(response);
      return undefined;
    }
    const text = await whole(answer);
    if (twin) { const other = await twin; check((await whole(other)).equals(text) && other.statusCode === answer.statusCode, 'asked twice: both have the same answer'); }
    if (now === 'lost on the way back') return request.socket.destroy();
    if (now === 'later than the app waits') { mood = 'good'; await wait(PATIENCE_MS + 1_000); }
    response.writeHead(answer.statusCode, answer.headers);
    if (now === 'cut in half') { response.write(text.subarray(0, text.length / 2)); setTimeout(() => request.socket.destroy(), 50); return undefined; }
    response.end(text);
  } catch { request.socket.destroy(); }
  return undefined;
});
await new Promise((done) => { proxy.listen(0, '127.0.0.1', done); });
const port = proxy.address().port;

const paid = []; // what was paid so far, in fen: each amount is another one
async function ask(page, code, typed) {
  await page.goto(`http://n.localhost:${port}/#/pay/${encodeURIComponent(code)}`);
  await page.locator('.keypad').waitFor();
  for (const digit of typed) await page.locator('.keypad button', { hasText: new RegExp(`^${digit === '.' ? '\\.' : digit}$`) }).click();
  await page.getByRole('button', { name: `¥${typed}` }).click();
}
async function pin(page) {
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (const digit of PIN) await dialog.locator('.keypad button', { hasText: new RegExp(`^${digit}$`) }).click();
}
const says = (page, words) => page.getByText(words).first().waitFor({ timeout: 40_000 });
async function times(count) { for (let i = 0; seen.length < count && i < 400; i++) await wait(50); check(seen.length >= count, `${mood}: sent ${seen.length} times, not ${count}`); }

/** One payment on a line of this mood, which becomes good when the app has tried `tries` times. */
async function weather(payer, code, name, typed, tries) {
  seen = [];
  mood = name;
  await ask(payer.page, code, typed);
  await pin(payer.page);
  await times(tries);
  mood = 'good';
  await says(payer.page, '付款成功');
  await says(payer.page, typed);
  check(new Set(seen.map((one) => one.key)).size === 1, `${name}: ${seen.length} requests, one key`);
  paid.push(typed);
}

async function reloaded(payer, code) {
  seen = [];
  mood = 'lost on the way back';
  await ask(payer.page, code, '1.07');
  await pin(payer.page);
  await times(1);
  await payer.page.goto(`http://n.localhost:${port}/`);
  await payer.page.reload();
  await says(payer.page, '还没有等到结果');
  await payer.picture('network-open');
  mood = 'good';
  await payer.page.getByRole('link', { name: '查结果' }).click();
  await payer.page.getByRole('dialog').waitFor();
  await payer.page.keyboard.press('Escape'); // who looks away keeps the question
  await payer.page.goto(`http://n.localhost:${port}/`);
  await payer.page.getByRole('link', { name: '查结果' }).click();
  await pin(payer.page);
  await says(payer.page, '付款成功');
  check(new Set(seen.map((one) => one.key)).size === 1, 'reloaded: one key');
  paid.push('1.07');
  await payer.page.goto(`http://n.localhost:${port}/`);
  await says(payer.page, '扫一扫');
  check((await payer.page.getByText('还没有等到结果').count()) === 0, 'reloaded: nothing is left to ask for');
}

/** The phone is off the net when the PIN is typed, and comes back. */
async function tunnel(payer, code) {
  seen = [];
  await ask(payer.page, code, '1.08');
  await payer.context.setOffline(true);
  await pin(payer.page);
  await says(payer.page, '还没有等到结果');
  await wait(1_200);
  check(seen.length === 0, 'tunnel: nothing arrives');
  await payer.context.setOffline(false);
  await says(payer.page, '付款成功');
  paid.push('1.08');
}

/** One order, two windows of one person, both at once: one pays, the other learns that it is paid. */
async function oneOrderTwice(payer, shop) {
  const { order } = await shop.tell('POST', `/v1/merchants/${shop.merchant.id}/orders`, { amount: 109 });
  const two = [payer.page, await payer.context.newPage()];
  for (const page of two) {
    await page.goto(`http://n.localhost:${port}/#/pay/${encodeURIComponent(order.code)}`);
    await page.getByRole('button', { name: '¥1.09' }).click();
    await page.getByRole('dialog').waitFor();
  }
  await Promise.all(two.map(pin));
  const ends = await Promise.all(two.map((page) => Promise.any([says(page, '付款成功').then(() => 'paid'), says(page, '没有成功').then(() => 'refused')])));
  check(ends.sort().join() === 'paid,refused', `one order in two windows: ${ends}`);
  await two[1].close();
  paid.push('1.09');
}

/** Two windows wait for two answers that are lost: each payment is kept, asked for, and made once. */
async function twoOpen(payer, code) {
  seen = [];
  mood = 'lost on the way back';
  const other = await payer.context.newPage();
  await Promise.all([ask(payer.page, code, '1.11'), ask(other, code, '1.12')]);
  await Promise.all([pin(payer.page), pin(other)]);
  await times(2);
  for (let i = 0; new Set(seen.map((one) => one.key)).size < 2 && i < 100; i++) await wait(50);
  await other.close();
  await payer.page.goto(`http://n.localhost:${port}/`);
  await payer.page.reload();
  mood = 'good';
  for (let i = 0; i < 2; i++) {
    await payer.page.goto(`http://n.localhost:${port}/`);
    await payer.page.getByRole('link', { name: '查结果' }).click();
    await pin(payer.page);
    await says(payer.page, '付款成功');
  }
  check(new Set(seen.map((one) => one.key)).size === 2, `two windows: ${new Set(seen.map((one) => one.key)).size} keys`);
  paid.push('1.11', '1.12');
}

/** What a till asks of a payment code has no answer: it says so, asks for the same, and is paid once. And a line that is cut while the customer has the
 * PIN to type: the till says that it does not know, and finds the result when it is back. */
async function tillAsks(payer, shop) {
  const { page } = shop, of = (person) => ({ Cookie: person.cookies.map(({ name, value }) => `${name}=${value}`).join('; '), 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() });
  payer.cookies = await payer.context.cookies();
  const straight = async (method, path, body) => (await fetch(`${base}${path}`, { method, headers: of(payer), ...(body ? { body: JSON.stringify(body) } : {}) })).json(); // past the line
  shop.origin = `http://m.localhost:${port}`;
  const charge = async (typed, code) => {
    await page.goto(`${shop.origin}/till`);
    await page.locator('.keypad').waitFor();
    await shop.pad(typed);
    await page.getByRole('button', { name: '扫顾客的付款码' }).click();
    await page.getByLabel('付款码数字').fill(code);
    await page.getByRole('button', { name: `扫码收款 ¥${typed}` }).click();
  };
  seen = [];
  mood = 'lost on the way back';
  await charge('1.13', (await straight('POST', '/v1/paycode', {})).code);
  await says(page, '正在再问一次。还是这一笔,不会重复收款');
  await shop.picture('network-till-again');
  mood = 'good';
  await says(page, '收到了');
  check(seen.length > 1 && new Set(seen.map((one) => one.key)).size === 1, `the till: ${seen.length} requests, ${new Set(seen.map((one) => one.key)).size} keys`);
  paid.push('1.13');

  await charge('1.14', (await straight('POST', '/v1/paycode', { digits: true })).code); // read out: asks for the PIN
  await says(page, '等顾客输入支付密码');
  mood = 'cut';
  proxy.closeAllConnections();
  await says(page, '先别让顾客再付一次');
  let confirmed = null;
  for (let i = 0; i < 20 && !confirmed?.payment; i++) { // the customer tries again; what was answered else is said
    const { charge: asked } = await straight('GET', '/v1/paycode');
    if (asked?.amount === 114) confirmed = await straight('POST', `/v1/paycode/charges/${asked.id}/confirm`, { pin: PIN });
    if (!confirmed?.payment) { console.log(`     not confirmed yet: ${JSON.stringify(asked)} ${JSON.stringify(confirmed)}`); await wait(500); }
  }
  check(confirmed?.payment?.state === 'done', `confirmed: ${JSON.stringify(confirmed)}`);
  await shop.picture('network-till-cut');
  check((await page.getByText('收到了').count()) === 0, 'the till claims nothing that it was not told');
  mood = 'good';
  await says(page, '收到了');
  paid.push('1.14');

  // and the customer, who has typed the PIN and hears nothing
  const showing = payer.page.waitForResponse((answer) => answer.url().endsWith('/v1/paycode') && answer.request().postDataJSON()?.digits === true);
  await payer.page.goto(`${payer.origin}/#/paycode`);
  await payer.page.getByRole('button', { name: '查看数字' }).click();
  await charge('1.15', (await (await showing).json()).code);
  await payer.page.getByRole('dialog').waitFor();
  seen = [];
  mood = 'lost on the way there'; // on the way back the live stream would say at once how it ended
  await pin(payer.page);
  await says(payer.page, '正在再问一次');
  mood = 'good';
  await payer.page.waitForURL(/#\/result\//);
  await says(page, '收到了');
  check(seen.length > 1 && new Set(seen.map((one) => one.key)).size === 1, `the confirmation: ${seen.length} requests, ${new Set(seen.map((one) => one.key)).size} keys`);
  paid.push('1.15');
}

try {
  const shop = await Person.open('m.localhost', 'zh', '/till'), payer = await Person.open('n.localhost', 'zh');
  await Promise.all([shop.settle('周建国'), payer.settle('林晓', 10_000)]);
  shop.merchant = (await shop.tell('POST', '/v1/merchants', { name: '南门早点铺' })).merchant;
  payer.origin = `http://n.localhost:${port}`; // a cookie is a host's, whatever its port
  const { code } = shop.merchant;
  await weather(payer, code, 'lost on the way there', '1.01', 2);
  await weather(payer, code, 'lost on the way back', '1.02', 2);
  await weather(payer, code, 'cut in half', '1.03', 2);
  await weather(payer, code, 'asked twice', '1.04', 1);
  await weather(payer, code, 'later than the app waits', '1.05', 2);
  await reloaded(payer, code);
  await tunnel(payer, code);
  await oneOrderTwice(payer, shop);
  await twoOpen(payer, code);
  await tillAsks(payer, shop);

  const fen = (typed) => Number(typed.replace('.', ''));
  const total = paid.reduce((sum, typed) => sum + fen(typed), 0);
  check(await payer.balance() === 10_000 - total, `the payer has ${await payer.balance()} of ${10_000 - total}`);
  const bills = (await payer.tell('GET', '/v1/bills?limit=50&kind=purchase')).items.filter((bill) => bill.state === 'done');
  for (const typed of paid) check(bills.filter((bill) => bill.amount === fen(typed)).length === 1, `${typed}: ${bills.filter((bill) => bill.amount === fen(typed)).length} bills`);
  check(bills.length === paid.length, `${bills.length} payments, ${paid.length} wanted`);
  const takings = await shop.tell('GET', `/v1/merchants/${shop.merchant.id}/takings`);
  check(takings.count === paid.length && takings.amount === total, `the shop took ${takings.amount} in ${takings.count}, not ${total} in ${paid.length}`);
} catch (error) {
  await lost(error.stack, 'lost-network');
}
proxy.close();
proxy.closeAllConnections();
await finish();
