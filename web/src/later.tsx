// SPDX-License-Identifier: Apache-2.0
import type { ComponentType } from 'preact';
import { useEffect, useReducer, useState } from 'preact/hooks';
import { OutOfReach } from './api';
import { NotLoaded, t } from './ui';

/** A page whose code is fetched when it is first opened; or a piece of one, which shows nothing until it is there. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, meanwhile: 'words' | 'nothing' = 'words'): ComponentType<P> {
  let Page: ComponentType<P> | null = null;
  return function Later(props: P) {
    const [, again] = useReducer((n: number) => n + 1, 0);
    const [failure, setFailure] = useState<unknown>(null);
    const fetchPage = () => { if (!Page) load().then((found) => { Page = found; again(undefined as never); }, () => setFailure(new OutOfReach('page'))); };
    useEffect(fetchPage, []);
    if (Page) return <Page {...props} />;
    if (meanwhile === 'nothing') return null;
    return <main class="content">{failure ? <NotLoaded failure={failure} onRetry={() => { setFailure(null); fetchPage(); }} /> : <p class="empty" role="status">{t('loading')}</p>}</main>;
  };
}
