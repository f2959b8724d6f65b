// SPDX-License-Identifier: Apache-2.0
// Somebody worried: searches the help, pays and is refused, asks with one tap, staff answer by command, and the answer is there.
//   QIANBAO_DATA=… node case_journey.mjs BASE-URL PICTURES
import { BY, check, finish, lost, Person, PIN, qianbao as staff, staffed, words } from './walk.mjs';

const said = {
  zh: { search: '说说遇到的问题', question: '零钱不够怎么办', article: '零钱不够', mean: '可以这样', why: '这是为什么', ask: '让我们查一下', received: '已收到', opened: '相关资料已经带上', asks: '需要你回答', answer: '你的回答', words: '是昨天那一笔', send: '提交',
    work: '正在处理', decided: '已说明原因', cases: '我的问题', question_staff: '是哪一天的付款？', why_staff: '当天的静态码额度用完了，请店家出带金额的码。', question_bill: '我有疑问', not_mine: '这不是我付的', unknown: '不认识的付款', shop: '东门面馆', settle: '已经解决了', settled: '你说已经解决', came: '已经带上的资料' },
  en: { search: 'What is the matter', question: 'balance is short', article: 'The balance is too low', mean: 'You can', why: 'Why, and what to do', ask: 'Let us look at it', received: 'Received', opened: 'what we know came along', asks: 'We need an answer', answer: 'Your answer', words: 'The one of yesterday', send: 'Send',
    work: 'Being looked at', decided: 'Explained', cases: 'My cases', question_staff: 'On which day was it?', why_staff: 'The limit of codes on the wall was used up; ask the shop for a code with the amount.', question_bill: 'I have a question about this', not_mine: 'I did not do this', unknown: 'A payment that I do not know', shop: 'East Gate Noodles', settle: 'It is settled', settled: 'Settled: you no longer need us', came: 'What came along' },
};

