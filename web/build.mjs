// SPDX-License-Identifier: Apache-2.0
// Builds the web app into dist/: four pages (app, till, demo, docs), hashed chunks, and a check of the first load's size.
//   node build.mjs [--watch]
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const pages = ['index', 'till', 'demo', 'docs'];
const budget = { js: 60_000, css: 25_000 }; // gzipped bytes of a page's first load

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

// The app says its version with each request, and the server may ask for a newer one.
const appVersion = /version: '([\d.]+)'/.exec(readFileSync(join(root, '../meson.build'), 'utf8'))[1];

/** What no server can say when none is reached: this cause as GET /v1/balance/explain would tell it, from the tables that the server is built from. */
function outOfReach() {
  const row = (table, name) => new RegExp(`^\\w+\\(${name},.*(?:\\n .*)*`, 'm').exec(readFileSync(join(root, '../src', table), 'utf8'))[0];
  const said = (text) => [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => JSON.parse(match[0]));
  const cause = row('wallet/cause.def', 'OUT_OF_REACH');
  const [help, title, title_zh, text, text_zh] = said(cause);
  const next = [...cause.matchAll(/NEXT_(\w+)/g)].map(([, step]) => { const [label, label_zh, href] = said(row('base/next.def', step)); return { do: step, label, label_zh, href }; });
  return { cause: 'OUT_OF_REACH', number: Number(/\d+/.exec(cause)[0]), title, title_zh, text, text_zh, amount: 0, count: 0, until: null, bill_id: null, help, next };
}

const result = await build({
  absWorkingDir: root,
  entryPoints: pages.map((page) => `src/${page}.tsx`),
  outdir: dist,
  bundle: true,
  format: 'esm',
  splitting: true,
  minify: true,
  target: ['es2021', 'safari15'],
  define: { APP_VERSION: JSON.stringify(appVersion), CAUSE_OUT_OF_REACH: JSON.stringify(outOfReach()) },
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
});

const outputs = result.metafile.outputs;
const size = (file) => gzipSync(readFileSync(join(root, file)), { level: 9 }).length;

/** The files that a page loads before anything is opened: its entry and what that imports at once. */
function firstLoad(entry, seen = new Set()) {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const { path, kind } of outputs[entry].imports) if (kind === 'import-statement') firstLoad(path, seen);
  return seen;
}

async function addStylesheet() {
  const { outputFiles } = await build({ absWorkingDir: root, entryPoints: ['src/style.css'], bundle: true, minify: true, write: false, logLevel: 'warning' });
  const css = outputFiles[0].contents;
  const name = `style-${createHash('sha256').update(css).digest('hex').slice(0, 8).toUpperCase()}.css`;
  writeFileSync(join(dist, name), css);
  return name;
}

const style = await addStylesheet();
let over = false;
for (const page of pages) {
  const entry = Object.keys(outputs).find((file) => outputs[file].entryPoint === `src/${page}.tsx`);
  const js = [...firstLoad(entry)].reduce((sum, file) => sum + size(file), 0);
  const css = size(`dist/${style}`);
  const html = readFileSync(join(root, `src/${page}.html`), 'utf8')
    .replace('{{style}}', `/${style}`)
    .replace('{{preload}}', [...firstLoad(entry)].filter((file) => file !== entry).map((file) => `<link rel="modulepreload" href="/${file.replace('dist/', '')}">\n`).join('')) // all at once, not one after the other
    .replace('{{script}}', `/${entry.replace('dist/', '')}`);
  writeFileSync(join(dist, `${page}.html`), html);
  console.log(`web: ${page}: ${js} bytes of JavaScript, ${css} bytes of CSS, gzipped`);
  over ||= js > budget.js || css > budget.css;
}
// The service worker knows the app's files by name; its version is theirs, so that any change makes a newer one.
const shell = [...new Set(['/', `/${style}`, '/icon-192.png', '/manifest.webmanifest',
  ...Object.keys(outputs).filter((file) => file.endsWith('.js') && !/^dist\/(till|demo|docs)-/.test(file)).map((file) => `/${file.replace('dist/', '')}`)])];
const version = createHash('sha256').update(readFileSync(join(dist, 'index.html'))).update(shell.join()).digest('hex').slice(0, 12);
writeFileSync(join(dist, 'sw.js'), readFileSync(join(root, 'src/sw.js'), 'utf8').replace('{{version}}', `qb-${version}`).replace('{{files}}', JSON.stringify(shell)));
if (existsSync(join(root, 'static'))) cpSync(join(root, 'static'), dist, { recursive: true });
if (over) {
  console.error(`web: the first load is above its budget (${budget.js} bytes of JavaScript, ${budget.css} of CSS)`);
  process.exit(1);
}
