// SPDX-License-Identifier: Apache-2.0
// Photos of the ID card: what is asked, each side by camera or from the album, how far the review is and why not. A photo is turned and
// shrunk here before it is sent (EXIF, with the place it was taken at, stays on the phone); the server makes it anew once more.
import { useState } from 'preact/hooks';
import { type ApiError, get, OutOfReach, type Person, Refused, type Reason, uuid7 } from '../api';
import { config } from '../labels';
import { Bar, Button, fullTime, go, Icon, money, said, Steps, t, useLoad, WhyLink, Wrong } from '../ui';

interface Document { state: 'none' | 'collecting' | 'waiting' | 'approved' | 'rejected'; front: boolean; back: boolean; sent_at: string | null; decided_at: string | null; reason: Reason | null }
type Side = 'front' | 'back';
const SIDE_MAX = 1600;

/** As it looks, upright, at most so many pixels wide or high; null: the browser cannot read it. */
async function shrink(file: File): Promise<{ photo: Blob; shown: string } | null> {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const photo = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
    return photo && { photo, shown: canvas.toDataURL('image/jpeg', 0.6) };
  } catch { return null; }
}

/** fetch does not tell how much of a body has gone. */
function upload(side: Side, photo: Blob, onSent: (part: number) => void): Promise<Document> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `/v1/realname/document/${side}`);
    request.setRequestHeader('Content-Type', photo.type);
    request.setRequestHeader('Idempotency-Key', uuid7());
    request.responseType = 'json';
    request.timeout = 60_000;
    request.upload.onprogress = (event) => onSent(event.total ? event.loaded / event.total : 0);
    request.onerror = request.ontimeout = () => failed(new OutOfReach(side));
    request.onload = () => {
      const answer = request.response as { document?: Document; error?: ApiError } | null;
      if (answer?.document) done(answer.document);
      else failed(answer?.error ? new Refused(request.status, answer.error) : new OutOfReach(side));
    };
    request.send(photo);
  });
}

function Photo({ side, sent, onDocument }: { side: Side; sent: boolean; onDocument: (document: Document) => void }) {
  const [shown, setShown] = useState('');
  const [part, setPart] = useState<number | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [unreadable, setUnreadable] = useState(false);
  const name = t(side === 'front' ? 'side_front' : 'side_back');
  const pick = async (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    setFailure(null);
    const made = await shrink(file);
    setUnreadable(!made);
    if (!made) return;
    setShown(made.shown);
    setPart(0);
    try { onDocument(await upload(side, made.photo, setPart)); } catch (why) { setFailure(why); setShown(''); }
    setPart(null);
  };
  const done = sent && part === null && !failure;
  return (
    <section class="card photo" aria-label={name}>
      <div class="split"><h2>{name}</h2>{done && <span class="sub" role="status"><Icon name="tick" size={16} /> {t('photo_sent')}</span>}</div>
      {shown ? <img src={shown} alt={name} /> : <div class="place" aria-hidden="true"><Icon name={side === 'front' ? 'me' : 'shield'} size={40} /></div>}
      {part !== null && <div role="status"><progress max={1} value={part} aria-label={t('sending')} /><span class="sub">{t('sending_n', { n: Math.round(part * 100) })}</span></div>}
      {unreadable && <p class="wrong" role="alert">{t('photo_unreadable')}</p>}
      {failure ? <Wrong failure={failure} /> : null}
      <div class="pair">
        <label class="button second">{t('take_photo')}<input class="hidden-words" type="file" accept="image/jpeg,image/png" capture="environment" disabled={part !== null} onChange={(event) => void pick(event)} /></label>
        <label class="button second">{t('from_album')}<input class="hidden-words" type="file" accept="image/jpeg,image/png" disabled={part !== null} onChange={(event) => void pick(event)} /></label>
      </div>
    </section>
  );
}

const year = () => ({ n: config ? money(config.tier3_year) : '' });

function State({ document }: { document: Document }) {
  switch (document.state) {
    case 'none': return <p class="sub">{t('document_detail', year())}</p>;
    case 'collecting': return <p class="banner" role="status">{t('document_collecting')}</p>;
    case 'waiting': return <div class="result" role="status"><span class="mark warn"><Icon name="paper" size={32} /></span><h2>{t('document_waiting')}</h2><p class="sub">{t('document_waiting_detail', { at: document.sent_at ? fullTime(document.sent_at) : '' })}</p></div>;
    case 'approved': return <div class="result" role="status"><span class="mark"><Icon name="tick" size={32} /></span><h2>{t('document_approved')}</h2><p class="sub">{document.decided_at ? fullTime(document.decided_at) : ''}</p></div>;
    case 'rejected': return <div class="banner" role="status"><b>{t('document_rejected')}</b><p>{document.reason ? said(document.reason) : ''}</p>{document.reason && <WhyLink help={document.reason.help} />}</div>;
  }
}

export function DocumentPage({ me, onChange }: { me: Person; onChange: () => void }) {
  const loaded = useLoad(async () => (await get<{ document: Document }>('/v1/realname/document')).document);
  const [newer, setNewer] = useState<Document | null>(null);
  const [swaps, setSwaps] = useState(false);
  const document = newer ?? loaded.value;
  const settled = document?.state === 'approved' || document?.state === 'waiting';
  const took = (now: Document) => { setNewer(now); onChange(); };
  if (me.tier === 0) {
    return (
      <><Bar title={t('document')} /><main class="content"><p class="card">{t('document_needs_name')}</p></main>
        <footer class="foot"><Button onClick={() => go('/realname')}>{t('verify_name')}</Button></footer></>
    );
  }
  return (
    <>
      <Bar title={t('document')} onBack={() => go('/realname')} />
      <main class="content">
        {loaded.failure && !document ? <Wrong failure={loaded.failure} /> : null}
        {document && <State document={document} />}
        {document?.reason && <Steps second next={document.reason.next.filter((step) => step.do === 'HELP')} />}
        {document && (!settled || swaps) && (
          <>
            {swaps && document.state === 'approved' && <p class="banner">{t('document_swap_detail')}</p>}
            <Photo side="front" sent={document.front && document.state !== 'rejected'} onDocument={took} />
            <Photo side="back" sent={document.back && document.state !== 'rejected'} onDocument={took} />
            <p class="sub">{t('document_rules')}</p>
          </>
        )}
      </main>
      {document && settled && <footer class="foot"><Button onClick={() => go('/realname')}>{t('finish')}</Button>{!swaps && <Button look="second" onClick={() => setSwaps(true)}>{t('document_swap')}</Button>}</footer>}
    </>
  );
}
