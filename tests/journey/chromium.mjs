// SPDX-License-Identifier: Apache-2.0
// How Chromium is started for a journey: Debian's headless shell, which is the same engine without the window around it.
import { chromium } from 'playwright-core';

/** Options for launch() and launchPersistentContext(). */
export const how = (...more) => ({
  executablePath: '/usr/bin/chromium-headless-shell',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...more],
});
export const launch = (...more) => chromium.launch(how(...more));
