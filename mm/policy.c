/* The list of policies. */
#include "mm/policy.h"

#include <string.h>

static const struct policy_ops *const policies[] = {
#define POLICY(name) &policy_##name,
#include "mm/policy/policies.def"
#undef POLICY
};

const struct policy_ops *policy_at(unsigned index)
{
	if (index >= sizeof(policies) / sizeof(policies[0]))
		return NULL;
	return policies[index];
}

const struct policy_ops *policy_find(const char *name)
{
	const struct policy_ops *ops;
	unsigned i;

	for (i = 0; (ops = policy_at(i)); i++)
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

const char *policy_class_name(enum policy_class knows)
{
	switch (knows) {
	case POLICY_ORACLE:
		return "oracle";
	case POLICY_EVERY_REFERENCE:
		return "sees-every-reference";
	case POLICY_REALISABLE:
		return "realisable";
	}
	return "?";
}