async function worried(lang) {
  const w = words[lang], s = said[lang];
  const shop = await Person.open('s.localhost', lang, '/till');
  await shop.page.goto(`${shop.origin}/`);
  await shop.register();
  await shop.verify('李梅');
  const person = await Person.open('q.localhost', lang);
  await person.page.goto(`${person.origin}/#/help`); // nobody is signed in yet
  await person.page.getByPlaceholder(s.search).fill(s.question);
  await person.see(s.article);
  await person.picture('help-found');
  await person.page.getByRole('link', { name: s.article }).first().click();
  await person.see(s.mean);
  await person.picture('help-article');
  await person.register();
  await person.verify('王小强');
  await person.setPin();
  await person.bindCard();

  // refused: more than there is
  await person.go('/topup');
  await person.pad('30');
  await person.button(new RegExp(`^${w.topup} ¥`)).click();
  await person.pin();
  await person.see(w.topupDone);
  await shop.page.goto(`${shop.origin}/till`);
  await shop.field(w.shopName).fill(s.shop);
  const open = shop.page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.url().endsWith('/v1/merchants') && answer.ok());
  await shop.button(w.openShop, true).click();
  await open;
  await shop.see(w.collect);
  const code = await shop.page.evaluate(async () => (await (await fetch('/v1/merchants')).json()).items[0].code);
  await person.go(`/pay/${encodeURIComponent(code)}`);
  await person.see(s.shop);
  await person.page.getByRole('radio', { name: new RegExp(lang === 'zh' ? '^零钱' : '^Balance') }).click();
  await person.pad('45');
  await person.page.locator('.foot .button').first().click();
  await person.pin();
  await person.see(w.notTaken);
  await person.see(s.why);
  await person.picture('refused-ask');
  await person.button(s.ask).click();
  await person.page.waitForURL(/#\/cases\/[0-9A-Z]{26}$/);
  await person.see(s.opened);
  await person.see(s.received);
  const id = person.page.url().split('/').pop();
  await person.page.getByText(s.came).click();
  await person.picture('case-received');

  const shown = staff('case', 'show', '--id', id).result;
  check(shown.evidence.bills.newest.length === 2 && shown.kind === 'failed_payment', `${lang}: the pack: ${JSON.stringify(shown).slice(0, 200)}`);
  staff('case', 'say', '--id', id, '--words', s.question_staff, '--ask', '--by', BY);
  await person.see(s.asks); // it comes by itself
  await person.picture('case-asked');
  await person.field(s.answer).fill(s.words);
  await person.button(s.send, true).click();
  await person.see(s.work);
  staff('case', 'decide', '--id', id, '--decision', 'explained', '--words', s.why_staff, '--by', BY);
  await person.see(s.why_staff);
  await person.see(s.decided);
  await person.picture('case-closed');
  await person.go('/notices');
  await person.see(lang === 'zh' ? '没有付成: 已说明原因' : 'A payment that failed: Explained');
  await person.picture('notices-case');

  // a bill that one does not know, from the bill itself
  await person.go(`/pay/${encodeURIComponent(code)}`);
  await person.page.getByRole('radio', { name: new RegExp(lang === 'zh' ? '^零钱' : '^Balance') }).click();
  await person.pad('12');
  await person.page.locator('.foot .button').first().click();
  await person.pin();
  await person.page.waitForURL(/#\/result\//);
  await person.go(`/bills/${person.page.url().split('/').pop()}`);
  await person.button(s.not_mine).waitFor();
  await person.picture('bill-ask');
  await person.button(s.not_mine).click();
  await person.page.waitForURL(/#\/cases\/[0-9A-Z]{26}$/);
  await person.see(s.unknown);
  await person.button(s.settle).click();
  await person.see(s.settled);
  await person.go('/cases');
  await person.see(s.unknown);
  await person.picture('cases');
  await person.go('/cases/new');
  await person.settled();
  await person.picture('case-new');
  await person.close();
  await shop.close();
}

const checks = {
  zh: { cannot: '支付不了?', found: '需要看一下', again: /^再试一次 ¥45\.00/, same: '再试那一笔,不会重复付', help: '请客服看看,资料已附上', kind: '没有付成', balance: '零钱' },
  en: { cannot: 'Can\'t pay?', found: 'needs a look', again: /^Try ¥45\.00 again/, same: 'Try that payment again, once only', help: 'Ask for help, facts attached', kind: 'A payment that failed', balance: 'Balance' },
};

/** Refused, then the self-check: it ends in a case that knows the payment, and in the same payment once more; and, after an answer that was lost,
 * in the very same one under its key. */
async function selfchecked(lang) {
  const w = words[lang], s = checks[lang];
  const shop = await Person.open('s.localhost', lang), person = await Person.open('q.localhost', lang);
  await Promise.all([shop.settle('周建国'), person.settle('王小强', 3_000)]);
  const { code } = (await shop.tell('POST', '/v1/merchants', { name: said[lang].shop })).merchant;
  await shop.close();
  const sent = [];
  person.page.on('request', (request) => { if (request.method() === 'POST' && request.url().endsWith('/v1/purchases')) sent.push(request.headers()['idempotency-key']); });
  const ask = async () => {
    await person.go(`/pay/${encodeURIComponent(code)}`);
    await person.page.getByRole('radio', { name: new RegExp(`^${s.balance}`) }).click();
    await person.pad('45');
    await person.page.locator('.foot .button').first().click();
    await person.pin();
  };
  await ask();
  await person.see(w.notTaken);
  await person.page.getByRole('link', { name: s.cannot }).click();
  await person.see(s.found);
  await person.button(s.again).waitFor();
  await person.picture('selfcheck-refused', { names: true });
  await person.button(s.help).click();
  await person.page.waitForURL(/#\/cases\/[0-9A-Z]{26}$/);
  await person.see(s.kind);
  const pack = staff('case', 'show', '--id', person.page.url().split('/').pop()).result.evidence;
  check(pack.about.error === 'INSUFFICIENT_BALANCE' && pack.about.request_id.length === 32, `${lang}: the case knows which: ${JSON.stringify(pack.about)}`);
  check(/^\d+\.\d+\.\d+$/.test(pack.devices.app) && pack.device.known && pack.device.used[0]?.this, `${lang}: and from where: ${pack.devices.app} ${JSON.stringify(pack.device)}`);
  await person.tell('POST', '/v1/topups', { card_id: person.card.id, amount: 10_000, pin: PIN });
  for (let i = 0; i < 300 && (await person.balance()) < 13_000; i++) await person.page.waitForTimeout(100);
  await person.go('/selfcheck');
  await person.button(s.again).click();
  await person.pin();
  await person.see(w.paid);
  await person.see('45.00');
  check(new Set(sent).size === 2 && sent.length === 2, `${lang}: what was refused is paid under a key of its own: ${sent}`);

  sent.length = 0;
  await person.page.route('**/v1/purchases', (route) => route.abort('connectionreset')); // asked, and no answer
  await ask();
  await person.see(lang === 'zh' ? '正在再问一次' : 'asking again');
  await person.page.goto(`${person.origin}/#/selfcheck`);
  await person.page.reload();
  await person.button(s.same).waitFor();
  await person.picture('selfcheck-open', { names: true });
  await person.page.unroute('**/v1/purchases');
  await person.button(s.same).click();
  await person.pin();
  await person.see(w.paid);
  check(new Set(sent).size === 1 && sent.length > 1, `${lang}: what had no answer is asked for under its key: ${sent}`);
  check(await person.balance() === 4_000, `${lang}: 45.00 twice, not more: ${await person.balance()}`);
  await person.close();
}

staffed();
for (const lang of ['zh', 'en']) {
  const begun = Date.now();
  try { await worried(lang); await selfchecked(lang); } catch (error) { await lost(`worried ${lang}: ${error.stack}`, `lost-case-${lang}`); }
  console.log(`worried ${lang}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
await finish();
