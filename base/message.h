/*
 * The one error convention: a call returns 0 or -errno, and where a user
 * will want to know more (which file, which place in it, what was expected)
 * it also fills a struct message.  Libraries neither print nor exit.
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

struct message {
	char text[1024]; /* one line, no newline at its end; "" when unset */
};

/*
 * Writes the text and returns ERROR, so that a failing call can end with
 * `return message_set(message, -EINVAL, "%s: ...", path)`.
 * MESSAGE may be NULL.  Too long a text is cut.
 */
int message_set(struct message *message, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
