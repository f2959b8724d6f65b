// SPDX-License-Identifier: Apache-2.0
// Help and support: the articles, a search over them, and whom one can turn to. Needs nobody signed in.
import { useEffect, useState } from 'preact/hooks';
import { type Config, get } from '../api';
import { type Block, Marked } from '../marked';
import { Bar, Icon, label, language, t, useLoad, Wrong } from '../ui';

interface Item { name: string; group: string; title: string; title_zh: string; opening: string; opening_zh: string }
interface List { groups: { name: string; label: string; label_zh: string }[]; items: Item[] }
interface Article extends Item { blocks: Block[]; blocks_zh: Block[] }

const titleOf = (item: Item) => (language === 'zh' ? item.title_zh : item.title);
const openingOf = (item: Item) => (language === 'zh' ? item.opening_zh : item.opening);

function Rows({ items, opening }: { items: Item[]; opening?: boolean }) {
  return (
    <ul class="card list">
      {items.map((item) => (
        <li key={item.name}><a class="row" href={`#/help/${item.name}`}><span class="grow">{titleOf(item)}{opening && <><br /><span class="sub short">{openingOf(item)}</span></>}</span><Icon name="forward" size={18} /></a></li>
      ))}
    </ul>
  );
}

/** What answers the question, asked a little after the last key. */
function Found({ question }: { question: string }) {
  const [asked, setAsked] = useState(question);
  useEffect(() => { const timer = setTimeout(() => setAsked(question), 250); return () => clearTimeout(timer); }, [question]);
  const found = useLoad(() => get<List>(`/v1/help?q=${encodeURIComponent(asked)}`), [asked]);
  return (
    <div aria-live="polite">
      {found.value && found.value.items.length > 0 && <Rows items={found.value.items} opening />}
      {found.value && found.value.items.length === 0 && <p class="card empty">{t('help_none')}</p>}
      <Wrong failure={found.failure} />
    </div>
  );
}

function Operator() {
  const config = useLoad(() => get<Config>('/v1/config'));
  const operator = config.value?.operator;
  return (
    <>
      <h2 class="section">{t('help_people')}</h2>
      <ul class="card list"><li><a class="row" href="#/cases"><span class="grow">{t('cases')}</span><Icon name="forward" size={18} /></a></li></ul>
      <p class="card">{t('help_detail')}</p>
      {operator && (
        <dl class="card list facts">
          <dt>{t('operator')}</dt><dd>{operator.name || config.value!.name}</dd>
          {operator.phone && <><dt>{t('operator_phone')}</dt><dd><a href={`tel:${operator.phone}`}>{operator.phone}</a></dd></>}
          {operator.mail && <><dt>{t('operator_mail')}</dt><dd><a href={`mailto:${operator.mail}`}>{operator.mail}</a></dd></>}
          {operator.hours && <><dt>{t('operator_hours')}</dt><dd>{operator.hours}</dd></>}
          <dt>{t('version')}</dt><dd>{config.value!.version}</dd>
        </dl>
      )}
      <p class="banner">{t('never_tell')}</p>
    </>
  );
}

export function Help() {
  const [question, setQuestion] = useState('');
  const all = useLoad(() => get<List>('/v1/help'));
  const words = question.trim();
  return (
    <>
      <Bar title={t('help')} />
      <main class="content">
        <label class="field"><span class="hidden-words">{t('help_search')}</span><input type="search" maxLength={60} placeholder={t('help_search')} value={question} onInput={(e) => setQuestion((e.target as HTMLInputElement).value)} /></label>
        {words ? <Found question={words} /> : all.value?.groups.map((group) => (
          <section key={group.name}>
            <h2 class="section">{label(group)}</h2>
            <Rows items={all.value!.items.filter((item) => item.group === group.name)} />
          </section>
        ))}
        <Wrong failure={all.failure} />
        <Operator />
      </main>
    </>
  );
}

export function HelpArticle({ name }: { name: string }) {
  const article = useLoad(() => get<Article>(`/v1/help/${name}`), [name]);
  const found = article.value?.name === name ? article.value : null;
  return (
    <>
      <Bar title={t('help')} />
      <main class="content">
        {found && <article class="card"><h2>{titleOf(found)}</h2><Marked blocks={language === 'zh' ? found.blocks_zh : found.blocks} /></article>}
        {!found && !article.failure && <p class="empty" role="status">{t('loading')}</p>}
        <Wrong failure={article.failure} />
        {found && <a class="button second" href="#/cases/new">{t('ask_unsolved')}</a>}
        <a class="link" href="#/help">{t('help_all')}</a>
      </main>
    </>
  );
}
