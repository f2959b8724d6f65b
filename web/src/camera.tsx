// SPDX-License-Identifier: Apache-2.0
// The camera that looks for a code, and the same from a picture. Loaded when opened: the decoder is the app's largest part.
import jsQR from 'jsqr';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from './ui';

/** The code in these pixels, by the browser's own detector where it has one. */
async function decode(source: CanvasImageSource, width: number, height: number, canvas: HTMLCanvasElement): Promise<string | null> {
  const Detector = (window as unknown as { BarcodeDetector?: new (o: object) => { detect(s: CanvasImageSource): Promise<{ rawValue: string }[]> } }).BarcodeDetector;
  if (Detector) {
    try { const found = await new Detector({ formats: ['qr_code', 'code_128'] }).detect(source); if (found[0]) return found[0].rawValue; } catch { /* not on this platform: the decoder below */ }
  }
  const scale = Math.min(1, 1000 / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  return jsQR(pixels.data, pixels.width, pixels.height)?.data ?? null;
}

/** Calls onText for each code that it sees, the same one not twice in a row; `still` stops looking while a code is worked on. */
export function Camera({ onText, still = false, wide = false }: { onText: (text: string) => void; still?: boolean; wide?: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef(document.createElement('canvas'));
  const now = useRef({ onText, still });
  now.current = { onText, still };
  const [state, setState] = useState<'asking' | 'on' | 'off'>('asking');
  const [wrong, setWrong] = useState('');
  useEffect(() => {
    let here = true, stream: MediaStream | null = null, timer = 0, last = '';
    const look = async () => {
      const view = video.current;
      if (!here || !view) return;
      if (view.videoWidth && !now.current.still) {
        const text = await decode(view, view.videoWidth, view.videoHeight, canvas.current);
        if (here && text && text !== last) { last = text; now.current.onText(text); }
      }
      timer = window.setTimeout(() => void look(), 150);
    };
    const start = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
        if (!here || !video.current) return stream.getTracks().forEach((track) => track.stop());
        video.current.srcObject = stream;
        await video.current.play();
        setState('on');
        void look();
      } catch { if (here) setState('off'); }
    };
    void start();
    return () => { here = false; clearTimeout(timer); stream?.getTracks().forEach((track) => track.stop()); };
  }, []);
  const fromPicture = async (event: Event) => {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (!file) return;
    setWrong('');
    try {
      const picture = await createImageBitmap(file);
      const text = await decode(picture, picture.width, picture.height, canvas.current);
      if (text) onText(text); else setWrong(t('no_code_in_picture'));
    } catch { setWrong(t('no_code_in_picture')); }
  };
  return (
    <>
      <video class={`scan${wide ? ' wide' : ''}`} ref={video} muted playsInline aria-label={t('camera')} hidden={state === 'off'} />
      {state === 'off' && <p class="banner" role="status">{t('no_camera')}</p>}
      <label class="button second">{t('from_picture')}<input class="hidden-words" type="file" accept="image/*" onChange={(event) => void fromPicture(event)} /></label>
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
    </>
  );
}
