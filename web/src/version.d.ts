// SPDX-License-Identifier: Apache-2.0
/** The version that this app was built as; build.mjs writes it. */
declare const APP_VERSION: string;
