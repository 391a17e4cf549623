// A test that cannot run, for no_silent_skips.py.

#include "cannot_run.hpp"

TEST(skipping, cannot_run) {
    CANNOT_RUN("no moon");
}
