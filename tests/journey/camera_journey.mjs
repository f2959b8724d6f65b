// SPDX-License-Identifier: Apache-2.0
// Codes that go through a camera, a bar-code reader and hands: what one screen shows is filmed (Chromium's fake camera plays it) and scanned by
// another. The payment code of the app by the till, paid at once and with the PIN, refused a second time; the shop's code by the app.
//   node camera_journey.mjs BASE-URL PICTURES
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from './chromium.mjs';

const [base, pictures] = process.argv.slice(2);
const port = new URL(base).port;
const PASSWORD = 'xuanwu-hu 2317 liu', PIN = '408516';
const folder = mkdtempSync(join(tmpdir(), 'qianbao-camera-'));
const size = { width: 360, height: 780 };
let passed = 0, failed = 0, serial = (Math.floor(Date.now() / 1000) % 90_000) + 5_000;
function check(holds, what) { if (holds) passed++; else { failed++; console.log(`FAIL ${what}`); } }

const filmed = (film) => launch('--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`);

/** A film of one still picture: frames of JPEG, one behind the other. */
async function film(page, name) {
  const frame = await page.screenshot({ type: 'jpeg', quality: 90 });
  const file = join(folder, `${name}.mjpeg`);
  writeFileSync(file, Buffer.concat(Array(10).fill(frame)));
  return file;
}

async function window_(browser, host, path, state) {
  const context = await browser.newContext({ viewport: size, deviceScaleFactor: 1, locale: 'zh-CN', permissions: ['camera'], ...(state ? { storageState: state } : {}) });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (error) => check(false, `an error on the page: ${error.message}`));
  await page.goto(`http://${host}:${port}${path}`);
  return page;
}

