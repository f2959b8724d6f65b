// SPDX-License-Identifier: Apache-2.0
// Attack row 28: what somebody writes as a name, a note or a shop's name is words, on every page that shows it, to both sides; none of it runs.
//   node hostile_journey.mjs BASE-URL PICTURES
import { check, finish, lost, Person, PIN } from './walk.mjs';

async function scripts() {
  const evil = ['<img src=x onerror="window.ran=1">', '<svg onload=window.ran=1>', '"><script>window.ran=1</script>', 'javascript:window.ran=1'];
  const payer = await Person.open('e.localhost', 'en'), friend = await Person.open('f.localhost', 'en');
  for (const person of [payer, friend]) {
    person.nickname = '<b onclick=alert(1)>';
    await person.register();
    await person.verify('王小强');
    await person.setPin();
  }
  await payer.bindCard();
  const call = (person, path, body) => person.page.evaluate(async ([where, what]) => {
    const answer = await fetch(where, what ? { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-') }, body: JSON.stringify(what) } : {});
    return answer.json();
  }, [path, body]);
  const card = (await call(payer, '/v1/cards')).items[0].id;
  const filled = (await call(payer, '/v1/topups', { card_id: card, amount: 5000, pin: PIN })).payment.id;
  for (let i = 0; i < 50 && (await call(payer, `/v1/payments/${filled}`)).payment.state !== 'done'; i++) await payer.page.waitForTimeout(100);
  const shop = (await call(friend, '/v1/merchants', { name: evil[1].slice(0, 20) })).merchant;
  const payee = (await call(friend, '/v1/me')).id;
  const seen = [];
  for (const note of evil) {
    seen.push((await call(payer, '/v1/transfers', { payee_id: payee, amount: 100, note, pin: PIN })).payment.id);
    const order = (await call(friend, `/v1/merchants/${shop.id}/orders`, { amount: 50, note })).order;
    seen.push((await call(payer, '/v1/purchases', { code: order.code, amount: 50, source: 'balance', pin: PIN })).payment.id);
  }
  const harmless = async (person, where) => {
    await person.settled();
    const found = await person.page.evaluate(() => [window.ran, document.querySelectorAll('#app img[src=x], #app script, #app [onerror], #app [onload], #app b[onclick], #app a[href^="javascript:"]').length]);
    check(found[0] === undefined && found[1] === 0, `row 28: ${where}: ${found}`);
  };
  for (const person of [payer, friend]) {
    for (const route of ['/', '/bills', '/notices', '/me', '/transfer']) { await person.go(route); await harmless(person, route); }
    for (const [i, id] of seen.entries()) {
      await person.go(`/bills/${id}`);
      if (i % 2 === 0 || person === payer) await person.see(evil[i >> 1]);
      await harmless(person, `/bills/${id}`);
    }
  }
  await friend.page.goto(`${friend.origin}/till`);
  await harmless(friend, '/till');
  await payer.close();
  await friend.close();
}

try { await scripts(); } catch (error) { await lost(`scripts: ${error.stack}`, 'lost-scripts', 'en'); }
await finish();
