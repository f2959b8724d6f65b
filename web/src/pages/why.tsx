// SPDX-License-Identifier: Apache-2.0
// The way from the figure on home to its explanation.
import { t } from '../ui';
import type { OnHome } from './onhome';

export function Why({ balance, stale }: OnHome) {
  return <a class="link" href="#/explain">{t(balance?.available === 0 && !balance.being_checked && !stale ? 'why_zero' : 'why_balance')}</a>;
}
