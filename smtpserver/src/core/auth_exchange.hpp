#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "smtpserver/core/action.hpp"
#include "smtpserver/core/reply.hpp"

namespace smtpserver::core {

/// What the client says in an exchange of AUTH, PLAIN (RFC 4616) or LOGIN, until its name and password are
/// known.
class auth_exchange {
public:
    /// What comes of a step: a challenge or a refusal to send, or the credentials.
    using outcome = std::variant<reply, credentials>;

    /// Takes the argument of AUTH.
    outcome begin(std::string_view argument);
    /// Takes the client's answer to a challenge.
    outcome next(std::string_view line);

private:
    enum class awaits : std::uint8_t { plain, login_user, login_password };

    outcome take(std::string const& decoded);
    outcome take_plain(std::string const& decoded);

    awaits awaits_ = awaits::plain;
    credentials found_;
};

}  // namespace smtpserver::core
