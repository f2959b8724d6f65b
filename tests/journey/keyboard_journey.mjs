// SPDX-License-Identifier: Apache-2.0
// With the keyboard only: sign in, scan by typing, pay, the PIN, the result; Tab, Enter, Escape and what one types. What has the focus can be seen,
// a new page's heading has it, a sheet gives it back, and Tab leads out of everything again.   node keyboard_journey.mjs BASE-URL PICTURES
import { check, finish, lost, PASSWORD, Person, PIN } from './walk.mjs';

/** What has the focus: its name, and whether one sees that. */
const focus = (page) => page.evaluate(() => {
  const at = document.activeElement;
  let seen = false;
  for (let e = at; e && e !== document.body; e = e.parentElement) seen ||= getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) > 0;
  return { tag: at.tagName, name: (at.getAttribute('aria-label') || at.labels?.[0]?.innerText || at.innerText || '').trim(), seen, inDialog: !!at.closest('dialog') };
});

async function press(person, name, most = 40) {
  const { page } = person;
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    const at = await focus(page);
    if (at.name.startsWith(name)) { check(at.seen, `the focus on "${name}" is seen`); return; }
  }
  check(false, `"${name}" is not reached`);
  throw new Error(name);
}
async function heading(person, title) {
  await person.until(`the focus goes to the heading "${title}"`, (wanted) => document.activeElement?.tagName === 'H1' && document.activeElement.innerText === wanted, title);
  check((await person.page.title()).startsWith(title), `the window is called ${title}`);
}

async function payment(person, code) {
  const { page } = person, { keyboard } = page;
  await press(person, 'Mobile number');
  await keyboard.type(person.phone);
  await press(person, 'Password');
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');
  await heading(person, 'Wallet');
  await press(person, 'Scan');
  await keyboard.press('Enter');
  await heading(person, 'Scan');
  await press(person, 'Type the code');
  await keyboard.type(code);
  await keyboard.press('Enter');
  await heading(person, 'Pay');
  await person.see('南门早点铺');
  await keyboard.type('8.5');
  await person.see('8.50');
  await press(person, 'Pay ¥8.50');
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await person.picture('keyboard-pin');
  for (let i = 0; i < 20; i++) { // nothing behind the sheet is reached
    await keyboard.press('Tab');
    const at = await focus(page);
    check(at.inDialog || at.tag === 'BODY', `behind the sheet: ${at.name}`);
  }
  await keyboard.type('12');
  await person.until('two digits are typed', () => document.querySelector('.pin').getAttribute('aria-label').startsWith('2 of'));
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  check((await focus(page)).name === 'Pay ¥8.50', 'the sheet gives the focus back');
  const first = await page.evaluate(async () => { // a key before the next frame: it is the sheet's, which stands there already
    document.activeElement.click();
    for (let i = 0; i < 5; i++) await Promise.resolve();
    const dialog = document.querySelector('dialog');
    window.dispatchEvent(new KeyboardEvent('keydown', { key: '4' }));
    for (let i = 0; i < 5; i++) await Promise.resolve();
    return { open: dialog?.open, focus: document.activeElement === dialog, pin: dialog?.querySelector('.pin').getAttribute('aria-label') };
  });
  check(first.open && first.focus && first.pin?.startsWith('1 of'), `a key in the moment in which the sheet rises: ${JSON.stringify(first)}`);
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await person.see('¥8.50'); // the digits of the PIN are not in the amount
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await keyboard.type(PIN);
  await heading(person, 'Result');
  await person.see('Paid');
  await press(person, 'Done');
  await keyboard.press('Enter');
  await heading(person, 'Wallet');
}

/** Tab goes through a page and out of it again, and is seen all the way. */
async function through(person, route) {
  const { page } = person;
  await person.go(route);
  await person.settled();
  await person.until(`${route}: the heading has the focus`, () => document.activeElement?.tagName === 'H1');
  const names = [];
  let out = false;
  for (let i = 0; i < 80 && !out; i++) {
    await page.keyboard.press('Tab');
    const at = await focus(page);
    out = at.tag === 'BODY' || (names.length > 2 && at.name === names[0] && i > 3);
    if (out) break;
    names.push(at.name);
    check(at.seen, `${route}: the focus on ${at.tag} "${at.name}" is not seen`);
    check(at.name !== '', `${route}: a ${at.tag} without a name`);
  }
  check(out && names.length > 0, `${route}: Tab does not lead out: ${names.slice(-3).join(', ')}`);
}

try {
  const shop = await Person.open('g.localhost', 'en', '/till'), person = await Person.open('k.localhost', 'en');
  await Promise.all([shop.settle('周建国'), person.settle('林晓', 10_000)]);
  const { merchant } = await shop.tell('POST', '/v1/merchants', { name: '南门早点铺' });
  await person.tell('DELETE', '/v1/sessions/current');
  await person.page.reload();
  await payment(person, merchant.code);
  check(await person.balance() === 9_150, 'paid once');
  for (const route of ['/', '/bills', '/me', '/cards', '/paycode', '/receive', '/settings', '/withdraw', '/transfer', '/limits', '/help']) await through(person, route);
  await person.go('/bills');
  await heading(person, 'Bills');
  await press(person, 'Filter');
  await person.page.keyboard.press('Enter');
  await person.page.getByRole('dialog').waitFor();
  await person.page.keyboard.press('Escape');
  await person.page.getByRole('dialog').waitFor({ state: 'detached' });
  check((await focus(person.page)).name === 'Filter', 'the filters give the focus back');
} catch (error) {
  await lost(error.stack, 'lost-keyboard');
}
await finish();
