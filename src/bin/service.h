/* SPDX-License-Identifier: Apache-2.0 */
/* service: tells systemd how a server is, where that started it (sd_notify(3): a datagram to NOTIFY_SOCKET); elsewhere nothing.
 *
 *     service_tell("READY=1");       serves from now on: Type=notify units that wait for it go on
 *     service_tell("STOPPING=1");
 *
 * The protocol is a stable interface of systemd's and a dozen lines, which is less than a library in the process. */
#ifndef BIN_SERVICE_H
#define BIN_SERVICE_H

void service_tell(const char *state);

#endif
