// SPDX-License-Identifier: Apache-2.0
// /docs: every route of this server, read from its own /openapi.json, and at /docs/errors every error, read from /v1/texts. Needs no network beyond it.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get, type NextStep } from './api';
import type { TextKey } from './texts';
import { Bar, label, language, said, setLanguage, showLanguage, showTheme, t, useLoad, Wrong } from './ui';

interface Type { type?: string; $ref?: string; format?: string; items?: Type; anyOf?: Type[]; enum?: string[]; minimum?: number; maximum?: number; minLength?: number; maxLength?: number; description?: string; writeOnly?: boolean }
interface Shape extends Type { properties: Record<string, Type>; required: string[] }
interface Operation {
  summary: string; tags: string[]; security?: unknown;
  parameters: { name: string; in: string; required: boolean; schema: Type }[];
  requestBody?: { content: { 'application/json'?: { schema: Shape } } };
  responses: Record<string, { content: Record<string, { schema?: Type }> }>;
  'x-errors': string[]; 'x-codeSamples': { source: string }[];
}
interface Api { info: { version: string }; tags: { name: string; description: string; 'x-description-zh': string }[]; paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Shape> } }
interface ErrorText { code: string; number: number; class: string; status: number; money_taken: string; message: string; message_zh: string; next: NextStep[] }
interface Route { id: string; method: string; path: string; operation: Operation }
interface Row { name: string; place: string; type: Type; required: boolean }

const shapeName = (type: Type) => type.$ref?.split('/').pop();
/** A type in a few words, with what it may be: "string 1–64", "integer ≥ 1", "Payment[]". */
function typeWords(type: Type): string {
  if (type.anyOf) return type.anyOf.map(typeWords).join(' | ');
  if (type.items) return `${typeWords(type.items)}[]`;
  if (type.$ref) return shapeName(type)!;
  if (type.enum) return type.enum.join(' | ');
  const most = type.maxLength ?? type.maximum, least = type.minLength ?? type.minimum;
  const range = most === undefined ? '' : least === most ? ` ${most}` : ` ${least}–${most}`;
  return `${type.format ?? type.type}${range}`;
}
const innermost = (type: Type): string | undefined => shapeName(type) ?? (type.items ? innermost(type.items) : type.anyOf ? innermost(type.anyOf[0]!) : undefined);

function TypeOf({ type }: { type: Type }) {
  const shape = innermost(type);
  return <code>{shape ? <a href={`#shape-${shape}`}>{typeWords(type)}</a> : typeWords(type)}</code>;
}
function Copy({ text }: { text: string }) {
  const [done, setDone] = useState(false);
  return <button type="button" class="link" onClick={() => void navigator.clipboard.writeText(text).then(() => setDone(true))}>{t(done ? 'docs_copied' : 'copy')}</button>;
}
function Rows({ rows }: { rows: Row[] }) {
  return (
    <ul class="rows">
      {rows.map((row) => (
        <li key={row.place + row.name}>
          <span><code class="strong">{row.name}</code> <TypeOf type={row.type} />{row.required && <> · {t('docs_required')}</>}{row.place && <> · {row.place}</>}</span>
          {row.type.description && <span class="sub" lang="en">{row.type.description}</span>}
        </li>
      ))}
    </ul>
  );
}

function RouteCard({ route, open }: { route: Route; open: boolean }) {
  const { operation } = route, sent = operation.requestBody?.content ?? {}, body = sent['application/json']?.schema;
  const rows: Row[] = [
    ...operation.parameters.map((p) => ({ name: p.name, place: p.in, type: p.schema, required: p.required })),
    ...Object.entries(body?.properties ?? {}).map(([name, type]) => ({ name, place: 'body', type, required: body!.required.includes(name) })),
  ];
  const [status, done] = Object.entries(operation.responses).find(([code]) => code !== 'default')!;
  const [kind, content] = Object.entries(done.content)[0]!;
  const source = operation['x-codeSamples'][0]!.source;
  return (
    <details class="card" id={route.id} open={open}>
      <summary><span class={`method ${route.method}`}>{route.method.toUpperCase()}</span><code class="strong">{route.path}</code><span class="sub" lang="en">{operation.summary}</span></summary>
      <p class="sub">{t(operation.security ? 'docs_person' : 'docs_anyone')}</p>
      {rows.length > 0 && <><h3>{t('docs_fields')}</h3><Rows rows={rows} /></>}
      {!body && Object.keys(sent).map((kind) => <p key={kind}><code>{kind}</code></p>)}
      <h3>{t('docs_answer')}</h3>
      <p><code>{status} {kind}</code> {content.schema && <TypeOf type={content.schema} />}</p>
      <h3>{t('docs_errors')}</h3>
      <p class="codes">{operation['x-errors'].map((code) => <a key={code} href={`/docs/errors#${code}`}><code>{code}</code></a>)}<a href="/docs/errors">{t('docs_all_errors')}</a></p>
      <h3>{t('docs_example')} <Copy text={source} /></h3>
      <pre tabIndex={0}>{source}</pre>
    </details>
  );
}

