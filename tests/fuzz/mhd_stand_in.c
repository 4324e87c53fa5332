/* mhd_stand_in.c - see mhd_stand_in.h; the functions are those of microhttpd.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mhd_stand_in.h"

#include "must.h"
#include <microhttpd.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct MHD_Response {
    struct inf_buf headers;
    void *bytes;
    size_t length;
    MHD_ContentReaderFreeCallback free_bytes;
};

/* ---- the request ---- */

int MHD_get_connection_values_n(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                MHD_KeyValueIteratorN iterator, void *arg)
{
    for (size_t i = 0; i < connection->sent_count; i++) {
        const struct stand_in_header *header = &connection->sent[i];
        iterator(arg, kind, header->name, strlen(header->name), header->value,
                 strlen(header->value));
    }
    return (int)connection->sent_count;
}

const union MHD_ConnectionInfo *MHD_get_connection_info(struct MHD_Connection *connection,
                                                        enum MHD_ConnectionInfoType type, ...)
{
    static union MHD_ConnectionInfo info;
    MUST(type == MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    info.header_size = connection->header_size;
    return &info;
}

void MHD_suspend_connection(struct MHD_Connection *connection)
{
    MUST(connection == NULL); /* no handler of a fuzz target waits */
}

void MHD_resume_connection(struct MHD_Connection *connection)
{
    MUST(connection == NULL);
}

/* ---- the answer ---- */

struct MHD_Response *
MHD_create_response_from_buffer_with_free_callback(size_t length, void *bytes,
                                                   MHD_ContentReaderFreeCallback free_bytes)
{
    struct MHD_Response *response = calloc(1, sizeof *response);
    MUST(response != NULL);
    *response = (struct MHD_Response){.bytes = bytes, .length = length, .free_bytes = free_bytes};
    inf_buf_init(&response->headers, SIZE_MAX / 2);
    return response;
}

struct MHD_Response *MHD_create_response_from_buffer(size_t length, void *bytes,
                                                     enum MHD_ResponseMemoryMode mode)
{
    MUST(mode == MHD_RESPMEM_PERSISTENT);
    return MHD_create_response_from_buffer_with_free_callback(length, bytes, NULL);
}

/* As strict as libmicrohttpd: what it refuses would be missing from the answer. */
enum MHD_Result MHD_add_response_header(struct MHD_Response *response, const char *name,
                                        const char *value)
{
    MUST(name[0] != '\0' && strpbrk(name, "\t\r\n :") == NULL);
    MUST(strpbrk(value, "\r\n") == NULL);
    if (value[0] == '\0')
        return MHD_NO; /* an empty X-Opaque-Id */
    MUST(inf_buf_printf(&response->headers, "%s: %s\n", name, value) == 0);
    return MHD_YES;
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned status,
                                   struct MHD_Response *response)
{
    connection->answers++;
    connection->status = status;
    inf_buf_init(&connection->body, SIZE_MAX / 2);
    inf_buf_init(&connection->headers, SIZE_MAX / 2);
    MUST(inf_buf_append(&connection->body, response->bytes, response->length) == 0);
    MUST(inf_buf_append(&connection->headers, response->headers.data, response->headers.length) ==
         0);
    return MHD_YES;
}

void MHD_destroy_response(struct MHD_Response *response)
{
    if (response->free_bytes != NULL)
        response->free_bytes(response->bytes);
    inf_buf_free(&response->headers);
    free(response);
}

void stand_in_free(struct MHD_Connection *connection)
{
    inf_buf_free(&connection->body);
    inf_buf_free(&connection->headers);
}

const char *stand_in_header(const struct MHD_Connection *connection, const char *name)
{
    static char value[4096];
    size_t length = strlen(name);
    for (const char *line = connection->headers.data; line != NULL && *line != '\0';
         line = strchr(line, '\n') + 1)
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(line + length + 2, "\n"),
                     line + length + 2);
            return value;
        }
    return NULL;
}
