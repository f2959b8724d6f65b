// SPDX-License-Identifier: Apache-2.0
// The server's own words for kinds and states (GET /v1/texts) and what it says of itself (GET /v1/config). The device keeps them: they are there
// at once the next time, and without a network, and are read again behind what is shown.
import { type Config, get } from './api';
import { language, money, t } from './ui';

interface Row { label: string; label_zh: string }
interface Texts {
  kinds: (Row & { kind: string })[];
  states: (Row & { kind?: string; state: string; direction?: string })[];
}
const KEPT = 'qb.labels';
const before = localStorage.getItem(KEPT);
let texts: Texts = { kinds: [], states: [] };

export let config: Config | null = null;
if (before) ({ texts, config } = JSON.parse(before) as { texts: Texts; config: Config });

async function read() {
  const [{ kinds, states }, now] = await Promise.all([get<Texts>('/v1/texts?of=labels'), get<Config>('/v1/config')]);
  texts = { kinds, states };
  config = now;
  const kept = JSON.stringify({ texts, config });
  if (kept === localStorage.getItem(KEPT)) return;
  localStorage.setItem(KEPT, kept);
  window.dispatchEvent(new Event('qb-changed'));
}
const LATER_MS = 2000;
/** Waits only where none are kept; else they are read when the page has what it needs. */
export function loadLabels(): Promise<void> {
  if (!config) return read();
  setTimeout(() => void read().catch(() => undefined), LATER_MS);
  return Promise.resolve();
}
/** The kinds there are, and the states with the words that fit any kind; for filters. */
export const kindRows = () => texts.kinds.map((row) => ({ value: row.kind, label: word(row, row.kind) }));
export const stateRows = () => texts.states.filter((row) => !row.kind && !row.direction).map((row) => ({ value: row.state, label: word(row, row.state) }));
const word = (row: Row | undefined, other: string) => (row ? (language === 'zh' ? row.label_zh : row.label) : other);

export const kindLabel = (kind: string) => word(texts.kinds.find((row) => row.kind === kind), kind);
/** The most exact row wins: kind and direction, then kind, then the state alone. */
export function stateLabel(kind: string, state: string, direction: string) {
  const rows = texts.states.filter((row) => row.state === state && (!row.kind || row.kind === kind) && (!row.direction || row.direction === direction));
  rows.sort((a, b) => Number(!!b.kind) * 2 + Number(!!b.direction) - Number(!!a.kind) * 2 - Number(!!a.direction));
  return word(rows[0], state);
}

/** What a tier may pay from the balance, in the operator's numbers. */
export function tierWords(tier: number) {
  if (tier > 2) return t('tier_3', { n: config ? money(config.tier3_year) : '' });
  return tier > 1 ? t('tier_2', { n: config ? money(config.tier2_year) : '' }) : t('tier_1', { n: config ? money(config.tier1_lifetime) : '' });
}
export const tierUpWords = () => t('tier_up', { n: config ? money(config.tier2_year) : '' });
