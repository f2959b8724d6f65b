// SPDX-License-Identifier: Apache-2.0
// A wallet that its owner freezes with one tap, a payment that is refused with the reason, and the way out; then one that staff froze.
//   node freeze_journey.mjs BASE-URL PICTURES [zh|en], with QIANBAO_DATA of that server
import { BY, check, finish, lost, only, Person, qianbao, sms, staffed } from './walk.mjs';

staffed();

const says = {
  zh: { notice: '已冻结(你自己冻结)', noticeOver: '已解冻(你自己冻结)', now: '马上冻结', safe: '钱一直在你的钱包里', stops: '停了什么', why: '你自己冻结', banner: '钱包有一项冻结', refused: '钱包的支出已冻结', see: '查看冻结原因', lift: '解除冻结', sent: '验证码已发到', next: '下一步', none: '现在没有冻结', lifted: '已解除', unusual: '异常操作保护', appeal: '申诉', case: '冻结申诉', send: '请说明最近的操作' },
  en: { notice: 'Frozen (frozen by you)', noticeOver: 'No longer frozen (frozen by you)', now: 'Freeze it now', safe: 'Your money stays', stops: 'What is stopped', why: 'frozen by you', banner: 'Something of your wallet is frozen', refused: 'what leaves your wallet is frozen', see: 'What is frozen and why', lift: 'Lift it', sent: 'The code was sent', next: 'Continue', none: 'Nothing is frozen', lifted: 'Lifted', unusual: 'unusual activity', appeal: 'Appeal', case: 'Appeal against a freeze', send: 'Say what you did' },
};

async function own(lang) {
  const w = says[lang], person = await Person.open('f.localhost', lang);
  await person.settle('王小强', 5_000);
  await person.go('/security');
  await person.see(w.now);
  await person.picture('security-freeze');
  await person.page.getByRole('button', { name: w.now }).click();
  await person.see(w.safe);
  await person.see(w.why);
  await person.see(w.stops);
  await person.picture('freeze-own');
  await person.go('/');
  await person.see(w.banner);
  await person.picture('home-frozen', { names: true });
  await person.go('/cards');
  await person.see(w.banner);
  await person.go('/withdraw');
  await person.pad('10');
  await person.page.locator('.foot .button').first().click();
  await person.pin();
  await person.see(w.refused);
  await person.picture('freeze-refusal', { names: true });
  await person.page.getByRole('link', { name: w.see }).click();
  await person.see(w.why);
  await person.page.getByRole('button', { name: w.lift }).click();
  await person.see(w.sent);
  await person.page.getByRole('textbox').fill(await sms(person.phone, 'wallet'));
  await person.picture('freeze-lift');
  await person.page.getByRole('button', { name: w.next }).click();
  await person.pin();
  await person.see(w.none);
  await person.see(w.lifted);
  await person.picture('freeze-lifted');
  await person.go('/notices');
  await person.see(w.notice);
  await person.see(w.noticeOver);
  await person.picture('notices-freeze', { names: true });
  await person.page.locator('a[href="#/freezes"]').first().click();
  await person.see(w.none);
  await person.close();
}

async function staffs(lang) {
  const w = says[lang], person = await Person.open('s.localhost', lang);
  await person.settle('王小强', 5_000);
  await person.go('/notices');
  await person.settled();
  const { ok } = qianbao('freeze', 'add', '--by', BY, '--phone', person.phone, '--kind', 'risk', '--scope', 'amount', '--amount', '30.00', '--reason', 'case 12');
  check(ok, 'staff froze it');
  const marked = () => [...document.querySelectorAll('.list li')].some((row) => row.innerText.includes('30.00') && row.querySelector('.unread'));
  await person.until('the notice comes by itself, as a new one', marked);
  for (let i = 0; i < 300 && (await person.tell('GET', '/v1/me')).unread > 0; i++) await person.page.waitForTimeout(100);
  check((await person.tell('GET', '/v1/me')).unread === 0, `${lang}: what was shown is read`);
  check(await person.page.evaluate(marked), `${lang}: it is still marked as the new one`);
  await person.go('/freezes');
  await person.page.reload();
  await person.see(w.unusual);
  await person.see(w.send);
  await person.see(w.appeal);
  await person.see('30.00');
  await person.picture('freeze-by-staff');
  await person.button(w.appeal).click(); // one tap, and nothing is typed
  await person.page.waitForURL(/#\/cases\/[0-9A-Z]{26}$/);
  await person.see(w.case);
  await person.picture('freeze-appeal');
  const id = person.page.url().split('/').pop();
  const { evidence, kind } = qianbao('case', 'show', '--id', id).result;
  check(kind === 'freeze_appeal' && evidence.about.about === evidence.freezes.standing[0]?.id && evidence.freezes.standing[0].held === 3000, `${lang}: the appeal knows its freeze: ${JSON.stringify(evidence.freezes)}`);
  await person.go('/freezes');
  await person.button(w.appeal).click(); // asked again it is the same
  await person.page.waitForURL(new RegExp(`#/cases/${id}$`));
  await person.close();
}

for (const lang of only ? [only] : ['zh', 'en']) {
  try { await own(lang); await staffs(lang); } catch (error) { await lost(`freezes ${lang}: ${error.stack}`, `lost-freezes-${lang}`); }
}
await finish();
