// SPDX-License-Identifier: Apache-2.0
import { Icon, t } from '../ui';

const tabs = [
  { at: 'wallet', href: '#/', icon: 'wallet' },
  { at: 'bills', href: '#/bills', icon: 'bills' },
  { at: 'me', href: '#/me', icon: 'me' },
] as const;

export function Tabs({ at }: { at: (typeof tabs)[number]['at'] }) {
  return (
    <nav class="tabs" aria-label={t('pages')}>
      {tabs.map((tab) => <a key={tab.at} href={tab.href} aria-current={tab.at === at ? 'page' : undefined}><Icon name={tab.icon} />{t(tab.at)}</a>)}
    </nav>
  );
}
