#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "script/order.hpp"
#include "script/settings.hpp"
#include "script/test.hpp"
#include "text/cursor.hpp"

namespace testmta::run {

using session_orders = std::map<std::string, order, std::less<>>;

/// Where a statement stands: the settings and variables in force, the test, and the body that its steps go
/// into. A block has a copy, so what it sets ends with it.
class scope {
public:
    enum class block_kind { test, parallel, together, definition };

    order& follows() { return (*sessions)[session]; }
    bool is_played() const { return block != block_kind::definition; }

    settings in_force;
    std::vector<need> needs;        ///< of the tests that follow
    std::vector<std::string> tags;  ///< the same
    text::variables values;
    text::name_set captured;  ///< variables that get their value while the test is played

    test* inside = nullptr;  ///< none at file level
    std::vector<node>* body = nullptr;
    std::vector<node>* around_together = nullptr;  ///< where implied steps go that are not sent together
    std::vector<on_session>* side_by_side = nullptr;
    session_orders* sessions = nullptr;  ///< of the test
    std::string session = "main";
    bool has_company = false;  ///< other sessions run at the same time

    block_kind block = block_kind::test;
    std::vector<std::size_t> calls;
    std::optional<std::size_t> stands_at;  ///< of a built-in block: the line that uses it
    int depth = 0;
};

}  // namespace testmta::run
