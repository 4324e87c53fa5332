/* config_table.c - THE table of settings: name, type, default, range, whether it can change while
 * the daemon runs, and what it is for. Loader, -E, --print-config, the sample file and
 * docs/configuration.md all come from here, so a new setting is one row. Rows stand in the order in
 * which they are printed. For STRING, min and max are lengths in bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/config.h"

#include <stddef.h>

#define MS INT64_C(1)
#define SECOND (1000 * MS)
#define HOUR (3600 * SECOND)
#define KB INT64_C(1024)
#define GB (KB * KB * KB)

#define STRING(name, dflt, min, max, doc)                    \
    {                                                        \
        name, INF_S_STRING, dflt, min, max, NULL, false, doc \
    }
#define INT(name, dflt, min, max, doc)                    \
    {                                                     \
        name, INF_S_INT, dflt, min, max, NULL, false, doc \
    }
#define BOOL(name, dflt, doc)                          \
    {                                                  \
        name, INF_S_BOOL, dflt, 0, 1, NULL, false, doc \
    }
#define TIME(name, dflt, min, max, dynamic, doc)             \
    {                                                        \
        name, INF_S_TIME, dflt, min, max, NULL, dynamic, doc \
    }
#define BYTES(name, dflt, min, max, doc)                    \
    {                                                       \
        name, INF_S_BYTES, dflt, min, max, NULL, false, doc \
    }
#define ENUM(name, dflt, choices, dynamic, doc)             \
    {                                                       \
        name, INF_S_ENUM, dflt, 0, 0, choices, dynamic, doc \
    }

const struct inf_setting inf_settings[] = {
    STRING("cluster.name", "inferd", 1, 255, "Name of the cluster, shown by `GET /`."),
    STRING("node.name", "", 0, 255,
           "Name of this node, shown in answers and log lines. Empty: the name of the host."),
    INT("node.processors", "0", 0, 4096,
        "Processors that deployments may use in all: allocations times threads never exceed it. "
        "0: as many as the process may run on (affinity and container limits are respected)."),
    STRING("path.data", "data", 1, 4095,
           "Folder that holds models, vocabularies and the state of deployments; made when it is "
           "missing. A relative path counts from the folder the daemon is started in."),
    STRING("path.logs", "", 0, 4095,
           "File that log lines are appended to. Empty: standard error, which a service manager "
           "or container keeps."),
    STRING("network.host", "127.0.0.1", 1, 255,
           "Address to listen on: one of this machine's loopback addresses, 127.0.0.1 or ::1. Any "
           "other is refused as long as inferd has no authentication of its own; put a proxy with "
           "TLS and authentication in front for other machines."),
    INT("http.port", "9200", 0, 65535,
        "TCP port to listen on. 0: one that is free, named in the log."),
    BYTES("http.max_content_length", "100mb", KB, 2 * GB,
          "Longest request body; a longer one is answered with 413. It counts after "
          "decompression."),
    BYTES("http.max_header_size", "16kb", KB, 64 * KB,
          "Longest request line and headers together; longer ones are answered with 431."),
    INT("http.max_connections", "1024", 1, 100000,
        "Connections open at the same time; further clients wait until one is free."),
    INT("http.max_connections_per_address", "0", 0, 100000,
        "Connections that one client address may hold at the same time. 0: no limit."),
    TIME("http.header_timeout", "10s", 10 * MS, HOUR, false,
         "Time from the start of a request to the end of its headers; the connection is closed "
         "after that."),
    TIME("http.body_timeout", "30s", 10 * MS, HOUR, false,
         "Longest time that a request body may come in slower than 1kb a second; the request is "
         "answered with 408 after that."),
    TIME("http.idle_timeout", "10m", 10 * MS, 24 * HOUR, false,
         "Time that a connection is kept open between two requests."),
    ENUM("logger.level", "info", "trace|debug|info|warn|error", true,
         "Least severe level that is logged."),
    ENUM("logger.format", "auto", "auto|json|text", false,
         "Shape of log lines: one JSON object a line, or text. auto: text on a terminal, JSON "
         "anywhere else."),
    INT("xpack.ml.max_deployments", "100", 1, 1000,
        "Deployments that may be started at the same time."),
    INT("xpack.ml.max_machine_memory_percent", "75", 5, 200,
        "Share of the memory of the machine, or of its control group, that the estimates of all "
        "deployed models may reach together."),
    STRING("engine.path", "", 0, 4095,
           "The engine's executable. Empty: `inferd-engine` in the folder of the daemon's "
           "executable."),
    BOOL("engine.require_namespaces", "false",
         "Refuse to start when workers cannot be put into namespaces of their own. false: that "
         "layer of the sandbox is used where kernel and container allow it, and its absence is "
         "logged."),
    BOOL("engine.require_landlock", "false",
         "Refuse to start when the kernel cannot bar workers from the file system by landlock. "
         "false: that layer is used where it exists, and its absence is logged."),
    BYTES("engine.memory_limit", "0", 0, 1024 * 1024 * GB,
          "Address space that a worker may fill; a model that wants more fails, the daemon goes "
          "on. 0: computed for each worker as twice the model's size, plus 1gb, plus 128mb for "
          "each thread."),
    TIME("engine.load_timeout", "5m", 10 * MS, 24 * HOUR, false,
         "Time that a worker may take to load its model and to warm up."),
    TIME("engine.forward_timeout", "60s", 10 * MS, 24 * HOUR, true,
         "Time that one inference may take inside a worker. A worker that takes longer is killed "
         "and started again."),
    INT("engine.max_restarts", "5", 0, 1000,
        "Crashes of a worker in a row, without a successful inference in between, after which its "
        "deployment is failed and not started again. 0: the first crash fails it."),
    TIME("shutdown.drain_timeout", "20s", 0, HOUR, true,
         "Time that requests in progress get to finish when the daemon is told to stop."),
    {.name = NULL},
};
