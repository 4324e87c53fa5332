/* fuzz_request.c - a whole request, from its first line to the answer, through the real route table
 * with handlers that only tell what they were given.
 *
 * Input: a byte of options (bit 0: the body is compressed here, bit 1: it is chunked), a byte with
 * the size of the body's pieces, then the request as text: "METHOD URI\n", headers, an empty line,
 * the body. Whatever it is, there is one well-formed answer, the same however the body is cut. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"
#include "server.h"

#include "inferd/rest.h"
#include "mhd_stand_in.h"
#include "must.h"
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { ROUTES = 128, LONGEST = 4096, PACKED = 2 * LONGEST, COMPRESSED = 1, CHUNKED = 2 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct inf_route routes[ROUTES];
static struct inf_server server;
static struct inf_connection connection;
static size_t streamed;

struct request {
    const char *method, *uri, *body;
    size_t body_length, piece;
    struct MHD_Connection mhd;
};

/* ---- handlers ---- */

static void check_value(const struct inf_value *value)
{
    const struct inf_param *param = value->param;
    const struct inf_check *check = param->checks;
    MUST((value->given & ~param->in) == 0);
    MUST(value->text == NULL || inf_utf8_valid(value->text, strlen(value->text)));
    MUST(!param->required || value->text != NULL || value->json != NULL);
    for (; value->text != NULL && check != NULL && check->text != NULL; check++)
        MUST(value->number >= check->min && value->number <= check->max);
    if (param->type == INF_P_BOOL)
        MUST(value->number == 0 || value->number == 1);
    if (param->type == INF_P_ENUM && value->text != NULL)
        MUST(value->text[0] != '\0' && strstr(param->choices, value->text) != NULL);
    if (param->type == INF_P_OBJECT && value->json != NULL)
        MUST(inf_json_is_object(value->json) || inf_json_is_null(value->json));
}

/* Answers with the parameters and the body. */
static enum inf_outcome tell(struct inf_call *call, struct inf_error *err)
{
    struct inf_buf out;
    struct inf_jsonw w;
    (void)err;
    inf_buf_init(&out, SIZE_MAX / 2);
    inf_jsonw_init(&w, &out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "params");
    inf_jsonw_begin_array(&w);
    for (size_t i = 0; i < call->params.count; i++) {
        const struct inf_value *value = &call->params.values[i];
        check_value(value);
        inf_jsonw_begin_array(&w);
        inf_jsonw_string(&w, value->param->name);
        inf_jsonw_string(&w, value->text != NULL ? value->text : "");
        inf_jsonw_int(&w, value->number);
        inf_jsonw_end_array(&w);
    }
    inf_jsonw_end_array(&w);
    inf_jsonw_kv_int(&w, "streamed", (int64_t)streamed);
    if (call->has_json) {
        inf_jsonw_key(&w, "body");
        inf_jsonw_value(&w, call->json.root);
    }
    inf_jsonw_end_object(&w);
    inf_call_reply(call, 200, &out);
    return INF_REPLIED;
}

static int open_stream(struct inf_call *call, struct inf_error *err)
{
    (void)call;
    (void)err;
    streamed = 0;
    return 0;
}

static int take_stream(struct inf_call *call, const char *data, size_t length,
                       struct inf_error *err)
{
    (void)call;
    (void)err;
    MUST(data != NULL && length > 0);
    streamed += length;
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    size_t count = 0;
    (void)argc;
    (void)argv;
    for (const struct inf_route *route = inf_routes; route->path != NULL;
         route = inf_route_next(route), count++) {
        MUST(count + 1 < ROUTES);
        routes[count] = *route;
        routes[count].handler = tell;
        routes[count].on_open = routes[count].on_open != NULL ? open_stream : NULL;
        routes[count].on_data = routes[count].on_data != NULL ? take_stream : NULL;
    }
    server.options = (struct inf_server_options){.routes = routes,
                                                 .version = "9.2.0",
                                                 .build_hash = "abc",
                                                 .max_content_length = LONGEST,
                                                 .max_header_size = LONGEST};
    server.body_bytes_max = LONGEST * INF_BODIES_IN_FLIGHT;
    server.router = inf_router_new(routes, false);
    connection.server = connection.call.server = &server;
    connection.call.connection = &connection;
    connection.fd = -1;
    return 0;
}

/* ---- the answer ---- */

static void check_json(const char *text, size_t length, bool failed, bool filtered)
{
    const struct inf_json_limits limits = {.max_depth = 512};
    struct inf_json json;
    struct inf_error err;
    MUST(inf_json_parse(text, length, &limits, &json, &err) == 0);
    MUST(inf_json_is_object(json.root));
    MUST(!failed || filtered || inf_json_get(json.root, "error") != NULL);
    inf_json_free(&json);
}

static void unpack(struct inf_buf *body)
{
    char *plain = malloc(1 << 20);
    z_stream stream = {.next_in = (Bytef *)body->data, .avail_in = (uInt)body->length};
    MUST(plain != NULL && inflateInit2(&stream, 15 + 16) == Z_OK);
    stream.next_out = (Bytef *)plain;
    stream.avail_out = 1 << 20;
    MUST(inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0);
    inflateEnd(&stream);
    inf_buf_clear(body);
    MUST(inf_buf_append(body, plain, (1 << 20) - stream.avail_out) == 0);
    free(plain);
}

