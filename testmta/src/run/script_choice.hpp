#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "script/settings.hpp"
#include "script/test.hpp"
#include "text/source.hpp"

namespace testmta::run {

/// The options that say which tests are played, as they were written.
class script_choice {
public:
    std::vector<std::string> scripts;
    std::string milter;
    std::vector<std::string> defines;  ///< NAME=VALUE
    std::string dialect;
    std::string timeout;
    std::string only;
    std::vector<std::string> tags;
    std::vector<std::string> unwanted_tags;
    std::optional<std::uint32_t> seed;
};

/// A script that was read without a mistake.
class script {
public:
    std::unique_ptr<text::sources> files;
    std::vector<test> tests;
};

/// Returns all scripts, or nothing and reports why: a mistake in one script keeps all of them from being
/// played (TM-002). Throws `usage_error` if an option is wrong.
std::optional<std::vector<script>> read_scripts(script_choice const& wanted, role plays);
/// Keeps the tests that were chosen. Throws `usage_error` if there is none.
void select(std::vector<script>& scripts, script_choice const& wanted);

}  // namespace testmta::run
