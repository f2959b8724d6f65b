// SPDX-License-Identifier: Apache-2.0
// What other rooms of the app put on home: a row is a component, loaded when home is first shown. Until it is there, and while it has nothing to
// say, it shows nothing and takes no place.
//     later(async () => (await import('./announced')).Announced, 'nothing')
import type { ComponentType } from 'preact';
import type { Balance, Person } from '../api';
import { later } from '../later';

/** `stale`: the figure is the last one known, because the server is out of reach. */
export interface OnHome { me: Person; balance: Balance | null; stale: boolean }

/** Over the figure: what is announced, frozen or under way. */
export const banners: ComponentType<OnHome>[] = [
  later(async () => (await import('./oldapp')).OldApp, 'nothing'),
  later(async () => (await import('./frozen')).Frozen, 'nothing'),
  later(async () => (await import('../resting')).RestingNow, 'nothing'),
  later(async () => (await import('./announcements')).Announced, 'nothing'),
];
/** Under the figure, in its card: a link each. */
export const underFigure: ComponentType<OnHome>[] = [later(async () => (await import('./why')).Why, 'nothing')];
