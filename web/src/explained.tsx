// SPDX-License-Identifier: Apache-2.0
import type { Explanation } from './api';
import { fullTime, label, language, money, t } from './ui';

/** The refusal taken apart, in the server's words. */
export function Explained({ of }: { of: Explanation }) {
  return (
    <dl class="card list facts">
      <dt>{t('rule')}</dt><dd>{language === 'zh' ? of.rule_text_zh : of.rule_text}</dd>
      {of.short_by !== null && <><dt>{t('short_by')}</dt><dd>¥ {money(of.short_by)}</dd></>}
      <dt>{t('passes_when')}</dt><dd>{language === 'zh' ? of.passes_when_zh : of.passes_when}{of.passes_at && <><br />{fullTime(of.passes_at).slice(0, 16)}</>}</dd>
      <dt>{t('still_works')}</dt><dd>{of.works.map((work) => label(work)).join(language === 'zh' ? '、' : ', ')}</dd>
    </dl>
  );
}
