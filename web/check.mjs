// SPDX-License-Identifier: Apache-2.0
// Checks of the web app that need no browser: types, texts, no style or script inline, no rule of money in it.   node check.mjs
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
let passed = 0, failed = 0;
function check(holds, what) { if (holds) passed++; else { failed++; console.log(`FAIL ${what}`); } }

const tsc = join(root, 'node_modules/typescript/bin/tsc');
check(existsSync(tsc), 'typescript is installed');
try { execFileSync(process.execPath, [tsc, '-p', root], { stdio: 'pipe' }); check(true); } catch (error) { check(false, `types:\n${error.stdout}`); }

const sources = {};
(function read(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) read(path);
    else if (/\.(tsx?|html|css)$/.test(entry.name)) sources[path.slice(root.length + 1)] = readFileSync(path, 'utf8');
  }
})(join(root, 'src'));

const rows = [...sources['src/texts.ts'].matchAll(/(\w+): \['((?:[^'\\]|\\.)*)', '((?:[^'\\]|\\.)*)'\]/g)];
check(rows.length > 150, `texts: ${rows.length} rows read`);
const used = new Set(Object.entries(sources).filter(([name]) => name !== 'src/texts.ts').flatMap(([, text]) => [...text.matchAll(/'(\w+)'/g)].map((m) => m[1])));
const families = /^(about|arrival|proof|taken|theme|window)_/; // keys that are put together: t(`taken_${…}`)
for (const [, key, zh, en] of rows) {
  check(zh.trim() && en.trim(), `texts: ${key} has both languages`);
  check(/[\u4e00-\u9fff]/.test(zh) && !/[\u4e00-\u9fff]/.test(en), `texts: ${key} is in its language`);
  const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
  check(holes(zh) === holes(en), `texts: ${key} has the same places to fill`);
  check(used.has(key) || families.test(key), `texts: ${key} is used`);
  check(!/[!!]/.test(zh + en), `texts: ${key} does not shout`);
}
for (const [name, text] of Object.entries(sources)) {
  check(text.includes('SPDX-License-Identifier') || name.endsWith('.html'), `${name}: names its licence`);
  check(!/innerHTML|dangerouslySet|style=|eval\(|parseFloat|toFixed/.test(text), `${name}: no inner HTML, no inline style, no float near money`);
  if (name !== 'src/texts.ts') check(!/[\u4e00-\u9fff]/.test(text.replace(/<title>.*<\/title>|中文|\/\/.*|\$\{c\.getUTC[^`]*`/g, '')), `${name}: Chinese words stand in texts.ts`);
}

// The articles of the help centre lead to pages that there are.
const routes = [...sources['src/index.tsx'].matchAll(/^  \['(\/[^']*)'/gm)].map((m) => new RegExp(`^${m[1].replaceAll('{}', '[^/]+')}$`));
const helpRoot = join(root, '../docs/help');
for (const language of ['zh', 'en']) {
  for (const name of readdirSync(join(helpRoot, language))) {
    const text = readFileSync(join(helpRoot, language, name), 'utf8');
    for (const [, href] of text.matchAll(/\]\(([^)]*)\)/g)) check(href.startsWith('#') ? href === '#/forgot' || routes.some((route) => route.test(href.slice(1))) : ['/till', '/status'].includes(href), `docs/help/${language}/${name}: ${href} leads nowhere`);
    check(!/[!!]|系统繁忙/.test(text), `docs/help/${language}/${name}: does not shout`);
    if (language === 'en') check(!/[\u4e00-\u9fff]/.test(text), `docs/help/en/${name}: is in its language`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
