// SPDX-License-Identifier: Apache-2.0
// Scan by camera, from a picture, or by typing; receive by showing the own code. Loaded when opened: the decoder is the app's largest part.
import jsQR from 'jsqr';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, type Person } from '../api';
import { Bar, Button, Field, go, t, useLoad, words } from '../ui';

/** The code in these pixels, by the browser's own detector where it has one. */
async function decode(source: CanvasImageSource, width: number, height: number, canvas: HTMLCanvasElement): Promise<string | null> {
  const Detector = (window as unknown as { BarcodeDetector?: new (o: object) => { detect(s: CanvasImageSource): Promise<{ rawValue: string }[]> } }).BarcodeDetector;
  if (Detector) {
    try { const found = await new Detector({ formats: ['qr_code'] }).detect(source); if (found[0]) return found[0].rawValue; } catch { /* not on this platform: the decoder below */ }
  }
  const scale = Math.min(1, 1000 / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  return jsQR(pixels.data, pixels.width, pixels.height)?.data ?? null;
}

/** A code of ours, as text or as a link with the same text behind "#/c/". */
export const codeOf = (text: string) => { const at = text.indexOf('#/c/'); return at < 0 ? text.trim() : `qianbao:${text.slice(at + 4)}`; };

export function ScanPage() {
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef(document.createElement('canvas'));
  const [camera, setCamera] = useState<'asking' | 'on' | 'off'>('asking');
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState('');
  const found = (text: string) => go(`/pay/${encodeURIComponent(codeOf(text))}`);
  useEffect(() => {
    let here = true, stream: MediaStream | null = null, timer = 0;
    const look = async () => {
      const view = video.current;
      if (!here || !view) return;
      if (view.videoWidth) { const text = await decode(view, view.videoWidth, view.videoHeight, canvas.current); if (here && text) return found(text); }
      timer = window.setTimeout(() => void look(), 150);
    };
    const start = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
        if (!here || !video.current) return stream.getTracks().forEach((track) => track.stop());
        video.current.srcObject = stream;
        await video.current.play();
        setCamera('on');
        void look();
      } catch { if (here) setCamera('off'); }
    };
    void start();
    return () => { here = false; clearTimeout(timer); stream?.getTracks().forEach((track) => track.stop()); };
  }, []);
  const fromPicture = async (event: Event) => {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (!file) return;
    try {
      const picture = await createImageBitmap(file);
      const text = await decode(picture, picture.width, picture.height, canvas.current);
      if (text) found(text); else setWrong(t('no_code_in_picture'));
    } catch { setWrong(t('no_code_in_picture')); }
  };
  return (
    <>
      <Bar title={t('scan')} />
      <main class="content">
        <video class="scan" ref={video} muted playsInline aria-label={t('camera')} hidden={camera === 'off'} />
        {camera === 'off' && <p class="banner" role="status">{t('no_camera')}</p>}
        <label class="button second">{t('from_picture')}<input class="hidden-words" type="file" accept="image/*" onChange={(event) => void fromPicture(event)} /></label>
        <p class="wrong" role="alert">{wrong}</p>
        <form class="form" onSubmit={(event) => { event.preventDefault(); found(typed); }}>
          <Field name={t('type_code')} value={typed} autoComplete="off" autoCapitalize="off" spellcheck={false} onInput={(e: Event) => setTyped((e.target as HTMLInputElement).value)} />
          <Button submit disabled={typed.trim().length < 8}>{t('go_on')}</Button>
        </form>
      </main>
    </>
  );
}

export function Receive({ me }: { me: Person }) {
  const code = useLoad(async () => (await get<{ code: string }>('/v1/receive')).code);
  return (
    <>
      <Bar title={t('receive')} />
      <main class="content">
        <div class="card result">
          <span class="sub">{t('receive_detail')}</span>
          <h2>{me.nickname}</h2>
          {code.value ? <><div class="qr"><img src={`/v1/qr.svg?text=${encodeURIComponent(code.value)}`} alt={t('receive_code')} /></div><span class="sub">{code.value}</span></> : <p role="status">{code.failure ? words(code.failure) : t('loading')}</p>}
          {me.real_name.state !== 'verified' && <p class="banner">{t('receive_needs_name')} <a class="link" href="#/realname">{t('verify_name')}</a></p>}
        </div>
      </main>
    </>
  );
}
