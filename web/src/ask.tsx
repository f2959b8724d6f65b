// SPDX-License-Identifier: Apache-2.0
// One tap opens a case about what is on the screen; nobody types again what we know.
import { useState } from 'preact/hooks';
import { write } from './api';
import { Button, go, Wrong } from './ui';

export type About = { about: 'bill'; id: string; not_mine?: boolean } | { about: 'operation'; code: string; request_id: string } | { about: 'freeze'; id: string } | { about: 'balance' | 'card' | 'identity' | 'other'; id?: string; words?: string };

/** Opens the case, or goes to the one that is open about the same. */
export async function openCase(about: About) {
  const answer = await write<{ case: { id: string } }>('/v1/cases', about);
  go(`/cases/${answer.case.id}`);
}

export function Ask({ about, words, look = 'second' }: { about: About; words: string; look?: 'second' | 'danger' }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const ask = async () => {
    setBusy(true);
    try { await openCase(about); } catch (why) { setFailure(why); setBusy(false); }
  };
  return <>{failure ? <Wrong failure={failure} /> : null}<Button look={look} disabled={busy} onClick={() => void ask()}>{words}</Button></>;
}
