// SPDX-License-Identifier: Apache-2.0
// A ring that closes while time runs out, with the seconds in it.
import { useEffect, useState } from 'preact/hooks';
import { now } from './time';

/** The server's time, every quarter of a second while the page is looked at. */
export function useNow(running = true): number {
  const [time, setTime] = useState(now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setTime(now()), 250);
    return () => clearInterval(timer);
  }, [running]);
  return time;
}

/** `plain`: the seconds are said beside it. */
export function Ring({ left_ms, whole_ms, size = 44, label, plain }: { left_ms: number; whole_ms: number; size?: number; label: string; plain?: boolean }) {
  const left = Math.max(0, Math.min(left_ms, whole_ms));
  return (
    <svg class="ring" width={size} height={size} viewBox="0 0 44 44" role="timer" aria-label={label}>
      <circle class="track" cx="22" cy="22" r="19" pathLength="100" />
      <circle class="left" cx="22" cy="22" r="19" pathLength="100" stroke-dasharray="100" stroke-dashoffset={100 - Math.round((left * 100) / whole_ms)} transform="rotate(-90 22 22)" />
      {!plain && <text x="22" y="22" dy="5" text-anchor="middle" aria-hidden="true">{Math.ceil(left / 1000)}</text>}
    </svg>
  );
}
