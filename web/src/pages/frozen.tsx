// SPDX-License-Identifier: Apache-2.0
// The line over the figure, and on the page of the cards, while something is frozen.
import type { Person } from '../api';
import { Icon, t } from '../ui';
import type { OnHome } from './onhome';

export function Frozen({ me }: OnHome) { return <FrozenLine me={me} />; }

export function FrozenLine({ me }: { me: Person }) {
  if (!me.frozen) return null;
  return <a class="banner row" href="#/freezes"><Icon name="freeze" size={20} /><span class="grow">{t('frozen_banner')}</span><Icon name="forward" size={18} /></a>;
}
