#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

namespace test {

inline bool must_run() {
    auto const* ci = std::getenv("CI");
    return ci != nullptr && std::string_view(ci) == "true";
}

}  // namespace test

/// Ends a test that cannot run here. A person reads that it was skipped; CI, which promises that every test
/// ran, fails. It is a macro because only the test itself can return.
#define CANNOT_RUN(why)                                                                                   \
    do {                                                                                                  \
        if (::test::must_run()) FAIL() << "CI=true wants every test, and this one cannot run: " << (why); \
        GTEST_SKIP() << (why);                                                                            \
    } while (false)
