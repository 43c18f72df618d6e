/* Lists of policies with parameters, of a list of policies made up here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/policy-spec.h"
#include "replay/variable.h"

static const struct policy_parameter parameters[] = {
	{"kin", "queue of new pages", 0.25, 0.01, 1, POLICY_SHARE},
	{"bits", "of a counter", 2, 1, 8, POLICY_COUNT},
	{"decay", "a round", 0.5, 0, 1, POLICY_PLAIN},
	{"authors", "as the authors' program", 0, 0, 1, POLICY_FLAG},
	{0},
};

static const struct policy_ops rich = {
	.name = "rich", .parameters = parameters, .draws = true};
static const struct policy_ops poor = {.name = "poor"};

/* In place of variable.c's. */
const struct policy_ops *any_policy_at(unsigned index)
{
	return index == 0 ? &rich : index == 1 ? &poor : NULL;
}

const struct policy_ops *any_policy_find(const char *name)
{
	if (!strcmp(name, "rich"))
		return &rich;
	return strcmp(name, "poor") ? NULL : &poor;
}

static struct policy_spec *parse(const char *text, unsigned expected)
{
	struct message message = {""};
	struct policy_spec *specs;
	unsigned count;

	if (policy_spec_parse(text, &specs, &count, &message))
		fail_msg("%s: %s", text, message.text);
	assert_int_equal(count, expected);
	return specs;
}

static void test_plain(void **state)
{
	struct policy_spec *specs = parse("poor,rich,poor", 3);

	(void)state;
	assert_ptr_equal(specs[0].ops, &poor);
	assert_ptr_equal(specs[1].ops, &rich);
	assert_string_equal(specs[1].text, "rich");
	assert_true(specs[1].values[0] == 0.25);
	assert_true(specs[1].values[1] == 2);
	assert_true(specs[1].values[3] == 0);
	assert_int_equal(specs[1].seed, POLICY_SEED);
	free(specs);
}

static void test_values(void **state)
{
	struct policy_spec *specs = parse("poor,rich:kin=10%,bits=8,"
					  "decay=0.125,authors,seed=7,poor,"
					  "rich:authors,kin=0.5",
		4);

	(void)state;
	assert_string_equal(specs[1].text,
		"rich:kin=10%,bits=8,decay=0.125,authors,seed=7");
	assert_true(specs[1].values[0] == 0.1);
	assert_true(specs[1].values[1] == 8);
	assert_true(specs[1].values[2] == 0.125);
	assert_true(specs[1].values[3] == 1);
	assert_int_equal(specs[1].seed, 7);
	assert_string_equal(specs[2].text, "poor");
	assert_string_equal(specs[3].text, "rich:authors,kin=0.5");
	assert_true(specs[3].values[0] == 0.5);
	assert_true(specs[3].values[3] == 1);
	assert_int_equal(specs[3].seed, POLICY_SEED);
	free(specs);
}

static void test_errors(void **state)
{
	/* what is wrong, and what the message tells */
	static const char *const wrong[][2] = {
		{"", "there is no policy ''"},
		{"poor,", "there is no policy ''"},
		{"rihc", "did you mean rich"},
		{"POOR", "there is no policy 'POOR'"},
		{"kin=3", "'kin=3' is a parameter of which policy?"},
		{"poor:kin=3", "poor has no parameters, and so no 'kin'"},
		{"poor,kin=3", "poor has no parameters"},
		{"poor:seed=1", "poor has no parameters"},
		{"rich:", "rich has no parameter ''"},
		{"rich:x=1", "it has kin, bits, decay, authors, seed"},
		{"rich:kin", "kin wants a value: kin=..."},
		{"rich:kin=", "is not a share from 1% to 100%"},
		{"rich:kin=101%", "rich: kin=101% is not a share"},
		{"rich:kin=0%", "(queue of new pages)"},
		{"rich:kin=-1%", "is not a share"},
		{"rich:kin=nan", "is not a share"},
		{"rich:bits=1.5", "is not a whole number from 1 to 8"},
		{"rich:bits=50%", "is not a whole number from 1 to 8"},
		{"rich:bits=9", "rich: bits=9"},
		{"rich:decay=1.01", "is not a number from 0 to 1"},
		{"rich:authors=2", "authors=2 is not 0 or 1"},
		{"rich:seed=0", "seed=0 is not a whole number of at least 1"},
		{"rich:seed=x", "seed=x is not a whole number"},
		{"rich:bits=4,authors,poor:x", "poor has no parameters"},
	};
	struct policy_spec *specs;
	struct message message;
	unsigned count;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		message.text[0] = '\0';
		assert_int_equal(policy_spec_parse(
					 wrong[i][0], &specs, &count, &message),
			-EINVAL);
		if (!strstr(message.text, wrong[i][1]))
			fail_msg("%s: %s", wrong[i][0], message.text);
	}
}

static void test_length(void **state)
{
	char text[2 * POLICY_TEXT_MAX] = "rich:decay=0.";
	struct message message;
	struct policy_spec *specs;
	unsigned count;
	size_t length = strlen(text);

	(void)state;
	memset(text + length, '1', POLICY_TEXT_MAX - 1 - length);
	free(parse(text, 1));
	strcat(text, "1");
	assert_int_equal(
		policy_spec_parse(text, &specs, &count, &message), -EINVAL);
	assert_non_null(strstr(message.text, "longer than 127 letters"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
