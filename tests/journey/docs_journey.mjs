// SPDX-License-Identifier: Apache-2.0
// The reference of the API: every route and every error is there, each has an address, it loads nothing from elsewhere, and it can be read on a
// phone, in both languages, light and dark.
// Its words are of programs (`names`): paths, keys and both languages of an error.
//   node docs_journey.mjs BASE-URL PICTURES
import { base, check, finish, lost, Person } from './walk.mjs';

const api = await (await fetch(`${base}/openapi.json`)).json();
const texts = await (await fetch(`${base}/v1/texts`)).json();
const routes = Object.entries(api.paths).flatMap(([path, row]) => Object.keys(row).map((method) => [method, path]));

async function read(lang) {
  const person = await Person.open('127.0.0.1', lang, '/docs');
  const { page } = person, elsewhere = [];
  page.on('request', (request) => { if (!request.url().startsWith(base)) elsewhere.push(request.url()); });
  await page.reload();
  await person.see(lang === 'zh' ? '由它自己的表生成' : 'written from its own tables');
  check(await page.locator('details.card').count() === routes.length, `${lang}: a route is missing`);
  check(await page.locator('details pre').count() === routes.length, `${lang}: an example is missing`);
  check((await page.locator('main > pre').innerText()).startsWith(`QB=${base} `), `${lang}: where this server is`);
  await person.picture('docs', { names: true });

  await page.goto(`${base}/docs#post-v1-topups`);
  await page.reload();
  await page.locator('#post-v1-topups[open] pre').waitFor();
  const shown = await page.locator('#post-v1-topups pre').innerText();
  check(shown === api.paths['/v1/topups'].post['x-codeSamples'][0].source, `${lang}: another example: ${shown}`);
  check((await page.locator('#post-v1-topups').innerText()).includes('integer 1–'), `${lang}: an amount without its limits`);
  await person.until('the address is in view', () => document.querySelector('#post-v1-topups').getBoundingClientRect().top < innerHeight);
  const opened = { names: true, within: [['main > nav'], ['#post-v1-topups']] }; // the other cards are as closed as before
  await person.picture('docs-route', opened);
  await page.setViewportSize({ width: 1280, height: 800 });
  await person.picture('docs-desk', opened);
  await page.setViewportSize({ width: 360, height: 780 });

  await page.getByRole('searchbox').fill(lang === 'zh' ? '提现' : 'withdrawals');
  await person.until('the filter', (count) => document.querySelectorAll('details.card').length === count, routes.filter(([, path]) => path.startsWith('/v1/withdrawals')).length);
  await page.getByRole('searchbox').fill('nothing is called this');
  await person.see(lang === 'zh' ? '没有找到' : 'Nothing found');

  await page.goto(`${base}/docs/errors#INSUFFICIENT_BALANCE`);
  await page.locator('#INSUFFICIENT_BALANCE.named').waitFor();
  await person.until('the error is in view', () => Math.abs(document.querySelector('#INSUFFICIENT_BALANCE').getBoundingClientRect().top) < 60);
  await person.picture('docs-errors', { names: true });
  const cards = await page.locator('article').evaluateAll((all) => Object.fromEntries(all.map((one) => [one.id, one.innerText])));
  for (const error of texts.errors)
    check([error.message, error.message_zh, `HTTP ${error.status}`, error.class, String(error.number)].every((word) => cards[error.code]?.includes(word)), `${lang}: ${error.code} is not told whole`);
  check(elsewhere.length === 0, `${lang}: it asks elsewhere: ${elsewhere}`);
  await person.context.close();
}

await Promise.all(['zh', 'en'].map((lang) => read(lang).catch((error) => lost(`${lang}: ${error.message}`, `docs-${lang}`, lang))));
await finish();
