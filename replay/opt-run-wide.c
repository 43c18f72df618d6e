/* opt-run.h with AVX-512. */
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2,popcnt")
#define OPT_RUN opt_run_wide
#include "replay/opt-run.h"
