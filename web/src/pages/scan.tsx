// SPDX-License-Identifier: Apache-2.0
// Scan by camera, from a picture, or by typing.
import { useState } from 'preact/hooks';
import { Camera } from '../camera';
import { Bar, Button, Field, go, t } from '../ui';

/** A code of ours, as text or as a link with the same text behind "#/c/". */
export const codeOf = (text: string) => { const at = text.indexOf('#/c/'); return at < 0 ? text.trim() : `qianbao:${text.slice(at + 4)}`; };

export function ScanPage() {
  const [typed, setTyped] = useState('');
  const found = (text: string) => go(`/pay/${encodeURIComponent(codeOf(text))}`);
  return (
    <>
      <Bar title={t('scan')} />
      <main class="content">
        <Camera onText={found} />
        <form class="form" onSubmit={(event) => { event.preventDefault(); found(typed); }}>
          <Field name={t('type_code')} value={typed} autoComplete="off" autoCapitalize="off" spellcheck={false} onInput={(e: Event) => setTyped((e.target as HTMLInputElement).value)} />
          <Button submit disabled={typed.trim().length < 8}>{t('go_on')}</Button>
        </form>
      </main>
    </>
  );
}
