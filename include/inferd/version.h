/* version.h - what this program is, and which Elasticsearch it speaks like. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VERSION_H
#define INFERD_VERSION_H

#define INF_VERSION "0.1.0" /* inferd's own */

/* What GET / and the nodes report: clients of 8.x and 9.x accept it (compatibility 13). */
#define INF_ES_VERSION "9.2.0"
#define INF_ES_MIN_INDEX_VERSION 8000099
#define INF_ES_MAX_INDEX_VERSION 9039003
#define INF_ES_BUILD_HASH "25d88452371273dd27356c98598287b669a03eae"

#endif
