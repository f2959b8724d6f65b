// SPDX-License-Identifier: Apache-2.0
import type { ComponentType } from 'preact';
import { useEffect, useReducer, useState } from 'preact/hooks';
import { t } from './ui';

/** A page whose code is fetched when it is first opened; or a piece of one, which shows nothing until it is there. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, meanwhile: 'words' | 'nothing' = 'words'): ComponentType<P> {
  let Page: ComponentType<P> | null = null;
  return function Later(props: P) {
    const [, again] = useReducer((n: number) => n + 1, 0);
    const [failed, setFailed] = useState(false);
    useEffect(() => { if (!Page) load().then((found) => { Page = found; again(undefined as never); }, () => setFailed(true)); }, []);
    if (Page) return <Page {...props} />;
    if (meanwhile === 'nothing') return null;
    return <main class="content"><p class="empty" role="status">{t(failed ? 'out_of_reach' : 'loading')}</p></main>;
  };
}
