// SPDX-License-Identifier: Apache-2.0
/** The version that this app was built as; build.mjs writes it. */
declare const APP_VERSION: string;
/** The cause that only the app can tell, in the words of the server's own table (src/wallet/cause.def); build.mjs writes it. */
declare const CAUSE_OUT_OF_REACH: import('./pages/explain').Cause;
