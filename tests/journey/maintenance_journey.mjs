// SPDX-License-Identifier: Apache-2.0
// Something rests: home says so, the page of the function says so, the refusal says until when; the status page says it to anybody; afterwards
// it goes through. And what is announced is read.
//   QIANBAO_DATA=… node maintenance_journey.mjs BASE-URL PICTURES
import { BY, check, finish, lost, Person, qianbao as staff, staffed, words } from './walk.mjs';

const said = {
  zh: { rests: '转账正在维护', words: '机房检修', soon: '充值将在', refused: '转账正在维护,预计', progress: '已完成一半', title: '国庆期间的到账时间', body: '节日照常到账', page: '公告', none: '现在没有公告' },
  en: { rests: 'Transfer: under maintenance until', words: 'Work in the machine room', soon: 'Top up: maintenance from', refused: 'Transfer: under maintenance until', progress: 'Half of it is done', title: 'Arrivals in the holidays', body: 'Transfers arrive as usual', page: 'Announcements', none: 'Nothing is announced' },
};

async function resting(lang) {
  const w = words[lang], s = said[lang];
  const friend = await Person.open('f.localhost', lang);
  await friend.register();
  await friend.verify('李梅');
  const person = await Person.open('m.localhost', lang);
  await person.register();
  await person.verify('王小强');
  await person.setPin();
  await person.bindCard();
  await person.go('/topup');
  await person.pad('50');
  await person.button(new RegExp(`^${w.topup} ¥`)).click();
  await person.pin();
  await person.see(w.topupDone);

  const now = staff('maintenance', 'add', '--what', 'transfer', '--for', '1h', '--words', 'Work in the machine room.', '--words_zh', '机房检修。', '--by', BY).result;
  const later = staff('maintenance', 'add', '--what', 'topup', '--in', '3h', '--for', '1h', '--words', 'A newer line to the banks.', '--words_zh', '更换银行线路。', '--by', BY).result;
  staff('maintenance', 'tell', '--id', now.id, '--progress', 'Half of it is done.', '--progress_zh', '已完成一半。', '--by', BY);
  const told = staff('announce', 'add', '--title', 'Arrivals in the holidays', '--title_zh', '国庆期间的到账时间', '--body', '## What changes\n- **Transfers arrive as usual.**\n- A bank may need a day longer: see [limits](#/limits).',
    '--body_zh', '## 有什么不同\n- **节日照常到账。**\n- 银行可能晚一天，见[额度](#/limits)。', '--for', '3d', '--by', BY).result;
  await person.go('/');
  await person.page.reload();
  await person.see(s.rests);
  await person.see(s.words);
  await person.see(s.progress);
  await person.see(s.soon);
  await person.picture('home-rests');
  await person.page.getByRole('link', { name: s.title }).click();
  await person.see(s.body);
  await person.picture('announcements');
  await person.go('/transfer');
  await person.see(s.rests);
  await person.picture('transfer-rests');
  await person.field(w.payeePhone).fill(friend.phone);
  await person.button(w.next).click();
  await person.see(w.yes);
  await person.page.getByText(w.yes).click();
  await person.page.waitForURL(/#\/transfer\//);
  await person.pad('12');
  await person.page.locator('.foot .button').first().click();
  await person.pin();
  await person.see(w.notTaken);
  await person.see(s.refused);
  await person.picture('refused-rests');

  await friend.page.goto(`${friend.origin}/status`);
  await friend.see(lang === 'zh' ? '转账' : 'Transfer');
  await friend.see('进行中');
  await friend.see('Half of it is done.');
  await friend.picture('status', { names: true }); // it speaks both languages

  for (const window of [now, later]) staff('maintenance', 'end', '--id', window.id, '--by', BY);
  await person.go('/');
  await person.page.reload();
  await person.see(w.scan);
  await person.settled();
  check(await person.page.getByText(s.rests).count() === 0, `${lang}: the banner goes`);
  check(await person.page.getByRole('link', { name: s.title }).count() === 0, `${lang}: what was read is no banner`);
  await person.go('/transfer');
  await person.field(w.payeePhone).fill(friend.phone);
  await person.button(w.next).click();
  await person.page.getByText(w.yes).click();
  await person.page.waitForURL(/#\/transfer\//);
  await person.pad('12');
  await person.page.locator('.foot .button').first().click();
  await person.pin();
  await person.see(w.waiting);
  staff('announce', 'end', '--id', told.id, '--by', BY);
  await person.go('/announcements');
  await person.see(s.none);
  await person.close();
  await friend.close();
}

staffed();
for (const lang of ['zh', 'en']) {
  const begun = Date.now();
  try { await resting(lang); } catch (error) { await lost(`resting ${lang}: ${error.stack}`, `lost-maintenance-${lang}`); }
  console.log(`resting ${lang}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
await finish();
