// SPDX-License-Identifier: Apache-2.0
// What rises over a page: a native modal dialog, so that the page behind is out of reach, Escape closes it, and the focus goes back to where it was.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon, t } from './ui';

/** In the step that draws it, it is modal and has the focus: a key that is typed before the next frame is the sheet's already, not the page's behind it.
 * `whole`: as high as the phone. Without `bar` it only carries the title for those who do not see it. */
export function Sheet({ title, end, whole, onClose, children }: { title: string; end?: ComponentChildren; whole?: boolean; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current!, before = document.activeElement;
    shown.showModal();
    shown.focus();
    return () => { shown.close(); if (before instanceof HTMLElement && before.isConnected) before.focus(); };
  }, []);
  return (
    <dialog class={`sheet${whole ? ' whole' : ''}`} ref={dialog} tabIndex={-1} aria-label={title} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <div>
        <div class="bar"><button type="button" aria-label={t('close')} onClick={onClose}><Icon name="close" /></button><h2>{title}</h2><span class="end">{end}</span></div>
        {children}
      </div>
    </dialog>
  );
}
