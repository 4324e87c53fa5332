/* code.c - what source text must not have.
 *
 * TorchScript finds the state hooks by name and runs them before anybody has looked at the graphs,
 * so their names may stand nowhere in the text: not defined, not called, not in a comment. The
 * language has no way to spell an identifier otherwise than letter by letter. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "code.h"

#include <string.h>

#define NESTING_MAX 200 /* open brackets; what people write stays below 20 */

static int line_of(const char *text, const char *place)
{
    int line = 1;

    for (; text < place; text++)
        line += *text == '\n';
    return line;
}

static int check_hooks(const char *name, const char *text, size_t length, struct inf_error *err)
{
    static const char *const hooks[] = {"__setstate__", "__getstate__"};

    for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
        const char *place = memmem(text, length, hooks[i], strlen(hooks[i]));

        if (place != NULL)
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "[%s] line [%d] has the state hook [%s], whose code would run "
                                 "while the model is loaded",
                                 name, line_of(text, place), hooks[i]);
    }
    return 0;
}

static int check_bytes(const char *name, const char *text, size_t length, struct inf_error *err)
{
    int depth = 0;

    for (const char *at = text; at < text + length; at++) {
        unsigned char c = (unsigned char)*at;

        if ((c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f)
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "[%s] line [%d] has the control character [0x%02x]", name,
                                 line_of(text, at), c);
        if (c == '(' || c == '[' || c == '{')
            depth++;
        else if ((c == ')' || c == ']' || c == '}') && depth > 0)
            depth--;
        if (depth > NESTING_MAX)
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "[%s] line [%d] has more than [%d] brackets in one another", name,
                                 line_of(text, at), NESTING_MAX);
    }
    return 0;
}

int inf_code_check(const char *name, const char *text, size_t length, struct inf_error *err)
{
    if (check_hooks(name, text, length, err) != 0)
        return -1;
    return check_bytes(name, text, length, err);
}
