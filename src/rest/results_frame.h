/* results_frame.h - what stands around the results in an answer of _infer, which another node takes
 * away again. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_RESULTS_FRAME_H
#define INFERD_REST_RESULTS_FRAME_H

#define INF_RESULTS_BEFORE "{\"inference_results\":["
#define INF_RESULTS_AFTER "]}"

#endif
