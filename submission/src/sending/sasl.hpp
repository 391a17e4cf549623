#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "submission/credentials.hpp"

namespace submission::sending {

/// One exchange of AUTH, without base64. Secrets stay in here and in what it returns.
class sasl {
public:
    virtual ~sasl() = default;
    virtual std::string_view mechanism() const noexcept = 0;
    /// Returns what goes out with the command; nothing if the server speaks first.
    virtual std::optional<std::string> initial() = 0;
    /// Returns the response to a challenge; nothing to cancel the exchange.
    virtual std::optional<std::string> respond(std::string_view challenge) = 0;
    /// Returns whether the server has shown all that the mechanism wants of it.
    virtual bool is_satisfied() const noexcept { return true; }
};

/// Makes an exchange. `nonce` is printable ASCII without a comma, made for this exchange alone.
std::unique_ptr<sasl> make_sasl(auth_mechanism which, credentials const& who, std::string nonce);

}  // namespace submission::sending