/** What a person does on many pages, told to the server at once: this journey is about codes. */
const tell = (page, method, path, body) => page.evaluate(async ([m, p, b]) => {
  const answer = await fetch(p, { method: m, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-') }, body: JSON.stringify(b) });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`${p}: ${JSON.stringify(json)}`);
  return json;
}, [method, path, body]);
async function sms(phone, from) {
  const inbox = await (await fetch(`${base}/demo/inbox`)).json();
  return inbox.items.find((item) => item.phone === phone && item.from === from).code;
}
function idNumber(n) {
  const body = `1101051985${String(1 + (n % 12)).padStart(2, '0')}1${n % 10}${String(n % 1000).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return body + '10X98765432'[[...body].reduce((sum, c, i) => sum + Number(c) * weights[i], 0) % 11];
}
function cardNumber(n) {
  const body = `622588${String(6_000_000 + n).padStart(9, '0')}`;
  const sum = [...body].reverse().reduce((s, c, i) => { const d = Number(c) * (i % 2 ? 1 : 2); return s + (d > 9 ? d - 9 : d); }, 0);
  return body + ((10 - (sum % 10)) % 10);
}
async function settle(page, nickname, name, money) {
  const n = ++serial, phone = `136${String(n).padStart(8, '0')}`;
  await tell(page, 'POST', '/v1/codes', { phone, purpose: 'register' });
  await tell(page, 'POST', '/v1/persons', { phone, code: await sms(phone, 'wallet'), password: PASSWORD, nickname });
  await tell(page, 'PUT', '/v1/pin', { pin: PIN });
  await tell(page, 'POST', '/v1/realname', { name, id_number: idNumber(n) });
  if (!money) return;
  const binding = await tell(page, 'POST', '/v1/cards', { number: cardNumber(n), phone });
  const { card } = await tell(page, 'POST', `/v1/cards/${binding.binding_id}/confirm`, { code: await sms(phone, 'bank') });
  await tell(page, 'POST', '/v1/topups', { card_id: card.id, amount: money, pin: PIN });
  for (let i = 0; i < 300 && await page.evaluate(async () => (await (await fetch('/v1/balance')).json()).available) < money; i++) await page.waitForTimeout(100);
}
const pad = async (page, digits) => { for (const digit of digits) await page.locator('.keypad button', { hasText: new RegExp(`^${digit === '.' ? '\\.' : digit}$`) }).last().click(); };
/** A bar-code reader: the keys of a code and Enter, 5 ms apart by their own clock, however busy the machine is. */
async function reader(page, code) {
  const wire = await page.context().newCDPSession(page), begun = Date.now() / 1000;
  await Promise.all([...code, 'Enter'].flatMap((key, i) => ['keyDown', 'keyUp'].map((type) => wire.send('Input.dispatchKeyEvent', {
    type, key, timestamp: begun + i * 0.005, code: key === 'Enter' ? key : `Digit${key}`, windowsVirtualKeyCode: key === 'Enter' ? 13 : key.charCodeAt(0), ...(type === 'keyDown' ? { text: key === 'Enter' ? '\r' : key } : {}),
  }))));
  await wire.detach();
}
const sheet = async (page) => { const dialog = page.getByRole('dialog'); await dialog.waitFor(); for (const digit of PIN) await dialog.locator('.keypad button', { hasText: new RegExp(`^${digit}$`) }).click(); };
async function look(page, name) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.waitForTimeout(200);
    await page.screenshot({ path: join(pictures, `camera-${name}-${scheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  check(!(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)), `${name}: the page is wider than the phone`);
}
const sees = async (page, words) => { try { await page.getByText(words).first().waitFor(); check(true); } catch { check(false, `does not see ${words} at ${page.url()}`); await look(page, 'lost'); throw new Error('lost'); } };
/** Opens the payment code and gives what the server sent for it. */
async function show(page, digits = false) {
  const answer = page.waitForResponse((r) => r.url().endsWith('/v1/paycode') && r.request().method() === 'POST');
  await page.goto('about:blank');
  await page.goto(`http://a.localhost:${port}/#/paycode`);
  await answer;
  if (digits) {
    const other = page.waitForResponse((r) => r.url().endsWith('/v1/paycode') && r.request().method() === 'POST');
    await page.getByRole('button', { name: '查看数字' }).click();
    return (await other).json();
  }
  await page.locator('.square').waitFor();
  return (await answer).json();
}
/** The till in a browser whose camera sees the film. */
async function till(state, film_, amount) {
  const browser = await filmed(film_);
  const page = await window_(browser, 'shop.localhost', '/till', state);
  await pad(page, amount);
  await page.getByRole('button', { name: '扫顾客的付款码' }).click();
  return { browser, page };
}

mkdirSync(pictures, { recursive: true });
const home = await launch();
try {
  const payer = await window_(home, 'a.localhost', '/'), shop = await window_(home, 'shop.localhost', '/till');
  await settle(payer, '小林', '林晓', 500_000);
  await settle(shop, '老周', '周建国', 0);
  const { merchant } = await tell(shop, 'POST', '/v1/merchants', { name: '南门早点铺' });
  await shop.reload();
  const state = await shop.context().storageState();

  // the till's camera sees the payer's screen: paid at once
  await show(payer);
  await look(payer, 'paycode');
  const seen = await film(payer, 'paycode');
  let scanning = await till(state, seen, '8.5');
  await sees(scanning.page, '收到了');
  await look(scanning.page, 'till-paid');
  await payer.waitForURL(/#\/result\//);
  await sees(payer, '付款成功');
  await sees(payer, '8.50');
  await scanning.browser.close();

  // the same film again: a screenshot of a code that was used
  scanning = await till(state, seen, '8.5');
  await sees(scanning.page, '这个付款码已经用过');
  await look(scanning.page, 'till-refused');
  await scanning.browser.close();

  // more than goes without the PIN: the payer is asked at once, and confirms
  await show(payer);
  scanning = await till(state, await film(payer, 'large'), '1200');
  await sees(scanning.page, '等顾客输入支付密码');
  await payer.getByRole('dialog').waitFor();
  await sees(payer, '南门早点铺');
  await look(payer, 'confirm');
  await look(scanning.page, 'till-waiting');
  await sheet(payer);
  await sees(payer, '付款成功');
  await sees(scanning.page, '收到了');
  await scanning.browser.close();

  // a bar-code reader types eighteen digits and Enter, wherever the till stands; what it typed is not in the amount
  const { code } = await show(payer);
  await pad(shop, '3.2');
  await reader(shop, code);
  await sees(shop, '收到了');
  await sees(shop, '3.20');
  await shop.getByRole('button', { name: '下一位' }).click();

  // read out and typed: asks for the PIN whatever the amount; the customer says no
  const read = await show(payer, true);
  await sees(payer, read.code.slice(0, 4));
  await look(payer, 'digits');
  await pad(shop, '2');
  await shop.getByRole('button', { name: '扫顾客的付款码' }).click();
  await shop.getByLabel('付款码数字').fill(read.code);
  await look(shop, 'till-typed');
  await shop.getByRole('button', { name: '扫码收款 ¥2.00' }).click();
  await sees(shop, '等顾客输入支付密码');
  await payer.getByRole('dialog').getByRole('button', { name: '取消' }).click();
  await sees(shop, '顾客没有付成');
  await look(shop, 'till-declined');
  await shop.getByRole('button', { name: '返回', exact: true }).last().click();

  // not confirmed in time: both sides say so, and nothing was taken
  await show(payer);
  const slow = await show(payer, true);
  await pad(shop, '1');
  await reader(shop, slow.code);
  await sees(shop, '等顾客输入支付密码');
  await payer.getByRole('dialog').waitFor();
  await payer.evaluate(() => { // its time is over up to a second before its bill is written: the answers of that second are held on to
    const fetched = window.fetch;
    window.fetch = async (path, init) => {
      const answer = await fetched(path, init);
      if (path !== '/v1/paycode' || init.method !== 'GET' || window.written) return answer;
      const json = await answer.json();
      if (json.charge?.state === 'lapsed') json.charge.bill_id = null;
      return new Response(JSON.stringify(json), { status: answer.status, headers: answer.headers });
    };
  });
  await fetch(`${base}/demo/clock`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ advance_s: 31 }) });
  await sees(shop, '没有及时确认');
  await sees(payer, '没有及时确认');
  check(payer.url().endsWith('#/paycode'), 'a bill is shown that is not written');
  await payer.evaluate(() => { window.written = true; window.dispatchEvent(new Event('online')); }); // who is told that something changed reads again
  await payer.waitForURL(/#\/result\//);
  await sees(payer, '没有及时确认');
  await look(payer, 'lapsed');
  await shop.getByRole('button', { name: '返回', exact: true }).last().click();

  // paused, and on again with the PIN
  await show(payer);
  await payer.getByRole('button', { name: '停用' }).click();
  await sees(payer, '付款码已暂停');
  check((await payer.locator('.square').count()) === 0, 'a paused code is shown');
  await look(payer, 'paused');
  await payer.getByRole('button', { name: '恢复付款码' }).click();
  await sheet(payer);
  await payer.locator('.square').waitFor();
  await payer.getByRole('switch').click();
  await sees(payer, '每笔都要输入支付密码');
  await payer.getByRole('switch').click();
  await sheet(payer);
  await sees(payer, '元以内免密');

  // who looks away leaves no code on the screen, and the one that was there is burnt
  const left = await show(payer);
  await payer.goto(`http://a.localhost:${port}/#/receive`);
  await sees(payer, '让对方扫这个码');
  await look(payer, 'receive');
  check((await payer.locator('.bars').count()) === 0, 'the code is still shown');
  const late = await shop.evaluate(async ([id, c]) => (await fetch(`/v1/merchants/${id}/charges`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'x'.repeat(12) + Date.now() }, body: JSON.stringify({ code: c, amount: 1 }) })).status, [merchant.id, left.code]);
  check(late === 409, `a code that was left: ${late}`);

  // the app's camera sees the shop's code
  await shop.reload();
  await shop.getByRole('button', { name: '店铺码' }).click();
  await shop.locator('.qr img').waitFor();
  await shop.waitForFunction(() => [...document.images].every((image) => image.complete && image.naturalWidth > 0));
  const camera = await filmed(await film(shop, 'shop'));
  const phone = await window_(camera, 'a.localhost', '/#/scan', await payer.context().storageState());
  await phone.waitForURL(/#\/pay\//);
  await sees(phone, '南门早点铺');
  check(true);
  await camera.close();
} catch (error) {
  failed++;
  console.log(`FAIL ${error.stack}`);
} finally {
  await home.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
