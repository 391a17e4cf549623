#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/error.hpp"
#include "milterproto/core/limits.hpp"
#include "milterproto/core/mta/modification.hpp"
#include "milterproto/core/mta/mta_dialect.hpp"
#include "milterproto/core/mta/queued_message.hpp"

namespace milterproto::core {

/// Carries out the changes that one filter asks for at the end of a message, as the dialect's MTA does
/// (milter-protocol.md 7). The next filter's turn begins with what this one left.
///
/// It refuses an index that Postfix would read as negative, and more bytes than an MTA is willing to hold;
/// both are failures of the filter.
class filter_turn {
public:
    filter_turn(queued_message& message, mta_dialect const& as, option_set const& agreed,
                std::size_t most = limits::filter_changes);

    [[nodiscard]] result<> apply(modification const& change);
    /// Ends the turn by the filter's verdict. What is refused or discarded is not delivered, whatever was
    /// changed.
    void finish(answer verdict);

private:
    void add_header(std::string_view name, std::string_view value);
    result<> insert_header(modification const& change);
    void change_header(modification const& change);
    void delete_header(std::size_t at);
    void change_sender(modification const& change);
    void add_recipient(modification const& change);
    void delete_recipient(std::string_view path);
    void replace_body(std::string_view bytes);
    std::string raw_value(std::string_view value) const;

    queued_message& message_;
    edit_rules rules_;
    bool spaces_values_;  ///< the MTA puts a blank before each value (MP-240)
    bool body_begun_ = false;
    std::size_t room_;
};

}  // namespace milterproto::core
