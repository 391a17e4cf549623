#pragma once

#include <string>
#include <string_view>

#include "sending/sasl.hpp"

namespace submission::sending {

/// SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677).
class scram_sha_256 final : public sasl {
public:
    /// Borrows the credentials.
    scram_sha_256(credentials const& who, std::string nonce) : who_(who), nonce_(std::move(nonce)) {}

    std::string_view mechanism() const noexcept override { return "SCRAM-SHA-256"; }
    std::optional<std::string> initial() override;
    std::optional<std::string> respond(std::string_view challenge) override;
    bool is_satisfied() const noexcept override { return step_ == step::verified; }

private:
    enum class step { first, final, verified };

    std::optional<std::string> prove(std::string_view challenge);
    std::optional<std::string> verify(std::string_view challenge);
    std::string header() const;

    credentials const& who_;
    std::string nonce_;
    std::string first_bare_;
    std::string server_signature_;
    step step_ = step::first;
};

}  // namespace submission::sending
