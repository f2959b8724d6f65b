// SPDX-License-Identifier: Apache-2.0
// Limits: what may leave the balance, what of it is used, and what raises it.
import { get, type NextStep } from '../api';
import { Bar, label, language, money, NotLoaded, Steps, t, turnTime, useLoad } from '../ui';

interface Limit { limit: string; label: string; label_zh: string; about: string; about_zh: string; most: number; used: number; left: number; resets_at: string | null }
interface Limits { tier: number; items: Limit[]; next: NextStep[] }

export function LimitsPage() {
  const limits = useLoad(() => get<Limits>('/v1/limits'));
  return (
    <>
      <Bar title={t('limits')} />
      <main class="content">
        <NotLoaded failure={limits.failure} onRetry={limits.reload} />
        {limits.value && <p class="sub">{t(limits.value.tier ? 'limits_tier' : 'limits_none', { n: ['', 'I', 'II', 'III'][limits.value.tier]! })}</p>}
        {limits.value?.items.map((line) => (
          <section class="card limit" key={line.limit}>
            <h2>{label(line)}</h2>
            <p class="amount">{t('left_of', { left: money(line.left), most: money(line.most) })}</p>
            <meter min={0} max={line.most} value={Math.min(line.used, line.most)} aria-label={label(line)}>{money(line.used)}</meter>
            <p class="sub">{language === 'zh' ? line.about_zh : line.about}{line.resets_at && <><br />{t('resets_at', { at: turnTime(line.resets_at) })}</>}</p>
          </section>
        ))}
      </main>
      {limits.value && limits.value.next.length > 0 && <footer class="foot"><Steps next={limits.value.next} /></footer>}
    </>
  );
}
