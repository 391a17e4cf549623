#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/mta/mta_dialect.hpp"
#include "milterproto/core/mta/mta_frames.hpp"

namespace milterproto::core {

/// A field of a message in the queue.
class queued_header {
public:
    /// Where it comes from: the client, or a filter in its place; the MTA as its trace, which no filter sees;
    /// the MTA because the client gave none.
    enum class origin { client, own_trace, own_default };

    queued_header(std::string field, std::string raw, origin made_by = origin::client)
        : name(std::move(field)), value(std::move(raw)), from(made_by) {}

    std::string name;
    std::string value;  ///< what stands after the colon, with its leading blank
    origin from;
    bool deleted = false;  ///< by the filter whose turn it is; still counted by Sendmail (peculiarity D18)
};

class queued_recipient {
public:
    explicit queued_recipient(std::string path, std::vector<std::string> esmtp = {})
        : address(std::move(path)), parameters(std::move(esmtp)) {}

    std::string address;  ///< without brackets
    std::vector<std::string> parameters;
};

/// A message as an MTA holds it while one filter after the other changes it. `filter_turn` applies what a
/// filter asks for.
class queued_message {
public:
    queued_message() {}

    /// Returns the fields that a filter is shown, as views of this message.
    std::vector<header_view> shown_headers(edit_rules const& rules) const;

    std::string sender;  ///< without brackets; empty for the null sender
    std::vector<std::string> sender_parameters;
    std::vector<queued_recipient> recipients;
    std::vector<queued_header> headers;
    std::string body;
    std::optional<std::string> quarantine;  ///< the reason why it is held

    enum class fate { delivered, discarded, refused };
    fate becomes = fate::delivered;
};

/// Returns whether a filter sees the field.
bool is_shown(queued_header const& header, edit_rules const& rules) noexcept;

/// Returns an address as it is compared and stored.
std::string_view without_brackets(std::string_view path) noexcept;

}  // namespace milterproto::core
