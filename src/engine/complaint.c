/* complaint.c - from a traceback to a sentence. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "complaint.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 4096 /* what is looked at; a reason is shorter */

struct piece {
    const char *start, *end;
};

static const char *find(struct piece text, const char *what)
{
    return memmem(text.start, (size_t)(text.end - text.start), what, strlen(what));
}

/* A TorchScript error is a traceback whose last lines are "SomeError: what happened". */
static struct piece last_error(struct piece text)
{
    static const char prefix[] = "\nRuntimeError: ";
    struct piece last = {NULL, text.end};
    const char *at = NULL;

    while ((at = find(text, prefix)) != NULL)
        text.start = last.start = at + sizeof prefix - 1;
    return last;
}

static struct piece first_line(struct piece text)
{
    const char *end = NULL;

    while (text.start < text.end && strchr(" \n\r\t", *text.start) != NULL)
        text.start++;
    end = find(text, "\n");
    if (end != NULL)
        text.end = end;
    return text;
}

/* Takes out every part from `start` to the next `end`, both included. */
static void cut_between(char *text, const char *start, const char *end)
{
    char *from = NULL;

    while ((from = strstr(text, start)) != NULL) {
        char *to = strstr(from + strlen(start), end);
        if (to == NULL)
            return;
        to += strlen(end);
        memmove(from, to, strlen(to) + 1);
    }
}

static void cut_from(char *text, const char *start)
{
    char *from = strstr(text, start);

    if (from != NULL)
        *from = '\0';
}

static void tidy(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++)
        if ((unsigned char)*from >= ' ' && *from != 0x7f)
            *to++ = *from;
    while (to > text && to[-1] == ' ')
        to--;
    *to = '\0';
}

int inf_engine_complain(char *reason, size_t reason_size, const char *text)
{
    char line[TEXT_MAX];
    struct piece whole = {text, text + strlen(text)}, error = {NULL, NULL};
    const char *stack = find(whole, "Exception raised from ");

    if (stack != NULL)
        whole.end = stack;
    error = last_error(whole);
    error = first_line(error.start != NULL ? error : whole);
    snprintf(line, sizeof line, "%.*s",
             (int)(error.end - error.start < TEXT_MAX ? error.end - error.start : TEXT_MAX),
             error.start);
    cut_between(line, "[enforce fail at ", ". "); /* the place and the condition */
    cut_between(line, " at \"", "\":");
    cut_from(line, "This is an internal miniz error");
    cut_from(line, "(Could this error message");
    tidy(line);
    snprintf(reason, reason_size, "%s",
             line[0] != '\0' ? line : "the model failed without saying why");
    return -1;
}
