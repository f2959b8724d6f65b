// SPDX-License-Identifier: Apache-2.0
// The pictures of the two READMEs, from a running ./run with its demo data: home, a payment code, a refusal with its ways on, bills in the dark.
//   node tests/journey/readme_pictures.mjs http://127.0.0.1:8080 docs/pictures
import { readFileSync, writeFileSync } from 'node:fs';
import { launch } from './chromium.mjs';

const [base, folder] = process.argv.slice(2);
const port = new URL(base).port;
/** The demo's people: phone, password, PIN, …, role. */
const people = readFileSync(new URL('../../tables/people.tsv', import.meta.url), 'utf8').split('\n').filter((line) => /^1\d{10}/.test(line)).map((line) => line.split('\t'));
const owner = people.find((one) => one[8].startsWith('shop'));
const browser = await launch();

for (const [i, lang] of ['zh', 'en'].entries()) {
  const [phone, password, pin] = people[i];
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', reducedMotion: 'reduce' });
  const page = await context.newPage(), shots = [];
  const origin = `http://a.localhost:${port}`;
  await page.goto(origin);
  const call = (path, body, at = page) => at.evaluate(async ([p, b]) => (await fetch(p, b && { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-') }, body: JSON.stringify(b) })).json(), [path, body]);
  const shoot = async (scheme = 'light') => { await page.emulateMedia({ colorScheme: scheme }); await page.waitForTimeout(600); shots.push((await page.screenshot()).toString('base64')); };
  await call('/v1/sessions', { phone, password });
  await page.reload();
  await page.locator('.figure').waitFor();
  await page.locator('main .row').first().waitFor();
  await shoot();
  await page.goto(`${origin}/#/paycode`);
  await page.locator('.square').waitFor();
  await shoot();
  // more than the balance holds, from the balance alone: the refusal names the cards that would do
  const shop = await browser.newPage();
  await shop.goto(`http://shop.localhost:${port}/till`);
  await call('/v1/sessions', { phone: owner[0], password: owner[1] }, shop);
  const { code } = (await call('/v1/merchants', undefined, shop)).items[0], { available } = await call('/v1/balance');
  await shop.close();
  await page.goto(`${origin}/#/pay/${encodeURIComponent(code)}`);
  await page.getByRole('radio').nth(1).click();
  for (const key of String(Math.ceil(available / 100) + 12)) await page.locator('.keypad button', { hasText: new RegExp(`^${key}$`) }).click();
  await page.locator('.foot .button').first().click();
  for (const key of pin) await page.getByRole('dialog').locator('.keypad button', { hasText: new RegExp(`^${key}$`) }).click();
  await page.locator('.mark.warn').waitFor();
  await shoot();
  await page.goto(`${origin}/#/bills`);
  await page.locator('main .row').first().waitFor();
  await shoot('dark');
  const sheet = await browser.newPage({ viewport: { width: 1280, height: 682 }, deviceScaleFactor: 1 });
  await sheet.setContent(`<body style="margin:0;background:#cfd5d1;display:flex;gap:16px;padding:16px">${shots.map((shot) => `<img width=300 height=650 style="border-radius:18px" src="data:image/png;base64,${shot}">`).join('')}`);
  await sheet.waitForTimeout(300);
  writeFileSync(`${folder}/app-${lang}.png`, await sheet.screenshot());
  await sheet.close();
  await context.close();
}
await browser.close();
