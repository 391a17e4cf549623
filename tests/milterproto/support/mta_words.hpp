#pragma once

#include <string>
#include <string_view>

#include "milterproto/core/mta/mta_session.hpp"

/// What an MTA session and its filter say, between bytes and the text of a conversation.
namespace milterproto::test {

/// What the filter says after `<`.
std::string answer_bytes(std::string_view line);
std::string command_in_words(core::frame const& sent);
std::string event_in_words(core::mta_event const& event);
std::string_view result_in_words(core::issued what);

}  // namespace milterproto::test
