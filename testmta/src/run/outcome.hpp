#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "run/coverage.hpp"
#include "run/transcript.hpp"

/// What has come of a test.
namespace testmta::run {

enum class failure_kind { answer, edit, final_message, protocol, timeout, closed, filter_died };
/// Returns the word for it in reports.
std::string_view word_of(failure_kind what);

class failure {
public:
    failure_kind kind = failure_kind::answer;
    std::size_t offset = 0;          ///< of the statement that failed
    std::vector<std::size_t> calls;  ///< of the statements that call its block
    std::string problem;             ///< `expected X, got Y`
    std::string position;            ///< how far the session had come
};

/// Something that is allowed, and yet hardly meant.
struct doubt {
    std::size_t offset;
    std::string text;
};

class session_result {
public:
    std::string name;
    std::optional<failure> failed;
    std::optional<std::string> unreachable;  ///< why there is no filter
    std::optional<std::string> unmet;        ///< what the test needs and the filter did not negotiate
    std::vector<doubt> doubts;
    transcript frames;
    std::optional<std::uint32_t> fuzz_seed;
    std::vector<std::string> writes;  ///< of a fuzzed test: all that was sent
};

enum class verdict { passed, failed, skipped, no_filter, interrupted };

class outcome {
public:
    run::verdict verdict = run::verdict::passed;
    std::string reason;  ///< why it was skipped, or there is no filter
    std::vector<session_result> sessions;
    std::chrono::microseconds took{};
    coverage covered;
};

}  // namespace testmta::run
