// SPDX-License-Identifier: Apache-2.0
// An app that is older than the server's minimum says so before anybody tries: why, what still works, and the way on.
import { config } from '../labels';
import { t } from '../ui';

/** Number by number, as the server compares. */
export function older(have: string, least: string): boolean {
  const a = have.split('.').map(Number), b = least.split('.').map(Number);
  for (let i = 0; i < b.length; i++) if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) < b[i]!;
  return false;
}

export function OldApp() {
  if (!config?.app_min || !older(APP_VERSION, config.app_min)) return null;
  return <div class="banner" role="status">{t('app_old', { have: APP_VERSION, least: config.app_min })} <button type="button" class="link" onClick={() => location.reload()}>{t('app_update')}</button></div>;
}
