#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/mta/queued_message.hpp"
#include "smtpserver/core/connection.hpp"
#include "smtpserver/core/envelope.hpp"

namespace testmta::bridge {

namespace core = milterproto::core;

/// Returns parameters of MAIL or RCPT as they were written.
std::vector<std::string> in_words(std::vector<smtpserver::parameter> const& all);

/// Returns a message as filters change it: its fields as they were written, and what follows them. A line
/// that is not a field ends the fields, and belongs to the body.
core::queued_message read_mail(smtpserver::envelope const& who, std::string_view octets);

/// Returns the bytes of a message as its next hop gets them: fields, an empty line, the body, with lines that
/// end in CR LF.
std::string write_mail(core::queued_message const& message);

/// Returns the trace field that a server adds at the top (RFC 5321 4.4).
core::queued_header received_field(smtpserver::connection const& from, std::string_view host_name,
                                   std::string_view queue_id, std::string_view day);

}  // namespace testmta::bridge