static void check_answer(struct MHD_Connection *mhd, const char *uri)
{
    const char *type = stand_in_header(mhd, "Content-Type");
    bool json = type != NULL && strstr(type, "json") != NULL;
    MUST(type != NULL && mhd->status >= 200 && mhd->status < 600);
    if (stand_in_header(mhd, "Content-Encoding") != NULL)
        unpack(&mhd->body);
    MUST(inf_utf8_valid(mhd->body.data != NULL ? mhd->body.data : "", mhd->body.length));
    if (json && mhd->body.length > 0)
        check_json(mhd->body.data, mhd->body.length, mhd->status >= 400,
                   strstr(uri, "filter_path") != NULL);
}

/* ---- the request ---- */

static char *line(char **rest, char *end)
{
    char *text = *rest, *stop = memchr(text, '\n', (size_t)(end - text));
    *rest = stop != NULL ? stop + 1 : end;
    *(stop != NULL ? stop : end) = '\0';
    return text;
}

static void add_header(struct MHD_Connection *mhd, const char *name, const char *value)
{
    if (mhd->sent_count < STAND_IN_HEADERS)
        mhd->sent[mhd->sent_count++] = (struct stand_in_header){name, value};
}

/* As libmicrohttpd hands a request over: names and values without blanks around, no NUL. */
static void read_headers(struct MHD_Connection *mhd, char **rest, char *end)
{
    while (*rest < end) {
        char *name = line(rest, end), *value = strchr(name, ':');
        if (name[0] == '\0')
            return;
        if (value == NULL)
            continue;
        *value++ = '\0';
        add_header(mhd, name, value + strspn(value, " \t"));
    }
}

/* Hands the request over and returns whether it was answered; else its connection is closed. */
static bool run(struct request *request)
{
    struct inf_call *call = &connection.call;
    struct MHD_Connection *mhd = &request->mhd;
    char *piece = malloc(request->piece);
    size_t sent = 0, none = 0;
    MUST(piece != NULL);
    connection.fresh = true;
    mhd->answers = 0;
    mhd->header_size = strlen(request->uri);
    inf_call_start(call, mhd, request->uri);
    bool open = inf_call_step(call, request->method, "HTTP/1.1", NULL, &none);
    while (open && mhd->answers == 0 && sent < request->body_length) {
        size_t size = request->body_length - sent;
        size = size < request->piece ? size : request->piece;
        memcpy(piece, request->body + sent, size); /* so that a step beyond it is seen */
        sent += size;
        open = inf_call_step(call, request->method, "HTTP/1.1", piece, &size);
        MUST(!open || size == 0);
    }
    if (open && mhd->answers == 0)
        open = inf_call_step(call, request->method, "HTTP/1.1", NULL, &none);
    free(piece);
    inf_call_end(call);
    MUST(mhd->answers == (open ? 1 : 0));
    MUST(server.body_bytes == 0 && server.active == 0);
    return open;
}

/* The same in pieces. */
static void check_cut(struct request *request, size_t piece)
{
    struct request again = *request;
    bool answered = run(request), same = false;
    again.piece = piece;
    same = run(&again) == answered;
    MUST(same);
    if (!answered)
        return;
    MUST(again.mhd.status == request->mhd.status);
    check_answer(&request->mhd, request->uri);
    check_answer(&again.mhd, request->uri);
    MUST(again.mhd.body.length == request->mhd.body.length);
    MUST(memcmp(again.mhd.body.data, request->mhd.body.data, request->mhd.body.length) == 0 ||
         strstr(request->uri, "error_trace") != NULL); /* which has the request's number */
    stand_in_free(&request->mhd);
    stand_in_free(&again.mhd);
}

static size_t compress_body(const char *body, size_t length, char packed[PACKED])
{
    z_stream stream = {.next_in = (Bytef *)body, .avail_in = (uInt)length};
    size_t packed_length = 0;
    MUST(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_out = (Bytef *)packed;
    stream.avail_out = PACKED;
    MUST(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed_length = PACKED - stream.avail_out;
    deflateEnd(&stream);
    return packed_length;
}

static bool has_header(const struct MHD_Connection *mhd, const char *name)
{
    for (size_t i = 0; i < mhd->sent_count; i++)
        if (strcasecmp(mhd->sent[i].name, name) == 0)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request request;
    char text[LONGEST + 1], packed[PACKED], length_text[24];
    char *rest = text, *end = text + size - 2;
    if (size < 2 || size > LONGEST)
        return 0;
    memcpy(text, data + 2, size - 2);
    request = (struct request){.method = line(&rest, end), .piece = LONGEST};
    char *uri = strchr(request.method, ' ');
    request.uri = uri != NULL ? uri + 1 : "/";
    if (uri != NULL)
        *uri = '\0';
    read_headers(&request.mhd, &rest, end);
    request.body = rest;
    request.body_length = (size_t)(end - rest);
    if (data[0] & COMPRESSED && request.body_length > 0) {
        request.body_length = compress_body(request.body, request.body_length, packed);
        request.body = packed;
        add_header(&request.mhd, "Content-Encoding", "gzip");
    }
    snprintf(length_text, sizeof length_text, "%zu", request.body_length);
    if (data[0] & CHUNKED)
        add_header(&request.mhd, "Transfer-Encoding", "chunked");
    else if (request.body_length > 0 && !has_header(&request.mhd, "Content-Length"))
        add_header(&request.mhd, "Content-Length", length_text);
    check_cut(&request, data[1] > 0 ? data[1] : 1);
    return 0;
}