/** The address names a thing of the page: it is opened and brought into view, also when the page came later than its address. */
function useAnchor(ready: boolean): string {
  const [at, setAt] = useState(location.hash.slice(1));
  useEffect(() => {
    const moved = () => setAt(location.hash.slice(1));
    window.addEventListener('hashchange', moved);
    return () => window.removeEventListener('hashchange', moved);
  }, []);
  useEffect(() => { if (ready && at) document.getElementById(at)?.scrollIntoView(); }, [ready, at]);
  return at;
}
const holds = (text: string, wanted: string) => text.toLowerCase().includes(wanted.trim().toLowerCase());
function Find({ value, onInput }: { value: string; onInput: (value: string) => void }) {
  return <input class="find" type="search" aria-label={t('filter')} placeholder={t('filter')} value={value} onInput={(event) => onInput(event.currentTarget.value)} />;
}

function Routes() {
  const api = useLoad(() => get<Api>('/openapi.json'));
  const [wanted, setWanted] = useState('');
  const at = useAnchor(!!api.value);
  if (!api.value) return <main class="content">{api.failure ? <Wrong failure={api.failure} /> : <p class="empty">{t('loading')}</p>}</main>;
  const { tags, paths, components } = api.value;
  const routes = Object.entries(paths).flatMap(([path, row]) => Object.entries(row).map(([method, operation]) => (
    { id: `${method}-${path.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')}`, method, path, operation })));
  const nouns = tags.map((tag) => ({ ...tag, title: language === 'zh' ? tag['x-description-zh'] : tag.description,
    routes: routes.filter((route) => route.operation.tags[0] === tag.name && holds(`${route.method} ${route.path} ${route.operation.summary} ${tag.description} ${tag['x-description-zh']}`, wanted)) }))
    .filter((noun) => noun.routes.length > 0);
  return (
    <main class="content">
      <p>{t('docs_intro', { version: api.value.info.version })} <a href="/docs/errors">{t('docs_all_errors')}</a> · <a href="/openapi.json">openapi.json</a> · <a href="#shapes">{t('docs_shapes')}</a></p>
      <p class="sub">{t('docs_shell')}</p>
      <pre tabIndex={0}>{`QB=${location.origin} jar=cookies key=$(uuidgen)`}</pre>
      <Find value={wanted} onInput={setWanted} />
      <nav class="codes" aria-label={t('docs')}>{nouns.map((noun) => <a key={noun.name} href={`#${noun.name}`}>{noun.title}</a>)}</nav>
      {nouns.length === 0 && <p class="empty">{t('docs_none')}</p>}
      {nouns.map((noun) => (
        <section key={noun.name}>
          <h2 class="section" id={noun.name}>{noun.title}</h2>
          {noun.routes.map((route) => <RouteCard key={route.id} route={route} open={at === route.id} />)}
        </section>
      ))}
      <h2 class="section" id="shapes">{t('docs_shapes')}</h2>
      {Object.entries(components.schemas).map(([name, shape]) => (
        <section class="card" key={name} id={`shape-${name}`}>
          <h3><code>{name}</code></h3>
          <Rows rows={Object.entries(shape.properties).map(([property, type]) => ({ name: property, place: '', type, required: false }))} />
        </section>
      ))}
    </main>
  );
}

const taken: Record<string, TextKey> = { no: 'taken_no', yes: 'taken_yes', checking: 'taken_checking' };
function Errors() {
  const texts = useLoad(() => get<{ errors: ErrorText[] }>('/v1/texts'));
  const [wanted, setWanted] = useState('');
  const at = useAnchor(!!texts.value);
  if (!texts.value) return <main class="content">{texts.failure ? <Wrong failure={texts.failure} /> : <p class="empty">{t('loading')}</p>}</main>;
  const errors = texts.value.errors.filter((error) => holds(`${error.code} ${error.number} ${error.class} ${error.message} ${error.message_zh}`, wanted)).sort((a, b) => a.number - b.number);
  return (
    <main class="content">
      <p>{t('docs_errors_intro')} <a href="/docs">{t('docs')}</a></p>
      <Find value={wanted} onInput={setWanted} />
      {errors.length === 0 && <p class="empty">{t('docs_none')}</p>}
      {errors.map((error) => (
        <article class={`card${at === error.code ? ' named' : ''}`} key={error.code} id={error.code}>
          <h2><a href={`#${error.code}`}><code>{error.code}</code></a></h2>
          <p class="sub">{error.number} · {error.class} · HTTP {error.status} · {t(taken[error.money_taken] ?? 'taken_unknown')}</p>
          <p>{said(error)}</p>
          <p class="sub" lang={language === 'zh' ? 'en' : 'zh-CN'}>{language === 'zh' ? error.message : error.message_zh}</p>
          {error.next.length > 0 && <p class="sub">{t('docs_next')}: {error.next.map(label).join(' · ')}</p>}
        </article>
      ))}
    </main>
  );
}

function Docs() {
  const [, again] = useState(0);
  useEffect(() => { const changed = () => again((n) => n + 1); window.addEventListener('qb-changed', changed); return () => window.removeEventListener('qb-changed', changed); }, []);
  const errors = location.pathname === '/docs/errors';
  return (
    <>
      <Bar root title={t(errors ? 'docs_all_errors' : 'docs')} end={<button type="button" onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')} lang={language === 'zh' ? 'en' : 'zh-CN'}>{language === 'zh' ? 'English' : '中文'}</button>} />
      {errors ? <Errors /> : <Routes />}
    </>
  );
}

showLanguage();
showTheme();
render(<Docs />, document.getElementById('app')!);
