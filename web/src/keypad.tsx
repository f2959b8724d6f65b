// SPDX-License-Identifier: Apache-2.0
// The keypad for amounts and the pad for the payment PIN; loaded when first opened.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Sheet } from './sheet';
import { Icon, t } from './ui';

/** What an amount may become after one more key: digits, one point, two decimals, nine digits of yuan. */
export function typeKey(typed: string, key: string): string {
  if (key === 'delete') return typed.slice(0, -1);
  if (key === '.') return typed.includes('.') ? typed : `${typed || '0'}.`;
  const next = typed === '0' ? key : typed + key;
  return /^\d{1,9}(\.\d{0,2})?$/.test(next) ? next : typed;
}

/** Keys typed on a keyboard, for the pad on top, from the step that draws it: what is typed into a sheet is not for the page behind it. */
function useKeys(onKey: (key: string) => void, accepted: RegExp, sheet: boolean) {
  const latest = useRef(onKey);
  latest.current = onKey;
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement || sheet !== !!document.querySelector('dialog[open]')) return;
      if (event.key === 'Backspace') latest.current('delete');
      else if (accepted.test(event.key)) latest.current(event.key);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}

function Pad({ corner, onKey }: { corner: string | null; onKey: (key: string) => void }) {
  return (
    <div class="keypad">
      {['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((key) => <button type="button" key={key} onClick={() => onKey(key)}>{key}</button>)}
      {corner === null
        ? <button type="button" class="word" onClick={() => onKey('cancel')}>{t('cancel')}</button>
        : <button type="button" onClick={() => onKey(corner)}>{corner}</button>}
      <button type="button" onClick={() => onKey('0')}>0</button>
      <button type="button" class="word" aria-label={t('delete')} onClick={() => onKey('delete')}><Icon name="delete" /></button>
    </div>
  );
}

export function AmountPad({ typed, onTyped }: { typed: string; onTyped: (next: string) => void }) {
  const press = (key: string) => onTyped(typeKey(typed, key));
  useKeys(press, /^[0-9.]$/, false);
  return <Pad corner="." onKey={press} />;
}

/** Asks for six digits, on a page of its own, and gives them to onPin; the boxes are emptied after a wrong one. `children` say what it is for. */
export function PinSheet({ title, detail, children, forgot, wrong, busy, working, onPin, onCancel }: {
  title: string; detail?: string | undefined; children?: ComponentChildren; forgot?: boolean | undefined; wrong?: string; busy?: boolean; working?: string; onPin: (pin: string) => void; onCancel: () => void;
}) {
  const [pin, setPin] = useState('');
  useLayoutEffect(() => { if (wrong) setPin(''); }, [wrong, busy]);
  const press = (key: string) => {
    if (busy) return;
    if (key === 'cancel') return onCancel();
    const next = key === 'delete' ? pin.slice(0, -1) : (pin + key).slice(0, 6);
    setPin(next);
    if (next.length === 6 && pin.length === 5) onPin(next);
  };
  useKeys(press, /^[0-9]$/, true);
  return (
    <Sheet whole title={title} onClose={onCancel}>
      <div class="fill">
        {children}
        <div class="card">
          {detail && <p class="sub">{detail}</p>}
          <div class="pin" role="img" aria-label={t('pin_typed', { n: pin.length })}>{[0, 1, 2, 3, 4, 5].map((i) => <span key={i}>{i < pin.length ? '•' : ''}</span>)}</div>
          {forgot && !busy && <a class="link" href="#/pin/forgot" onClick={onCancel}>{t('forgot_pin')}</a>}
          {busy && <p class="sub" role="status">{working ?? t('working')}</p>}
          <p class="wrong" role="alert">{busy ? '' : (wrong ?? '')}</p>
        </div>
      </div>
      <Pad corner={null} onKey={press} />
    </Sheet>
  );
}
