// SPDX-License-Identifier: Apache-2.0
// Photos of the ID card, from a phone to tier III: both sides, a review that says no with its reason, another photo, a review that says yes, and
// photos that are none. The staff's side is the command line.
//   node document_journey.mjs BASE-URL PICTURES [zh|en], with QIANBAO_DATA of that server
import { album, BY, check, finish, lost, only, Person, photo, qianbao, staffed } from './walk.mjs';

staffed();

const says = {
  zh: { photos: '身份证照片', front: '人像面', back: '国徽面', missing: '还差一面', waiting: '审核中', blurred: '照片看不清', rejected: '没有通过', approved: '审核已通过', tier: 'III 类', other: '换照片', unreadable: '打不开这张照片', next: '下一步' },
  en: { photos: 'ID card photos', front: 'Side with the portrait', back: 'Side with the emblem', missing: 'One side is missing', waiting: 'Being reviewed', blurred: 'cannot be read', rejected: 'Not accepted', approved: 'Accepted', tier: 'Tier III', other: 'Send other photos', unreadable: 'cannot be opened', next: 'Next' },
};

function decide(id, verdict) {
  const seen = qianbao('realname', 'review', '--by', BY, '--id', id).result;
  check(Buffer.from(seen.front, 'base64').subarray(0, 3).toString('hex') === 'ffd8ff', 'what came is a JPEG');
  return qianbao('realname', 'review', '--by', BY, '--id', id, '--revision', String(seen.revision), '--verdict', verdict).ok;
}

async function photos(lang) {
  const w = says[lang], person = await Person.open('d.localhost', lang);
  await person.register();
  await person.verify('王小强');
  await person.bindCard();
  await person.see(w.next);
  await person.picture('cards-next-step');
  await person.go('/realname');
  await person.see(w.photos);
  await person.picture('realname-photos');
  await person.page.getByRole('link', { name: w.photos }).click();
  await person.see(w.front);
  await album(person, w.front).setInputFiles({ name: 'note.png', mimeType: 'image/png', buffer: Buffer.from('not a picture') });
  await person.see(w.unreadable);
  await album(person, w.front).setInputFiles(await photo(person, '#3d6ea5', 'image/jpeg'));
  await person.see(w.missing);
  await person.picture('document-one-side');
  await album(person, w.back).setInputFiles(await photo(person, '#a53d3d'));
  await person.see(w.waiting);
  await person.picture('document-waiting');
  const { id } = await person.page.evaluate(async () => (await fetch('/v1/me')).json());
  check(decide(id, 'blurred'), 'a review that says no');
  await person.page.reload();
  await person.see(w.blurred);
  await person.picture('document-rejected');
  await person.go('/cards');
  await person.see(w.rejected);
  await person.go('/document');
  await album(person, w.front).setInputFiles(await photo(person, '#2f8f6a'));
  await person.see(w.waiting);
  check(decide(id, 'approve'), 'a review that says yes');
  await person.page.reload();
  await person.see(w.approved);
  await person.picture('document-approved');
  await person.page.getByRole('button', { name: w.other }).click();
  await person.picture('document-other');
  await person.go('/realname');
  await person.see(w.tier);
  await person.go('/limits');
  await person.see('200,000.00');
  await person.close();
}

for (const lang of only ? [only] : ['zh', 'en']) {
  try { await photos(lang); } catch (error) { await lost(`photos ${lang}: ${error.stack}`, `lost-photos-${lang}`); }
}
await finish();
