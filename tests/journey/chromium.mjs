// SPDX-License-Identifier: Apache-2.0
// How Chromium is started for a journey: Debian's, without what costs time and shows nothing here.
import { chromium } from 'playwright-core';

// The last --disable-features counts, so this is Playwright's own list, and behind it the popup of the address bar, which each window would load
// as two pages of its own.
const WITHOUT = ['AvoidUnnecessaryBeforeUnloadCheckSync', 'BoundaryEventDispatchTracksNodeRemoval', 'DestroyProfileOnBrowserClose', 'DialMediaRouteProvider', 'GlobalMediaControls', 'HttpsUpgrades', 'LensOverlay', 'MediaRouter', 'OptimizationHints', 'PaintHolding', 'RenderDocument', 'ThirdPartyStoragePartitioning', 'Translate',
  'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];

/** Options for launch() and launchPersistentContext(). */
export const how = (...more) => ({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--disable-features=${WITHOUT.join(',')}`, ...more],
});
export const launch = (...more) => chromium.launch(how(...more));
