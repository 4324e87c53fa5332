/* config_table.c - THE table of settings: name, type, default, range, whether it can change while
 * the daemon runs, and what it is for. Loader, -E, --print-config, the sample file and
 * docs/configuration.md all come from here, so a new setting is one row. Rows stand in the order in
 * which they are printed. For STRING, min and max are lengths in bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/config.h"

#include <stddef.h>

#define MS INT64_C(1)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KB INT64_C(1024)
#define GB (KB * KB * KB)

#define STRING(name, dflt, min, max, doc)                    \
    {                                                        \
        name, INF_S_STRING, dflt, min, max, NULL, false, doc \
    }
#define INT(name, dflt, min, max, dynamic, doc)             \
    {                                                       \
        name, INF_S_INT, dflt, min, max, NULL, dynamic, doc \
    }
#define BOOL(name, dflt, doc)                          \
    {                                                  \
        name, INF_S_BOOL, dflt, 0, 1, NULL, false, doc \
    }
#define TIME(name, dflt, min, max, dynamic, doc)             \
    {                                                        \
        name, INF_S_TIME, dflt, min, max, NULL, dynamic, doc \
    }
#define BYTES(name, dflt, min, max, dynamic, doc)             \
    {                                                         \
        name, INF_S_BYTES, dflt, min, max, NULL, dynamic, doc \
    }
#define ENUM(name, dflt, choices, dynamic, doc)             \
    {                                                       \
        name, INF_S_ENUM, dflt, 0, 0, choices, dynamic, doc \
    }

const struct inf_setting inf_settings[] = {
    STRING("cluster.name", "inferd", 1, 255, "Name of the cluster, shown by `GET /`."),
    ENUM("cluster.state", "embedded", "embedded|etcd", false,
         "Where models, aliases, deployments, pipelines, users and keys are kept. embedded: in "
         "`path.data`, for this node alone. etcd: in etcd, for all nodes that have the same "
         "`cluster.etcd.prefix`; see docs/cluster.md."),
    STRING("cluster.etcd.endpoints", "", 0, 4095,
           "URLs of etcd's members, separated by commas. The next one is asked when one does not "
           "answer. Plain http to another machine is refused unless `network.allow_insecure` is "
           "true."),
    STRING("cluster.etcd.user", "", 0, 255, "User of etcd, where it asks for one."),
    STRING("cluster.etcd.password_file", "", 0, 4095,
           "File whose first line is that user's password, of mode 600."),
    STRING("cluster.etcd.ssl.certificate_authorities", "", 0, 4095,
           "PEM file with the certificates that etcd's must come from. Empty: the system's."),
    STRING("cluster.etcd.ssl.certificate", "", 0, 4095,
           "PEM file with a certificate that tells etcd who this node is."),
    STRING("cluster.etcd.ssl.key", "", 0, 4095, "PEM file with its key, of mode 600."),
    STRING("cluster.etcd.prefix", "", 0, 255,
           "What all keys in etcd begin with. Empty: `/inferd/` and `cluster.name`."),
    TIME("cluster.etcd.timeout", "5s", 100 * MS, MINUTE, false,
         "Longest time for one question to etcd, over all endpoints."),
    STRING(
        "cluster.ssl.certificate_authorities", "", 0, 4095,
        "PEM file with the authorities that sign the nodes' certificates, where they speak to each "
        "other over TLS. Empty: the system's."),
    ENUM("cluster.ssl.verification_mode", "full", "full|certificate|none", false,
         "What must be right of another node's certificate: all, all but the host's name, or "
         "nothing, "
         "which lets anybody in between read and change what nodes send each other."),
    TIME(
        "cluster.etcd.lease", "10s", 2 * SECOND, 10 * MINUTE, false,
        "How long a node that has died without a word still counts as one of the cluster; in whole "
        "seconds. Each node says three times in it that it lives."),
    TIME("cluster.hedge_after", "0", 0, MINUTE, true,
         "An `_infer` that was sent on to another node, and is not answered after so long, is sent "
         "to one more, and the first answer counts; for one request in twenty at most. 0: never."),
    ENUM("cluster.definitions.store", "nodes", "nodes|s3|directory", false,
         "Where a cluster keeps definitions besides the node that they were sent to. nodes: on all "
         "other nodes. s3: in a bucket. directory: in a directory that all nodes have."),
    ENUM("cluster.definitions.fetch", "needed", "needed|all", false,
         "Which definitions a node brings: those that it has to run, or all. Where "
         "`cluster.definitions.store` is nodes, it is always all."),
    BYTES("cluster.definitions.max_disk", "0", 0, INT64_C(1) << 60, false,
          "What definitions may take on a node's disk: beyond it, those go that were not used for "
          "longest, that no deployment of this node needs, and that the store has. 0: no limit."),
    TIME("cluster.definitions.timeout", "30s", SECOND, 10 * MINUTE, false,
         "Longest time in which nothing moves on the way to or from the store, and for each short "
         "question to it."),
    STRING(
        "cluster.definitions.directory", "", 0, 4095,
        "The directory of all nodes, where the store is a directory: an absolute path. It has to "
        "exist."),
    STRING("cluster.definitions.s3.endpoint", "", 0, 4095,
           "URL of the S3-compatible server. Plain http to another machine is refused unless "
           "`network.allow_insecure` is true."),
    STRING("cluster.definitions.s3.bucket", "", 0, 63, "Name of the bucket, which has to exist."),
    STRING("cluster.definitions.s3.base_path", "", 0, 512,
           "What the names of objects begin with, without a slash at either end."),
    STRING("cluster.definitions.s3.region", "us-east-1", 1, 63, "Region, as signatures name it."),
    STRING("cluster.definitions.s3.access_key", "", 0, 255, "Id of the access key."),
    STRING("cluster.definitions.s3.secret_key_file", "", 0, 4095,
           "File whose first line is the secret key, of mode 600."),
    BOOL("cluster.definitions.s3.path_style_access", "true",
         "Whether the bucket is named in the path of URLs, and not in the host's name."),
    BYTES("cluster.definitions.s3.part_size", "256mb", INT64_C(5) << 20, INT64_C(5) << 30, false,
          "A longer definition goes to the bucket in parts of so many bytes, each of which is sent "
          "again by itself when it breaks off; it may have 10000."),
    STRING("cluster.definitions.s3.ssl.certificate_authorities", "", 0, 4095,
           "PEM file with the certificates that the server's must come from. Empty: the system's."),
    STRING("node.name", "", 0, 255,
           "Name of this node, shown in answers and log lines. Empty: the name of the host."),
    INT("node.processors", "0", 0, 4096, false,
        "Processors that deployments may use in all: allocations times threads never exceed it. "
        "0: as many as the process may run on (affinity and container limits are respected)."),
    STRING("node.attr.availability_zone", "", 0, 255,
           "Where the node stands: one that fails or is shut down together with others of the same "
           "name."),
    STRING("path.data", "data", 1, 4095,
           "Folder that holds models, vocabularies and the state of deployments; made when it is "
           "missing. A relative path counts from the folder the daemon is started in."),
    STRING("path.logs", "", 0, 4095,
           "File that log lines are appended to. Empty: standard error, which a service manager "
           "or container keeps."),
    STRING("network.host", "127.0.0.1", 1, 255,
           "Address to listen on. One that other machines can reach is refused unless "
           "`xpack.security.enabled` and `xpack.security.http.ssl.enabled` are true; "
           "`scripts/setup-security` makes all that they need."),
    BOOL("network.allow_insecure", "false",
         "Listen on such an address without security or TLS all the same: for a proxy or a network "
         "that does what they would. Whoever reaches the port can then do everything, or read what "
         "others send."),
    INT("http.port", "9200", 0, 65535, false,
        "TCP port to listen on. 0: one that is free, named in the log."),
    STRING("http.publish_host", "", 0, 255,
           "Host that clients are told to reach this node at, by `GET /_nodes/http`: clients that "
           "sniff connect to it. For a proxy or a mapped port. Empty: network.host."),
    INT("http.publish_port", "0", 0, 65535, false,
        "Port that clients are told, likewise. 0: the port that is listened on."),
    BYTES("http.max_content_length", "100mb", KB, 2 * GB, false,
          "Longest request body; a longer one is answered with 413. It counts after "
          "decompression."),
    BYTES("http.max_header_size", "16kb", KB, 64 * KB, false,
          "Longest request line and headers together; longer ones are answered with 431."),
    INT("http.max_connections", "1024", 1, 100000, false,
        "Connections open at the same time; further clients wait until one is free."),
    INT("http.max_connections_per_address", "512", 0, 100000, false,
        "Connections that one client address may hold at the same time, so that no client can keep "
        "all others out; a further one is closed at once. 0: no limit, for instance behind a "
        "proxy, "
        "where all clients have the proxy's address."),
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
    BOOL(
        "xpack.security.enabled", "false",
        "Whether callers have to say who they are, and may do what their roles allow. false is for "
        "one machine alone: other addresses than loopback are refused then. "
        "`scripts/setup-security` "
        "makes all that is needed; see docs/security.md."),
    STRING("xpack.security.elastic_password_hash_file", "", 0, 4095,
           "File with the hash of the password of the user `elastic`, made by `inferd "
           "--hash-password`, of mode 600. It counts until that password is changed over the API."),
    ENUM("xpack.security.authc.password_hashing.algorithm", "yescrypt", "yescrypt|bcrypt", false,
         "How new passwords are kept. Those that are there stay as they are. bcrypt looks at 72 "
         "bytes; a longer password is refused with it."),
    TIME("xpack.security.authc.cache.ttl", "20m", 0, 24 * HOUR, false,
         "How long a credential that was right is remembered, so that it need not be hashed again. "
         "A change of its user, its key or any role makes it forgotten at once. 0: every "
         "request is checked anew, which costs tens of milliseconds for a password."),
    INT("xpack.security.authc.failures_per_minute", "30", 0, 100000, false,
        "Failed logins that one client address may have a minute; further ones are answered with "
        "429 without a look at them. Credentials that are remembered still work. 0: no limit, for "
        "instance behind a proxy."),
    BOOL("xpack.security.audit.enabled", "false",
         "Whether every request is written down with who made it, from where, and whether it was "
         "let "
         "through. Only with `xpack.security.enabled`."),
    STRING("xpack.security.audit.file", "", 0, 4095,
           "File that these lines are appended to, made with mode 600. It is opened again at "
           "SIGHUP, so it can be moved away."),
    BOOL("xpack.security.http.ssl.enabled", "false",
         "Whether HTTP is spoken over TLS, with the certificate and key below."),
    STRING("xpack.security.http.ssl.certificate", "", 0, 4095,
           "PEM file with this node's certificate, followed by those between it and the authority. "
           "It and the key are read again at SIGHUP; connections that are open stay."),
    STRING("xpack.security.http.ssl.key", "", 0, 4095,
           "PEM file with the certificate's private key, of mode 600."),
    STRING("xpack.security.http.ssl.key_passphrase_file", "", 0, 4095,
           "File with the key's passphrase, of mode 600. Empty: the key is not encrypted."),
    STRING("xpack.security.http.ssl.certificate_authorities", "", 0, 4095,
           "PEM file with the authorities that may sign clients' certificates."),
    ENUM("xpack.security.http.ssl.client_authentication", "none", "none|optional|required", false,
         "Whether clients have to show a certificate: not at all, a right one if any, or always. "
         "They have to say who they are in any case."),
    STRING("xpack.security.http.ssl.supported_protocols", "TLSv1.3,TLSv1.2", 1, 255,
           "Versions of TLS: TLSv1.3, TLSv1.2 or both. Older ones are not spoken."),
    STRING("xpack.security.http.ssl.cipher_suites", "", 0, 1023,
           "Cipher suites by their names in RFCs, separated by commas; docs/security.md lists "
           "them. Empty: all of those."),
    INT("xpack.ml.max_deployments", "100", 1, 1000, true,
        "Deployments that may be started at the same time."),
    INT("xpack.ml.max_machine_memory_percent", "75", 5, 200, true,
        "Share of the memory of the machine, or of its control group, that the estimates of all "
        "deployed models may reach together."),
    BYTES("xpack.ml.max_model_store_size", "50gb", KB, 1024 * 1024 * GB, true,
          "Definitions in the store, all models together, beyond which no further model is "
          "created; those that are there can be completed and used."),
    BYTES("xpack.ml.max_model_memory_limit", "0", 0, 1024 * 1024 * GB, true,
          "Shown by `GET /_ml/info`, as clients expect; as in Elasticsearch it bounds no trained "
          "model. 0: no limit."),
    TIME("xpack.ml.trained_models.adaptive_allocations.scale_to_zero_time", "24h", SECOND,
         365 * DAY, true,
         "Time without a request after which a deployment with adaptive allocations and no lower "
         "bound gives up its last allocation."),
    TIME("xpack.ml.trained_models.adaptive_allocations.scale_up_cooldown_time", "5m", SECOND,
         365 * DAY, true,
         "Time after an increase in which adaptive allocations do not take any away."),
    TIME("deployment.adaptive_interval", "10s", 250 * MS, HOUR, true,
         "How often adaptive allocations are reconsidered."),
    BYTES("ingest.max_result_size", "4gb", KB, 1024 * 1024 * GB, true,
          "Longest answer of `_execute` of an ingest pipeline, which is kept on the disk until it "
          "is "
          "sent; a longer one is answered with 413."),
    STRING("ingest.forward.url", "", 0, 4095,
           "Elasticsearch or OpenSearch that `_execute?forward=true` of an ingest pipeline sends "
           "documents to, by `_bulk` below this URL: `https://search.example:9200`. No request can "
           "name another. Empty: there is none."),
    STRING("ingest.forward.api_key_file", "", 0, 4095,
           "File of mode 600 with the API key for it, as Elasticsearch shows it in `encoded`."),
    STRING("ingest.forward.username", "", 0, 255,
           "User for it, instead of an API key. With `ingest.forward.password_file`."),
    STRING("ingest.forward.password_file", "", 0, 4095,
           "File of mode 600 with that user's password."),
    STRING("ingest.forward.ssl.certificate_authorities", "", 0, 4095,
           "PEM file with the authorities that may sign its certificate. Empty: the system's."),
    ENUM("ingest.forward.ssl.verification_mode", "full", "full|certificate|none", false,
         "What must be right of its certificate: all, all but the host's name, or nothing, which "
         "lets anybody in between read and change what is sent."),
    STRING("ingest.forward.proxy", "", 0, 4095,
           "Proxy on the way: `http://proxy.example:3128`. Empty: none, whatever the environment "
           "says."),
    STRING("ingest.forward.index", "", 0, 255,
           "Index of documents that name none, where the request names none either."),
    STRING(
        "ingest.forward.indices", "*", 1, 4095,
        "Names and wildcards, separated by commas, of the indices that documents may be sent to. "
        "One that begins with a dot must be meant by a name here that does."),
    INT("ingest.forward.batch_documents", "500", 1, 5000, false,
        "Documents in one request to it, at most."),
    BYTES("ingest.forward.batch_bytes", "5mb", KB, GB, false,
          "Bytes of documents after which a request is full."),
    TIME("ingest.forward.timeout", "1m", 10 * MS, HOUR, false,
         "Time that one request to it may take."),
    INT("ingest.forward.max_retries", "10", 0, 1000, false,
        "How often a request is repeated, without any progress, while it is busy (429, 503) or "
        "cannot be reached. After that the stream stops."),
    TIME("ingest.forward.backoff", "500ms", MS, MINUTE, false,
         "Pause before the first repetition; it doubles each time, up to 30s. What the receiver "
         "asks for in `Retry-After` is waited for, too."),
    STRING("ingest.forward.dead_letters.path", "", 0, 4095,
           "File that documents are written to which it refused, or in which a processor failed. "
           "Empty: `dead_letters.ndjson` in `path.data`."),
    BYTES("ingest.forward.dead_letters.max_size", "1gb", KB, 1024 * 1024 * GB, true,
          "Longest that this file may become; a stream stops then, until somebody moves it away."),
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
    BYTES(
        "engine.memory_limit", "0", 0, 1024 * 1024 * GB, true,
        "Memory of its own that a worker may fill; a model that wants more fails or is ended, the "
        "daemon goes on. 0: what the model was measured to take, and room; for one that was not "
        "measured yet, twice its size, plus 1gb, plus 128mb for each processor, at least 8. Never "
        "more than all models may take together."),
    TIME("engine.load_timeout", "5m", 10 * MS, 24 * HOUR, true,
         "Time that a worker may take to load its model and to warm up."),
    TIME("engine.forward_timeout", "60s", 10 * MS, 24 * HOUR, true,
         "Time that one inference may take inside a worker. A worker that takes longer is killed "
         "and started again."),
    ENUM("engine.encoder", "auto", "auto|packed|module", true,
         "What computes, in processes that are started after the change. auto: encoders that are "
         "known run as packed weights in inferd's own code, if they answer to some texts as the "
         "model's own code does, and that runs all others. packed: a model that cannot be packed "
         "fails to start. module: always the model's own code."),
    INT("engine.check_every", "1000", 0, 1000000000, true,
        "Of the answers of packed weights, one in so many is compared with what the model's own "
        "code "
        "answers, in a process of its own that is ended afterwards. Where they differ, that code "
        "serves from then on. 0: none is compared."),
    TIME("engine.check_pause", "10m", 0, 7 * DAY, true,
         "Time between the starts of two such processes for a model; each compares what was put "
         "aside for it meanwhile, up to 16 answers."),
    INT("engine.batch_tokens", "256", 0, 2048, true,
        "Token positions, padding included, of the texts that wait and may be computed together in "
        "one inference, where that is cheaper and changes no answer by more than 1e-5. No text "
        "waits for others to come. 0: each text is computed by itself, and what starts meanwhile "
        "is not tried for it."),
    INT("engine.max_restarts", "5", 0, 1000, true,
        "Crashes of a worker in a row, without a successful inference in between, after which its "
        "deployment is failed and not started again. 0: the first crash fails it."),
    INT("engine.max_crashes", "30", 1, 1000, true,
        "Crashes of a worker within `engine.crash_window`, whether or not it answered in between, "
        "after which its deployment is failed and not started again."),
    TIME("engine.crash_window", "10m", SECOND, 7 * DAY, true,
         "Time in which `engine.max_crashes` counts crashes."),
    TIME("shutdown.drain_timeout", "20s", 0, HOUR, true,
         "Time that requests in progress get to finish when the daemon is told to stop."),
    {.name = NULL},
};
