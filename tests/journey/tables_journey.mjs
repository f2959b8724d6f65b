// SPDX-License-Identifier: Apache-2.0
// Every refusal and every cause of the tables as the app shows them, in both languages: the server's own answers with each row's words put in, from
// the tables' sources. (That a real server gives each is what tests/api/provoked.py looks at.)
//   node tables_journey.mjs BASE-URL PICTURES [zh|en]
import { readFileSync } from 'node:fs';
import { base, check, finish, lost, only, Person } from './walk.mjs';

const source = (name) => readFileSync(new URL(`../../src/${name}`, import.meta.url), 'utf8').replace(/\/\*.*?\*\//gs, '');
/** The arguments of each row NAME(…) of a table; a string without its quotes. */
function rows(text, name) {
  return [...text.matchAll(new RegExp(`^${name}\\(((?:"(?:[^"\\\\]|\\\\.)*"|[^"()])*)\\)`, 'gm'))]
    .map(([, inside]) => [...inside.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s,"][^,"]*)/g)].map((m) => (m[1] ?? m[2]).trim()));
}
const texts = { '{amount}': '12.30', '{left}': '4.50', '{until}': '2026-12-01 08:00', '{name}': '7', '{count}': '3' };
const filled = (words) => words.replace(/\{\w+\}/g, (hole) => texts[hole]);

const reasons = source('wallet/reason.def');
const rules = Object.fromEntries(rows(reasons, 'RULE').map(([name, en, zh, when, whenZh]) => [name, { en, zh, when, whenZh }]));
const ruleOf = Object.fromEntries(rows(reasons, 'REASON').map(([error, rule]) => [error, rule]));
const errors = rows(source('base/err.def'), 'ERR').filter((row) => row[2] === 'REFUSED').map((row) => ({ code: row[0], en: filled(row.at(-2)), zh: filled(row.at(-1)) }));
const causes = rows(source('wallet/cause.def'), 'CAUSE').map((row) => ({ cause: row[0], number: +row[1], help: row.at(-5), title: filled(row.at(-4)), title_zh: filled(row.at(-3)), text: filled(row.at(-2)), text_zh: filled(row.at(-1)) }));
check(errors.length > 60 && Object.keys(rules).length > 20 && causes.length > 25, `the tables are read: ${errors.length}, ${Object.keys(rules).length}, ${causes.length}`);

/** The server's answer to this path, changed. */
async function changed(page, path, change) {
  await page.route(path, async (route) => {
    const asked = new URL(route.request().url());
    await route.fulfill({ status: 200, contentType: 'application/json', json: change(asked.pathname.split('/').pop()) });
  });
}

async function causesShown(person, lang) {
  const { page } = person, real = await person.tell('GET', '/v1/balance/explain');
  const all = causes.map((cause) => ({ ...real.causes[0], ...cause, bill_id: null }));
  await changed(page, '**/v1/balance/explain*', () => ({ ...real, causes: all }));
  await person.go('/explain');
  for (const cause of causes) {
    const row = page.locator(`[data-cause=${cause.cause}]`);
    await row.waitFor();
    const said = await row.innerText(), [title, text] = lang === 'zh' ? [cause.title_zh, cause.text_zh] : [cause.title, cause.text];
    check(said.includes(title) && said.includes(text), `${lang}: ${cause.cause} is not told: ${said}`);
  }
  await person.picture('causes');
}

async function refusalsShown(person, lang) {
  const { page } = person;
  const { merchant } = await person.tell('POST', '/v1/merchants', { name: '南门早点铺' });
  const other = await Person.open('v.localhost', lang);
  await other.settle('李梅', 100);
  await other.tell('POST', '/v1/purchases', { code: merchant.code, amount: 850, source: 'balance', pin: '408516' }).catch(() => undefined); // is refused
  const refused = (await other.tell('GET', '/v1/bills')).items.find((bill) => bill.state === 'refused');
  const { bill } = await other.tell('GET', `/v1/bills/${refused.id}`);
  await other.close();
  check(bill.reason.code === 'INSUFFICIENT_BALANCE' && bill.reason.explain.rule === 'BALANCE', `${lang}: a refused bill`);
  const reasonOf = ({ code, en, zh }) => {
    const rule = rules[ruleOf[code]];
    const explain = { ...bill.reason.explain, rule: ruleOf[code], rule_text: rule.en, rule_text_zh: rule.zh, passes_when: rule.when, passes_when_zh: rule.whenZh };
    return { ...bill.reason, code, message: en, message_zh: zh, explain };
  };
  // One bill for each rule, with the first refusal of it; on the last all refusals, as what was tried.
  const first = Object.keys(rules).map((name) => errors.find((one) => ruleOf[one.code] === name));
  const tries = errors.map((error) => ({ kind: 'balance', state: 'declined', card: null, reason: reasonOf(error) }));
  await changed(page, '**/v1/bills/*', (code) => ({ bill: { ...bill, id: code, tries: code === first.at(-1).code ? tries : [], reason: reasonOf(errors.find((one) => one.code === code)) } }));
  const main = page.locator('main');
  for (const error of first) {
    const name = ruleOf[error.code], rule = rules[name];
    await person.go(`/bills/${error.code}`);
    await page.getByText(error.code, { exact: true }).waitFor(); // as the number of the bill
    const said = await main.innerText(), wanted = lang === 'zh' ? [error.zh, rule.zh, rule.whenZh] : [error.en, rule.en, rule.when];
    check(wanted.every((words) => said.includes(words)), `${lang}: ${name} of ${error.code} is not told: ${said.slice(0, 300)}`);
  }
  const said = await main.innerText();
  for (const error of errors) check(said.includes(lang === 'zh' ? error.zh : error.en), `${lang}: ${error.code} is not told`);
  await person.picture('refused');
}

async function walk(lang) {
  const person = await Person.open('v.localhost', lang);
  await person.settle('王小强', 10_000);
  await causesShown(person, lang);
  await refusalsShown(person, lang);
  await person.close();
}

await Promise.all((only ? [only] : ['zh', 'en']).map((lang) => walk(lang).catch((error) => lost(`tables ${lang}: ${error.stack}`, `lost-tables-${lang}`, lang))));
await finish();
